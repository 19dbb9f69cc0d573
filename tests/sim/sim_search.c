#include "sim_search.h"

#include <math.h>

enum { ACTIONS_MAX = 4000 };

static const double generator_limit = 400;

static void closed(struct sim_server *s, const struct ct_find_action *a, struct ct_find_outcome *o,
                   struct ct_find_block *blocks)
{
    double answers = 0;
    while (o->counted_s < a->seconds || answers < (double)a->answers) {
        struct ct_find_block *b = &blocks[o->n_blocks++];
        sim_server_closed(s, b);
        answers += b->n;
        o->counted_s += 1;
    }
    o->spent_s += o->counted_s;
}

static void open_load(struct sim_server *s, const struct ct_find_action *a,
                      struct ct_find_outcome *o, struct ct_find_block *blocks)
{
    for (double t = 0; t < a->seconds && !o->stopped; t++) {
        bool dropped = t < a->drop_s;
        if (!dropped && o->n_blocks == 0)
            o->backlog_start = (uint64_t)sim_server_backlog(s);
        sim_server_second(s, a->rate, &blocks[o->n_blocks]);
        o->n_blocks += !dropped;
        o->counted_s += !dropped;
        o->backlog_end = (uint64_t)sim_server_backlog(s);
        o->spent_s += 1;
        o->stopped = !dropped && ct_find_hopeless(a, o);
    }
}

void sim_search_do(struct sim_server *s, const struct ct_find_action *a,
                   struct ct_find_outcome *out, struct ct_find_block *blocks)
{
    *out = (struct ct_find_outcome){.valid = true, .blocks = blocks};
    if (a->drain)
        out->spent_s += sim_server_drain(s, a->drain_max_s, &out->stuck);
    if (out->stuck)
        return;
    out->valid = s->kind != SIM_GENERATOR || a->rate <= generator_limit;
    if (a->axis == CT_FIND_CONNECTIONS)
        closed(s, a, out, blocks);
    else
        open_load(s, a, out, blocks);
    bool stuck; /* a run ends when all is answered */
    out->spent_s += sim_server_drain(s, 5, &stuck);
}

void sim_search(struct sim_server *s, struct ct_find *f, struct sim_result *out)
{
    static struct ct_find_block blocks[CT_FIND_BLOCKS_MAX];
    *out = (struct sim_result){0};
    while (out->actions < ACTIONS_MAX) {
        struct ct_find_action a;
        struct ct_find_outcome o;
        ct_find_next(f, &a);
        if (a.kind == CT_FIND_DONE)
            break;
        sim_search_do(s, &a, &o, blocks);
        ct_find_tell(f, &o);
        out->actions++;
        out->search_s += a.phase == CT_FIND_CONFIRM ? 0 : o.spent_s;
    }
    ct_find_answer(f, &out->answer);
}

static bool passes(struct sim_server *s, double rate, double trial_s, struct sim_result *out)
{
    double n = 0, over = 0;
    bool stuck;
    for (double t = 0; t < trial_s; t++) {
        struct ct_find_block b;
        sim_server_second(s, rate, &b);
        if (t < 2)
            continue;
        n += b.n;
        over += b.over[0];
    }
    out->search_s += trial_s + sim_server_drain(s, 60, &stuck);
    out->actions++;
    return over <= s->opts->limits[0].share * n;
}

void sim_bisection(struct sim_server *s, double trial_s, double width, struct sim_result *out)
{
    double low = 0, rate = 50;
    *out = (struct sim_result){0};
    while (passes(s, rate, trial_s, out)) {
        low = rate;
        rate *= 2;
    }
    double high = rate;
    while (high > (1 + width) * low) {
        rate = low > 0 ? sqrt(low * high) : high / 2;
        if (passes(s, rate, trial_s, out))
            low = rate;
        else
            high = rate;
    }
    out->answer.low = low;
    out->answer.high = high;
    out->answer.capacity = sqrt(low * high);
}

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
    if (a->axis == CT_FIND_LOAD)
        sim_server_load(s, a->load);
    out->valid = s->kind != SIM_GENERATOR || a->rate <= generator_limit;
    out->at_limit = !out->valid;
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

/* One search of a sweep, without its confirmation, or that alone. */
static void go(struct sim_server *s, struct ct_find *f, bool confirm, struct sim_sweep_result *out)
{
    static struct ct_find_block blocks[CT_FIND_BLOCKS_MAX];
    struct ct_find_action a;
    for (ct_find_next(f, &a); a.kind != CT_FIND_DONE && (a.phase == CT_FIND_CONFIRM) == confirm;
         ct_find_next(f, &a)) {
        struct ct_find_outcome o;
        sim_search_do(s, &a, &o, blocks);
        ct_find_tell(f, &o);
        out->spent_s += o.spent_s;
        out->most_work = fmax(out->most_work, s->load_work);
    }
}

void sim_sweep(struct sim_server *s, const struct ct_sweep_opts *opts, struct sim_sweep_result *out)
{
    struct ct_find *rates[SIM_SWEEP_MAX];
    struct ct_sweep sweep;
    struct ct_sweep_leg leg;
    *out = (struct sim_sweep_result){0};
    ct_sweep_init(&sweep, opts);
    while (ct_sweep_next(&sweep, &leg) && out->n_rates < SIM_SWEEP_MAX) {
        struct ct_find *f = ct_find_new(&leg.find);
        sim_server_load(s, leg.load);
        go(s, f, false, out);
        ct_sweep_tell(&sweep, f);
        if (leg.find.axis == CT_FIND_RATE) {
            out->loads[out->n_rates] = leg.load;
            rates[out->n_rates++] = f;
            continue;
        }
        ct_find_answer(f, &out->load);
        ct_find_free(f);
    }
    for (size_t i = 0; i < out->n_rates; i++) {
        sim_server_load(s, out->loads[i]);
        go(s, rates[i], true, out);
        ct_find_answer(rates[i], &out->rates[i]);
        ct_find_free(rates[i]);
    }
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
    /* The next one begins with an empty queue, whatever that takes; no more than a minute counts.
     */
    out->search_s += trial_s + fmin(sim_server_drain(s, INFINITY, &stuck), 60);
    out->actions++;
    return over <= s->opts->limits[0].share * n;
}

void sim_bisection(struct sim_server *s, double first, double trial_s, double width,
                   struct sim_result *out)
{
    double low = 0, rate = first;
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

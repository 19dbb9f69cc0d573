#include "told_search.h"

#include <math.h>

void told_answer(struct ct_find *f, const struct ct_find_action *a, double response_s,
                 double limit_s)
{
    static struct ct_find_block blocks[CT_FIND_BLOCKS_MAX];
    struct ct_find_outcome o = {
        .valid = !isnan(response_s), .blocks = blocks, .spent_s = a->seconds};
    o.counted_s = a->seconds - a->drop_s;
    for (o.n_blocks = 0; (double)o.n_blocks < o.counted_s; o.n_blocks++) {
        struct ct_find_block *b = &blocks[o.n_blocks];
        *b = (struct ct_find_block){.n = a->rate > 0 ? (uint32_t)a->rate : 10};
        b->sum_s = b->sum[0] = response_s * b->n;
        b->over[0] = response_s > limit_s ? b->n : 0;
    }
    ct_find_tell(f, &o);
}

double told_search(const struct ct_find_opts *opts, told_model *model, const void *ctx,
                   struct ct_find_answer *out)
{
    struct ct_find *f = ct_find_new(opts);
    for (unsigned i = 0; i < 200; i++) {
        struct ct_find_action a;
        ct_find_next(f, &a);
        if (a.kind == CT_FIND_DONE)
            break;
        told_answer(f, &a, model(&a, ctx), opts->limits[0].limit_s);
    }
    ct_find_answer(f, out);
    ct_find_free(f);
    return out->spent_s;
}

struct ct_find_opts told_whole_numbers(enum ct_find_axis axis)
{
    struct ct_find_opts opts;
    ct_find_opts_init(&opts);
    opts.axis = axis;
    opts.limits[0] = (struct ct_find_limit){CT_FIND_MEAN, 0, 2.0};
    opts.n_limits = 1;
    opts.calibrate = false;
    return opts;
}

void told_cannot_send(struct ct_find *f)
{
    struct ct_find_outcome bad = {.spent_s = 3};
    for (int attempt = 0; attempt < 3; attempt++)
        ct_find_tell(f, &bad);
}

struct ct_find *told_climbing(const struct ct_find_opts *opts, struct ct_find_action *next)
{
    struct ct_find *f = ct_find_new(opts);
    ct_find_next(f, next);
    told_answer(f, next, 0.9, 2);
    ct_find_next(f, next);
    told_answer(f, next, 0.9, 2);
    ct_find_next(f, next);
    return f;
}

struct ct_find_opts told_from_1000(double budget_s)
{
    struct ct_find_opts opts = told_whole_numbers(CT_FIND_RATE);
    opts.first = 1000;
    opts.budget_s = budget_s;
    opts.confirm_s = 0;
    return opts;
}

#include "analysis/sweep.h"

#include <math.h>

enum { LOAD_STEPS_MAX = 100 };

static const double budget_least_s = 5; /* of a search: enough to say something */

static void begin_rates(struct ct_sweep *s, uint32_t load)
{
    uint32_t below = s->opts.has_load ? s->opts.n_loads - 1 : 0;
    s->loads = false;
    s->load = load;
    s->lowest = load > below ? load - below : 1;
}

void ct_sweep_init(struct ct_sweep *s, const struct ct_sweep_opts *opts)
{
    *s = (struct ct_sweep){.opts = *opts, .loads = true, .first = (double)opts->rate_min};
    if (!opts->has_load)
        begin_rates(s, opts->load_min);
    else if (opts->load_fixed != 0)
        begin_rates(s, opts->load_fixed);
}

uint32_t ct_sweep_left(const struct ct_sweep *s)
{
    if (s->done)
        return 0;
    return s->loads ? 1 + s->opts.n_loads : s->load - s->lowest + 1;
}

uint32_t ct_sweep_rates(const struct ct_sweep *s)
{
    return s->opts.has_load ? s->opts.n_loads : 1;
}

bool ct_sweep_next(const struct ct_sweep *s, struct ct_sweep_leg *out)
{
    if (s->done)
        return false;
    struct ct_find_opts *f = &out->find;
    double left_s = s->opts.find.budget_s - s->spent_s;
    *out =
        (struct ct_sweep_leg){.find = s->opts.find, .load = s->loads ? s->opts.load_min : s->load};
    f->calibrate = false;
    f->whole_confirm = true; /* what Cluster Tester's files can say */
    f->budget_s = fmax(s->loads ? left_s / 2 : left_s / ct_sweep_left(s), budget_least_s);
    f->axis = s->loads ? CT_FIND_LOAD : CT_FIND_RATE;
    f->lowest = s->loads ? s->opts.load_min : (double)s->opts.rate_min;
    f->first = s->loads ? f->lowest : fmax(s->first, f->lowest);
    if (!s->loads)
        return true;
    f->highest = fmin(s->opts.load_max, (double)s->opts.load_min + LOAD_STEPS_MAX);
    f->fixed_rate = (double)s->opts.rate_min;
    f->confirm_s = 0;
    return true;
}

/* Of the runs at a load that kept the limits, the last: how long a request took. */
static double mean_at(const struct ct_find *f, double load)
{
    size_t n;
    double mean_s = NAN;
    const struct ct_find_trial *trials = ct_find_trials(f, &n);
    for (size_t i = 0; i < n; i++)
        if (trials[i].at == load && trials[i].valid && trials[i].kept)
            mean_s = trials[i].mean_s;
    return mean_s;
}

void ct_sweep_tell(struct ct_sweep *s, const struct ct_find *f)
{
    struct ct_find_answer a;
    ct_find_answer(f, &a);
    s->spent_s += a.spent_s;
    s->done = a.ending == CT_FIND_NO_RECOVERY;
    if (s->loads) {
        if (isnan(a.capacity)) {
            s->done = true;
            return;
        }
        begin_rates(s, (uint32_t)a.capacity);
        s->first =
            floor(ct_find_first_rate(mean_at(f, a.capacity))); /* NAN: fmax takes the other */
        return;
    }
    s->done = s->done || s->load <= s->lowest;
    s->load--;
    s->first = a.low < CT_FIND_WHOLE_BELOW ? exp2(floor(log2(fmax(a.low, 1)))) : floor(a.low);
}

#include "services/benchmark_json.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "services/find_json.h"

/* --- trials --- */

void ct_benchmark_trial_json(const struct ct_search_trial *t, struct ct_buf *out)
{
    struct ct_json_out o;
    ct_json_init(&o, out, -1);
    ct_json_open(&o, NULL, '{');
    ct_json_text(&o, "phase", ct_search_phase_name(t->phase));
    ct_json_count(&o, "load", t->load);
    ct_json_count(&o, "rps", t->rate);
    ct_json_bool(&o, "passed", t->passed);
    ct_json_bool(&o, "valid", t->outcome.valid);
    ct_json_number(&o, "avg_response_time", t->outcome.mean_s);
    ct_json_count(&o, "ok", t->outcome.ok);
    ct_json_count(&o, "failed", t->outcome.failed);
    ct_json_count(&o, "skipped", t->outcome.skipped);
    ct_json_close(&o, '}');
}

void ct_benchmark_leg_trial_json(const struct ct_finding *found, const struct ct_finding_opts *opts,
                                 uint32_t load, size_t i, struct ct_buf *out)
{
    size_t n;
    const struct ct_find_trial *t = &ct_find_trials(found->find, &n)[i];
    const struct ct_finding_trial *more = &found->trials[i];
    bool loads = opts->find.axis == CT_FIND_LOAD;
    struct ct_json_out o;
    ct_json_init(&o, out, -1);
    ct_json_open(&o, NULL, '{');
    ct_json_text(&o, "axis", ct_find_json_axis(opts->find.axis));
    ct_json_number(&o, "load", loads ? t->at : (double)load);
    ct_json_number(&o, "rps", loads ? opts->find.fixed_rate : t->at);
    ct_json_bool(&o, "passed", t->kept);
    ct_json_ns(&o, "avg_response_time", more->ok_mean_s * 1e9, 1e9);
    ct_json_count(&o, "ok", more->ok);
    ct_json_count(&o, "failed", more->failed);
    ct_json_count(&o, "skipped", more->skipped);
    ct_find_json_trial(&o, t, more, opts);
    ct_json_close(&o, '}');
}

/* --- points --- */

/* The classic search knows no interval. */
static void put_point(struct ct_json_out *o, const struct ct_benchmark_point *p, bool classic)
{
    ct_json_open(o, NULL, '{');
    ct_json_count(o, "load", p->load);
    ct_json_number(o, "rps", p->rate > 0 ? p->rate : NAN);
    ct_json_number(o, "rps_low", p->low);
    ct_json_number(o, "rps_high", p->high);
    ct_json_bool(o, "at_least", p->at_least);
    ct_json_text(o, "limited_by", p->limited_by);
    ct_json_bool(o, "confirmed", p->confirmed);
    if (!classic) {
        ct_json_number(o, "rps_median", p->median);
        ct_json_text(o, "ending", ct_find_ending_name(p->ending));
        ct_find_json_warnings(o, p->warnings);
    }
    ct_json_close(o, '}');
}

static void put_points(struct ct_json_out *o, const struct ct_benchmark_case *c)
{
    ct_json_open(o, "points", '[');
    for (size_t i = 0; i < c->n_points; i++)
        put_point(o, &c->points[i], c->legs == NULL);
    ct_json_close(o, ']');
}

/* --- the search --- */

static void put_question(struct ct_json_out *o, const struct ct_benchmark_opts *opts)
{
    double rate_min = opts->classic ? (double)opts->search.rate_min : (double)opts->sweep.rate_min;
    ct_json_number(o, "max_response_time", opts->limit_s > 0 ? opts->limit_s : NAN);
    ct_json_number(o, "min_requests_per_second", rate_min);
    ct_json_count(o, "max_n_loads_to_test",
                  opts->classic ? opts->search.n_loads : opts->sweep.n_loads);
    ct_json_number(o, "rest_time", (double)opts->rest_ns / 1e9);
}

void ct_benchmark_search_json(const struct ct_benchmark_opts *opts,
                              const struct ct_benchmark_case *c, const struct ct_search *search,
                              struct ct_buf *out)
{
    struct ct_json_out o;
    size_t n;
    const struct ct_search_trial *trials = ct_search_trials(search, &n);
    ct_json_init(&o, out, -1);
    ct_json_open(&o, NULL, '{');
    ct_json_text(&o, "kind", "classic");
    put_question(&o, opts);
    ct_json_open(&o, "trials", '[');
    for (size_t i = 0; i < n; i++) {
        struct ct_buf trial;
        ct_buf_init(&trial, 4096);
        ct_benchmark_trial_json(&trials[i], &trial);
        ct_json_break(&o);
        ct_json_raw(&o, NULL, trial.data);
        ct_buf_release(&trial);
    }
    ct_json_close(&o, ']');
    put_points(&o, c);
    ct_json_close(&o, '}');
}

static void put_leg_trials(struct ct_json_out *o, const struct ct_benchmark_leg *l,
                           enum ct_find_phase from, enum ct_find_phase to)
{
    size_t n;
    const struct ct_find_trial *trials = ct_find_trials(l->found.find, &n);
    for (size_t i = 0; i < n && i < l->found.n_trials; i++) {
        if (trials[i].phase < from || trials[i].phase > to)
            continue;
        struct ct_buf trial;
        ct_buf_init(&trial, 1 << 16);
        ct_benchmark_leg_trial_json(&l->found, &l->opts, l->load, i, &trial);
        ct_json_break(o);
        ct_json_raw(o, NULL, trial.data);
        ct_buf_release(&trial);
    }
}

/* In the order in which they ran: the searches, then the confirmations. */
static void put_trials(struct ct_json_out *o, const struct ct_benchmark_case *c)
{
    ct_json_open(o, "trials", '[');
    for (size_t i = 0; i < c->n_legs; i++)
        put_leg_trials(o, &c->legs[i], CT_FIND_CALIBRATE, CT_FIND_UPPER);
    for (size_t i = 0; i < c->n_legs; i++)
        put_leg_trials(o, &c->legs[i], CT_FIND_CONFIRM, CT_FIND_CONFIRM);
    ct_json_close(o, ']');
}

static void put_leg(struct ct_json_out *o, const struct ct_benchmark_leg *l)
{
    bool loads = l->opts.find.axis == CT_FIND_LOAD;
    ct_json_break(o);
    ct_json_open(o, NULL, '{');
    ct_json_text(o, "axis", ct_find_json_axis(l->opts.find.axis));
    ct_json_number(o, "load", loads ? NAN : (double)l->load);
    ct_json_number(o, "rps", loads ? l->opts.find.fixed_rate : NAN);
    ct_find_json_answer(o, &l->found, &l->opts);
    ct_find_json_knowledge(o, &l->found);
    ct_json_close(o, '}');
}

/* Of all searches together: the budget is theirs. */
static void put_limits(struct ct_json_out *o, const struct ct_benchmark_opts *opts)
{
    struct ct_finding_opts *all = ct_xcalloc(1, sizeof(*all));
    all->find = opts->sweep.find;
    all->criteria = opts->criteria;
    all->plan = opts->plan;
    ct_find_json_question(o, all);
    free(all);
}

void ct_benchmark_sweep_json(const struct ct_benchmark_opts *opts,
                             const struct ct_benchmark_case *c, struct ct_buf *out)
{
    struct ct_json_out o;
    ct_json_init(&o, out, -1);
    ct_json_open(&o, NULL, '{');
    ct_json_text(&o, "kind", "find");
    put_question(&o, opts);
    put_limits(&o, opts);
    ct_json_ns(&o, "spent_s", c->spent_s * 1e9, 1e9);
    put_trials(&o, c);
    put_points(&o, c);
    ct_json_open(&o, "searches", '[');
    for (size_t i = 0; i < c->n_legs; i++)
        put_leg(&o, &c->legs[i]);
    ct_json_close(&o, ']');
    ct_json_close(&o, '}');
}

/* --- the summary --- */

void ct_benchmark_case_json(const struct ct_benchmark_case *c, struct ct_buf *out)
{
    struct ct_json_out o;
    ct_json_init(&o, out, -1);
    ct_json_open(&o, NULL, '{');
    ct_json_text(&o, "test_case", c->testcase->name);
    ct_json_text(&o, "result_file", c->result_path);
    ct_json_open(&o, "verdict", '{');
    ct_json_text(&o, "status", ct_verdict_name(c->verdict));
    ct_json_open(&o, "reasons", '[');
    for (size_t i = 0; i < c->n_reasons; i++) {
        ct_json_open(&o, NULL, '{');
        ct_json_text(&o, "code", c->reasons[i].code);
        ct_json_text(&o, "text", c->reasons[i].text);
        ct_json_close(&o, '}');
    }
    ct_json_close(&o, ']');
    ct_json_close(&o, '}');
    put_points(&o, c);
    ct_json_close(&o, '}');
}

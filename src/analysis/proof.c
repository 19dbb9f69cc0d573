#include "analysis/proof.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

#define ERROR_MAX_NS 0.5e6
#define ARRIVAL_MAX_NS 1e6
#define ERROR_SHARE 0.05

double ct_proof_quantile_of(const uint64_t *sorted, size_t count, double q)
{
    if (count == 0)
        return NAN;
    double rank = ceil(q * (double)count);
    return (double)sorted[rank < 1 ? 0 : (size_t)rank - 1];
}

/* --- one run --- */

static void CT_PRINTF(2, 3) fails(struct ct_proof_run *run, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(run->why, sizeof(run->why), fmt, ap);
    va_end(ap);
}

static double error_ns(const struct ct_proof_run *run, int q)
{
    return fabs(run->client_ns[q] - run->server_ns[q]);
}

static void compare(struct ct_proof_run *run)
{
    for (int q = 0; q < CT_PROOF_QUANTILES; q++) {
        const char *name = ct_proof_quantile_name[q];
        if (isnan(run->client_ns[q]))
            fails(run, "ct withheld its %s: too few requests, or its own lateness was in it", name);
        else if (!(error_ns(run, q) <= ERROR_MAX_NS))
            fails(run, "%s was %.3g ms by ct and %.3g ms by the server", name,
                  run->client_ns[q] / 1e6, run->server_ns[q] / 1e6);
    }
    if (!(run->arrival_p99_ns <= ARRIVAL_MAX_NS))
        fails(run, "requests arrived %.3g ms late (p99)", run->arrival_p99_ns / 1e6);
}

void ct_proof_judge_run(struct ct_proof_run *run, const char *invalid_text)
{
    run->why[0] = '\0';
    if (run->verdict != CT_VERDICT_VALID)
        fails(run, "%s", invalid_text);
    else if (run->arrived != run->planned || run->ok != run->planned)
        fails(run, "of %llu requests %llu arrived and %llu were answered",
              (unsigned long long)run->planned, (unsigned long long)run->arrived,
              (unsigned long long)run->ok);
    else
        compare(run);
    run->held = run->why[0] == '\0';
}

double ct_proof_error_ns(const struct ct_proof_run *run)
{
    double most = 0;
    for (int q = 0; q < CT_PROOF_QUANTILES; q++) {
        double e = error_ns(run, q);
        if (isnan(e))
            return NAN;
        if (e > most)
            most = e;
    }
    return most;
}

/* --- all of them --- */

/* The last run of this rate and delay that did not hold, when none did; else NULL. */
static const struct ct_proof_run *never_held(const struct ct_proof *p, double rate,
                                             const char *delay)
{
    const struct ct_proof_run *last = NULL;
    for (size_t i = 0; i < p->n_runs; i++) {
        const struct ct_proof_run *r = &p->runs[i];
        if (r->rate_rps != rate || strcmp(r->delay, delay) != 0)
            continue;
        if (r->held)
            return NULL;
        last = r;
    }
    return last;
}

/* The first run, in the order of rates, that condemns its rate; NULL: all rates hold. */
static const struct ct_proof_run *first_bad(const struct ct_proof *p)
{
    for (size_t i = 0; i < p->n_runs; i++) {
        const struct ct_proof_run *bad = never_held(p, p->runs[i].rate_rps, p->runs[i].delay);
        if (bad != NULL)
            return bad;
    }
    return NULL;
}

/* Two digits, upwards: a promise. */
static double round_up(double ns)
{
    double step = ns > 0 ? pow(10, floor(log10(ns)) - 1) : 1;
    return ceil(ns / step - 1e-9) * step;
}

void ct_proof_conclude(struct ct_proof *proof)
{
    const struct ct_proof_run *bad = first_bad(proof);
    double error_ns = 0;
    proof->trusted = false;
    proof->rate_rps = proof->p99_floor_ns = NAN;
    (void)snprintf(proof->why, sizeof(proof->why), "%s", bad != NULL ? bad->why : "");
    proof->why_rps = bad != NULL ? bad->rate_rps : NAN;
    for (size_t i = 0; i < proof->n_runs; i++) {
        const struct ct_proof_run *r = &proof->runs[i];
        if (!r->held || (bad != NULL && r->rate_rps >= bad->rate_rps))
            continue;
        proof->trusted = true;
        proof->rate_rps = r->rate_rps;
        error_ns = fmax(error_ns, ct_proof_error_ns(r));
    }
    if (proof->trusted)
        proof->p99_floor_ns = round_up(error_ns / ERROR_SHARE);
}

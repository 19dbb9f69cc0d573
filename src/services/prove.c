#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/proof.h"
#include "base/mem.h"
#include "services/doctor.h"
#include "services/rig.h"
#include "services/trial.h"

#define FIRST_NS (5 * CT_NS_PER_S) /* 1,000 requests at the smallest rate: a p99 */
#define FURTHER_NS (4 * CT_NS_PER_S)

enum { RATES = 6, DELAYS = 2, TRIES = 2 };
static const uint64_t rates[RATES] = {200, 1000, 5000, 10000, 20000, 40000};
static const char *const delays[DELAYS] = {"5ms", "mix:1ms,50ms,5%"};

/* --- what the server saw --- */

static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* From arrival to answer, and from the instants of the plan to the arrivals in their order. */
static void read_log(const struct ct_rig *rig, const struct ct_trial *t, uint64_t rate,
                     struct ct_proof_run *out)
{
    size_t count, answered = 0;
    const struct ct_delayer_record *log = ct_rig_records(rig, &count);
    uint64_t *took_ns = ct_xcalloc(count + 1, sizeof(*took_ns));
    uint64_t *arrived_ns = ct_xcalloc(count + 1, sizeof(*arrived_ns));
    for (size_t i = 0; i < count; i++) {
        arrived_ns[i] = log[i].arrival_ns;
        if (log[i].answered_ns > log[i].arrival_ns)
            took_ns[answered++] = log[i].answered_ns - log[i].arrival_ns;
    }
    qsort(took_ns, answered, sizeof(*took_ns), ascending);
    qsort(arrived_ns, count, sizeof(*arrived_ns), ascending);
    for (size_t i = 0; i < count; i++) {
        uint64_t due_ns = t->times.t0.mono_ns + i * CT_NS_PER_S / rate;
        arrived_ns[i] = arrived_ns[i] > due_ns ? arrived_ns[i] - due_ns : 0;
    }
    qsort(arrived_ns, count, sizeof(*arrived_ns), ascending);
    for (int q = 0; q < CT_PROOF_QUANTILES; q++)
        out->server_ns[q] = ct_proof_quantile_of(took_ns, answered, ct_proof_quantile[q]);
    out->arrival_p50_ns = ct_proof_quantile_of(arrived_ns, count, 0.5);
    out->arrival_p99_ns = ct_proof_quantile_of(arrived_ns, count, 0.99);
    out->arrived = ct_rig_counts(rig).requests;
    free(took_ns);
    free(arrived_ns);
}

/* --- one run --- */

static void read_summary(const struct ct_summary *s, struct ct_proof_run *out)
{
    static const enum ct_quantile same[CT_PROOF_QUANTILES] = {CT_P50, CT_P90, CT_P99};
    out->verdict = s->verdict;
    out->planned = s->planned;
    out->ok = s->ok;
    for (int q = 0; q < CT_PROOF_QUANTILES; q++)
        out->client_ns[q] = s->response.quantile[same[q]];
}

static void judge(const struct ct_summary *s, struct ct_proof_run *out)
{
    char text[CT_PROOF_WHY];
    (void)snprintf(text, sizeof(text), "the run was %s: %.110s%s%.110s",
                   ct_verdict_name(s->verdict), s->n_reasons > 0 ? s->reasons[0].text : "",
                   s->n_causes > 0 ? "; " : "", s->n_causes > 0 ? s->causes[0].text : "");
    ct_proof_judge_run(out, text);
}

static int run_once(uint64_t rate, const char *delay, struct ct_proof_run *out, struct ct_err *err)
{
    struct ct_run_plan plan = {.rate = ct_rate_per_s(rate),
                               .duration_ns = rate == rates[0] ? FIRST_NS : FURTHER_NS};
    size_t requests = (size_t)(rate * (plan.duration_ns / CT_NS_PER_S));
    struct ct_delay known;
    struct ct_rig rig;
    struct ct_trial t = {0};
    memset(out, 0, sizeof(*out));
    out->rate_rps = (double)rate;
    out->delay = delay;
    int rc;
    if ((rc = ct_delay_parse(delay, &known, err)) < 0 ||
        (rc = ct_rig_start(&rig, &known, requests, err)) < 0)
        return rc;
    if ((rc = ct_trial_run(&plan, rig.port, &t, err)) == 0 && (rc = ct_rig_stop(&rig, err)) == 0) {
        read_summary(&t.summary, out);
        read_log(&rig, &t, rate, out);
        judge(&t.summary, out);
    }
    ct_summary_release(&t.summary);
    ct_rig_release(&rig);
    return rc;
}

/* A delay that does not hold is tried once more: one disturbance is not the machine. */
static int run_delay(uint64_t rate, const char *delay, void (*step)(const char *text),
                     struct ct_proof *proof, bool *held, struct ct_err *err)
{
    char text[96], per_s[CT_UNIT_TEXT];
    *held = false;
    for (int i = 0; i < TRIES && !*held; i++) {
        (void)snprintf(text, sizeof(text), "%s, answers after %s%s",
                       ct_rate_format((double)rate, per_s), delay, i > 0 ? ", again" : "");
        step(text);
        int rc = run_once(rate, delay, &proof->runs[proof->n_runs], err);
        if (rc < 0)
            return rc;
        *held = proof->runs[proof->n_runs++].held;
    }
    return 0;
}

int ct_doctor_prove(double forecast_rps, void (*step)(const char *text), struct ct_proof *out,
                    struct ct_err *err)
{
    _Static_assert(RATES * DELAYS * TRIES <= CT_PROOF_RUNS_MAX, "each run has its place");
    bool held = true;
    memset(out, 0, sizeof(*out));
    for (int r = 0; held && r < RATES; r++) {
        if (r > 0 && !((double)rates[r] <= forecast_rps))
            break;
        for (int d = 0; held && d < DELAYS; d++) {
            int rc = run_delay(rates[r], delays[d], step, out, &held, err);
            if (rc < 0)
                return rc;
        }
    }
    ct_proof_conclude(out);
    return 0;
}

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "analysis/proof.h"

#define MS 1e6
#define US 1e3

static struct ct_proof p;

/* A run that is right by 100 us. */
static struct ct_proof_run good(double rate, const char *delay)
{
    return (struct ct_proof_run){.rate_rps = rate,
                                 .delay = delay,
                                 .verdict = CT_VERDICT_VALID,
                                 .planned = 1000,
                                 .ok = 1000,
                                 .arrived = 1000,
                                 .client_ns = {5.1 * MS, 5.1 * MS, 5.2 * MS},
                                 .server_ns = {5.0 * MS, 5.0 * MS, 5.1 * MS},
                                 .arrival_p50_ns = 50 * US,
                                 .arrival_p99_ns = 200 * US};
}

static void add(struct ct_proof_run run)
{
    ct_proof_judge_run(&run, "the run was invalid: late");
    p.runs[p.n_runs++] = run;
}

static void add_bad(double rate, const char *delay)
{
    struct ct_proof_run run = good(rate, delay);
    run.verdict = CT_VERDICT_INVALID;
    add(run);
}

static void does_not_hold(struct ct_proof_run run, const char *why)
{
    ct_proof_judge_run(&run, "the run was invalid: late");
    cr_expect(not(run.held));
    cr_expect(strstr(run.why, why) != NULL, "%s", run.why);
}

/* --- quantiles --- */

Test(proof, a_quantile_is_a_value_that_was_there)
{
    const uint64_t sorted[] = {10, 20, 30, 40, 50, 60, 70, 80, 90, 100};
    cr_expect(eq(dbl, ct_proof_quantile_of(sorted, 10, 0.5), 50));
    cr_expect(eq(dbl, ct_proof_quantile_of(sorted, 10, 0.9), 90));
    cr_expect(eq(dbl, ct_proof_quantile_of(sorted, 10, 0.99), 100));
    cr_expect(eq(dbl, ct_proof_quantile_of(sorted, 1, 0.5), 10));
    cr_expect(isnan(ct_proof_quantile_of(sorted, 0, 0.5)));
}

/* --- a run --- */

Test(proof, run_that_agrees_with_the_server_holds)
{
    struct ct_proof_run run = good(200, "5ms");
    ct_proof_judge_run(&run, "");
    cr_expect(run.held);
    cr_expect(eq(str, run.why, (char *)""));
    cr_expect(epsilon_eq(dbl, ct_proof_error_ns(&run), 100 * US, 1));
}

Test(proof, invalid_run_does_not_hold_and_says_why)
{
    struct ct_proof_run run = good(200, "5ms");
    run.verdict = CT_VERDICT_INVALID;
    does_not_hold(run, "the run was invalid: late");
}

Test(proof, every_request_has_to_arrive_and_to_be_answered)
{
    struct ct_proof_run run = good(200, "5ms");
    run.arrived = 999;
    does_not_hold(run, "of 1000 requests 999 arrived");
    run = good(200, "5ms");
    run.ok = 998;
    does_not_hold(run, "998 were answered");
}

Test(proof, quantile_that_is_off_by_more_than_half_a_millisecond_does_not_hold)
{
    for (int q = 0; q < CT_PROOF_QUANTILES; q++) {
        struct ct_proof_run run = good(200, "5ms");
        run.client_ns[q] = run.server_ns[q] + 0.49 * MS;
        ct_proof_judge_run(&run, "");
        cr_expect(run.held, "%s", run.why);
        run.client_ns[q] = run.server_ns[q] + 0.51 * MS;
        does_not_hold(run, ct_proof_quantile_name[q]);
        run.client_ns[q] = run.server_ns[q] - 0.51 * MS; /* too good is wrong too */
        does_not_hold(run, ct_proof_quantile_name[q]);
    }
}

Test(proof, quantile_that_ct_withheld_does_not_hold)
{
    struct ct_proof_run run = good(200, "5ms");
    run.client_ns[CT_PROOF_P99] = NAN;
    does_not_hold(run, "withheld its p99");
    cr_expect(isnan(ct_proof_error_ns(&run)));
}

Test(proof, late_arrivals_do_not_hold)
{
    struct ct_proof_run run = good(200, "5ms");
    run.arrival_p99_ns = 1.01 * MS;
    does_not_hold(run, "arrived 1.01 ms late");
    run.arrival_p99_ns = NAN;
    does_not_hold(run, "arrived");
}

/* --- the conclusion --- */

Test(proof, highest_rate_that_holds_and_20_times_the_largest_difference)
{
    struct ct_proof_run worst = good(1000, "mix");
    worst.client_ns[CT_PROOF_P90] = worst.server_ns[CT_PROOF_P90] + 123 * US;
    add(good(200, "5ms"));
    add(good(200, "mix"));
    add(good(1000, "5ms"));
    add(worst);
    ct_proof_conclude(&p);
    cr_expect(p.trusted);
    cr_expect(epsilon_eq(dbl, p.rate_rps, 1000, 0));
    cr_expect(epsilon_eq(dbl, p.p99_floor_ns, 2.5 * MS, 1)); /* 2.46, rounded up */
    cr_expect(isnan(p.why_rps));
    cr_expect(eq(str, p.why, (char *)""));
}

Test(proof, rate_with_a_delay_that_does_not_hold_is_not_trusted)
{
    struct ct_proof_run wide = good(1000, "5ms");
    wide.client_ns[CT_PROOF_P50] = wide.server_ns[CT_PROOF_P50] + 400 * US;
    add(good(200, "5ms"));
    add(good(200, "mix"));
    add(wide); /* it holds, but its rate does not */
    add_bad(1000, "mix");
    add_bad(1000, "mix");
    ct_proof_conclude(&p);
    cr_expect(p.trusted);
    cr_expect(epsilon_eq(dbl, p.rate_rps, 200, 0));
    cr_expect(epsilon_eq(dbl, p.p99_floor_ns, 2 * MS, 1));
    cr_expect(epsilon_eq(dbl, p.why_rps, 1000, 0));
    cr_expect(eq(str, p.why, (char *)"the run was invalid: late"));
}

Test(proof, one_disturbance_is_forgiven)
{
    add(good(200, "5ms"));
    add_bad(200, "mix");
    add(good(200, "mix"));
    ct_proof_conclude(&p);
    cr_expect(p.trusted);
    cr_expect(epsilon_eq(dbl, p.rate_rps, 200, 0));
}

Test(proof, machine_that_spoils_the_smallest_rate_is_not_trusted)
{
    add_bad(200, "5ms");
    add_bad(200, "5ms");
    ct_proof_conclude(&p);
    cr_expect(not(p.trusted));
    cr_expect(isnan(p.rate_rps) && isnan(p.p99_floor_ns));
    cr_expect(epsilon_eq(dbl, p.why_rps, 200, 0));
}

Test(proof, nothing_measured_is_not_trusted)
{
    ct_proof_conclude(&p);
    cr_expect(not(p.trusted));
}

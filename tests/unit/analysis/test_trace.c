#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "analysis/trace.h"
#include "base/clock.h"

static struct ct_trace trace;
static struct ct_block block;

static void begin(uint64_t warm_up_s, uint64_t duration_s)
{
    struct ct_run_plan plan = {.warm_up_ns = warm_up_s * CT_NS_PER_S,
                               .duration_ns = duration_s * CT_NS_PER_S};
    ct_trace_init(&trace, &plan);
}

static void give(uint64_t second, uint64_t started, bool warm_up)
{
    ct_block_init(&block, second);
    block.warm_up = warm_up;
    block.started = started;
    block.ok = started - 4;
    block.failed[CT_FAILURE_TIMEOUT] = 1;
    block.cancelled = 1;
    block.skipped[CT_SKIP_IN_FLIGHT] = 2;
    block.skipped[CT_SKIP_LATE] = 100; /* the generator's own: not the target's */
    block.series[CT_SERIES_RESPONSE].sum_ns = 5e6;
    ct_trace_block(&trace, &block);
}

static void sample(uint64_t at_ns, double user)
{
    struct ct_server_sample v = {.host = "a", .has_cpu = true, .has_memory = true};
    v.cpu.usr = user;
    v.cpu.nice = 1;
    v.cpu.guest = 2;
    v.cpu.sys = 3;
    v.cpu.irq = 1;
    v.cpu.soft = 1;
    v.cpu.iowait = 4;
    v.cpu.idle = 100 - user - 12;
    v.memory.used = 10;
    v.memory.total = 40;
    struct ct_snapshot s = {.at_ns = at_ns, .n_servers = 1, .servers = &v};
    ct_trace_snapshot(&trace, &s);
}

Test(trace, load_and_samples_of_a_second_stand_together)
{
    begin(0, 10);
    give(3, 50, false);
    give(3, 30, false); /* another thread */
    sample(3 * CT_NS_PER_S + 1, 10);
    sample(4 * CT_NS_PER_S, 30); /* taken at its end */
    const struct ct_trace_load *l = &trace.load[3];
    const struct ct_trace_part *p = &trace.servers[0].parts[3];
    cr_assert(l->started == 80 && l->ok == 72 && l->not_ok == 8);
    cr_assert(eq(dbl, l->response_ns, 1e7));
    cr_assert(p->samples == 2 && p->n[CT_TRACE_BUSY] == 2 && p->n[CT_TRACE_MEMORY_USED] == 2 &&
              p->n[CT_TRACE_PING] == 0);
    cr_assert(epsilon_eq(dbl, p->sum[CT_TRACE_USER], 46, 1e-9));
    cr_assert(epsilon_eq(dbl, p->sum[CT_TRACE_SYSTEM], 10, 1e-9));
    cr_assert(epsilon_eq(dbl, p->sum[CT_TRACE_IOWAIT], 8, 1e-9));
    cr_assert(epsilon_eq(dbl, p->sum[CT_TRACE_BUSY], 200 - 8 - (200 - 40 - 24), 1e-9));
    cr_assert(eq(dbl, p->sum[CT_TRACE_MEMORY_TOTAL], 80));
    cr_assert(eq(sz, trace.used, 4));
    ct_trace_release(&trace);
}

/* Each value of the table has a vital sign of its own. */
Test(trace, vital_signs_are_kept_where_they_are_there)
{
    static const struct {
        enum ct_vital vital;
        enum ct_trace_value value;
    } rows[] = {{CT_VITAL_SWAP_USED, CT_TRACE_SWAP_USED},
                {CT_VITAL_RUNNING, CT_TRACE_RUNNING},
                {CT_VITAL_NET_ERRORS, CT_TRACE_NETWORK_ERRORS},
                {CT_VITAL_NET_DROPS, CT_TRACE_NETWORK_DROPS},
                {CT_VITAL_PRESSURE_CPU_SOME, CT_TRACE_PRESSURE_CPU},
                {CT_VITAL_PRESSURE_MEMORY_SOME, CT_TRACE_PRESSURE_MEMORY},
                {CT_VITAL_PRESSURE_IO_SOME, CT_TRACE_PRESSURE_IO}};
    enum { ROWS = sizeof(rows) / sizeof(*rows) };
    struct ct_server_sample v = {.host = "a"};
    struct ct_snapshot s = {.at_ns = CT_NS_PER_S, .n_servers = 1, .servers = &v};
    begin(0, 5);
    ct_trace_snapshot(&trace, &s);
    for (int i = 0; i < ROWS; i++)
        ct_vital_set(&v.vitals, rows[i].vital, 10 + i);
    ct_trace_snapshot(&trace, &s);
    const struct ct_trace_part *p = &trace.servers[0].parts[0];
    for (int i = 0; i < ROWS; i++) {
        cr_expect(eq(u32, p->n[rows[i].value], 1), "row %d", i);
        cr_expect(eq(dbl, p->sum[rows[i].value], 10 + i), "row %d", i);
    }
    ct_trace_release(&trace);
}

Test(trace, warm_up_and_drain_are_left_out)
{
    begin(2, 5);
    give(1, 50, true);
    give(2, 50, true); /* due in the warm-up, ended behind it */
    give(5, 50, false);
    sample(2 * CT_NS_PER_S, 10);
    sample(5 * CT_NS_PER_S + 1, 10);
    cr_assert(trace.used == 0 && trace.n_servers == 0);
    give(2, 50, false);
    sample(5 * CT_NS_PER_S, 10);
    cr_assert(trace.used == 3 && trace.load[0].started == 50 &&
              trace.servers[0].parts[2].samples == 1);
    ct_trace_release(&trace);
}

Test(trace, a_gap_is_counted_and_its_last_reason_kept)
{
    begin(0, 5);
    struct ct_server_sample v = {.host = "a", .gap = "no answer"};
    struct ct_snapshot s = {.at_ns = CT_NS_PER_S, .n_servers = 1, .servers = &v};
    ct_trace_snapshot(&trace, &s);
    (void)snprintf(v.gap, sizeof(v.gap), "refused");
    ct_trace_snapshot(&trace, &s);
    const struct ct_trace_part *p = &trace.servers[0].parts[0];
    cr_assert(p->missed == 2 && p->samples == 0 && p->n[CT_TRACE_BUSY] == 0);
    cr_assert(eq(str, trace.servers[0].gap, (char *)"refused"));
    ct_trace_release(&trace);
}

Test(trace, parts_are_merged_in_pairs_and_nothing_is_lost)
{
    begin(0, 1000);
    for (uint64_t s = 0; s < 500; s++) {
        give(s, 10, false);
        sample((s + 1) * CT_NS_PER_S, (double)(s / 8));
    }
    cr_assert(eq(u64, trace.length_s, 8));
    cr_assert(eq(sz, trace.used, 63));
    for (size_t i = 0; i < 62; i++) {
        const struct ct_trace_part *p = &trace.servers[0].parts[i];
        cr_assert(trace.load[i].started == 80 && p->n[CT_TRACE_BUSY] == 8, "part %zu", i);
        cr_assert(epsilon_eq(dbl, p->sum[CT_TRACE_USER], 8 * ((double)i + 3), 1e-9));
    }
    cr_assert(trace.load[62].started == 40 && trace.load[63].started == 0);
    ct_trace_release(&trace);
}

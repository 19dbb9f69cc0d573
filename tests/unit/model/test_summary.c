#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "base/mem.h"
#include "model/snapshot.h"
#include "model/summary.h"

Test(summary, a_quantile_needs_ten_samples_beyond_it_on_each_side)
{
    for (int q = 0; q < CT_QUANTILE_COUNT; q++) {
        double beyond = 1 - ct_quantile_value[q];
        cr_assert(eq(u64, ct_quantile_needs[q], (uint64_t)llround(10 / beyond)), "%s",
                  ct_quantile_name[q]);
    }
    cr_assert_str_eq(ct_quantile_name[CT_P50], "p50");
    cr_assert_str_eq(ct_quantile_name[CT_P999], "p999");
}

Test(summary, words_of_the_files)
{
    cr_assert(ct_withheld_name(CT_GIVEN) == NULL);
    cr_assert_str_eq(ct_withheld_name(CT_WITHHELD_SAMPLES), "samples");
    cr_assert_str_eq(ct_withheld_name(CT_WITHHELD_FAILED), "failed");
    cr_assert_str_eq(ct_withheld_name(CT_WITHHELD_SKIPPED), "skipped");
    cr_assert_str_eq(ct_withheld_name(CT_WITHHELD_GENERATOR), "generator");
    cr_assert_str_eq(ct_verdict_name(CT_VERDICT_VALID), "valid");
    cr_assert_str_eq(ct_verdict_name(CT_VERDICT_INVALID), "invalid");
    cr_assert_str_eq(ct_verdict_name(CT_VERDICT_NO_DATA), "no_data");
}

Test(summary, release_frees_the_servers)
{
    static struct ct_summary s;
    ct_summary_release(&s);
    s.servers = ct_xcalloc(3, sizeof(*s.servers));
    s.n_servers = 3;
    ct_summary_release(&s);
    cr_assert(s.servers == NULL && s.n_servers == 0);
}

Test(summary, busy_is_neither_idle_nor_waiting_for_the_disk)
{
    struct ct_cpu_percent cpu = {.usr = 50, .sys = 10, .iowait = 15, .idle = 25};
    cr_assert(epsilon_eq(dbl, ct_cpu_busy_percent(&cpu), 60, 1e-12));
}

Test(summary, time_in_programs_is_theirs_at_any_priority)
{
    struct ct_cpu_percent cpu = {
        .usr = 10, .nice = 20, .guest = 3, .gnice = 4, .sys = 30, .idle = 33};
    cr_assert(epsilon_eq(dbl, ct_cpu_user_percent(&cpu), 37, 1e-12));
}

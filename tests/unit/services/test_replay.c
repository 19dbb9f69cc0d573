#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include "services/replay.h"

Test(replay, seconds_are_sorted_and_begin_at_the_first)
{
    struct ct_run_plan p = {0};
    struct ct_err err = {0};
    const char *text = "# seconds, status\n12.5,200\n12\t500\r\n\n12.000000001 x\n13.25";
    cr_assert(zero(int, ct_replay_parse(text, strlen(text), &p, &err)), "%s", err.msg);
    const uint64_t expected[] = {0, 1, 500000000, 1250000000};
    cr_assert(eq(u64, p.n_replay, 4));
    cr_assert(zero(int, memcmp(p.replay_ns, expected, sizeof(expected))));
    cr_assert(eq(u64, p.duration_ns, 1250000001));
    cr_assert(eq(int, p.arrivals, CT_ARRIVALS_REPLAY));
    free((void *)p.replay_ns);
}

Test(replay, times_of_a_log_will_do)
{
    struct ct_run_plan p = {0};
    struct ct_err err = {0};
    const char *text = "2026-11-21T10:00:00.25Z GET\n2026-11-21T11:00:01+01:00 GET\n";
    cr_assert(zero(int, ct_replay_parse(text, strlen(text), &p, &err)), "%s", err.msg);
    cr_assert(eq(u64, p.replay_ns[1], 750000000));
    free((void *)p.replay_ns);
}

static void refused(const char *text, const char *why)
{
    struct ct_run_plan p = {0};
    struct ct_err err = {0};
    cr_assert(eq(int, ct_replay_parse(text, strlen(text), &p, &err), CT_EUSAGE));
    cr_assert(ne(ptr, (void *)strstr(err.msg, why), NULL), "%s", err.msg);
}

Test(replay, the_wrong_line_is_named)
{
    refused("1\n2\nsoon\n", "line 3: 'soon'");
    refused("-1\n", "line 1: '-1'");
    refused("1.\n1x\n", "line 2");
    refused("99999999999999999999\n", "line 1");
    refused("# nothing\n\n", "no instant");
    refused("0\n40000000\n", "365 days");
}

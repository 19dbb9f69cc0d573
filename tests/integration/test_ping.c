#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "base/clock.h"
#include "io/loop.h"
#include "monitor/ping.h"

static struct ct_loop *loop;

static void make_loop(void)
{
    struct ct_err err = {0};
    cr_assert(zero(int, ct_loop_new(&loop, &err)), "%s", err.msg);
}

static void free_loop(void)
{
    ct_loop_free(loop);
}

TestSuite(ping, .init = make_loop, .fini = free_loop, .timeout = 60);

static void answered(void *ctx)
{
    (void)ctx;
    ct_loop_stop(loop);
}

/* What an echo took, as a loop tells that was busy elsewhere for a tenth of a second meanwhile; the
 * answer to an earlier question lies before it. */
static void ask_beside_work(struct ct_pinger *p, struct ct_ping *ping)
{
    uint64_t begun_ns = ct_clock_ns();
    ct_pinger_send(p);
    ct_pinger_send(p);
    while (ct_clock_ns() < begun_ns + CT_NS_PER_S / 10)
        continue;
    ct_loop_run(loop);
    ct_pinger_result(p, ping);
}

/* Several attempts: the kernel begins to stamp a moment after the first socket has asked it to, and
 * may have something else to do. */
Test(ping, is_not_the_time_until_it_was_read)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct ct_ping ping;
    double least_ms = INFINITY;
    struct ct_pinger *p = ct_pinger_new(loop, CT_PING_ICMP, (const struct sockaddr *)&here,
                                        sizeof(here), answered, NULL);
    if (p == NULL && getenv("CI") == NULL)
        cr_skip_test("this user may not send ICMP");
    cr_assert(ne(ptr, p, NULL), "may not send ICMP");
    for (int attempt = 0; attempt < 20 && least_ms >= 50; attempt++) {
        ask_beside_work(p, &ping);
        least_ms = fmin(least_ms, ping.avg_ms);
    }
    ct_pinger_free(p);
    cr_assert(least_ms > 0 && least_ms < 50, "%.3f ms", least_ms);
    cr_assert(eq(int, ping.received, 1));
}

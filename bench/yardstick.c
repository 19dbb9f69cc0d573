/*
 * How fast is this CPU meanwhile? The target's own work, bubble-sort of N numbers, ten times a
 * second beside whatever else runs there, by the CPU time that it takes.
 *
 *   yardstick N       until SIGTERM; then prints one JSON object: count, mean_us
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/units.h"
#include "target/work.h"

static const struct timespec period = {.tv_nsec = 100 * CT_NS_PER_MS};
static volatile sig_atomic_t ended;

static void end(int signum)
{
    (void)signum;
    ended = 1;
}

static uint64_t cpu_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * CT_NS_PER_S + (uint64_t)t.tv_nsec;
}

int main(int argc, char **argv)
{
    uint64_t n, count = 0, sum_ns = 0;
    struct sigaction on_term = {.sa_handler = end};
    if (argc != 2 || ct_count_parse(argv[1], &n, NULL) < 0 || n < 2 || n > 100000) {
        (void)fprintf(stderr, "usage: yardstick N\n");
        return 2;
    }
    (void)sigaction(SIGTERM, &on_term, NULL);
    do {
        uint64_t began_ns = cpu_ns();
        (void)ct_work_bubble_sort((uint32_t)n);
        sum_ns += cpu_ns() - began_ns;
        count++;
        (void)nanosleep(&period, NULL); /* a signal ends it */
    } while (!ended);
    printf("{\"count\": %" PRIu64 ", \"mean_us\": %.3f}\n", count,
           (double)sum_ns / 1e3 / (double)count);
    return 0;
}

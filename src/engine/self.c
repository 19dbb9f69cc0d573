#include "engine/self.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/lines.h"

#define SHORT_TURN_NS (100 * CT_NS_PER_US)

uint64_t ct_self_rss_bytes_max(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) < 0)
        return 0;
    return (uint64_t)usage.ru_maxrss * 1024;
}

static uint64_t cpu_clock_ns(clockid_t clock)
{
    struct timespec ts;
    if (clock_gettime(clock, &ts) < 0)
        return 0;
    return (uint64_t)ts.tv_sec * CT_NS_PER_S + (uint64_t)ts.tv_nsec;
}

uint64_t ct_self_cpu_ns(void)
{
    return cpu_clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

uint64_t ct_self_thread_cpu_ns(void)
{
    return cpu_clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

uint64_t ct_self_thread_wait_ns(void)
{
    FILE *f = fopen("/proc/thread-self/schedstat", "re");
    if (!f)
        return UINT64_MAX;
    char line[96];
    uint64_t ran_ns, waited_ns = UINT64_MAX;
    if (fgets(line, sizeof(line), f)) {
        const char *at = line, *end = line + strlen(line);
        if (!ct_line_number(&at, end, &ran_ns) || !ct_line_number(&at, end, &waited_ns))
            waited_ns = UINT64_MAX;
    }
    fclose(f);
    return waited_ns;
}

/* struct sched_attr as Linux 3.14 had it; glibc 2.36 declares none. */
struct turns {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime_ns, deadline_ns, period_ns;
};

bool ct_self_short_turns(void)
{
    struct turns turns = {.size = sizeof(turns)};
    if (syscall(SYS_sched_getattr, 0, &turns, sizeof(turns), 0) < 0 || turns.policy != SCHED_OTHER)
        return false;
    turns.runtime_ns = SHORT_TURN_NS;
    return syscall(SYS_sched_setattr, 0, &turns, 0) == 0;
}

uint32_t ct_self_cpus(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 0;
    return count > 0 ? (uint32_t)count : 1;
}

uint64_t ct_self_raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return 1024;
    rlim_t soft = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) < 0 ? soft : limit.rlim_cur;
}

void ct_self_room_for_descriptors(uint32_t more)
{
    struct rlimit limit;
    int first = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (first < 0)
        return;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur > 0) {
        rlim_t last = limit.rlim_cur - 1;
        last = last < (rlim_t)first + more ? last : (rlim_t)first + more;
        int far = last < INT_MAX ? fcntl(first, F_DUPFD_CLOEXEC, (int)last) : -1;
        if (far >= 0)
            (void)close(far);
    }
    (void)close(first);
}

uint64_t ct_self_local_ports(void)
{
    const uint64_t linux_default = 60999 - 32768 + 1;
    FILE *f = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
    if (!f)
        return linux_default;
    char line[64];
    unsigned lo = 0, hi = 0;
    /* NOLINTNEXTLINE(cert-err34-c): two small numbers that the kernel wrote */
    int found = fgets(line, sizeof(line), f) ? sscanf(line, "%u %u", &lo, &hi) : 0;
    fclose(f);
    return found == 2 && hi >= lo ? hi - lo + 1 : linux_default;
}

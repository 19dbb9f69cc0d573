#include "services/machine.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/lines.h"
#include "engine/cgroup.h"
#include "engine/runner.h"
#include "engine/self.h"
#include "monitor/procfs.h"

enum { FILE_LIMIT = 1 << 20 };

/* The first word of a file; "" when it cannot be read. */
static void read_word(const char *path, char out[CT_CHECKUP_WORD])
{
    struct ct_buf b;
    ct_buf_init(&b, 4096);
    out[0] = '\0';
    if (ct_buf_read_file(&b, path, NULL) == 0)
        (void)snprintf(out, CT_CHECKUP_WORD, "%.*s", (int)strcspn(b.data, " \t\n"), b.data);
    ct_buf_release(&b);
}

/* Of the CPUs that ct may use: "powersave" if one has it, else any. */
static void read_governor(char out[CT_CHECKUP_WORD])
{
    cpu_set_t set;
    CPU_ZERO(&set);
    out[0] = '\0';
    if (sched_getaffinity(0, sizeof(set), &set) != 0)
        return;
    for (size_t cpu = 0; cpu < CPU_SETSIZE && strcmp(out, "powersave") != 0; cpu++) {
        char path[80], word[CT_CHECKUP_WORD];
        if (!CPU_ISSET(cpu, &set))
            continue;
        (void)snprintf(path, sizeof(path),
                       "/sys/devices/system/cpu/cpu%zu/cpufreq/scaling_governor", cpu);
        read_word(path, word);
        if (word[0] == '\0')
            return; /* no cpufreq here */
        memcpy(out, word, sizeof(word));
    }
}

static int read_tw_reuse(void)
{
    char word[CT_CHECKUP_WORD];
    read_word("/proc/sys/net/ipv4/tcp_tw_reuse", word);
    const char *at = word;
    uint64_t value;
    return ct_line_number(&at, word + strlen(word), &value) && value <= 2 ? (int)value : -1;
}

static double read_memory_available(void)
{
    struct ct_buf b;
    struct ct_memory_kib m;
    ct_buf_init(&b, FILE_LIMIT);
    bool known =
        ct_buf_read_file(&b, "/proc/meminfo", NULL) == 0 && ct_procfs_meminfo(b.data, b.len, &m);
    ct_buf_release(&b);
    return known ? m.available * 1024 : NAN;
}

static double read_load(void)
{
    struct ct_buf b;
    struct ct_load load;
    ct_buf_init(&b, 4096);
    bool known =
        ct_buf_read_file(&b, "/proc/loadavg", NULL) == 0 && ct_procfs_loadavg(b.data, b.len, &load);
    ct_buf_release(&b);
    return known ? load.minute : NAN;
}

static void read_limits(struct ct_checkup *out)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        out->descriptors = files.rlim_cur;
        out->descriptors_hard = files.rlim_max;
    }
    out->connections = ct_run_connections_max(NULL);
    out->ports = ct_self_local_ports();
    out->tw_reuse = read_tw_reuse();
    out->memory_available_bytes = read_memory_available();
}

void ct_machine_read(struct ct_checkup *out)
{
    struct ct_cgroup_cpu cgroup;
    memset(out, 0, sizeof(*out));
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    out->cpus = ct_self_cpus();
    out->cpus_online = online > 0 ? (uint32_t)online : out->cpus;
    read_governor(out->governor);
    read_word("/sys/devices/system/clocksource/clocksource0/current_clocksource",
              out->clock_source);
    ct_cgroup_read(&cgroup);
    out->cgroup_version = cgroup.version;
    (void)snprintf(out->quota_path, sizeof(out->quota_path), "%s", cgroup.path);
    out->load_minute = read_load();
    read_limits(out);
}

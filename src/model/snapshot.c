#include "model/snapshot.h"

#include <math.h>

double ct_cpu_busy_percent(const struct ct_cpu_percent *cpu)
{
    return 100 - cpu->idle - cpu->iowait;
}

double ct_cpu_user_percent(const struct ct_cpu_percent *cpu)
{
    return cpu->usr + cpu->nice + cpu->guest + cpu->gnice;
}

const struct ct_vital_row ct_vital_rows[CT_VITAL_COUNT] = {
    [CT_VITAL_SWAP_TOTAL] = {"swap", "total"},
    [CT_VITAL_SWAP_USED] = {"swap", "used"},
    [CT_VITAL_SWAP_FREE] = {"swap", "free"},
    [CT_VITAL_LOAD_1] = {"load", "1m"},
    [CT_VITAL_LOAD_5] = {"load", "5m"},
    [CT_VITAL_LOAD_15] = {"load", "15m"},
    [CT_VITAL_RUNNING] = {"load", "running"},
    [CT_VITAL_TASKS] = {"load", "tasks"},
    [CT_VITAL_CONTEXT_SWITCHES] = {"activity", "context_switches_per_s"},
    [CT_VITAL_INTERRUPTS] = {"activity", "interrupts_per_s"},
    [CT_VITAL_FORKS] = {"activity", "forks_per_s"},
    [CT_VITAL_NET_RECEIVED_BYTES] = {"network", "received_bytes_per_s"},
    [CT_VITAL_NET_RECEIVED_PACKETS] = {"network", "received_packets_per_s"},
    [CT_VITAL_NET_SENT_BYTES] = {"network", "sent_bytes_per_s"},
    [CT_VITAL_NET_SENT_PACKETS] = {"network", "sent_packets_per_s"},
    [CT_VITAL_NET_ERRORS] = {"network", "errors_per_s"},
    [CT_VITAL_NET_DROPS] = {"network", "drops_per_s"},
    [CT_VITAL_DISK_READS] = {"disk", "reads_per_s"},
    [CT_VITAL_DISK_READ_BYTES] = {"disk", "read_bytes_per_s"},
    [CT_VITAL_DISK_WRITES] = {"disk", "writes_per_s"},
    [CT_VITAL_DISK_WRITTEN_BYTES] = {"disk", "written_bytes_per_s"},
    [CT_VITAL_PRESSURE_CPU_SOME] = {"pressure", "cpu_some"},
    [CT_VITAL_PRESSURE_IO_SOME] = {"pressure", "io_some"},
    [CT_VITAL_PRESSURE_IO_FULL] = {"pressure", "io_full"},
    [CT_VITAL_PRESSURE_MEMORY_SOME] = {"pressure", "memory_some"},
    [CT_VITAL_PRESSURE_MEMORY_FULL] = {"pressure", "memory_full"},
    [CT_VITAL_UPTIME_S] = {"system", "uptime_s"},
    [CT_VITAL_CLOCK_OFFSET_S] = {"system", "clock_offset_s"},
    [CT_VITAL_PROCESSORS] = {"processors", "online"},
    [CT_VITAL_BUSIEST_CORE] = {"processors", "busiest_percent"},
};

_Static_assert(CT_VITAL_COUNT <= 64, "a bit each");

void ct_vital_set(struct ct_vitals *m, enum ct_vital which, double value)
{
    if (!isfinite(value))
        return;
    m->value[which] = value;
    m->has |= UINT64_C(1) << which;
}

bool ct_vital_get(const struct ct_vitals *m, enum ct_vital which, double *out)
{
    if ((m->has >> which & 1) == 0)
        return false;
    *out = m->value[which];
    return true;
}

bool ct_cores_busiest(const struct ct_server_sample *s, size_t *core, double *percent)
{
    bool found = false;
    for (size_t i = 0; i < s->n_cores; i++) {
        double busy = (double)s->core_percent[i];
        if (isnan(busy) || (found && busy <= *percent))
            continue;
        found = true;
        *core = i;
        *percent = busy;
    }
    return found;
}

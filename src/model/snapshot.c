#include "model/snapshot.h"

double ct_cpu_busy_percent(const struct ct_cpu_percent *cpu)
{
    return 100 - cpu->idle - cpu->iowait;
}

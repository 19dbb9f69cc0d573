#include "model/host.h"

#include <math.h>

struct ct_host_change ct_host_change_unknown(void)
{
    return (struct ct_host_change){.steal_percent = NAN,
                                   .wait_percent = NAN,
                                   .quota_cpus = NAN,
                                   .throttled_s = NAN,
                                   .clock_step_s = NAN,
                                   .others_running = NAN};
}

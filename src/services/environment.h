/* Where ct runs: host, kernel, processors, memory. */
#ifndef CT_SERVICES_ENVIRONMENT_H
#define CT_SERVICES_ENVIRONMENT_H

#include "model/run.h"

/* Fill *out; release it with ct_environment_release. What cannot be read is "unknown" or 0. */
void ct_environment_read(const char *command_line, double monitoring_interval_s,
                         struct ct_environment *out);

#endif

/* Where ct runs: host, kernel, processors, memory. */
#ifndef CT_SERVICES_ENVIRONMENT_H
#define CT_SERVICES_ENVIRONMENT_H

#include "model/run.h"

/* commit: of what is tested; NULL: that of the work tree here.
 * Fill *out; release it with ct_environment_release. What cannot be read is "unknown" or 0. */
void ct_environment_read(const char *command_line, const char *commit, double monitoring_interval_s,
                         struct ct_environment *out);

#endif

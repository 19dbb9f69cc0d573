/* A reading of this machine, in the form in which servers give theirs (monitor/reading.h). */
#ifndef CT_MONITOR_LOCAL_H
#define CT_MONITOR_LOCAL_H

#include <stdbool.h>

#include "base/buf.h"
#include "model/cluster.h"

/* Append it; false: there is no /proc. */
bool ct_local_read(const struct ct_server *server, struct ct_buf *text);

#endif

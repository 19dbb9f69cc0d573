/* "ct cluster": the monitored servers, everything that a run would do with them once. */
#ifndef CT_SERVICES_CLUSTER_H
#define CT_SERVICES_CLUSTER_H

#include "base/buf.h"
#include "base/err.h"
#include "model/config.h"
#include "monitor/watch.h"

/* One report per server of the config, all asked in parallel; owned by caller (free). 0, or the
 * gravest of CT_EREACH and CT_EREFUSED with that server's line in err; *out is filled in both
 * cases. CT_EUSAGE, with *out NULL: no servers. */
int ct_cluster_look(const struct ct_config *config, struct ct_watch_report **out,
                    struct ct_err *err);

/* {"schema": "ct/cluster/1", "servers": [...]}: the snapshot, with Cluster Tester's keys. */
void ct_cluster_json(const struct ct_watch_report *reports, size_t count, struct ct_buf *out);

#endif

/* "ct cluster": the monitored servers, everything that a run would do with them once. */
#ifndef CT_SERVICES_CLUSTER_H
#define CT_SERVICES_CLUSTER_H

#include "base/buf.h"
#include "base/err.h"
#include "model/config.h"
#include "monitor/watch.h"

/* One report per server of the config, all asked in parallel, twice, between_ns apart or as long as
 * the slowest takes (CPU is over that time); owned by caller (free). 0, or the gravest of CT_EREACH
 * and CT_EREFUSED with that server's line in err; *out is filled in these cases. With *out NULL:
 * CT_EUSAGE (no servers), CT_EFAIL. */
int ct_cluster_look(struct ct_config *config, uint64_t between_ns, struct ct_watch_report **out,
                    struct ct_err *err);

/* {"schema": "ct/cluster/1", "servers": [...]}: per server Cluster Tester's keys of a sample
 * (memory, stats, host, timestamp, ping) and status ("ok", "refused", "unreachable"), error,
 * cpu_percent, ssh (transport, address, software, fingerprint, host_key_type, host_key_is_new, kex,
 * cipher, mac, login, how, connect_ms, handshake_ms). */
void ct_cluster_json(const struct ct_watch_report *reports, size_t count, struct ct_buf *out);

#endif

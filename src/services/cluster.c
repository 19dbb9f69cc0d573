#include "services/cluster.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/json_out.h"

static const uint64_t timeout_ns = 10 * CT_NS_PER_S;
static const uint64_t between_ns = CT_NS_PER_S; /* CPU is over this time */

int ct_cluster_look(const struct ct_config *config, struct ct_watch_report **out,
                    struct ct_err *err)
{
    *out = NULL;
    if (config->cluster.count == 0)
        return ct_fail(err, CT_EUSAGE,
                       "%s: \"monitorServers\" is empty: there is nothing to look at",
                       config->path);
    *out = ct_xcalloc(config->cluster.count, sizeof(**out));
    return ct_watch_check(&config->cluster, timeout_ns, between_ns, *out, err);
}

static void put_sample(struct ct_json_out *o, const struct ct_server_sample *s)
{
    if (s->has_cpu) {
        ct_json_number(o, "cpu_percent", ct_cpu_busy_percent(&s->cpu));
        ct_json_number(o, "cpu_usr_percent", s->cpu.usr);
    }
    if (s->has_memory) {
        ct_json_number(o, "memory_total_kib", s->memory.total);
        ct_json_number(o, "memory_used_kib", s->memory.used);
    }
    if (s->has_ping && s->ping.received > 0) {
        ct_json_number(o, "ping_ms", s->ping.avg_ms);
        ct_json_text(o, "ping_method", s->ping.method);
    }
}

void ct_cluster_json(const struct ct_watch_report *reports, size_t count, struct ct_buf *out)
{
    struct ct_json_out o;
    ct_json_init(&o, out, -1);
    ct_json_open(&o, NULL, '{');
    ct_json_text(&o, "schema", "ct/cluster/1");
    ct_json_open(&o, "servers", '[');
    for (size_t i = 0; i < count; i++) {
        const struct ct_watch_report *r = &reports[i];
        ct_json_open(&o, NULL, '{');
        ct_json_text(&o, "host", r->server->id);
        ct_json_text(&o, "status",
                     r->code == 0             ? "ok"
                     : r->code == CT_EREFUSED ? "refused"
                                              : "unreachable");
        ct_json_text(&o, "error", r->code == 0 ? NULL : r->err.msg);
        if (r->over_ssh && r->ssh.fingerprint[0] != '\0') {
            ct_json_text(&o, "fingerprint", r->ssh.fingerprint);
            ct_json_text(&o, "host_key_type", r->ssh.key_type);
        }
        if (r->code == 0)
            put_sample(&o, &r->sample);
        ct_json_close(&o, '}');
    }
    ct_json_close(&o, ']');
    ct_json_close(&o, '}');
    (void)ct_json_finish(&o);
}

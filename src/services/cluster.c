#include "services/cluster.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "services/secrets.h"
#include "store/document.h"
#include "store/json_out.h"

static const uint64_t timeout_ns = 10 * CT_NS_PER_S;

int ct_cluster_look(struct ct_config *config, uint64_t between_ns, struct ct_watch_report **out,
                    struct ct_err *err)
{
    *out = NULL;
    if (config->cluster.count == 0)
        return ct_fail(err, CT_EUSAGE,
                       "%s: \"monitorServers\" is empty: there is nothing to look at",
                       config->path);
    int rc = ct_secrets_ask(config, err);
    if (rc < 0)
        return rc;
    struct ct_watch_report *reports = ct_xcalloc(config->cluster.count, sizeof(*reports));
    rc = ct_watch_check(&config->cluster, timeout_ns, between_ns, reports, err);
    if (rc == CT_EFAIL) {
        free(reports);
        return rc;
    }
    *out = reports;
    return rc;
}

static const char *status_of(int code)
{
    return code == 0 ? "ok" : code == CT_EREFUSED ? "refused" : "unreachable";
}

static void put_ssh(struct ct_json_out *o, const struct ct_ssh_info *ssh)
{
    ct_json_open(o, "ssh", '{');
    ct_json_text(o, "transport", ssh->transport);
    ct_json_text(o, "how", ssh->how);
    ct_json_known(o, "address", ssh->address);
    ct_json_known(o, "software", ssh->software);
    ct_json_text(o, "fingerprint", ssh->fingerprint);
    ct_json_text(o, "host_key_type", ssh->key_type);
    ct_json_bool(o, "host_key_is_new", ssh->new_key);
    ct_json_text(o, "kex", ssh->kex);
    ct_json_text(o, "cipher", ssh->cipher);
    ct_json_text(o, "mac", ssh->mac);
    ct_json_known(o, "login", ssh->login);
    ct_json_ns(o, "connect_ms", (double)ssh->connect_ns, (double)CT_NS_PER_MS);
    ct_json_ns(o, "handshake_ms", (double)ssh->handshake_ns, (double)CT_NS_PER_MS);
    ct_json_close(o, '}');
}

static void put_report(struct ct_json_out *o, const struct ct_watch_report *r)
{
    struct ct_server_sample bare = {.host = r->server->id, .wall_ns = r->sample.wall_ns};
    ct_json_open(o, NULL, '{');
    ct_json_text(o, "status", status_of(r->code));
    ct_json_text(o, "error", r->code == 0 ? NULL : r->reason);
    ct_document_sample(o, r->code == 0 ? &r->sample : &bare);
    if (r->code == 0 && r->sample.has_cpu)
        ct_json_number(o, "cpu_percent", ct_cpu_busy_percent(&r->sample.cpu));
    if (r->over_ssh && r->ssh.fingerprint[0] != '\0')
        put_ssh(o, &r->ssh);
    ct_json_close(o, '}');
}

void ct_cluster_json(const struct ct_watch_report *reports, size_t count, struct ct_buf *out)
{
    struct ct_json_out o;
    ct_json_init(&o, out, -1);
    ct_json_open(&o, NULL, '{');
    ct_json_text(&o, "schema", "ct/cluster/1");
    ct_json_open(&o, "servers", '[');
    for (size_t i = 0; i < count; i++)
        put_report(&o, &reports[i]);
    ct_json_close(&o, ']');
    ct_json_close(&o, '}');
    (void)ct_json_finish(&o);
}

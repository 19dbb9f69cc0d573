#include "cli/cluster_check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"

/* Text of a server's own, which may hold anything. */
static void print_row(const char *name, const char *text)
{
    char shown[400];
    ct_escape_text(shown, sizeof(shown), text, strlen(text));
    (void)printf("    %-10s  %s\n", name, shown);
}

static void print_ssh(const struct ct_ssh_info *ssh)
{
    char text[300];
    const char *address = ssh->address[0] != '\0' ? ssh->address : "behind a jump host";
    (void)snprintf(text, sizeof(text), "%s, connected in %.1f ms, handshake in %.1f ms", address,
                   (double)ssh->connect_ns / 1e6, (double)ssh->handshake_ns / 1e6);
    print_row("address", text);
    if (ssh->software[0] != '\0')
        print_row("server", ssh->software);
    (void)snprintf(text, sizeof(text), "%s, %s%s%s", ssh->kex, ssh->cipher,
                   ssh->mac[0] != '\0' ? ", " : "", ssh->mac);
    print_row("algorithms", text);
    (void)snprintf(text, sizeof(text), "%s, read by %s", ssh->transport, ssh->how);
    print_row("transport", text);
}

/* The groups of numbers that were there. */
static void print_sampled(const struct ct_server_sample *s)
{
    struct ct_buf text;
    const char *group = "";
    ct_buf_init(&text, 1000);
    (void)ct_buf_printf(&text, "%s%s", s->has_cpu ? "cpu, " : "", s->has_memory ? "memory, " : "");
    for (int i = 0; i < CT_VITAL_COUNT; i++) {
        double value;
        const struct ct_vital_row *row = &ct_vital_rows[i];
        if (!ct_vital_get(&s->vitals, (enum ct_vital)i, &value) || strcmp(group, row->group) == 0)
            continue;
        group = row->group;
        (void)ct_buf_printf(&text, "%s, ", group);
    }
    if (s->n_cores > 0)
        (void)ct_buf_printf(&text, "cores, ");
    if (s->n_watched > 0)
        (void)ct_buf_printf(&text, "processes, ");
    if (s->n_cgroups > 0)
        (void)ct_buf_printf(&text, "control groups, ");
    (void)ct_buf_printf(&text, "ping (%s)", s->has_ping ? s->ping.method : "none");
    print_row("sampled", text.data);
    ct_buf_release(&text);
}

static bool has_cgroup(const struct ct_server_sample *s, const char *name)
{
    for (size_t i = 0; i < s->n_cgroups; i++)
        if (strcmp(s->cgroups[i].name, name) == 0)
            return true;
    return false;
}

/* What the configuration asks for and a sample does not have: a misspelt name, most likely. */
static void print_missing(const struct ct_watch_report *r)
{
    const struct ct_server *server = r->server;
    const struct ct_server_sample *s = &r->sample;
    char text[CT_CGROUP_NAME + 32];
    for (size_t i = 0; i < server->n_watch; i++) {
        bool listed = s->n_watched > 0;
        (void)snprintf(text, sizeof(text), "process %s%s", server->watch[i],
                       listed ? "" : ": no processes are shown");
        if (!listed || s->watched[i].processes == 0)
            print_row("not there", text);
    }
    for (size_t i = 0; i < server->n_cgroups; i++) {
        (void)snprintf(text, sizeof(text), "control group %s", server->cgroups[i]);
        if (!has_cgroup(s, server->cgroups[i]))
            print_row("not there", text);
    }
}

static void print_clock(const struct ct_server_sample *s)
{
    char text[100];
    double offset_s;
    if (!ct_vital_get(&s->vitals, CT_VITAL_CLOCK_OFFSET_S, &offset_s))
        return;
    if (fabs(offset_s) <= 1) /* it is known to half a second */
        (void)snprintf(text, sizeof(text), "as here, to a second");
    else
        (void)snprintf(text, sizeof(text), "%.0f s %s this machine's", fabs(offset_s),
                       offset_s > 0 ? "ahead of" : "behind");
    print_row("clock", text);
}

static void print_ok(const struct ct_watch_report *r)
{
    if (!r->over_ssh) {
        (void)printf("%s: ok (this machine)\n", r->server->id);
        print_missing(r);
        return;
    }
    (void)printf("%s: ok (login by %s, host key %s %s%s)\n", r->server->id, r->ssh.login,
                 r->ssh.key_type, r->ssh.fingerprint,
                 r->ssh.new_key ? ", accepted as new and written down" : "");
    print_ssh(&r->ssh);
    print_sampled(&r->sample);
    print_missing(r);
    print_clock(&r->sample);
}

void ct_cluster_print_check(const struct ct_watch_report *reports, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char text[600];
        const struct ct_watch_report *r = &reports[i];
        ct_escape_text(text, sizeof(text), r->reason, strlen(r->reason));
        if (r->code == 0)
            print_ok(r);
        else
            (void)printf("%s: %s: %s\n", r->server->id,
                         r->code == CT_EREFUSED ? "refused" : "unreachable", text);
    }
}

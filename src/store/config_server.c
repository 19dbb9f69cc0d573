#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/openssh_args.h"
#include "store/config_check.h"
#include "store/config_tables.h"

enum { SSH_PORT = 22 };

/* --- authentication --- */

static int end_authentication(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    (void)base;
    int ways = ct_json_given(r, "password") + ct_json_given(r, "passwordFile") +
               ct_json_given(r, "passwordEnv");
    if (ways > 1)
        return ct_json_table_fail(
            r, err, "write one of 'password', 'passwordFile' and 'passwordEnv', found %d", ways);
    return 0;
}

#define MEMBER(m) CT_CONFIG_TEXT, .member = offsetof(struct ct_server, m)

static const struct ct_json_key authentication_keys[] = {
    {.name = "username", MEMBER(username), .check = ct_config_check_text, .example = "\"root\""},
    {.name = "password", MEMBER(password), .example = "\"...\""},
    {.name = "passwordFile",
     MEMBER(password_file),
     .check = ct_config_check_text,
     .example = "\"/run/secrets/node-1\""},
    {.name = "passwordEnv",
     MEMBER(password_env),
     .check = ct_config_check_text,
     .example = "\"NODE_1_PASSWORD\""},
    {.name = "privateKey",
     MEMBER(private_key),
     .check = ct_config_check_text,
     .example = "\"/home/me/.ssh/id_ed25519\""},
};
static const struct ct_json_table authentication = {CT_CONFIG_KEYS(authentication_keys),
                                                    .end = end_authentication};

/* --- a server --- */

static int take_auth(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                     const struct ct_json_event *e, struct ct_err *err)
{
    int choice = 0;
    if (ct_json_take_choice(r, key, &choice, e, err) != 0)
        return CT_EUSAGE;
    ((struct ct_server *)base)->auth = (enum ct_auth)choice;
    return 0;
}

static int take_host_key(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                         const struct ct_json_event *e, struct ct_err *err)
{
    int choice = 0;
    if (ct_json_take_choice(r, key, &choice, e, err) != 0)
        return CT_EUSAGE;
    ((struct ct_server *)base)->host_key = (enum ct_host_key)choice;
    return 0;
}

static int take_transport(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                          const struct ct_json_event *e, struct ct_err *err)
{
    int choice = 0;
    if (ct_json_take_choice(r, key, &choice, e, err) != 0)
        return CT_EUSAGE;
    ((struct ct_server *)base)->transport = (enum ct_ssh_transport)choice;
    return 0;
}

static int take_cores(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                      const struct ct_json_event *e, struct ct_err *err)
{
    (void)r;
    (void)key;
    (void)err;
    ((struct ct_server *)base)->cores = e->boolean;
    return 0;
}

static void *begin_server(struct ct_json_reader *r, void *parent, struct ct_err *err)
{
    (void)r;
    struct ct_cluster *cluster = &((struct ct_config *)parent)->cluster;
    struct ct_server *grown = ct_config_grow(cluster->servers, cluster->count, sizeof(*grown), err);
    if (grown == NULL)
        return NULL;
    cluster->servers = grown;
    struct ct_server *s = &grown[cluster->count++];
    s->port = SSH_PORT;
    return s;
}

/* A server is its host and port; two entries for one would have one name in results. */
static int check_single(const struct ct_json_reader *r, const struct ct_cluster *cluster,
                        struct ct_err *err)
{
    const struct ct_server *s = &cluster->servers[cluster->count - 1];
    for (size_t i = 0; i + 1 < cluster->count; i++)
        if (strcmp(cluster->servers[i].host, s->host) == 0 && cluster->servers[i].port == s->port)
            return ct_json_table_fail(r, err,
                                      "host \"%s\" with port %u stands twice, first as "
                                      "monitorServers[%zu]: remove one",
                                      s->host, s->port, i);
    return 0;
}

static int end_server(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    struct ct_config_draft *d = r->ctx;
    struct ct_server *s = base;
    bool has_password = s->password != NULL || s->password_file != NULL || s->password_env != NULL;
    if (s->password != NULL)
        d->config.has_clear_password = true;
    if (!ct_json_given(r, "sshAuthMethod")) {
        s->auth = s->private_key != NULL ? CT_AUTH_KEY : CT_AUTH_AGENT;
        if (has_password)
            s->auth = CT_AUTH_PASSWORD;
    }
    struct ct_err why;
    if (s->transport == CT_SSH_OPENSSH && s->auth != CT_AUTH_LOCAL && ct_openssh_check(s, &why) < 0)
        return ct_json_table_fail(r, err, "%s", why.msg);
    if (s->name == NULL)
        s->name = ct_xstrdup(s->host);
    return check_single(r, &d->config.cluster, err);
}

/* In the order of enum ct_auth, enum ct_host_key and enum ct_ssh_transport. */
static const char *const auth_names[] = {"agent", "key", "password", "local", NULL};
static const char *const host_key_names[] = {"strict", "accept-new", NULL};
static const char *const transport_names[] = {"libssh2", "openssh", NULL};

static const struct ct_json_key server_keys[] = {
    {.name = "name", MEMBER(name), .check = ct_config_check_text, .example = "\"node-1\""},
    {.name = "host",
     .required = true,
     MEMBER(host),
     .check = ct_config_check_host,
     .example = "\"192.168.1.100\""},
    {.name = "port",
     .accepts = CT_JSON_EVENT_NUMBER,
     .take = ct_json_take_u16,
     .member = offsetof(struct ct_server, port),
     .min = 1,
     .max = 65535,
     .example = "22"},
    {.name = "sshAuthMethod",
     .accepts = CT_JSON_EVENT_STRING,
     .take = take_auth,
     .choices = auth_names,
     .example = "\"agent\""},
    {.name = "authentication",
     .accepts = CT_JSON_EVENT_OBJECT,
     .inside = &authentication,
     .example = "{\"username\": \"root\", \"passwordFile\": \"/run/secrets/node-1\"}"},
    {.name = "watch",
     .accepts = CT_JSON_EVENT_ARRAY,
     .elements = CT_JSON_EVENT_STRING,
     .take = ct_config_take_watch,
     .example = "[\"nginx\", \"cgroup:system.slice/nginx.service\"]"},
    {.name = "cores", .accepts = CT_JSON_EVENT_BOOL, .take = take_cores, .example = "true"},
    {.name = "knownHosts",
     MEMBER(known_hosts),
     .check = ct_config_check_text,
     .example = "\"/home/me/.ssh/known_hosts\""},
    {.name = "hostKey",
     .accepts = CT_JSON_EVENT_STRING,
     .take = take_host_key,
     .choices = host_key_names,
     .example = "\"strict\""},
    {.name = "transport",
     .accepts = CT_JSON_EVENT_STRING,
     .take = take_transport,
     .choices = transport_names,
     .example = "\"libssh2\""},
};

const struct ct_json_table ct_config_server = {CT_CONFIG_KEYS(server_keys), .begin = begin_server,
                                               .end = end_server};

/* --- names in results --- */

static bool shares_host(const struct ct_cluster *cluster, size_t i)
{
    for (size_t k = 0; k < cluster->count; k++)
        if (k != i && strcmp(cluster->servers[k].host, cluster->servers[i].host) == 0)
            return true;
    return false;
}

void ct_config_name_servers(struct ct_cluster *cluster)
{
    for (size_t i = 0; i < cluster->count; i++) {
        struct ct_server *s = &cluster->servers[i];
        bool v6 = strchr(s->host, ':') != NULL;
        s->id = shares_host(cluster, i) ? ct_xprintf(v6 ? "[%s]:%u" : "%s:%u", s->host, s->port)
                                        : ct_xstrdup(s->host);
    }
}

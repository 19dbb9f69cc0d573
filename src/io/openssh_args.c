#include "io/openssh_args.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

enum { SSH_PORT = 22 };

static const char alphanumeric[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/* What the program does, whatever ssh's own configuration says: checked host keys, no question, no
 * connection of somebody else's, nothing but one command. LogLevel: openssh_log.h reads it. */
static const char *const fixed[] = {
    "ssh",
    "-T",
    "-oBatchMode=yes",
    "-oVerifyHostKeyDNS=no",
    "-oNoHostAuthenticationForLocalhost=no",
    "-oUpdateHostKeys=no",
    "-oCheckHostIP=no",
    "-oControlMaster=no",
    "-oControlPath=none",
    "-oClearAllForwardings=yes",
    "-oForwardAgent=no",
    "-oForwardX11=no",
    "-oTunnel=no",
    "-oPermitLocalCommand=no",
    "-oRemoteCommand=none",
    "-oEscapeChar=none",
    "-oConnectionAttempts=1",
    "-oLogLevel=DEBUG1",
    "-oPreferredAuthentications=publickey",
};

static bool made_of(const char *text, const char *more)
{
    for (const char *c = text; *c != '\0'; c++)
        if (strchr(alphanumeric, *c) == NULL && strchr(more, *c) == NULL)
            return false;
    return text[0] != '\0' && text[0] != '-';
}

/* ssh expands ${NAME} in paths and has no way to write it plainly. */
static bool path_fits(const char *path)
{
    return path == NULL || (strpbrk(path, "\"\\\r\n") == NULL && strstr(path, "${") == NULL);
}

static int check_path(const char *key, const char *path, struct ct_err *err)
{
    if (path_fits(path))
        return 0;
    return ct_fail(err, CT_EUSAGE,
                   "%s \"%.100s\" cannot be given to ssh: a path without quotes, backslashes and "
                   "'${'",
                   key, path);
}

int ct_openssh_check(const struct ct_server *s, struct ct_err *err)
{
    int rc;
    if (!made_of(s->host, "._:%-"))
        return ct_fail(err, CT_EUSAGE,
                       "host \"%.100s\" cannot be given to ssh: letters, digits and . _ : %% - "
                       "only, not beginning with '-'",
                       s->host);
    if (s->username != NULL && !made_of(s->username, "._@+-"))
        return ct_fail(err, CT_EUSAGE,
                       "username \"%.100s\" cannot be given to ssh: letters, digits and . _ @ + - "
                       "only, not beginning with '-'",
                       s->username);
    if (s->auth == CT_AUTH_PASSWORD)
        return ct_fail(err, CT_EUSAGE,
                       "transport \"openssh\" logs in by agent or key only (ssh runs with "
                       "BatchMode=yes): leave \"transport\" out for a password");
    if ((rc = check_path("privateKey", s->private_key, err)) < 0)
        return rc;
    return check_path("knownHosts", s->known_hosts, err);
}

/* Takes item over. */
static void add(struct ct_openssh_args *a, char *item)
{
    assert(a->count < CT_OPENSSH_ARGS_MAX);
    a->items[a->count++] = item;
}

/* -oKEY="PATH", in which ssh expands neither ~ nor %: what stands in the configuration is meant. */
static void add_path(struct ct_openssh_args *a, const char *key, const char *path)
{
    struct ct_buf b;
    ct_buf_init(&b, 16 << 10);
    (void)ct_buf_printf(&b, "-o%s=\"%s", key, path[0] == '~' ? "./" : "");
    for (const char *c = path; *c != '\0'; c++)
        (void)(*c == '%' ? ct_buf_puts(&b, "%%") : ct_buf_add(&b, c, 1));
    (void)ct_buf_puts(&b, "\"");
    add(a, ct_xstrdup(b.data));
    ct_buf_release(&b);
}

static void add_trust(struct ct_openssh_args *a, const struct ct_server *s, bool hash)
{
    add(a, ct_xprintf("-oStrictHostKeyChecking=%s",
                      s->host_key == CT_HOST_KEY_ACCEPT_NEW ? "accept-new" : "yes"));
    add(a, ct_xprintf("-oHashKnownHosts=%s", hash ? "yes" : "no"));
    if (s->known_hosts == NULL)
        return;
    add_path(a, "UserKnownHostsFile", s->known_hosts);
    add(a, ct_xstrdup("-oGlobalKnownHostsFile=/dev/null"));
}

static void add_login(struct ct_openssh_args *a, const struct ct_server *s)
{
    if (s->auth == CT_AUTH_KEY && s->private_key != NULL) {
        add(a, ct_xstrdup("-oIdentitiesOnly=yes"));
        add_path(a, "IdentityFile", s->private_key);
    }
    if (s->port != SSH_PORT)
        add(a, ct_xprintf("-p%u", (unsigned)s->port));
    if (s->username != NULL)
        add(a, ct_xprintf("-l%s", s->username));
}

int ct_openssh_args_init(struct ct_openssh_args *out, const struct ct_server *server,
                         unsigned connect_timeout_s, bool hash, const char *command,
                         struct ct_err *err)
{
    int rc = ct_openssh_check(server, err);
    if (rc < 0)
        return rc;
    memset(out, 0, sizeof(*out));
    for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++)
        add(out, ct_xstrdup(fixed[i]));
    add(out, ct_xprintf("-oConnectTimeout=%u", connect_timeout_s));
    add_trust(out, server, hash);
    add_login(out, server);
    add(out, ct_xstrdup("--"));
    add(out, ct_xstrdup(server->host));
    add(out, ct_xstrdup(command));
    return 0;
}

void ct_openssh_args_release(struct ct_openssh_args *a)
{
    for (size_t i = 0; i < a->count; i++)
        free(a->items[i]);
    a->count = 0;
}

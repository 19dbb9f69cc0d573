#include "io/ssh_trust.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/mem.h"
#include "io/known_hosts.h"

enum { FILE_MAX_BYTES = 16 << 20, SSH_PORT = 22 };

/* The file that new keys are written to; owned by caller. */
static char *user_file(const struct ct_server *server)
{
    const char *home = getenv("HOME");
    if (server->known_hosts != NULL)
        return ct_xstrdup(server->known_hosts);
    return ct_xprintf("%s/.ssh/known_hosts", home != NULL ? home : "");
}

static enum ct_known look_in(const char *path, const struct ct_server *server, const char *key)
{
    struct ct_buf text;
    ct_buf_init(&text, FILE_MAX_BYTES);
    enum ct_known found = CT_KNOWN_NOT;
    if (ct_buf_read_file(&text, path, NULL) == 0)
        found = ct_known_hosts_find(text.data, text.len, server->host, server->port, key);
    ct_buf_release(&text);
    return found;
}

static int write_down(const char *path, const struct ct_server *server, const char *type,
                      const char *key, struct ct_err *err)
{
    char *line = server->port == SSH_PORT ? ct_xprintf("%s %s %s\n", server->host, type, key)
                                          : ct_xprintf("[%s]:%u %s %s\n", server->host,
                                                       (unsigned)server->port, type, key);
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    size_t len = strlen(line);
    int rc = fd >= 0 && write(fd, line, len) == (ssize_t)len
                 ? 0
                 : ct_fail_errno(err, CT_EREFUSED, "%s: its new key cannot be written to '%s'",
                                 server->host, path);
    if (fd >= 0)
        (void)close(fd);
    free(line);
    return rc;
}

static int refuse(enum ct_known known, const char *path, const struct ct_server *s,
                  const char *type, const char *fingerprint, struct ct_err *err)
{
    if (known == CT_KNOWN_REVOKED)
        return ct_fail(err, CT_EREFUSED, "%s: its host key %s is marked @revoked", s->host,
                       fingerprint);
    if (known == CT_KNOWN_CHANGED)
        return ct_fail(
            err, CT_EREFUSED,
            "%s: the host key is not the known one: it is %s (%s) now; if that is right: "
            "ssh-keygen -R '[%s]:%u' -f %s, then add the new one",
            s->host, fingerprint, type, s->host, (unsigned)s->port, path);
    if (known == CT_KNOWN_AUTHORITY)
        return ct_fail(err, CT_EREFUSED,
                       "%s: known_hosts has only a @cert-authority line, which is not supported: "
                       "add the host's own key %s (%s)",
                       s->host, fingerprint, type);
    return ct_fail(err, CT_EREFUSED,
                   "%s: unknown host key %s (%s); when that is the right fingerprint: "
                   "ssh-keyscan -p %u %s >> %s",
                   s->host, fingerprint, type, (unsigned)s->port, s->host, path);
}

int ct_ssh_trust(const struct ct_server *server, const void *key, size_t key_len, const char *type,
                 const char *fingerprint, struct ct_err *err)
{
    struct ct_buf text;
    ct_buf_init(&text, 64 << 10);
    (void)ct_base64_encode(&text, key, key_len);
    char *path = user_file(server);
    enum ct_known known = look_in(path, server, text.data);
    if (server->known_hosts == NULL)
        known = ct_known_worse(known, look_in("/etc/ssh/ssh_known_hosts", server, text.data));
    int rc = 0;
    if (known == CT_KNOWN_NOT && server->host_key == CT_HOST_KEY_ACCEPT_NEW)
        rc = write_down(path, server, type, text.data, err);
    else if (known != CT_KNOWN_YES)
        rc = refuse(known, path, server, type, fingerprint, err);
    free(path);
    ct_buf_release(&text);
    return rc;
}

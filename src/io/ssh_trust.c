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
static const char system_file[] = "/etc/ssh/ssh_known_hosts";

/* The file that new keys are written to; owned by caller. */
static char *user_file(const struct ct_server *server)
{
    const char *home = getenv("HOME");
    if (server->known_hosts != NULL)
        return ct_xstrdup(server->known_hosts);
    return ct_xprintf("%s/.ssh/known_hosts", home != NULL ? home : "");
}

/* A file that is not there has no lines; one that cannot be read might revoke the key. */
static int read_file(const char *path, struct ct_buf *text, struct ct_err *err)
{
    ct_buf_init(text, FILE_MAX_BYTES);
    if (access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    return ct_buf_read_file(text, path, err);
}

static int look_in(const char *path, const struct ct_server *server,
                   const struct ct_host_key_text *key, enum ct_known *out, struct ct_err *err)
{
    struct ct_buf text;
    *out = CT_KNOWN_NOT;
    int rc = read_file(path, &text, err);
    if (rc == 0)
        *out = ct_known_hosts_find(text.data, text.len, server->host, server->port, key);
    ct_buf_release(&text);
    return rc;
}

/* "host", or "[host]:port" where the port is not SSH's; owned by caller. */
static char *written_name(const struct ct_server *s)
{
    return s->port == SSH_PORT ? ct_xstrdup(s->host)
                               : ct_xprintf("[%s]:%u", s->host, (unsigned)s->port);
}

/* ~/.ssh may not be there yet; a folder of a knownHosts in the configuration is the user's. */
static void make_folder(const struct ct_server *server, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (server->known_hosts != NULL || slash == NULL)
        return;
    char *folder = ct_xstrndup(path, (size_t)(slash - path));
    (void)mkdir(folder, 0700);
    free(folder);
}

/* Does the file end within a line? */
static bool needs_newline(const char *path)
{
    struct ct_buf text;
    bool needs =
        read_file(path, &text, NULL) == 0 && text.len > 0 && text.data[text.len - 1] != '\n';
    ct_buf_release(&text);
    return needs;
}

static int write_down(const char *path, const struct ct_server *server,
                      const struct ct_host_key_text *key, struct ct_err *err)
{
    char *name = written_name(server);
    make_folder(server, path);
    char *line =
        ct_xprintf("%s%s %s %s\n", needs_newline(path) ? "\n" : "", name, key->type, key->base64);
    size_t len = strlen(line);
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    int rc = 0;
    if (fd < 0 || write(fd, line, len) != (ssize_t)len)
        rc = ct_fail_errno(err, CT_EREFUSED, "%s: its new host key cannot be written to '%s'",
                           server->id, path);
    if (fd >= 0)
        (void)close(fd);
    free(name);
    free(line);
    return rc;
}

static int refuse_changed(const struct ct_server *s, const struct ct_shown_key *key,
                          const char *path, struct ct_err *err)
{
    char *name = written_name(s);
    int rc =
        ct_fail(err, CT_EREFUSED,
                "%s: the host key has changed: it is %s (%s) now; when that is the right "
                "fingerprint: ssh-keygen -R '%s' -f '%s' && ssh-keyscan -p %u '%s' >> '%s'",
                s->id, key->fingerprint, key->type, name, path, (unsigned)s->port, s->host, path);
    free(name);
    return rc;
}

static int refuse(enum ct_known known, const struct ct_server *s, const struct ct_shown_key *key,
                  const char *path, struct ct_err *err)
{
    static const char *const because[] = {
        [CT_KNOWN_NOT] = "unknown host key",
        [CT_KNOWN_AUTHORITY] = ("known_hosts has but a @cert-authority line for it, and "
                                "certificates are not supported; its own key is"),
        [CT_KNOWN_OTHER_TYPE] = "known_hosts has but keys of other types for it; it shows",
    };
    if (known == CT_KNOWN_REVOKED)
        return ct_fail(err, CT_EREFUSED, "%s: its host key %s (%s) is marked @revoked in '%s'",
                       s->id, key->fingerprint, key->type, path);
    if (known == CT_KNOWN_CHANGED)
        return refuse_changed(s, key, path, err);
    return ct_fail(err, CT_EREFUSED,
                   "%s: %s %s (%s); when that is the right fingerprint: "
                   "ssh-keyscan -p %u '%s' >> '%s'",
                   s->id, because[known], key->fingerprint, key->type, (unsigned)s->port, s->host,
                   path);
}

/* What all files say together, and which of them says it. */
static int judge(const struct ct_server *server, const char *user, const struct ct_host_key_text *k,
                 enum ct_known *known, const char **where, struct ct_err *err)
{
    enum ct_known system = CT_KNOWN_NOT;
    *where = user;
    int rc = look_in(user, server, k, known, err);
    if (rc == 0 && server->known_hosts == NULL)
        rc = look_in(system_file, server, k, &system, err);
    if (system > *known) {
        *known = system;
        *where = system_file;
    }
    return rc == 0 ? 0 : CT_EREFUSED;
}

int ct_ssh_trust(const struct ct_server *server, const struct ct_shown_key *key, struct ct_err *err)
{
    struct ct_buf text;
    enum ct_known known;
    const char *where;
    ct_buf_init(&text, 64 << 10);
    (void)ct_base64_encode(&text, key->bytes, key->len);
    struct ct_host_key_text k = {.type = key->type, .base64 = text.data};
    char *user = user_file(server);
    int rc = judge(server, user, &k, &known, &where, err);
    if (rc < 0) {
        (void)ct_fail_while(err, "%s: its host key cannot be checked", server->id);
        if (err != NULL)
            err->code = rc;
    } else if (known == CT_KNOWN_NOT && server->host_key == CT_HOST_KEY_ACCEPT_NEW) {
        rc = write_down(user, server, &k, err);
    } else if (known != CT_KNOWN_YES) {
        /* a key from the system's file is added to the user's, but changed only where it stands */
        rc = refuse(known, server, key, known >= CT_KNOWN_CHANGED ? where : user, err);
    }
    free(user);
    ct_buf_release(&text);
    return rc;
}

static bool file_knows_type(const char *path, const struct ct_server *s, const char *type)
{
    struct ct_buf text;
    bool known = read_file(path, &text, NULL) == 0 &&
                 ct_known_hosts_has_type(text.data, text.len, s->host, s->port, type);
    ct_buf_release(&text);
    return known;
}

bool ct_ssh_knows_type(const struct ct_server *server, const char *type)
{
    char *user = user_file(server);
    bool known = file_knows_type(user, server, type) ||
                 (server->known_hosts == NULL && file_knows_type(system_file, server, type));
    free(user);
    return known;
}

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

/* One write of whole lines at the end of the file: what others append meanwhile stays whole. */
static int append(const char *path, const char *text, size_t len)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    ssize_t n = write(fd, text, len);
    int error = n >= 0 && n != (ssize_t)len ? ENOSPC : errno;
    int closed = close(fd);
    if (n == (ssize_t)len)
        return closed;
    errno = error;
    return -1;
}

static int write_down(const char *path, const struct ct_server *server,
                      const struct ct_host_key_text *key, struct ct_err *err)
{
    struct ct_buf text, line;
    ct_buf_init(&line, 64 << 10);
    make_folder(server, path);
    int rc = read_file(path, &text, err);
    if (rc == 0 && text.len > 0 && text.data[text.len - 1] != '\n') /* it ends within a line */
        (void)ct_buf_puts(&line, "\n");
    bool hashed = rc == 0 && ct_known_hosts_is_hashed(text.data, text.len);
    errno = 0;
    if (rc < 0 || !ct_known_hosts_line(&line, server->host, server->port, hashed, key) ||
        append(path, line.data, line.len) != 0)
        rc = ct_fail_errno(err, CT_EREFUSED, "%s: its new host key cannot be written to '%s'",
                           server->id, path);
    ct_buf_release(&text);
    ct_buf_release(&line);
    return rc;
}

static bool is_hashed(const char *path)
{
    struct ct_buf text;
    bool hashed =
        read_file(path, &text, NULL) == 0 && ct_known_hosts_is_hashed(text.data, text.len);
    ct_buf_release(&text);
    return hashed;
}

/* --- refusals --- */

/* A word for a shell. */
static bool put_quoted(struct ct_buf *b, const char *word)
{
    (void)ct_buf_puts(b, "'");
    for (const char *c = word; *c != '\0'; c++)
        (void)(*c == '\'' ? ct_buf_puts(b, "'\\''") : ct_buf_add(b, c, 1));
    return ct_buf_puts(b, "'");
}

/* "ssh-keyscan -p 22 'host' >> 'file'": what asks for the keys and adds them, hashed where the
 * others are. */
static void put_keyscan(struct ct_buf *b, const struct ct_server *s, const char *path)
{
    (void)ct_buf_printf(b, "ssh-keyscan %s-p %u ", is_hashed(path) ? "-H " : "", (unsigned)s->port);
    (void)put_quoted(b, s->host);
    (void)ct_buf_puts(b, " >> ");
    (void)put_quoted(b, path);
}

/* The command that accepts what the server showed; owned by caller. */
static char *accepting(enum ct_known known, const struct ct_server *s, const char *path)
{
    struct ct_buf b;
    char *name = written_name(s);
    ct_buf_init(&b, 32 << 10);
    if (known == CT_KNOWN_CHANGED) {
        (void)ct_buf_puts(&b, "ssh-keygen -R ");
        (void)put_quoted(&b, name);
        (void)ct_buf_puts(&b, " -f ");
        (void)put_quoted(&b, path);
        (void)ct_buf_puts(&b, " && ");
    }
    put_keyscan(&b, s, path);
    char *command = ct_xstrdup(b.data);
    ct_buf_release(&b);
    free(name);
    return command;
}

static int refuse_at(enum ct_known known, const struct ct_server *s, const struct ct_shown_key *key,
                     const char *path, struct ct_err *err)
{
    static const char *const because[] = {
        [CT_KNOWN_NOT] = "unknown host key",
        [CT_KNOWN_AUTHORITY] =
            ("known_hosts has but a @cert-authority line for it; certificates are "
             "supported with \"transport\": \"openssh\" only; its own key is"),
        [CT_KNOWN_OTHER_TYPE] = "known_hosts has but keys of other types for it; it shows",
        [CT_KNOWN_CHANGED] = "the host key has changed: it is now",
    };
    if (known == CT_KNOWN_REVOKED)
        return ct_fail(err, CT_EREFUSED,
                       "%s: its host key %s (%s) is marked @revoked in '%s': never accept it; the "
                       "server needs a new one",
                       s->id, key->fingerprint, key->type, path);
    char *command = accepting(known, s, path);
    int rc = ct_fail(err, CT_EREFUSED, "%s: %s %s (%s); when that is the right fingerprint: %s",
                     s->id, because[known], key->fingerprint, key->type, command);
    free(command);
    return rc;
}

int ct_ssh_trust_refuse(enum ct_known known, const struct ct_server *server,
                        const struct ct_shown_key *key, const char *where, struct ct_err *err)
{
    char *user = user_file(server);
    int rc = refuse_at(known, server, key, where != NULL ? where : user, err);
    free(user);
    return rc;
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
        rc = write_down(user, server, &k, err) < 0 ? CT_EREFUSED : 1;
    } else if (known != CT_KNOWN_YES) {
        /* a key from the system's file is added to the user's, but changed only where it stands */
        rc = refuse_at(known, server, key, known >= CT_KNOWN_CHANGED ? where : user, err);
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

bool ct_ssh_trust_hashes(const struct ct_server *server)
{
    char *user = user_file(server);
    bool hashed = is_hashed(user);
    free(user);
    return hashed;
}

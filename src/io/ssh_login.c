#include "io/ssh_login.h"

#include <libssh2.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

struct ct_ssh_login {
    LIBSSH2_SESSION *session;
    const struct ct_server *server;
    char *user;
    char *secret;  /* password; wiped */
    char *keys[2]; /* files to try */
    int key;       /* the one being tried */
    LIBSSH2_AGENT *agent;
    struct libssh2_agent_publickey *identity; /* being tried */
};

static char *own_name(void)
{
    struct passwd entry, *found = NULL;
    char text[4096];
    (void)getpwuid_r(geteuid(), &entry, text, sizeof(text), &found);
    return ct_xstrdup(found != NULL ? found->pw_name : "root");
}

/* The password from where the configuration says; NULL with err set. */
static char *find_password(const struct ct_server *s, struct ct_err *err)
{
    if (s->password != NULL)
        return ct_xstrdup(s->password);
    if (s->password_env != NULL && getenv(s->password_env) != NULL)
        return ct_xstrdup(getenv(s->password_env));
    if (s->password_env != NULL) {
        (void)ct_fail(err, CT_EREACH, "%s: passwordEnv: %s is not set", s->id, s->password_env);
        return NULL;
    }
    if (s->password_file == NULL) {
        (void)ct_fail(err, CT_EREACH, "%s: no password in the configuration", s->id);
        return NULL;
    }
    struct ct_buf b;
    char *password = NULL;
    ct_buf_init(&b, 4096);
    if (ct_buf_read_file(&b, s->password_file, err) == 0)
        password = ct_xstrndup(b.data, strcspn(b.data, "\r\n"));
    else
        err->code = CT_EREACH;
    explicit_bzero(b.data, b.len);
    ct_buf_release(&b);
    return password;
}

static int find_keys(struct ct_ssh_login *l, struct ct_err *err)
{
    const char *home = getenv("HOME");
    if (l->server->private_key != NULL) {
        l->keys[0] = ct_xstrdup(l->server->private_key);
    } else {
        l->keys[0] = ct_xprintf("%s/.ssh/id_ed25519", home != NULL ? home : "");
        l->keys[1] = ct_xprintf("%s/.ssh/id_ecdsa", home != NULL ? home : "");
        if (access(l->keys[0], R_OK) != 0)
            l->key = 1;
    }
    if (access(l->keys[l->key], R_OK) == 0)
        return 0;
    return ct_fail_errno(err, CT_EREACH, "%s: key '%s'", l->server->id, l->keys[l->key]);
}

static int find_agent(struct ct_ssh_login *l, struct ct_err *err)
{
    l->agent = libssh2_agent_init(l->session);
    if (l->agent == NULL || libssh2_agent_connect(l->agent) != 0 ||
        libssh2_agent_list_identities(l->agent) != 0)
        return ct_fail(err, CT_EREACH,
                       "%s: no SSH agent answers: start one, or set sshAuthMethod to key",
                       l->server->id);
    if (libssh2_agent_get_identity(l->agent, &l->identity, NULL) != 0)
        return ct_fail(err, CT_EREACH, "%s: the SSH agent holds no key", l->server->id);
    return 0;
}

struct ct_ssh_login *ct_ssh_login_new(LIBSSH2_SESSION *session, const struct ct_server *server,
                                      struct ct_err *err)
{
    struct ct_ssh_login *l = ct_xcalloc(1, sizeof(*l));
    l->session = session;
    l->server = server;
    l->user = server->username != NULL ? ct_xstrdup(server->username) : own_name();
    int rc = 0;
    if (server->auth == CT_AUTH_KEY)
        rc = find_keys(l, err);
    else if (server->auth == CT_AUTH_AGENT)
        rc = find_agent(l, err);
    else if ((l->secret = find_password(server, err)) == NULL)
        rc = CT_EREACH;
    if (rc == 0)
        return l;
    ct_ssh_login_free(l);
    return NULL;
}

static int refused(const struct ct_ssh_login *l, struct ct_err *err)
{
    char *text = NULL;
    (void)libssh2_session_last_error(l->session, &text, NULL, 0);
    const char *hint = l->secret != NULL ? ""
                       : l->agent != NULL
                           ? "; none of the agent's keys was taken"
                           : "; is it an ed25519 or ecdsa key without a passphrase? (a key with "
                             "one: use the agent)";
    return ct_fail(err, CT_EREACH, "%s: login of '%s' by %s was refused: %s%s", l->server->id,
                   l->user, ct_ssh_login_name(l), text != NULL ? text : "", hint);
}

static int try_agent(struct ct_ssh_login *l, struct ct_err *err)
{
    for (;;) {
        int rc = libssh2_agent_userauth(l->agent, l->user, l->identity);
        if (rc == LIBSSH2_ERROR_EAGAIN)
            return 1;
        if (rc == 0)
            return 0;
        if (libssh2_agent_get_identity(l->agent, &l->identity, l->identity) != 0)
            return refused(l, err);
    }
}

/* The configured key, or the two default ones in turn. */
static int try_keys(struct ct_ssh_login *l, struct ct_err *err)
{
    for (;;) {
        int rc =
            libssh2_userauth_publickey_fromfile(l->session, l->user, NULL, l->keys[l->key], NULL);
        if (rc == LIBSSH2_ERROR_EAGAIN)
            return 1;
        if (rc == 0)
            return 0;
        bool more = l->key == 0 && l->keys[1] != NULL && access(l->keys[1], R_OK) == 0;
        if (!more)
            return refused(l, err);
        l->key = 1;
    }
}

int ct_ssh_login_step(struct ct_ssh_login *l, struct ct_err *err)
{
    if (l->agent != NULL)
        return try_agent(l, err);
    if (l->secret == NULL)
        return try_keys(l, err);
    int rc = libssh2_userauth_password(l->session, l->user, l->secret);
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return 1;
    return rc == 0 ? 0 : refused(l, err);
}

const char *ct_ssh_login_name(const struct ct_ssh_login *l)
{
    return l->agent != NULL ? "agent" : l->secret != NULL ? "password" : "key";
}

void ct_ssh_login_free(struct ct_ssh_login *l)
{
    if (l->agent != NULL) {
        (void)libssh2_agent_disconnect(l->agent);
        libssh2_agent_free(l->agent);
    }
    if (l->secret != NULL)
        explicit_bzero(l->secret, strlen(l->secret));
    free(l->secret);
    free(l->user);
    free(l->keys[0]);
    free(l->keys[1]);
    free(l);
}

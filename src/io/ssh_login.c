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
#include "io/key_file.h"
#include "io/ssh_keys.h"
#include "io/ssh_methods.h"

enum way { ASKING_FOR_WAYS, BY_PASSWORD, BY_QUESTIONS, BY_KEY, BY_AGENT };

struct ct_ssh_login {
    LIBSSH2_SESSION *session;
    const struct ct_server *server;
    enum way way;
    char *user;
    char *secret;                /* password or passphrase; wiped; NULL */
    bool answered;               /* the password was given to a question */
    char *keys[CT_SSH_KEYS_MAX]; /* files to try */
    size_t n_keys, key;          /* key: the one being tried */
    LIBSSH2_AGENT *agent;
    struct libssh2_agent_publickey *identity; /* being tried */
    bool only_identity;                       /* it belongs to the key file */
    bool tried_rsa;
};

static char *own_name(void)
{
    struct passwd entry, *found = NULL;
    char text[4096];
    (void)getpwuid_r(geteuid(), &entry, text, sizeof(text), &found);
    return ct_xstrdup(found != NULL ? found->pw_name : "root");
}

/* --- the means --- */

/* The first line of a file. */
static char *read_password(const struct ct_server *s, struct ct_err *err)
{
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

/* The password from where the configuration says; NULL with err set. */
static char *find_password(const struct ct_server *s, struct ct_err *err)
{
    if (s->secret != NULL)
        return ct_xstrdup(s->secret);
    if (s->password != NULL)
        return ct_xstrdup(s->password);
    if (s->password_env != NULL && getenv(s->password_env) != NULL)
        return ct_xstrdup(getenv(s->password_env));
    if (s->password_file != NULL)
        return read_password(s, err);
    if (s->password_env != NULL)
        (void)ct_fail(err, CT_EREACH, "%s: passwordEnv: %s is not set", s->id, s->password_env);
    else
        (void)ct_fail(err, CT_EREACH, "%s: no password in the configuration", s->id);
    return NULL;
}

static int find_agent(struct ct_ssh_login *l, struct ct_err *err)
{
    l->way = BY_AGENT;
    l->agent = ct_ssh_agent_open(l->session);
    if (l->agent == NULL)
        return ct_fail(err, CT_EREACH,
                       "%s: no SSH agent answers: start one, or set sshAuthMethod to key",
                       l->server->id);
    if (libssh2_agent_get_identity(l->agent, &l->identity, NULL) != 0)
        return ct_fail(err, CT_EREACH, "%s: the SSH agent holds no key", l->server->id);
    return 0;
}

/* The key at hand is locked and nobody gave its passphrase: the agent may hold it. */
static int use_agent_for(struct ct_ssh_login *l, const struct ct_key_file *file, struct ct_err *err)
{
    if (l->agent == NULL)
        l->agent = ct_ssh_agent_open(l->session);
    l->identity = l->agent != NULL ? ct_ssh_agent_find(l->agent, &file->public_key) : NULL;
    if (l->identity == NULL)
        return ct_fail(err, CT_EREACH,
                       "%s: the key '%s' has a passphrase: ssh-add it, or run ct on a terminal, "
                       "where it asks",
                       l->server->id, l->keys[l->key]);
    l->way = BY_AGENT;
    l->only_identity = true;
    return 0;
}

static int take_key(struct ct_ssh_login *l, struct ct_err *err)
{
    struct ct_key_file file;
    ct_key_file_init(&file);
    l->way = BY_KEY;
    int rc = ct_key_file_read(&file, l->keys[l->key], err);
    if (rc < 0)
        rc = err->code = CT_EREACH;
    else if (file.locked && l->secret == NULL)
        rc = use_agent_for(l, &file, err);
    l->tried_rsa = l->tried_rsa || strcmp(file.type, "ssh-rsa") == 0;
    ct_key_file_release(&file);
    return rc;
}

static int find_key(struct ct_ssh_login *l, struct ct_err *err)
{
    l->n_keys = ct_ssh_keys_find(l->server, l->keys);
    if (l->n_keys == 0)
        return ct_fail_errno(err, CT_EREACH, "%s: key '%s'", l->server->id, l->keys[0]);
    if (l->server->secret != NULL)
        l->secret = ct_xstrdup(l->server->secret);
    struct ct_err why = {
        0}; /* of a key that was passed over nothing is said when another will do */
    int rc = take_key(l, &why);
    while (rc < 0 && l->key + 1 < l->n_keys) {
        l->key++;
        rc = take_key(l, &why);
    }
    if (rc < 0)
        *err = why;
    return rc;
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
        rc = find_key(l, err);
    else if (server->auth == CT_AUTH_AGENT)
        rc = find_agent(l, err);
    else if ((l->secret = find_password(server, err)) == NULL)
        rc = CT_EREACH;
    if (rc == 0)
        return l;
    ct_ssh_login_free(l);
    return NULL;
}

/* --- the steps --- */

static const char *hint(const struct ct_ssh_login *l)
{
    if (l->tried_rsa && !ct_ssh_methods_has_rsa_sha2())
        return "; an RSA key: this libssh2 is older than 1.11 and signs with SHA-1, which OpenSSH "
               "8.8 and later refuse: make another (ssh-keygen -t ed25519), or write "
               "\"transport\": \"openssh\"";
    if (l->way == BY_AGENT && !l->only_identity)
        return "; none of the agent's keys was taken";
    if (l->way == BY_KEY && l->secret != NULL)
        return "; is the passphrase right, and the key in the account's authorized_keys?";
    return l->way == BY_KEY ? "; is the key in the account's authorized_keys?" : "";
}

static int refused(const struct ct_ssh_login *l, struct ct_err *err)
{
    char *text = NULL;
    (void)libssh2_session_last_error(l->session, &text, NULL, 0);
    return ct_fail(err, CT_EREACH, "%s: login of '%s' by %s was refused: %s%s", l->server->id,
                   l->user, ct_ssh_login_name(l), text != NULL ? text : "", hint(l));
}

static bool is_rsa(const struct libssh2_agent_publickey *id)
{
    static const char type[] = "\0\0\0\7ssh-rsa";
    return id->blob_len >= sizeof(type) - 1 && memcmp(id->blob, type, sizeof(type) - 1) == 0;
}

static int try_agent(struct ct_ssh_login *l, struct ct_err *err)
{
    for (;;) {
        int rc = libssh2_agent_userauth(l->agent, l->user, l->identity);
        if (rc == LIBSSH2_ERROR_EAGAIN)
            return 1;
        if (rc == 0)
            return 0;
        l->tried_rsa = l->tried_rsa || is_rsa(l->identity);
        if (l->only_identity ||
            libssh2_agent_get_identity(l->agent, &l->identity, l->identity) != 0)
            return refused(l, err);
    }
}

/* The configured key, or the default ones in turn. */
static int try_key(struct ct_ssh_login *l, struct ct_err *err)
{
    int rc =
        libssh2_userauth_publickey_fromfile(l->session, l->user, NULL, l->keys[l->key], l->secret);
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return 1;
    if (rc == 0)
        return 0;
    if (l->key + 1 >= l->n_keys)
        return refused(l, err);
    l->key++;
    return take_key(l, err) < 0 ? CT_EREACH : ct_ssh_login_step(l, err);
}

/* Which ways does the server offer? "password,keyboard-interactive" */
static int ask_for_ways(struct ct_ssh_login *l, struct ct_err *err)
{
    const char *ways = libssh2_userauth_list(l->session, l->user, (unsigned)strlen(l->user));
    if (ways == NULL && libssh2_session_last_errno(l->session) == LIBSSH2_ERROR_EAGAIN)
        return 1;
    if (ways == NULL && libssh2_userauth_authenticated(l->session) != 0)
        return 0; /* it let us in as we are */
    l->way = BY_PASSWORD;
    if (ways == NULL)
        return refused(l, err);
    if (strstr(ways, "password") == NULL && strstr(ways, "keyboard-interactive") == NULL)
        return ct_fail(err, CT_EREACH, "%s: the server takes no password of '%s': it offers %.100s",
                       l->server->id, l->user, ways);
    if (strstr(ways, "password") == NULL)
        l->way = BY_QUESTIONS;
    return ct_ssh_login_step(l, err);
}

/* Called by libssh2 from inside; it frees the texts. */
static void answer(const char *name, int name_len, const char *instruction, int instruction_len,
                   int n, const LIBSSH2_USERAUTH_KBDINT_PROMPT *prompts,
                   LIBSSH2_USERAUTH_KBDINT_RESPONSE *responses, void **abstract)
{
    struct ct_ssh_login *l = *abstract;
    (void)name;
    (void)name_len;
    (void)instruction;
    (void)instruction_len;
    for (int i = 0; i < n; i++) {
        bool give = prompts[i].echo == 0 && !l->answered;
        l->answered = l->answered || give;
        responses[i].text = ct_xstrdup(give ? l->secret : "");
        responses[i].length = (unsigned)strlen(responses[i].text);
    }
}

static int try_questions(struct ct_ssh_login *l, struct ct_err *err)
{
    *libssh2_session_abstract(l->session) = l;
    int rc = libssh2_userauth_keyboard_interactive_ex(l->session, l->user,
                                                      (unsigned)strlen(l->user), answer);
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return 1;
    return rc == 0 ? 0 : refused(l, err);
}

static int try_password(struct ct_ssh_login *l, struct ct_err *err)
{
    int rc = libssh2_userauth_password(l->session, l->user, l->secret);
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return 1;
    return rc == 0 ? 0 : refused(l, err);
}

int ct_ssh_login_step(struct ct_ssh_login *l, struct ct_err *err)
{
    static int (*const steps[])(struct ct_ssh_login *, struct ct_err *) = {
        [ASKING_FOR_WAYS] = ask_for_ways, [BY_PASSWORD] = try_password,
        [BY_QUESTIONS] = try_questions,   [BY_KEY] = try_key,
        [BY_AGENT] = try_agent,
    };
    return steps[l->way](l, err);
}

const char *ct_ssh_login_name(const struct ct_ssh_login *l)
{
    static const char *const names[] = {"password", "password", "keyboard-interactive", "key",
                                        "agent"};
    return l->only_identity ? "key (by agent)" : names[l->way];
}

void ct_ssh_login_free(struct ct_ssh_login *l)
{
    ct_ssh_agent_close(l->agent);
    if (l->secret != NULL)
        explicit_bzero(l->secret, strlen(l->secret));
    free(l->secret);
    free(l->user);
    for (size_t i = 0; i < CT_SSH_KEYS_MAX; i++)
        free(l->keys[i]);
    free(l);
}

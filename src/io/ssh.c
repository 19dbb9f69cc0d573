#include "io/ssh.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libssh2.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/mem.h"
#include "io/ssh_login.h"
#include "io/ssh_trust.h"

/*
 * connecting -> shaking hands -> logging in -> opening -> starting -> ready <-> asking -> replying
 *        \______________________ any failure ______________________/-> dead
 *
 * Callbacks record and step. Each state is a function that tries one call of libssh2 and returns
 * the next state, the same one while the call would block.
 */
enum state { CONNECTING, SHAKING, LOGGING_IN, OPENING, STARTING, READY, ASKING, REPLYING, DEAD };

/* The one command that runs on a server; nothing from the configuration is ever part of it. */
static const char command[] = "while read -r x; do cat /proc/stat /proc/meminfo; echo ct-end; done";
static const char marker[] = "\nct-end\n";
enum { REPLY_MAX = 256 << 10 };

struct ct_ssh {
    struct ct_loop *loop;
    const struct ct_server *server;
    enum state state;
    int fd;
    struct ct_fd *watch;
    struct ct_alarm *deadline;
    uint64_t deadline_ns, started_ns;
    LIBSSH2_SESSION *session;
    LIBSSH2_CHANNEL *channel;
    struct ct_ssh_login *login;
    struct ct_ssh_info info;
    struct ct_buf reply;
    struct ct_err err;
    bool timed_out, closing, finishing;

    ct_ssh_open_fn *opened;
    void *opened_ctx;
    ct_ssh_reply_fn *replied;
    void *replied_ctx;
    void (*closed)(void *ctx);
    void *closed_ctx;
};

static const char *const doing[] = {"connecting",          "SSH handshake",    "login",
                                    "opening a channel",   "starting a shell", "",
                                    "asking for a sample", "reading a sample", ""};

static void finish(void *ctx);

/* Tell the owner, later and from the loop, that what it waits for is over. */
static void finish_later(struct ct_ssh *s)
{
    if (s->finishing)
        return;
    s->finishing = true;
    ct_loop_post(s->loop, finish, s);
}

static enum state die(struct ct_ssh *s, int code, const char *what)
{
    if (code != 0 && s->err.code == 0)
        (void)ct_fail(&s->err, code, "%s: %s: %s", s->server->id, doing[s->state], what);
    return DEAD;
}

/* A call of libssh2 failed for good. */
static enum state die_ssh(struct ct_ssh *s)
{
    char *text = NULL;
    (void)libssh2_session_last_error(s->session, &text, NULL, 0);
    return die(s, CT_EREACH, text != NULL && text[0] != '\0' ? text : "failed");
}

/* --- states --- */

static enum state connecting(struct ct_ssh *s)
{
    int error = 0;
    socklen_t len = sizeof(error);
    if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
        error = errno;
    if (error != 0)
        return die(s, CT_EREACH, strerror(error));
    struct sockaddr_storage peer;
    len = sizeof(peer);
    if (getpeername(s->fd, (struct sockaddr *)&peer, &len) != 0)
        return CONNECTING;
    s->info.connect_ns = ct_clock_ns() - s->started_ns;
    return SHAKING;
}

static const char *key_type_name(int type)
{
    switch (type) {
    case LIBSSH2_HOSTKEY_TYPE_ED25519:
        return "ssh-ed25519";
    case LIBSSH2_HOSTKEY_TYPE_ECDSA_256:
        return "ecdsa-sha2-nistp256";
    case LIBSSH2_HOSTKEY_TYPE_ECDSA_384:
        return "ecdsa-sha2-nistp384";
    case LIBSSH2_HOSTKEY_TYPE_ECDSA_521:
        return "ecdsa-sha2-nistp521";
    default:
        return "unknown";
    }
}

static void describe(struct ct_ssh *s, int type)
{
    enum { SHA256_BYTES = 32 };
    struct ct_buf text;
    const char *hash = libssh2_hostkey_hash(s->session, LIBSSH2_HOSTKEY_HASH_SHA256);
    ct_buf_init(&text, 128);
    if (hash != NULL)
        (void)ct_base64_encode(&text, hash, SHA256_BYTES);
    (void)snprintf(s->info.fingerprint, sizeof(s->info.fingerprint), "SHA256:%.*s",
                   (int)strcspn(text.data, "="), text.data);
    ct_buf_release(&text);
    (void)snprintf(s->info.key_type, sizeof(s->info.key_type), "%s", key_type_name(type));
    const char *kex = libssh2_session_methods(s->session, LIBSSH2_METHOD_KEX);
    const char *cipher = libssh2_session_methods(s->session, LIBSSH2_METHOD_CRYPT_SC);
    (void)snprintf(s->info.kex, sizeof(s->info.kex), "%s", kex != NULL ? kex : "");
    (void)snprintf(s->info.cipher, sizeof(s->info.cipher), "%s", cipher != NULL ? cipher : "");
    s->info.handshake_ns = ct_clock_ns() - s->started_ns;
}

/* The host key is judged here, before any byte of authentication. */
static enum state shaking(struct ct_ssh *s)
{
    int rc = libssh2_session_handshake(s->session, s->fd);
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return SHAKING;
    if (rc == LIBSSH2_ERROR_KEX_FAILURE || rc == LIBSSH2_ERROR_METHOD_NONE)
        return die(s, CT_EREACH, "no algorithm in common (an ed25519 or ecdsa host key is needed)");
    if (rc != 0)
        return die_ssh(s);
    size_t len;
    int type;
    const char *key = libssh2_session_hostkey(s->session, &len, &type);
    describe(s, type);
    if (key == NULL)
        return die(s, CT_EREFUSED, "the server showed no host key");
    if (ct_ssh_trust(s->server, key, len, s->info.key_type, s->info.fingerprint, &s->err) < 0)
        return DEAD;
    return LOGGING_IN;
}

static enum state logging_in(struct ct_ssh *s)
{
    if (s->login == NULL)
        s->login = ct_ssh_login_new(s->session, s->server, &s->err);
    if (s->login == NULL)
        return DEAD;
    int rc = ct_ssh_login_step(s->login, &s->err);
    if (rc > 0)
        return LOGGING_IN;
    (void)snprintf(s->info.login, sizeof(s->info.login), "%s", ct_ssh_login_name(s->login));
    return rc < 0 ? DEAD : OPENING;
}

static enum state opening(struct ct_ssh *s)
{
    s->channel = libssh2_channel_open_session(s->session);
    if (s->channel != NULL)
        return STARTING;
    bool again = libssh2_session_last_errno(s->session) == LIBSSH2_ERROR_EAGAIN;
    return again ? OPENING : die_ssh(s);
}

static enum state starting(struct ct_ssh *s)
{
    int rc = libssh2_channel_exec(s->channel, command);
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return STARTING;
    if (rc != 0)
        return die_ssh(s);
    ct_alarm_unset(s->deadline);
    return READY;
}

static enum state asking(struct ct_ssh *s)
{
    ssize_t n = libssh2_channel_write(s->channel, "\n", 1);
    if (n == LIBSSH2_ERROR_EAGAIN)
        return ASKING;
    return n == 1 ? REPLYING : die_ssh(s);
}

static bool complete(const struct ct_buf *b)
{
    size_t len = sizeof(marker) - 1;
    return b->len >= len && memcmp(b->data + b->len - len, marker, len) == 0;
}

static enum state replying(struct ct_ssh *s)
{
    char chunk[16384];
    for (;;) {
        ssize_t n = libssh2_channel_read(s->channel, chunk, sizeof(chunk));
        if (n == LIBSSH2_ERROR_EAGAIN)
            return REPLYING;
        if (n < 0)
            return die_ssh(s);
        if (n == 0)
            return die(s, CT_EREACH, "the server ended the shell");
        if (!ct_buf_add(&s->reply, chunk, (size_t)n))
            return die(s, CT_EREACH, "the answer is larger than 256 KiB");
        if (!complete(&s->reply))
            continue;
        ct_alarm_unset(s->deadline);
        return READY;
    }
}

static enum state run_state(struct ct_ssh *s)
{
    switch (s->state) {
    case CONNECTING:
        return connecting(s);
    case SHAKING:
        return shaking(s);
    case LOGGING_IN:
        return logging_in(s);
    case OPENING:
        return opening(s);
    case STARTING:
        return starting(s);
    case ASKING:
        return asking(s);
    case REPLYING:
        return replying(s);
    case READY:
    case DEAD:
        break;
    }
    return s->state;
}

static void want_events(const struct ct_ssh *s)
{
    unsigned events = CT_FD_READ;
    if (s->state == CONNECTING)
        events = CT_FD_WRITE;
    else if ((libssh2_session_block_directions(s->session) & LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0)
        events |= CT_FD_WRITE;
    if (s->state == READY || s->state == DEAD)
        events = 0; /* a session that died is noticed when it is asked */
    ct_fd_want(s->watch, events);
}

static void step(struct ct_ssh *s)
{
    enum state before;
    if (s->timed_out && s->state != READY && s->state != DEAD)
        s->state = die(s, CT_ETIMEOUT, "no answer in time");
    do {
        before = s->state;
        s->state = run_state(s);
    } while (s->state != before);
    want_events(s);
    if (s->state == READY || s->state == DEAD)
        finish_later(s);
}

static void socket_ready(void *ctx, unsigned events)
{
    (void)events;
    step(ctx);
}

static void deadline_done(void *ctx)
{
    struct ct_ssh *s = ctx;
    s->timed_out = true;
    step(s);
}

static void free_all(struct ct_ssh *s)
{
    enum { TRIES_MAX = 1000 };
    if (s->watch != NULL)
        ct_fd_free(s->watch);
    if (s->deadline != NULL)
        ct_alarm_free(s->deadline);
    if (s->fd >= 0)
        (void)shutdown(s->fd, SHUT_RDWR); /* from here on nothing of libssh2 can block */
    if (s->login != NULL)
        ct_ssh_login_free(s->login);
    for (int i = 0; s->session != NULL && i < TRIES_MAX; i++)
        if (libssh2_session_free(s->session) != LIBSSH2_ERROR_EAGAIN)
            break;
    if (s->fd >= 0)
        (void)close(s->fd);
    ct_buf_release(&s->reply);
}

/* Posted: the callbacks that are due, and the end of a session that is being closed. */
static void finish(void *ctx)
{
    struct ct_ssh *s = ctx;
    bool closing = s->closing; /* a callback may close it: then the next finish frees */
    s->finishing = false;
    int code = s->state == READY ? 0 : s->err.code;
    ct_ssh_open_fn *opened = s->opened;
    ct_ssh_reply_fn *replied = s->replied;
    s->opened = NULL;
    s->replied = NULL;
    if (opened != NULL)
        opened(s->opened_ctx, code, &s->err);
    if (replied != NULL) {
        size_t len = code == 0 ? s->reply.len - (sizeof(marker) - 1) + 1 : 0;
        replied(s->replied_ctx, code, s->reply.data, len, &s->err);
    }
    if (!closing)
        return;
    void (*closed)(void *) = s->closed;
    void *closed_ctx = s->closed_ctx;
    free_all(s);
    free(s);
    closed(closed_ctx);
}

/* --- the interface --- */

static int open_socket(struct ct_ssh *s)
{
    char port[8];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *list = NULL;
    (void)snprintf(port, sizeof(port), "%u", (unsigned)s->server->port);
    int rc = getaddrinfo(s->server->host, port, &hints, &list);
    if (rc != 0)
        return ct_fail(&s->err, CT_EREACH, "%s: %s", s->server->id, gai_strerror(rc));
    s->fd = socket(list->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->fd < 0)
        rc = ct_fail_errno(&s->err, CT_EFAIL, "%s: socket", s->server->id);
    else if (connect(s->fd, list->ai_addr, list->ai_addrlen) != 0 && errno != EINPROGRESS)
        rc = ct_fail_errno(&s->err, CT_EREACH, "%s: connecting", s->server->id);
    freeaddrinfo(list);
    return rc;
}

static void prefer_modern(LIBSSH2_SESSION *session)
{
    static const struct {
        int method;
        const char *names;
    } prefs[] = {
        {LIBSSH2_METHOD_KEX,
         "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
         "ecdh-sha2-nistp521,diffie-hellman-group16-sha512,diffie-hellman-group14-sha256"},
        {LIBSSH2_METHOD_HOSTKEY,
         "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521"},
        {LIBSSH2_METHOD_CRYPT_CS, "aes256-ctr,aes192-ctr,aes128-ctr"},
        {LIBSSH2_METHOD_CRYPT_SC, "aes256-ctr,aes192-ctr,aes128-ctr"},
        {LIBSSH2_METHOD_MAC_CS, "hmac-sha2-256,hmac-sha2-512"},
        {LIBSSH2_METHOD_MAC_SC, "hmac-sha2-256,hmac-sha2-512"},
    };
    for (size_t i = 0; i < sizeof(prefs) / sizeof(*prefs); i++)
        (void)libssh2_session_method_pref(session, prefs[i].method, prefs[i].names);
}

static void begin(struct ct_ssh *s, uint64_t timeout_ns)
{
    s->timed_out = false;
    s->deadline_ns = ct_clock_ns() + timeout_ns;
    ct_alarm_set(s->deadline, s->deadline_ns);
}

int ct_ssh_open(struct ct_loop *loop, const struct ct_server *server, uint64_t timeout_ns,
                ct_ssh_open_fn *opened, void *ctx, struct ct_ssh **out, struct ct_err *err)
{
    struct ct_ssh *s = ct_xcalloc(1, sizeof(*s));
    s->loop = loop;
    s->server = server;
    s->fd = -1;
    s->opened = opened;
    s->opened_ctx = ctx;
    s->started_ns = ct_clock_ns();
    ct_buf_init(&s->reply, REPLY_MAX);
    s->session = libssh2_session_init();
    if (s->session == NULL) {
        ct_buf_release(&s->reply);
        free(s);
        return ct_fail(err, CT_EFAIL, "%s: libssh2 has no memory", server->id);
    }
    libssh2_session_set_blocking(s->session, 0);
    prefer_modern(s->session);
    if (open_socket(s) < 0 || ct_alarm_new(loop, deadline_done, s, &s->deadline, &s->err) < 0 ||
        ct_fd_new(loop, s->fd, socket_ready, s, &s->watch, &s->err) < 0) {
        s->state = DEAD; /* told through opened, like every failure */
        finish_later(s);
    } else {
        begin(s, timeout_ns);
        want_events(s);
    }
    *out = s;
    return 0;
}

void ct_ssh_ask(struct ct_ssh *s, uint64_t timeout_ns, ct_ssh_reply_fn *reply, void *ctx)
{
    assert(s->replied == NULL && s->opened == NULL);
    s->replied = reply;
    s->replied_ctx = ctx;
    ct_buf_clear(&s->reply);
    if (s->state == DEAD) {
        finish_later(s);
        return;
    }
    assert(s->state == READY);
    begin(s, timeout_ns);
    s->state = ASKING;
    step(s);
}

void ct_ssh_close(struct ct_ssh *s, void (*closed)(void *ctx), void *ctx)
{
    assert(!s->closing);
    s->closing = true;
    s->closed = closed;
    s->closed_ctx = ctx;
    if (s->state != READY && s->state != DEAD)
        s->state = die(s, CT_ECANCELED, "given up");
    else if (s->err.code == 0)
        (void)ct_fail(&s->err, CT_ECANCELED, "%s: closed", s->server->id);
    s->state = DEAD;
    finish_later(s);
}

void ct_ssh_info(const struct ct_ssh *s, struct ct_ssh_info *out)
{
    *out = s->info;
}

#include "io/ssh.h"

#include <assert.h>
#include <libssh2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "io/dial.h"
#include "io/openssh.h"
#include "io/ssh_login.h"
#include "io/ssh_methods.h"
#include "io/ssh_reader.h"
#include "io/ssh_trust.h"

/*
 * connecting -> shaking hands -> logging in -> finding -> ready <-> reading
 *        \______________________ any failure ______________________/-> dead
 *
 * What happens between finding (the way to read) and reading is io/ssh_reader.
 *
 * Callbacks record and step. Each state is a function that tries one call of libssh2 and returns
 * the next state, the same one while the call would block.
 */
enum state { CONNECTING, SHAKING, LOGGING_IN, FINDING, READY, READING, DEAD };

/* A way to read that does not answer for so long is given up for the next one. */
#define PATIENCE_NS (2 * CT_NS_PER_S)

struct ct_ssh {
    struct ct_openssh *openssh; /* the system's ssh does it all; NULL: libssh2 */
    struct ct_loop *loop;
    const struct ct_server *server;
    enum state state;
    struct ct_dial *dial; /* under way */
    int fd;               /* -1 until connected */
    struct ct_fd *watch;
    struct ct_alarm *deadline;
    uint64_t started_ns, deadline_ns;
    LIBSSH2_SESSION *session;
    struct ct_ssh_reader *reader;
    struct ct_ssh_login *login;
    struct ct_ssh_info info;
    struct ct_err err;
    bool timed_out, closing, finishing;

    ct_ssh_open_fn *opened;
    void *opened_ctx;
    ct_ssh_reply_fn *replied;
    void *replied_ctx;
    void (*closed)(void *ctx);
    void *closed_ctx;
};

static const char *const doing[] = {"connecting", "SSH handshake",    "login", "starting a shell",
                                    "",           "reading a sample", ""};

static void finish(void *ctx);
static void socket_ready(void *ctx, unsigned events);

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

/* At the deadline; while the way is being found, also when patience with one ends. */
static void set_alarm(struct ct_ssh *s)
{
    uint64_t at_ns = s->deadline_ns;
    uint64_t patient_ns = ct_clock_ns() + PATIENCE_NS;
    if (s->state == FINDING && patient_ns < at_ns)
        at_ns = patient_ns;
    ct_alarm_set(s->deadline, at_ns);
}

/* A call of libssh2 failed for good. */
static enum state die_ssh(struct ct_ssh *s)
{
    char *text = NULL;
    (void)libssh2_session_last_error(s->session, &text, NULL, 0);
    return die(s, CT_EREACH, text != NULL && text[0] != '\0' ? text : "failed");
}

/* --- states --- */

/* The host key is judged here, before any byte of authentication. */
static enum state shaking(struct ct_ssh *s)
{
    int rc = libssh2_session_handshake(s->session, s->fd);
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return SHAKING;
    if (rc == LIBSSH2_ERROR_KEX_FAILURE || rc == LIBSSH2_ERROR_METHOD_NONE)
        return die(s, CT_EREACH, ct_ssh_methods_hint());
    if (rc != 0)
        return die_ssh(s);
    struct ct_shown_key key = {.type = s->info.key_type, .fingerprint = s->info.fingerprint};
    int type;
    key.bytes = libssh2_session_hostkey(s->session, &key.len, &type);
    ct_ssh_methods_read(s->session, &s->info);
    s->info.handshake_ns = ct_clock_ns() - s->started_ns - s->info.connect_ns;
    if (key.bytes == NULL)
        return die(s, CT_EREFUSED, "the server showed no host key");
    rc = ct_ssh_trust(s->server, &key, &s->err);
    s->info.new_key = rc > 0;
    return rc < 0 ? DEAD : LOGGING_IN;
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
    return rc < 0 ? DEAD : FINDING;
}

/* After a step of the reader. */
static enum state after_step(struct ct_ssh *s, int rc, const struct ct_err *why)
{
    if (rc > 0)
        return s->state;
    if (rc < 0)
        return die(s, rc, why->msg);
    ct_alarm_unset(s->deadline);
    return READY;
}

static enum state finding(struct ct_ssh *s)
{
    struct ct_err why = {0};
    if (s->reader == NULL) {
        s->reader = ct_ssh_reader_new(s->session, s->server);
        set_alarm(s);
    }
    int rc = ct_ssh_reader_find(s->reader, &why);
    s->info.how = ct_ssh_reader_how(s->reader);
    return after_step(s, rc, &why);
}

static enum state reading(struct ct_ssh *s)
{
    struct ct_err why = {0};
    int rc = ct_ssh_reader_step(s->reader, &why);
    return after_step(s, rc, &why);
}

static enum state run_state(struct ct_ssh *s)
{
    switch (s->state) {
    case SHAKING:
        return shaking(s);
    case LOGGING_IN:
        return logging_in(s);
    case FINDING:
        return finding(s);
    case READING:
        return reading(s);
    case CONNECTING: /* dial_done goes on */
    case READY:
    case DEAD:
        break;
    }
    return s->state;
}

static void want_events(const struct ct_ssh *s)
{
    unsigned events = CT_FD_READ;
    if (s->watch == NULL)
        return;
    if ((libssh2_session_block_directions(s->session) & LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0)
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

static void dial_done(void *ctx, int fd, const struct ct_err *err)
{
    struct ct_ssh *s = ctx;
    s->dial = NULL;
    s->fd = fd;
    ct_dial_address(fd, s->info.address, sizeof(s->info.address));
    s->info.connect_ns = ct_clock_ns() - s->started_ns;
    if (s->state == CONNECTING && fd >= 0 &&
        ct_fd_new(s->loop, fd, socket_ready, s, &s->watch, &s->err) == 0)
        s->state = SHAKING;
    else
        s->state = die(s, err->code, err->msg);
    step(s);
}

static void socket_ready(void *ctx, unsigned events)
{
    (void)events;
    step(ctx);
}

static void deadline_done(void *ctx)
{
    struct ct_ssh *s = ctx;
    s->timed_out = ct_clock_ns() >= s->deadline_ns;
    if (!s->timed_out && s->state == FINDING) {
        ct_ssh_reader_skip(s->reader);
        set_alarm(s);
    }
    step(s);
}

static void free_all(struct ct_ssh *s)
{
    enum { TRIES_MAX = 1000 };
    ct_fd_free(s->watch);
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
    ct_ssh_reader_free(s->reader);
    free(s);
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
        size_t len = 0;
        const char *text = code == 0 ? ct_ssh_reader_text(s->reader, &len) : "";
        replied(s->replied_ctx, code, text, len, &s->err);
    }
    if (!closing || s->dial != NULL) /* dial_done comes back here */
        return;
    void (*closed)(void *) = s->closed;
    void *closed_ctx = s->closed_ctx;
    free_all(s);
    closed(closed_ctx);
}

/* --- the interface --- */

static void begin(struct ct_ssh *s, uint64_t timeout_ns)
{
    s->timed_out = false;
    s->deadline_ns = ct_clock_ns() + timeout_ns;
    set_alarm(s);
}

int ct_ssh_open(struct ct_loop *loop, const struct ct_server *server, uint64_t timeout_ns,
                ct_ssh_open_fn *opened, void *ctx, struct ct_ssh **out, struct ct_err *err)
{
    struct ct_ssh *s = ct_xcalloc(1, sizeof(*s));
    if (server->transport == CT_SSH_OPENSSH) {
        int started = ct_openssh_open(loop, server, timeout_ns, opened, ctx, &s->openssh, err);
        if (started < 0)
            free(s);
        else
            *out = s;
        return started;
    }
    s->loop = loop;
    s->server = server;
    s->fd = -1;
    s->opened = opened;
    s->opened_ctx = ctx;
    s->started_ns = ct_clock_ns();
    s->info.how = "";
    s->session = libssh2_session_init();
    int rc = s->session == NULL ? ct_fail(err, CT_EFAIL, "%s: libssh2 has no memory", server->id)
                                : ct_alarm_new(loop, deadline_done, s, &s->deadline, err);
    if (rc < 0) {
        free_all(s);
        return rc;
    }
    libssh2_session_set_blocking(s->session, 0);
    ct_ssh_methods_set(s->session, server);
    begin(s, timeout_ns);
    s->dial = ct_dial_start(loop, server->host, server->port, dial_done, s);
    *out = s;
    return 0;
}

void ct_ssh_ask(struct ct_ssh *s, uint64_t timeout_ns, ct_ssh_reply_fn *reply, void *ctx)
{
    if (s->openssh != NULL) {
        ct_openssh_ask(s->openssh, timeout_ns, reply, ctx);
        return;
    }
    assert(s->replied == NULL && s->opened == NULL);
    s->replied = reply;
    s->replied_ctx = ctx;
    if (s->state == DEAD) {
        finish_later(s);
        return;
    }
    assert(s->state == READY);
    begin(s, timeout_ns);
    s->state = READING;
    ct_ssh_reader_ask(s->reader);
    step(s);
}

static void openssh_closed(void *ctx)
{
    struct ct_ssh s = *(struct ct_ssh *)ctx;
    free(ctx);
    s.closed(s.closed_ctx);
}

void ct_ssh_close(struct ct_ssh *s, void (*closed)(void *ctx), void *ctx)
{
    assert(!s->closing);
    s->closing = true;
    s->closed = closed;
    s->closed_ctx = ctx;
    if (s->openssh != NULL) {
        ct_openssh_close(s->openssh, openssh_closed, s);
        return;
    }
    if (s->state != READY && s->state != DEAD)
        s->state = die(s, CT_ECANCELED, "given up");
    else if (s->err.code == 0)
        (void)ct_fail(&s->err, CT_ECANCELED, "%s: closed", s->server->id);
    s->state = DEAD;
    if (s->dial != NULL)
        ct_dial_cancel(s->dial);
    finish_later(s);
}

void ct_ssh_info(const struct ct_ssh *s, struct ct_ssh_info *out)
{
    if (s->openssh != NULL)
        ct_openssh_info(s->openssh, out);
    else
        *out = s->info;
}

bool ct_ssh_round_trip(const struct ct_ssh *s, struct ct_ssh_round_trip *out)
{
    return s->openssh == NULL && s->fd >= 0 && ct_dial_round_trip(s->fd, out);
}

socklen_t ct_ssh_peer(const struct ct_ssh *s, struct sockaddr_storage *out)
{
    socklen_t len = sizeof(*out);
    if (s->openssh != NULL)
        return ct_openssh_peer(s->openssh, out);
    return s->fd >= 0 && getpeername(s->fd, (struct sockaddr *)out, &len) == 0 ? len : 0;
}

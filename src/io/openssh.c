#include "io/openssh.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "io/child.h"
#include "io/openssh_args.h"
#include "io/openssh_log.h"
#include "io/ssh_reading.h"
#include "io/ssh_trust.h"

/*
 * OPENING (the program connects and logs in) -> READY <-> REPLYING
 *        \_______________ any failure, or its end ___________/-> DEAD
 *
 * A program that goes on after its session is dead is ended: SIGTERM, a second later SIGKILL.
 */
enum state { OPENING, READY, REPLYING, DEAD };

struct ct_openssh {
    struct ct_loop *loop;
    const struct ct_server *server;
    enum state state;
    struct ct_child *child;
    bool running;
    struct ct_fd *io_watch, *errors_watch;
    struct ct_alarm *deadline;
    uint64_t started_ns, connected_ns, trusted_ns;
    struct ct_openssh_log log;
    char line[1024]; /* of its standard error, until its newline; longer ones are cut */
    size_t line_len;
    struct ct_buf reply;
    size_t reply_len;
    struct ct_err err;
    bool closing, finishing;

    ct_ssh_open_fn *opened;
    void *opened_ctx;
    ct_ssh_reply_fn *replied;
    void *replied_ctx;
    void (*closed)(void *ctx);
    void *closed_ctx;
};

static void finish(void *ctx);

/* Tell the owner, later and from the loop, that what it waits for is over. */
static void finish_later(struct ct_openssh *o)
{
    if (o->finishing)
        return;
    o->finishing = true;
    ct_loop_post(o->loop, finish, o);
}

static void end_program(struct ct_openssh *o, int signum)
{
    if (!o->running)
        return;
    ct_child_signal(o->child, signum);
    ct_alarm_set(o->deadline, ct_clock_ns() + CT_NS_PER_S);
}

static void die(struct ct_openssh *o, int code, const char *what)
{
    static const char *const doing[] = {"connecting", "", "reading a sample", ""};
    static const char *const steps[] = {"connecting", "SSH handshake", "login", "starting a shell"};
    if (o->err.code == 0) {
        const char *during = o->state == OPENING ? steps[o->log.step] : doing[o->state];
        (void)ct_fail(&o->err, code, "%s: %s%s%s", o->server->id, during,
                      during[0] != '\0' ? ": " : "", what);
    }
    o->state = DEAD;
    end_program(o, SIGTERM);
    finish_later(o);
}

/* --- its standard error --- */

static void note_times(struct ct_openssh *o)
{
    uint64_t now_ns = ct_clock_ns();
    if (o->connected_ns == 0 && o->log.step >= CT_OPENSSH_CONNECTED)
        o->connected_ns = now_ns;
    if (o->trusted_ns == 0 && o->log.step >= CT_OPENSSH_TRUSTED)
        o->trusted_ns = now_ns;
}

static void take_line(struct ct_openssh *o)
{
    ct_openssh_log_line(&o->log, o->line, o->line_len);
    o->line_len = 0;
    note_times(o);
    if (o->state != OPENING || o->log.step != CT_OPENSSH_LOGGED_IN)
        return;
    ct_alarm_unset(o->deadline);
    o->state = READY;
    finish_later(o);
}

static void take_errors(struct ct_openssh *o, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] == '\n')
            take_line(o);
        else if (o->line_len < sizeof(o->line))
            o->line[o->line_len++] = text[i];
}

/* false: nothing more, for now or for ever. */
static bool read_errors(struct ct_openssh *o)
{
    char chunk[4096];
    ssize_t n = read(ct_child_errors(o->child), chunk, sizeof(chunk));
    if (n > 0)
        take_errors(o, chunk, (size_t)n);
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        ct_fd_want(o->errors_watch, 0);
    return n > 0;
}

static void errors_ready(void *ctx, unsigned events)
{
    (void)events;
    (void)read_errors(ctx);
}

/* --- its standard output --- */

static void take_reply(struct ct_openssh *o, const char *data, size_t len)
{
    if (o->state != REPLYING)
        return; /* what nobody asked for */
    if (!ct_buf_add(&o->reply, data, len)) {
        die(o, CT_EREACH, "the answer is larger than 256 KiB");
    } else if (ct_ssh_reply_complete(&o->reply, &o->reply_len)) {
        ct_alarm_unset(o->deadline);
        o->state = READY;
        finish_later(o);
    }
}

/* One chunk a turn: a server that never stops cannot keep the loop from the others. */
static void io_ready(void *ctx, unsigned events)
{
    struct ct_openssh *o = ctx;
    char chunk[16384];
    (void)events;
    ssize_t n = read(ct_child_io(o->child), chunk, sizeof(chunk));
    if (n > 0)
        take_reply(o, chunk, (size_t)n);
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        ct_fd_want(o->io_watch, 0); /* child_ended says why */
}

/* --- its end --- */

static int refuse(struct ct_openssh *o)
{
    const struct ct_ssh_info *info = &o->log.info;
    struct ct_shown_key key = {.type = info->key_type, .fingerprint = info->fingerprint};
    if (key.fingerprint[0] != '\0')
        return ct_ssh_trust_refuse(o->log.known, o->server, &key, NULL, &o->err);
    return ct_fail(&o->err, CT_EREFUSED,
                   "%s: ssh refused a host key on the way (a jump host's?): log in to it once with "
                   "ssh itself",
                   o->server->id);
}

static void child_ended(void *ctx)
{
    struct ct_openssh *o = ctx;
    o->running = false;
    ct_alarm_unset(o->deadline);
    enum { LINES_MAX = 64 };
    for (int i = 0; i < LINES_MAX && read_errors(o); i++)
        ;
    if (o->line_len > 0)
        take_line(o);
    if (o->err.code == 0 && o->log.refused)
        (void)refuse(o);
    if (o->state != DEAD)
        die(o, CT_EREACH, o->log.last[0] != '\0' ? o->log.last : "ssh ended without a word");
    finish_later(o);
}

static void deadline_done(void *ctx)
{
    struct ct_openssh *o = ctx;
    if (o->state == DEAD)
        end_program(o, SIGKILL);
    else if (o->state != READY)
        die(o, CT_ETIMEOUT, "no answer in time");
}

static void free_all(struct ct_openssh *o)
{
    ct_fd_free(o->io_watch);
    ct_fd_free(o->errors_watch);
    ct_alarm_free(o->deadline);
    if (o->child != NULL)
        ct_child_free(o->child);
    ct_buf_release(&o->reply);
    free(o);
}

/* Posted: the callbacks that are due, and the end of a session that is being closed. */
static void finish(void *ctx)
{
    struct ct_openssh *o = ctx;
    bool closing = o->closing; /* a callback may close it: then the next finish frees */
    o->finishing = false;
    int code = o->state == DEAD ? o->err.code : 0;
    ct_ssh_open_fn *opened = o->opened;
    ct_ssh_reply_fn *replied = o->replied;
    o->opened = NULL;
    o->replied = NULL;
    if (opened != NULL)
        opened(o->opened_ctx, code, &o->err);
    if (replied != NULL)
        replied(o->replied_ctx, code, o->reply.data, code == 0 ? o->reply_len : 0, &o->err);
    if (!closing || o->running) /* child_ended comes back here */
        return;
    void (*closed)(void *) = o->closed;
    void *closed_ctx = o->closed_ctx;
    free_all(o);
    closed(closed_ctx);
}

/* --- the interface --- */

static int start(struct ct_openssh *o, uint64_t timeout_ns, struct ct_err *err)
{
    struct ct_openssh_args args;
    unsigned timeout_s = (unsigned)(timeout_ns / CT_NS_PER_S) + 1;
    int rc = ct_openssh_args_init(&args, o->server, timeout_s, ct_ssh_trust_hashes(o->server),
                                  ct_ssh_command, err);
    if (rc < 0)
        return ct_fail_while(err, "%s", o->server->id);
    rc = ct_child_start(o->loop, args.items, child_ended, o, &o->child, err);
    ct_openssh_args_release(&args);
    o->running = rc == 0;
    if (rc == 0)
        return 0;
    (void)ct_fail_while(err, "%s", o->server->id); /* this server's trouble, not that of all */
    if (err != NULL)
        err->code = CT_EREACH;
    return CT_EREACH;
}

static int watch(struct ct_openssh *o, struct ct_err *err)
{
    int rc;
    if ((rc = ct_fd_new(o->loop, ct_child_io(o->child), io_ready, o, &o->io_watch, err)) < 0 ||
        (rc = ct_fd_new(o->loop, ct_child_errors(o->child), errors_ready, o, &o->errors_watch,
                        err)) < 0)
        return rc;
    ct_fd_want(o->io_watch, CT_FD_READ);
    ct_fd_want(o->errors_watch, CT_FD_READ);
    return 0;
}

int ct_openssh_open(struct ct_loop *loop, const struct ct_server *server, uint64_t timeout_ns,
                    ct_ssh_open_fn *opened, void *ctx, struct ct_openssh **out, struct ct_err *err)
{
    struct ct_openssh *o = ct_xcalloc(1, sizeof(*o));
    o->loop = loop;
    o->server = server;
    o->opened = opened;
    o->opened_ctx = ctx;
    o->started_ns = ct_clock_ns();
    ct_openssh_log_init(&o->log);
    ct_buf_init(&o->reply, CT_SSH_REPLY_MAX);
    int rc = ct_alarm_new(loop, deadline_done, o, &o->deadline, err);
    if (rc == 0)
        rc = start(o, timeout_ns, err);
    if (rc < 0) {
        free_all(o);
        return rc;
    }
    ct_alarm_set(o->deadline, o->started_ns + timeout_ns);
    *out = o;
    if (watch(o, &o->err) < 0)
        die(o, o->err.code, "");
    return 0;
}

void ct_openssh_ask(struct ct_openssh *o, uint64_t timeout_ns, ct_ssh_reply_fn *reply, void *ctx)
{
    assert(o->replied == NULL && o->opened == NULL);
    o->replied = reply;
    o->replied_ctx = ctx;
    ct_buf_clear(&o->reply);
    if (o->state == DEAD) {
        finish_later(o);
        return;
    }
    assert(o->state == READY);
    o->state = REPLYING;
    ct_alarm_set(o->deadline, ct_clock_ns() + timeout_ns);
    ct_ssh_question(o->server, &o->reply); /* borrows the empty buffer */
    ssize_t n = send(ct_child_io(o->child), o->reply.data, o->reply.len, MSG_NOSIGNAL);
    bool sent = n == (ssize_t)o->reply.len;
    ct_buf_clear(&o->reply);
    if (!sent && errno != EPIPE)
        die(o, CT_EREACH, strerror(errno)); /* EPIPE: it is ending, and says why */
}

void ct_openssh_close(struct ct_openssh *o, void (*closed)(void *ctx), void *ctx)
{
    assert(!o->closing);
    o->closing = true;
    o->closed = closed;
    o->closed_ctx = ctx;
    if (o->err.code == 0)
        (void)ct_fail(&o->err, CT_ECANCELED, "%s: closed", o->server->id);
    o->state = DEAD;
    end_program(o, SIGTERM);
    finish_later(o);
}

void ct_openssh_info(const struct ct_openssh *o, struct ct_ssh_info *out)
{
    *out = o->log.info;
    if (o->connected_ns != 0)
        out->connect_ns = o->connected_ns - o->started_ns;
    if (o->trusted_ns != 0 && o->connected_ns != 0)
        out->handshake_ns = o->trusted_ns - o->connected_ns;
}

socklen_t ct_openssh_peer(const struct ct_openssh *o, struct sockaddr_storage *out)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(o->log.port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(o->log.port)};
    memset(out, 0, sizeof(*out));
    if (inet_pton(AF_INET, o->log.info.address, &v4.sin_addr) == 1) {
        memcpy(out, &v4, sizeof(v4));
        return sizeof(v4);
    }
    if (inet_pton(AF_INET6, o->log.info.address, &v6.sin6_addr) == 1) {
        memcpy(out, &v6, sizeof(v6));
        return sizeof(v6);
    }
    return 0;
}

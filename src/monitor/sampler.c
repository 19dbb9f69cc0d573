#include "monitor/sampler.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "monitor/echo.h"
#include "monitor/local.h"
#include "monitor/marks.h"
#include "monitor/reading.h"

#define BACK_OFF_MIN_NS CT_NS_PER_S
#define BACK_OFF_MAX_NS (30 * CT_NS_PER_S)
#define RECONNECT_TIMEOUT_NS (10 * CT_NS_PER_S)
enum { PROC_MAX = 256 << 10 };

enum phase { IDLE, OPENING, FIRST_READ, READY, READING, BROKEN, DROPPING };

struct ct_sampler {
    struct ct_loop *loop;
    const struct ct_server *server;
    enum phase phase;
    struct ct_ssh *ssh; /* NULL for local, and while broken */
    struct ct_ssh_info info;
    struct ct_echo echo; /* while it is due, the sample waits for it */
    bool has_before;     /* a reading that the next sample can be held against */
    bool is_here, closing;
    double answer_ms; /* from the last question to its answer */

    struct ct_reading *now, *before;
    double uptime_s; /* of the last reading, also over reconnections; 0: unknown */
    uint64_t asked_ns;
    struct ct_marks marks;          /* of this machine, before the first question */
    struct ct_server_sample sample; /* at_ns is on the monotonic clock here */
    struct ct_err trouble;          /* why it is broken */
    uint64_t timeout_ns, retry_ns, back_off_ns;

    ct_sampler_open_fn *opened;
    void *opened_ctx;
    ct_sampler_fn *ready;
    void *ready_ctx;
    ct_sampler_fn *closed;
    void *closed_ctx;
};

struct ct_sampler *ct_sampler_new(struct ct_loop *loop, const struct ct_server *server)
{
    struct ct_sampler *s = ct_xcalloc(1, sizeof(*s));
    s->loop = loop;
    s->server = server;
    s->back_off_ns = BACK_OFF_MIN_NS;
    s->now = ct_xcalloc(1, sizeof(*s->now));
    s->before = ct_xcalloc(1, sizeof(*s->before));
    return s;
}

const struct ct_server *ct_sampler_server(const struct ct_sampler *s)
{
    return s->server;
}

bool ct_sampler_ssh_info(const struct ct_sampler *s, struct ct_ssh_info *out)
{
    *out = s->info;
    return s->server->auth != CT_AUTH_LOCAL;
}

bool ct_sampler_is_here(const struct ct_sampler *s)
{
    return s->server->auth == CT_AUTH_LOCAL || s->is_here;
}

const char *ct_sampler_reason(const struct ct_server *server, const char *msg)
{
    size_t len = strlen(server->id);
    return strncmp(msg, server->id, len) == 0 && strncmp(msg + len, ": ", 2) == 0 ? msg + len + 2
                                                                                  : msg;
}

/* --- what a reading says --- */

/* When the server read its files: in the middle between the question and the answer. */
static void date_reading(struct ct_sampler *s, struct ct_reading *r)
{
    uint64_t now_ns = ct_clock_ns();
    uint64_t half_ns = s->asked_ns != 0 ? (now_ns - s->asked_ns) / 2 : 0;
    s->answer_ms = (double)half_ns * 2 / 1e6;
    r->at_ns = now_ns - half_ns;
    r->wall_ns = ct_clock_wall_ns() - half_ns;
}

static void take_reading(struct ct_sampler *s, const char *text, size_t len)
{
    struct ct_server_sample *v = &s->sample;
    struct ct_reading *r = s->before;
    s->before = s->now;
    s->now = r;
    ct_reading_parse(text, len, s->server, r);
    date_reading(s, r);
    memset(v, 0, sizeof(*v));
    ct_reading_sample(s->has_before ? s->before : NULL, r, v);
    ct_reading_watched(s->has_before ? s->before : NULL, r, s->server, v);
    v->rebooted = r->has_uptime && r->uptime_s < s->uptime_s;
    if (!r->has_ticks && !r->has_memory)
        (void)snprintf(v->gap, sizeof(v->gap), "the server shows no /proc/stat");
    s->has_before = true;
    s->uptime_s = r->has_uptime ? r->uptime_s : 0;
}

static void note_gap(struct ct_sampler *s, const char *why)
{
    memset(&s->sample, 0, sizeof(s->sample));
    s->sample.at_ns = ct_clock_ns();
    s->sample.wall_ns = ct_clock_wall_ns();
    (void)snprintf(s->sample.gap, sizeof(s->sample.gap), "%s", ct_sampler_reason(s->server, why));
}

/* The ping of a sample: of the pinger, else what the kernel knows of the SSH connection, else (the
 * system's ssh has that connection for itself) how long the answer took. */
static bool read_ping(const struct ct_sampler *s, struct ct_ping *out)
{
    struct ct_ssh_round_trip trip;
    if (ct_echo_result(&s->echo, out))
        return true;
    if (s->ssh == NULL)
        return false;
    if (!ct_ssh_round_trip(s->ssh, &trip))
        trip = (struct ct_ssh_round_trip){.mean_ms = s->answer_ms};
    *out = (struct ct_ping){
        .transmitted = 1,
        .received = 1,
        .min_ms = trip.mean_ms,
        .avg_ms = trip.mean_ms,
        .max_ms = trip.mean_ms,
        .mdev_ms = trip.deviation_ms,
        .method = "ssh",
    };
    return true;
}

void ct_sampler_result(const struct ct_sampler *s, uint64_t t0_ns, struct ct_server_sample *out)
{
    *out = s->sample;
    out->host = s->server->id;
    if (s->phase == READING) {
        memset(out, 0, sizeof(*out));
        out->host = s->server->id;
        out->wall_ns = ct_clock_wall_ns();
        out->at_ns = ct_clock_ns();
        (void)snprintf(out->gap, sizeof(out->gap), "%s", CT_SAMPLER_NO_ANSWER);
    }
    out->at_ns = t0_ns != 0 && out->at_ns > t0_ns ? out->at_ns - t0_ns : 0;
    if (out->gap[0] == '\0')
        out->has_ping = read_ping(s, &out->ping);
}

/* --- telling the owner --- */

static void tell_opened(struct ct_sampler *s, int code, const struct ct_err *err)
{
    ct_sampler_open_fn *opened = s->opened;
    s->opened = NULL;
    if (opened != NULL)
        opened(s->opened_ctx, code, err);
}

/* The sample is over once its reading and its ping are. */
static void tell_ready(struct ct_sampler *s)
{
    ct_sampler_fn *ready = s->ready;
    if (ready == NULL || s->phase == READING || s->echo.due)
        return;
    s->ready = NULL;
    ready(s->ready_ctx);
}

static void post_ready(void *ctx)
{
    tell_ready(ctx);
}

static void end(struct ct_sampler *s)
{
    ct_sampler_fn *closed = s->closed;
    void *ctx = s->closed_ctx;
    ct_echo_close(&s->echo);
    free(s->now);
    free(s->before);
    free(s);
    closed(ctx);
}

/* --- trouble: the session goes, a new one comes after the back-off --- */

static void retry_later(struct ct_sampler *s)
{
    s->phase = BROKEN;
    s->retry_ns = ct_clock_ns() + s->back_off_ns;
    s->back_off_ns = s->back_off_ns * 2 < BACK_OFF_MAX_NS ? s->back_off_ns * 2 : BACK_OFF_MAX_NS;
}

static void session_dropped(void *ctx)
{
    struct ct_sampler *s = ctx;
    s->ssh = NULL;
    retry_later(s);
    if (s->closing)
        end(s);
}

static void drop(struct ct_sampler *s, const struct ct_err *why)
{
    s->trouble = *why;
    s->has_before = false;
    note_gap(s, why->msg);
    s->phase = DROPPING;
    s->echo.due = false;
    ct_ssh_close(s->ssh, session_dropped, s);
    tell_opened(s, why->code, why);
    tell_ready(s);
}

/* --- reading --- */

/* The first reading says whether it is this machine's. */
static void recognise(struct ct_sampler *s)
{
    const struct ct_reading *r = s->now;
    struct ct_marks after, seen = {.known = r->switches.has && r->forks.has && r->booted_s.has,
                                   .switches = r->switches.value,
                                   .forks = r->forks.value,
                                   .booted_s = r->booted_s.value};
    ct_marks_read(&after);
    s->is_here = ct_marks_same(&s->marks, &seen, &after);
}

static void reply_done(void *ctx, int code, const char *data, size_t len, const struct ct_err *err)
{
    struct ct_sampler *s = ctx;
    if (s->closing)
        return;
    if (code < 0) {
        drop(s, err);
        return;
    }
    bool first = s->phase == FIRST_READ;
    s->phase = READY;
    s->back_off_ns = BACK_OFF_MIN_NS;
    take_reading(s, data, len);
    if (first)
        recognise(s);
    tell_opened(s, 0, NULL);
    tell_ready(s);
}

static void open_done(void *ctx, int code, const struct ct_err *err)
{
    struct ct_sampler *s = ctx;
    ct_ssh_info(s->ssh, &s->info);
    if (s->closing)
        return;
    if (code < 0) {
        drop(s, err);
        return;
    }
    struct sockaddr_storage peer;
    socklen_t peer_len = ct_ssh_peer(s->ssh, &peer);
    ct_echo_open(&s->echo, s->loop, (const struct sockaddr *)&peer, peer_len, post_ready, s);
    s->phase = FIRST_READ;
    ct_marks_read(&s->marks);
    s->asked_ns = ct_clock_ns();
    ct_ssh_ask(s->ssh, s->timeout_ns, reply_done, s);
}

static void open_session(struct ct_sampler *s, uint64_t timeout_ns)
{
    struct ct_err err;
    s->phase = OPENING;
    s->timeout_ns = timeout_ns;
    if (ct_ssh_open(s->loop, s->server, timeout_ns, open_done, s, &s->ssh, &err) == 0)
        return;
    s->trouble = err;
    retry_later(s);
    tell_opened(s, err.code, &err);
}

static void read_local(struct ct_sampler *s)
{
    struct ct_buf text;
    ct_buf_init(&text, PROC_MAX);
    s->asked_ns = ct_clock_ns();
    if (ct_local_read(s->server, &text))
        take_reading(s, text.data, text.len);
    else
        note_gap(s, "this machine shows no /proc");
    ct_buf_release(&text);
}

static void post_opened(void *ctx)
{
    struct ct_sampler *s = ctx;
    struct sockaddr_in here = {.sin_family = AF_INET,
                               .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    ct_echo_open(&s->echo, s->loop, (const struct sockaddr *)&here, sizeof(here), post_ready, s);
    read_local(s);
    s->phase = READY;
    tell_opened(s, 0, NULL);
}

void ct_sampler_open(struct ct_sampler *s, uint64_t timeout_ns, ct_sampler_open_fn *done, void *ctx)
{
    assert(s->phase == IDLE);
    s->opened = done;
    s->opened_ctx = ctx;
    if (s->server->auth == CT_AUTH_LOCAL) {
        s->phase = OPENING;
        ct_loop_post(s->loop, post_opened, s);
    } else {
        open_session(s, timeout_ns);
    }
}

void ct_sampler_ask(struct ct_sampler *s, uint64_t timeout_ns, ct_sampler_fn *ready, void *ctx)
{
    s->ready = ready;
    s->ready_ctx = ctx;
    if (s->phase == READING) {
        ct_echo_ask(&s->echo);
    } else if (s->phase != READY) {
        s->echo.due = false;
        note_gap(s, s->trouble.code != 0 ? s->trouble.msg : "not connected");
        if (s->phase == BROKEN && ct_clock_ns() >= s->retry_ns)
            open_session(s, RECONNECT_TIMEOUT_NS);
        ct_loop_post(s->loop, post_ready, s);
    } else if (s->server->auth == CT_AUTH_LOCAL) {
        ct_echo_ask(&s->echo);
        read_local(s);
        ct_loop_post(s->loop, post_ready, s);
    } else {
        ct_echo_ask(&s->echo);
        s->phase = READING;
        s->asked_ns = ct_clock_ns();
        ct_ssh_ask(s->ssh, timeout_ns, reply_done, s);
    }
}

static void post_end(void *ctx)
{
    end(ctx);
}

void ct_sampler_close(struct ct_sampler *s, ct_sampler_fn *closed, void *ctx)
{
    s->closing = true;
    s->opened = NULL;
    s->ready = NULL;
    s->closed = closed;
    s->closed_ctx = ctx;
    if (s->phase == DROPPING)
        return; /* session_dropped goes on */
    if (s->ssh != NULL)
        ct_ssh_close(s->ssh, session_dropped, s);
    else
        ct_loop_post(s->loop, post_end, s);
}

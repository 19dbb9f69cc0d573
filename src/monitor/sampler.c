#include "monitor/sampler.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "monitor/ping.h"
#include "monitor/procfs.h"

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
    struct ct_pinger *pinger;

    bool has_ticks;
    struct ct_cpu_ticks ticks;
    struct ct_server_sample sample; /* at_ns is on the monotonic clock here */
    struct ct_err trouble;          /* why it is broken */
    uint64_t timeout_ns, retry_ns, back_off_ns;

    ct_sampler_open_fn *opened;
    void *opened_ctx;
    ct_sampler_fn *ready;
    void *ready_ctx;
    bool closing;
    ct_sampler_fn *closed;
    void *closed_ctx;
};

struct ct_sampler *ct_sampler_new(struct ct_loop *loop, const struct ct_server *server)
{
    struct ct_sampler *s = ct_xcalloc(1, sizeof(*s));
    s->loop = loop;
    s->server = server;
    s->back_off_ns = BACK_OFF_MIN_NS;
    bool local = server->auth == CT_AUTH_LOCAL;
    s->pinger = ct_pinger_new(loop, local ? "127.0.0.1" : server->host, local ? 0 : server->port);
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

/* --- what a reading says --- */

static void take_reading(struct ct_sampler *s, const char *text, size_t len)
{
    struct ct_server_sample *v = &s->sample;
    struct ct_cpu_ticks ticks;
    bool has_ticks = ct_procfs_stat(text, len, &ticks);
    memset(v, 0, sizeof(*v));
    v->at_ns = ct_clock_ns();
    v->wall_ns = ct_clock_wall_ns();
    v->has_memory = ct_procfs_meminfo(text, len, &v->memory);
    v->has_cpu = has_ticks && s->has_ticks && ct_cpu_between(&s->ticks, &ticks, &v->cpu);
    if (!has_ticks && !v->has_memory)
        (void)snprintf(v->gap, sizeof(v->gap), "the server shows no /proc/stat");
    s->has_ticks = has_ticks;
    s->ticks = ticks;
}

static void note_gap(struct ct_sampler *s, const char *why)
{
    memset(&s->sample, 0, sizeof(s->sample));
    s->sample.at_ns = ct_clock_ns();
    s->sample.wall_ns = ct_clock_wall_ns();
    (void)snprintf(s->sample.gap, sizeof(s->sample.gap), "%.90s", why);
}

void ct_sampler_result(const struct ct_sampler *s, uint64_t t0_ns, struct ct_server_sample *out)
{
    *out = s->sample;
    out->host = s->server->id;
    if (s->phase == READING && s->ready != NULL) {
        memset(out, 0, sizeof(*out));
        out->host = s->server->id;
        out->wall_ns = ct_clock_wall_ns();
        out->at_ns = ct_clock_ns();
        (void)snprintf(out->gap, sizeof(out->gap), "no answer within the interval");
    }
    out->at_ns = t0_ns != 0 && out->at_ns > t0_ns ? out->at_ns - t0_ns : 0;
    if (out->gap[0] == '\0' && s->pinger != NULL) {
        ct_pinger_result(s->pinger, &out->ping);
        out->has_ping = true;
    }
}

/* --- telling the owner --- */

static void tell_opened(struct ct_sampler *s, int code, const struct ct_err *err)
{
    ct_sampler_open_fn *opened = s->opened;
    s->opened = NULL;
    if (opened != NULL)
        opened(s->opened_ctx, code, err);
}

static void tell_ready(struct ct_sampler *s)
{
    ct_sampler_fn *ready = s->ready;
    s->ready = NULL;
    if (ready != NULL)
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
    ct_pinger_free(s->pinger);
    free(s);
    closed(ctx);
}

/* --- trouble: the session goes, a new one comes after the back-off --- */

static void session_dropped(void *ctx)
{
    struct ct_sampler *s = ctx;
    s->ssh = NULL;
    s->phase = BROKEN;
    s->retry_ns = ct_clock_ns() + s->back_off_ns;
    s->back_off_ns = s->back_off_ns * 2 < BACK_OFF_MAX_NS ? s->back_off_ns * 2 : BACK_OFF_MAX_NS;
    if (s->closing)
        end(s);
}

static void drop(struct ct_sampler *s, const struct ct_err *why)
{
    s->trouble = *why;
    s->has_ticks = false;
    note_gap(s, why->msg);
    s->phase = DROPPING;
    ct_ssh_close(s->ssh, session_dropped, s);
    tell_opened(s, why->code, why);
    tell_ready(s);
}

/* --- reading --- */

static void reply_done(void *ctx, int code, const char *data, size_t len, const struct ct_err *err)
{
    struct ct_sampler *s = ctx;
    if (s->closing)
        return;
    if (code < 0) {
        drop(s, err);
        return;
    }
    s->phase = READY;
    s->back_off_ns = BACK_OFF_MIN_NS;
    take_reading(s, data, len);
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
    s->phase = FIRST_READ;
    ct_ssh_ask(s->ssh, s->timeout_ns, reply_done, s);
}

static void open_session(struct ct_sampler *s, uint64_t timeout_ns)
{
    struct ct_err err;
    s->phase = OPENING;
    s->timeout_ns = timeout_ns;
    if (ct_ssh_open(s->loop, s->server, timeout_ns, open_done, s, &s->ssh, &err) == 0)
        return;
    s->phase = BROKEN;
    s->trouble = err;
    s->retry_ns = ct_clock_ns() + s->back_off_ns;
    tell_opened(s, err.code, &err);
}

static void read_local(struct ct_sampler *s)
{
    struct ct_buf text;
    ct_buf_init(&text, PROC_MAX);
    if (ct_buf_read_file(&text, "/proc/stat", NULL) == 0 && ct_buf_puts(&text, "\n") &&
        ct_buf_read_file(&text, "/proc/meminfo", NULL) == 0)
        take_reading(s, text.data, text.len);
    else
        note_gap(s, "this machine shows no /proc");
    ct_buf_release(&text);
}

static void post_opened(void *ctx)
{
    struct ct_sampler *s = ctx;
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
    if (s->ready != NULL) /* the sample before is not there yet: this one is a gap */
        return;
    s->ready = ready;
    s->ready_ctx = ctx;
    if (s->pinger != NULL)
        ct_pinger_send(s->pinger);
    if (s->server->auth == CT_AUTH_LOCAL) {
        read_local(s);
        ct_loop_post(s->loop, post_ready, s);
    } else if (s->phase == READY) {
        s->phase = READING;
        ct_ssh_ask(s->ssh, timeout_ns, reply_done, s);
    } else {
        note_gap(s, s->trouble.code != 0 ? s->trouble.msg : "not connected");
        if (s->phase == BROKEN && ct_clock_ns() >= s->retry_ns)
            open_session(s, RECONNECT_TIMEOUT_NS);
        ct_loop_post(s->loop, post_ready, s);
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

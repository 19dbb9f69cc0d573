/*
 * One client of one transport against one server, with the checks that every exchange must pass:
 * done exactly once, never inside start, nothing left open.
 */
#ifndef CT_TEST_TRANSPORT_RIG_H
#define CT_TEST_TRANSPORT_RIG_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "faultd.h"
#include "io/transport.h"

struct rig {
    struct ct_loop *loop;
    const struct ct_transport *transport;
    struct ct_client *client;
    bool closed;
};

struct tracked {
    struct ct_exchange x; /* first member */
    struct rig *rig;
    int calls;
    bool inside_start;
    struct tracked *chain; /* started when this one is done */
    char body[256];        /* beginning of the answer's body */
    size_t tail_len;       /* of the answer's body, whose sum is wanted */
    uint64_t tail_sum;
    bool stop; /* the loop, when done */
};

static inline void rig_open_url(struct rig *rig, const struct ct_transport *transport,
                                const char *url, const char *method, const char *body,
                                struct ct_transport_opts opts)
{
    struct ct_endpoint endpoint;
    struct ct_request request = {0};
    struct ct_err err = {0};
    char *path = NULL;
    memset(rig, 0, sizeof(*rig));
    rig->transport = transport;
    cr_assert(zero(int, ct_io_init(&err)), "%s", err.msg);
    cr_assert(zero(int, ct_loop_new(&rig->loop, &err)), "%s", err.msg);
    cr_assert(zero(int, ct_endpoint_parse(url, &endpoint, &path, &err)), "%s", err.msg);
    cr_assert(zero(int, ct_endpoint_resolve(&endpoint, &err)), "%s", err.msg);
    ct_request_init(&request, method, path);
    ct_request_add_header(&request, "X-Test", "yes");
    if (body != NULL)
        ct_request_set_body(&request, body, strlen(body));
    int rc = transport->open(rig->loop, &endpoint, &request, &opts, &rig->client, &err);
    cr_assert(zero(int, rc), "%s", err.msg);
    ct_request_release(&request);
    free(path);
}

static inline void rig_closed(void *ctx)
{
    struct rig *rig = ctx;
    rig->closed = true;
}

/* Close the client and the loop; ct_loop_free asserts that nothing is left. */
static inline void rig_close(struct rig *rig)
{
    rig->transport->close(rig->client, rig_closed, rig);
    cr_assert(not(rig->closed), "closed must not be called inside close");
    ct_loop_run(rig->loop);
    cr_assert(rig->closed, "closed was not called");
    ct_loop_free(rig->loop);
    ct_io_exit();
}

static inline void rig_start(struct rig *rig, struct tracked *t);

/* FNV-1a: bytes in another order give another sum. */
static inline uint64_t rig_sum(const char *bytes, size_t len)
{
    uint64_t sum = 0xcbf29ce484222325;
    for (size_t i = 0; i < len; i++)
        sum = (sum ^ (unsigned char)bytes[i]) * 0x100000001b3;
    return sum;
}

static inline void rig_done(struct ct_exchange *x)
{
    struct tracked *t = (struct tracked *)(void *)x;
    t->calls++;
    if (t->tail_len > 0 && x->body_len >= t->tail_len)
        t->tail_sum = rig_sum(x->body + x->body_len - t->tail_len, t->tail_len);
    cr_assert(not(t->inside_start), "done was called inside start");
    if (x->body != NULL) {
        size_t len = x->body_len < sizeof(t->body) - 1 ? x->body_len : sizeof(t->body) - 1;
        memcpy(t->body, x->body, len);
        t->body[len] = '\0';
    }
    if (t->chain != NULL)
        rig_start(t->rig, t->chain);
    if (t->stop)
        ct_loop_stop(t->rig->loop);
}

static inline void rig_start(struct rig *rig, struct tracked *t)
{
    t->rig = rig;
    t->x.done = rig_done;
    t->inside_start = true;
    rig->transport->start(rig->client, &t->x);
    t->inside_start = false;
}

/* Run one exchange to its end. */
static inline void rig_exchange(struct rig *rig, struct tracked *t)
{
    t->stop = true;
    rig_start(rig, t);
    while (t->calls == 0)
        ct_loop_run(rig->loop);
    cr_assert(eq(int, t->calls, 1));
}

/* Those that every contract is tested with: plain and, from RIG_TLS on, over TLS. */
enum { RIG_TLS = 2, RIG_TRANSPORTS = 4 };

static inline const struct ct_transport *rig_transport(int which)
{
    return which % RIG_TLS == 0 ? &ct_transport_http1 : &ct_transport_curl;
}

#endif

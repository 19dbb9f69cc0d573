#include "io/ended.h"

#include <assert.h>

static void soon_done(uv_idle_t *soon)
{
    (void)uv_idle_stop(soon);
    ct_ended_deliver(soon->data);
}

void ct_ended_init(struct ct_ended *e, struct ct_loop *loop, void (*release)(void *conn))
{
    (void)uv_idle_init(ct_loop_uv(loop), &e->soon);
    e->soon.data = e;
    e->first = e->last = NULL;
    e->release = release;
    e->closed = NULL;
}

void ct_ended_add(struct ct_ended *e, struct ct_exchange *x)
{
    x->next = NULL;
    if (e->last != NULL)
        e->last->next = x;
    else
        e->first = x;
    e->last = x;
    (void)uv_idle_start(&e->soon, soon_done);
}

void ct_ended_deliver(struct ct_ended *e)
{
    struct ct_exchange *x = e->first;
    e->first = e->last = NULL;
    while (x != NULL) {
        struct ct_exchange *next = x->next;
        void *conn = x->conn;
        x->done(x);
        if (conn != NULL && e->release != NULL)
            e->release(conn);
        x = next;
    }
}

static void close_done(uv_handle_t *handle)
{
    struct ct_ended *e = handle->data;
    e->closed(e);
}

void ct_ended_close(struct ct_ended *e, void (*closed)(struct ct_ended *e))
{
    assert(e->first == NULL);
    e->closed = closed;
    uv_close((uv_handle_t *)&e->soon, close_done);
}

void ct_exchange_clear(struct ct_exchange *x)
{
    x->sent_ns = x->done_ns = x->woke_ns = 0;
    x->bytes_sent = x->bytes_received = 0;
    x->wire_attempts = 0;
    x->failure = CT_FAILURE_NONE;
    x->detail = NULL;
    x->stage = CT_STAGE_WAITING;
    x->new_connection = false;
    x->status = 0;
    x->body = NULL;
    x->body_len = 0;
    x->conn = NULL;
}

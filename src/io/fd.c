#include <stdlib.h>
#include <uv.h>

#include "base/mem.h"
#include "io/loop.h"

struct ct_fd {
    uv_poll_t poll;
    unsigned want;
    ct_fd_fn *fn;
    void *ctx;
};

static void poll_done(uv_poll_t *poll, int status, int events);

static int watch(struct ct_fd *f)
{
    int uv_events = ((f->want & CT_FD_READ) != 0 ? UV_READABLE : 0) |
                    ((f->want & CT_FD_WRITE) != 0 ? UV_WRITABLE : 0);
    return uv_poll_start(&f->poll, uv_events, poll_done);
}

static void poll_done(uv_poll_t *poll, int status, int events)
{
    struct ct_fd *f = poll->data;
    unsigned ready = 0;
    if (status < 0) {
        ready = f->want; /* the caller's next read or write learns what it is */
        (void)watch(f);  /* libuv stops watching at an error */
    }
    if ((events & UV_READABLE) != 0)
        ready |= CT_FD_READ;
    if ((events & UV_WRITABLE) != 0)
        ready |= CT_FD_WRITE;
    f->fn(f->ctx, ready);
}

int ct_fd_new(struct ct_loop *loop, int fd, ct_fd_fn *fn, void *ctx, struct ct_fd **out,
              struct ct_err *err)
{
    struct ct_fd *f = ct_xcalloc(1, sizeof(*f));
    int rc = uv_poll_init(ct_loop_uv(loop), &f->poll, fd);
    if (rc < 0) {
        free(f);
        return ct_fail(err, CT_EFAIL, "cannot watch descriptor %d: %s", fd, uv_strerror(rc));
    }
    f->poll.data = f;
    f->fn = fn;
    f->ctx = ctx;
    *out = f;
    return 0;
}

void ct_fd_want(struct ct_fd *f, unsigned events)
{
    if (events == f->want)
        return;
    f->want = events;
    if (events == 0)
        (void)uv_poll_stop(&f->poll);
    else
        (void)watch(f);
}

static void close_done(uv_handle_t *handle)
{
    free(handle->data);
}

void ct_fd_free(struct ct_fd *f)
{
    if (f != NULL)
        uv_close((uv_handle_t *)&f->poll, close_done);
}

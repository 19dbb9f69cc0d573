#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/loop.h"

/* A signalfd rather than a handler: the signals stay blocked in every thread, so no system call of
 * the load is ever interrupted and one that comes before the loop runs is not lost. */
struct ct_signals {
    struct ct_fd *watch;
    int fd;
    ct_signal_fn *fn;
    void *ctx;
};

static sigset_t signal_set(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    return set;
}

void ct_signals_block(void)
{
    sigset_t set = signal_set();
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

void ct_signals_let_kill(void)
{
    sigset_t set = signal_set();
    (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* One a call: fn may free the struct. */
static void signal_ready(void *ctx, unsigned events)
{
    struct ct_signals *s = ctx;
    struct signalfd_siginfo info;
    (void)events;
    if (read(s->fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
        s->fn(s->ctx, (int)info.ssi_signo);
}

int ct_signals_new(struct ct_loop *loop, ct_signal_fn *fn, void *ctx, struct ct_signals **out,
                   struct ct_err *err)
{
    sigset_t set = signal_set();
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0)
        return ct_fail_errno(err, CT_EFAIL, "cannot watch for signals");
    struct ct_signals *s = ct_xcalloc(1, sizeof(*s));
    s->fd = fd;
    s->fn = fn;
    s->ctx = ctx;
    int rc = ct_fd_new(loop, fd, signal_ready, s, &s->watch, err);
    if (rc < 0) {
        (void)close(fd);
        free(s);
        return rc;
    }
    ct_fd_want(s->watch, CT_FD_READ);
    *out = s;
    return 0;
}

void ct_signals_free(struct ct_signals *s)
{
    if (s == NULL)
        return;
    ct_fd_free(s->watch);
    (void)close(s->fd);
    free(s);
}

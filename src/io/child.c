#include "io/child.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

struct ct_child {
    pid_t pid; /* 0: ended */
    int pidfd, io, errors;
    struct ct_fd *watch;
    ct_child_fn *ended;
    void *ctx;
};

static void close_all(struct ct_child *c)
{
    ct_fd_free(c->watch);
    int fds[] = {c->pidfd, c->io, c->errors};
    for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
}

static void end_ready(void *ctx, unsigned events)
{
    struct ct_child *c = ctx;
    (void)events;
    if (c->pid == 0 || waitpid(c->pid, NULL, WNOHANG) == 0)
        return;
    c->pid = 0;
    ct_fd_want(c->watch, 0);
    c->ended(c->ctx);
}

/* Its ends of the descriptors become 0, 1 and 2; ours close by themselves. */
static int spawn(char *const *argv, int io, int errors, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t none, pipe;
    (void)sigemptyset(&none);
    (void)sigemptyset(&pipe);
    (void)sigaddset(&pipe, SIGPIPE);
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawnattr_init(&attr);
    (void)posix_spawn_file_actions_adddup2(&actions, io, STDIN_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, io, STDOUT_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    (void)posix_spawnattr_setsigmask(&attr, &none);
    (void)posix_spawnattr_setsigdefault(&attr, &pipe);
    (void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETSIGDEF);
    int rc = posix_spawnp(pid, argv[0], &actions, &attr, argv, environ);
    (void)posix_spawnattr_destroy(&attr);
    (void)posix_spawn_file_actions_destroy(&actions);
    return rc;
}

/* Our end of the socket is non-blocking, the child's is not: programs expect that of 0 and 1. */
static int start(struct ct_child *c, char *const *argv, struct ct_err *err)
{
    int io[2], errors[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, io) != 0)
        return ct_fail_errno(err, CT_EFAIL, "%s: socketpair", argv[0]);
    c->io = io[0];
    if (pipe2(errors, O_CLOEXEC) != 0) {
        (void)close(io[1]);
        return ct_fail_errno(err, CT_EFAIL, "%s: pipe", argv[0]);
    }
    c->errors = errors[0];
    (void)fcntl(io[0], F_SETFL, O_NONBLOCK);
    (void)fcntl(errors[0], F_SETFL, O_NONBLOCK);
    int rc = spawn(argv, io[1], errors[1], &c->pid);
    (void)close(io[1]);
    (void)close(errors[1]);
    if (rc == 0)
        return 0;
    c->pid = 0;
    return ct_fail(err, CT_EFAIL, "the program '%s' cannot be started: %s", argv[0], strerror(rc));
}

static int watch_end(struct ct_child *c, struct ct_loop *loop, struct ct_err *err)
{
    c->pidfd = (int)syscall(SYS_pidfd_open, c->pid, 0); /* glibc has no function before 2.36 */
    if (c->pidfd < 0)
        return ct_fail_errno(err, CT_EFAIL, "pidfd_open (Linux 5.3 has it)");
    int rc = ct_fd_new(loop, c->pidfd, end_ready, c, &c->watch, err);
    if (rc == 0)
        ct_fd_want(c->watch, CT_FD_READ);
    return rc;
}

int ct_child_start(struct ct_loop *loop, char *const *argv, ct_child_fn *ended, void *ctx,
                   struct ct_child **out, struct ct_err *err)
{
    struct ct_child *c = ct_xcalloc(1, sizeof(*c));
    c->pidfd = c->io = c->errors = -1;
    c->ended = ended;
    c->ctx = ctx;
    int rc = start(c, argv, err);
    if (rc == 0)
        rc = watch_end(c, loop, err);
    if (rc == 0) {
        *out = c;
        return 0;
    }
    if (c->pid > 0) {
        ct_child_signal(c, SIGKILL);
        (void)waitpid(c->pid, NULL, 0);
    }
    close_all(c);
    free(c);
    return rc;
}

int ct_child_io(const struct ct_child *c)
{
    return c->io;
}

int ct_child_errors(const struct ct_child *c)
{
    return c->errors;
}

void ct_child_signal(const struct ct_child *c, int signum)
{
    if (c->pid > 0)
        (void)kill(-c->pid, signum);
}

void ct_child_free(struct ct_child *c)
{
    assert(c->pid == 0);
    close_all(c);
    free(c);
}

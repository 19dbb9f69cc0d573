#include "services/target.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* Wait for SIGINT or SIGTERM (blocked since main began) or, if asked, the end of standard input. */
static int wait_for_end(int signals, bool exit_with_stdin)
{
    struct pollfd fds[2] = {{.fd = signals, .events = POLLIN},
                            {.fd = exit_with_stdin ? STDIN_FILENO : -1, .events = POLLIN}};
    for (;;) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            return -1;
        if ((fds[0].revents & POLLIN) != 0)
            return 0;
        char over[256];
        if (fds[1].revents != 0 && read(STDIN_FILENO, over, sizeof(over)) <= 0)
            return 0;
    }
}

int ct_target_serve(const struct ct_target_opts *opts, bool exit_with_stdin,
                    void (*announce)(void *ctx, const char *url), void *ctx, struct ct_err *err)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    int signals = signalfd(-1, &set, SFD_CLOEXEC);
    if (signals < 0)
        return ct_fail_errno(err, CT_EFAIL, "waiting for signals");
    struct ct_target *target;
    int rc = ct_target_start(opts, &target, err);
    if (rc == 0) {
        announce(ctx, ct_target_url(target));
        if (wait_for_end(signals, exit_with_stdin) != 0)
            rc = ct_fail_errno(err, CT_EFAIL, "waiting for signals");
        ct_target_stop(target);
    }
    (void)close(signals);
    return rc;
}

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

#include "faultd.h"

int main(int argc, char **argv)
{
    sigset_t ends;
    int signum;
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &ends, NULL);
    bool tls = argc > 1;
    struct faultd *f = tls ? faultd_start_tls() : faultd_start();
    if (tls)
        faultd_save_certificate(f, argv[1]);
    printf("listening on http%s://127.0.0.1:%u\n", tls ? "s" : "", faultd_port(f));
    (void)fflush(stdout);
    (void)sigwait(&ends, &signum);
    faultd_stop(f);
    return 0;
}

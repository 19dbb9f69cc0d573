#include <signal.h>
#include <stdio.h>

#include "faultd.h"

int main(void)
{
    sigset_t ends;
    int signum;
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &ends, NULL);
    struct faultd *f = faultd_start();
    printf("listening on http://127.0.0.1:%u\n", faultd_port(f));
    (void)fflush(stdout);
    (void)sigwait(&ends, &signum);
    faultd_stop(f);
    return 0;
}

#include "services/rig.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/self.h"

struct ct_rig_log {
    struct ct_delayer_counts counts;
    size_t count;
    struct ct_delayer_record records[];
};

/* --- the child --- */

static struct ct_delayer *serving;

static void stop_serving(int signum)
{
    (void)signum;
    ct_delayer_stop(serving);
}

static void obey_sigterm(void)
{
    const struct sigaction action = {.sa_handler = stop_serving};
    sigset_t set;
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void keep_log(struct ct_rig_log *log)
{
    size_t count;
    const struct ct_delayer_record *records = ct_delayer_records(serving, &count);
    if (count > 0)
        memcpy(log->records, records, count * sizeof(*records));
    log->count = count;
    log->counts = ct_delayer_counts(serving);
}

static int serve(struct ct_rig_log *log, pid_t parent)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    (void)prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    obey_sigterm();
    if (getppid() != parent)
        return 1;
    if (ct_delayer_run(serving, NULL) < 0)
        return 1;
    keep_log(log);
    return 0;
}

/* --- the parent --- */

int ct_rig_start(struct ct_rig *r, const struct ct_delay *delay, size_t records_max,
                 struct ct_err *err)
{
    memset(r, 0, sizeof(*r));
    size_t bytes = sizeof(*r->log) + records_max * sizeof(r->log->records[0]);
    void *shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return ct_fail_errno(err, CT_EFAIL, "memory for the log of the server");
    r->log = shared;
    r->log_bytes = bytes;
    const struct ct_delayer_opts opts = {.delay = *delay, .seed = 1, .records_max = records_max};
    (void)ct_self_raise_descriptors();
    int rc = ct_delayer_new(&opts, &serving, err);
    if (rc < 0) {
        ct_rig_release(r);
        return rc;
    }
    r->port = ct_delayer_port(serving);
    pid_t parent = getpid();
    r->pid = fork();
    if (r->pid == 0)
        _exit(serve(r->log, parent));
    if (r->pid < 0)
        rc = ct_fail_errno(err, CT_EFAIL, "starting a server to measure with");
    ct_delayer_free(serving);
    serving = NULL;
    if (rc < 0) {
        r->pid = 0;
        ct_rig_release(r);
    }
    return rc;
}

int ct_rig_stop(struct ct_rig *r, struct ct_err *err)
{
    if (r->pid == 0)
        return 0;
    int status = 0;
    (void)kill(r->pid, SIGTERM);
    while (waitpid(r->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    r->pid = 0;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return ct_fail(err, CT_EFAIL, "the server to measure with ended badly");
    return 0;
}

const struct ct_delayer_record *ct_rig_records(const struct ct_rig *r, size_t *count)
{
    *count = r->log->count;
    return r->log->records;
}

struct ct_delayer_counts ct_rig_counts(const struct ct_rig *r)
{
    return r->log->counts;
}

void ct_rig_release(struct ct_rig *r)
{
    (void)ct_rig_stop(r, NULL);
    if (r->log != NULL)
        (void)munmap(r->log, r->log_bytes);
    memset(r, 0, sizeof(*r));
}

#include "services/embedded.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

enum { START_TIMEOUT_MS = 5000, EMBEDDED_NICE = 5 };
static const char listening[] = "listening on ";

static int spawn(int in, int out, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t none;
    (void)sigemptyset(&none);
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawnattr_init(&attr);
    (void)posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    (void)posix_spawnattr_setsigmask(&attr, &none);
    (void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
    char words[][24] = {"ct", "target", "--port", "0", "--exit-with-stdin", "--threads", ""};
    char *argv[] = {words[0], words[1], words[2], words[3], words[4], words[5], words[6], NULL};
    /* one CPU stays with the generator: beside a target that takes them all it could not be on time
     */
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    (void)snprintf(words[6], sizeof(words[6]), "%ld", cpus > 1 ? cpus - 1 : 1);
    int rc = posix_spawn(pid, "/proc/self/exe", &actions, &attr, argv, environ);
    if (rc == 0) /* where there are too few CPUs, the generator comes first; threads inherit it */
        (void)setpriority(PRIO_PROCESS, (id_t)*pid, EMBEDDED_NICE);
    (void)posix_spawnattr_destroy(&attr);
    (void)posix_spawn_file_actions_destroy(&actions);
    return rc;
}

/* Read the child's first line into line, at most until the deadline. */
static int read_line(int fd, char *line, size_t size)
{
    uint64_t deadline_ns = ct_clock_ns() + START_TIMEOUT_MS * CT_NS_PER_MS;
    size_t len = 0;
    while (len + 1 < size) {
        uint64_t now_ns = ct_clock_ns();
        if (now_ns >= deadline_ns)
            return -1;
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, (int)((deadline_ns - now_ns) / CT_NS_PER_MS) + 1) <= 0)
            continue;
        ssize_t n = read(fd, line + len, 1);
        if (n <= 0)
            return -1;
        if (line[len] == '\n') {
            line[len] = '\0';
            return 0;
        }
        len++;
    }
    return -1;
}

int ct_embedded_start(struct ct_embedded *out, struct ct_err *err)
{
    int in[2], answer[2];
    if (pipe2(in, O_CLOEXEC) != 0)
        return ct_fail_errno(err, CT_EFAIL, "starting the embedded target");
    if (pipe2(answer, O_CLOEXEC) != 0) {
        (void)close(in[0]);
        (void)close(in[1]);
        return ct_fail_errno(err, CT_EFAIL, "starting the embedded target");
    }
    memset(out, 0, sizeof(*out));
    int rc = spawn(in[0], answer[1], &out->pid);
    (void)close(in[0]);
    (void)close(answer[1]);
    out->stdin_fd = in[1];
    if (rc != 0) {
        out->pid = 0;
        (void)close(in[1]);
        (void)close(answer[0]);
        return ct_fail(err, CT_EFAIL, "starting the embedded target: %s", strerror(rc));
    }
    char line[128];
    rc = read_line(answer[0], line, sizeof(line));
    (void)close(answer[0]);
    size_t skip = sizeof(listening) - 1;
    if (rc != 0 || strncmp(line, listening, skip) != 0 || strlen(line + skip) >= sizeof(out->url)) {
        ct_embedded_stop(out);
        return ct_fail(err, CT_EFAIL, "the embedded target did not start within %d s",
                       START_TIMEOUT_MS / 1000);
    }
    memcpy(out->url, line + skip, strlen(line + skip) + 1);
    return 0;
}

void ct_embedded_stop(struct ct_embedded *e)
{
    if (e->pid == 0)
        return;
    (void)close(e->stdin_fd);
    (void)kill(e->pid, SIGTERM);
    (void)waitpid(e->pid, NULL, 0);
    memset(e, 0, sizeof(*e));
}

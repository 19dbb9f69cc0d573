#include "target/target.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "target/job.h"

enum { IDLE_TIMEOUT_S = 120 };
static const uint64_t stop_timeout_ns = 2 * CT_NS_PER_S;

struct ct_target {
    struct MHD_Daemon *daemon;
    struct ct_jobs jobs;
    struct ct_workers *workers;
    struct ct_fan_out *fan_out; /* NULL: recursion inside */
    int log_fd;                 /* -1: none */
    char url[96];
};

static const char index_body[] =
    "{\"message\":\"ct target: the application under test\",\"endpoints\":["
    "{\"method\":\"GET\",\"path\":\"/fibonacci/:n\"},"
    "{\"method\":\"GET\",\"path\":\"/bubble-sort?n=SIZE\"}]}";

static enum MHD_Result answer(struct MHD_Connection *c, int status, const char *body)
{
    struct MHD_Response *r = MHD_create_response_from_buffer(strlen(body), (void *)(uintptr_t)body,
                                                             MHD_RESPMEM_MUST_COPY);
    (void)MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        (void)MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
        (void)MHD_add_response_header(r, MHD_HTTP_HEADER_CONNECTION, "close");
    enum MHD_Result rc = MHD_queue_response(c, (unsigned)status, r);
    MHD_destroy_response(r);
    return rc;
}

static void log_access(const struct ct_target *t, const struct ct_job *job, const char *method,
                       const char *path)
{
    char shown[256], line[512];
    if (t->log_fd < 0)
        return;
    ct_escape_text(shown, sizeof(shown), path, strlen(path));
    int len =
        snprintf(line, sizeof(line), "%llu %.16s %s %u %d\n", (unsigned long long)job->arrived_ns,
                 method, shown, (unsigned)job->work.n, job->work.status);
    ssize_t ignored = write(t->log_fd, line, (size_t)len);
    (void)ignored;
}

/* First call of a request: its head is there. The answer is queued in a later call. */
static enum MHD_Result arrive(struct MHD_Connection *c, void **con_cls)
{
    struct ct_job *job = ct_xcalloc(1, sizeof(*job));
    job->connection = c;
    job->arrived_ns = ct_clock_wall_ns();
    *con_cls = job;
    return MHD_YES;
}

/* False when the target is being stopped: the job is refused. */
static bool hand_over(struct ct_target *t, struct ct_job *job)
{
    if (!ct_jobs_begin(&t->jobs, job)) {
        ct_job_refuse(job, MHD_HTTP_SERVICE_UNAVAILABLE, "the target is being stopped");
        return false;
    }
    if (t->fan_out != NULL && job->work.route == CT_ROUTE_FIBONACCI && job->work.n > 2)
        ct_fan_out_add(t->fan_out, job);
    else
        ct_workers_add(t->workers, job);
    return true;
}

static enum MHD_Result handle(void *cls, struct MHD_Connection *c, const char *url,
                              const char *method, const char *version, const char *upload_data,
                              size_t *upload_data_size, void **con_cls)
{
    struct ct_target *t = cls;
    struct ct_job *job = *con_cls;
    (void)version;
    (void)upload_data;
    if (job == NULL)
        return arrive(c, con_cls);
    if (*upload_data_size > 0) { /* a body is read over */
        *upload_data_size = 0;
        return MHD_YES;
    }
    if (!job->working) {
        const char *n = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "n");
        ct_route_find(method, url, n, t->fan_out != NULL, &job->work);
        if (job->work.status != 200)
            ct_job_refuse(job, job->work.status, job->work.error);
        else if (job->work.route != CT_ROUTE_INDEX && hand_over(t, job))
            return MHD_YES;
    }
    log_access(t, job, method, url);
    bool index = job->work.route == CT_ROUTE_INDEX && job->work.status == 200;
    return answer(c, job->work.status, index ? index_body : job->body);
}

static void completed(void *cls, struct MHD_Connection *c, void **con_cls,
                      enum MHD_RequestTerminationCode code)
{
    (void)cls;
    (void)c;
    (void)code;
    const struct ct_job *job = *con_cls;
    if (job != NULL && job->working)
        ct_jobs_end(job->jobs);
    free(*con_cls);
    *con_cls = NULL;
}

/* --- life --- */

static int parse_address(const struct ct_target_opts *o, struct sockaddr_storage *out,
                         struct ct_err *err)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    memset(out, 0, sizeof(*out));
    if (inet_pton(AF_INET, o->listen, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(o->port);
    } else if (inet_pton(AF_INET6, o->listen, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(o->port);
    } else {
        return ct_fail(err, CT_EUSAGE, "--listen: '%s' is no address such as 127.0.0.1 or ::1",
                       o->listen);
    }
    return 0;
}

static unsigned connection_limit(void)
{
    enum { SPARE = 64, MOST = 100000 };
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) != 0)
        return 1000;
    r.rlim_cur = r.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &r);
    rlim_t n = r.rlim_cur > 2 * SPARE ? r.rlim_cur - SPARE : SPARE;
    return n > MOST ? MOST : (unsigned)n;
}

static int open_log(struct ct_target *t, const char *path, struct ct_err *err)
{
    t->log_fd = -1;
    if (path == NULL)
        return 0;
    t->log_fd = strcmp(path, "-") == 0
                    ? dup(STDOUT_FILENO)
                    : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    return t->log_fd >= 0 ? 0 : ct_fail_errno(err, CT_EFAIL, "--access-log: '%s'", path);
}

static int open_daemon(struct ct_target *t, const struct ct_target_opts *o,
                       const struct sockaddr_storage *address, unsigned connections,
                       struct ct_err *err)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
    bool v6 = address->ss_family == AF_INET6;
    errno = 0;
    t->daemon = MHD_start_daemon(
        flags | (v6 ? MHD_USE_IPv6 : 0), o->port, NULL, NULL, handle, t, MHD_OPTION_SOCK_ADDR,
        (const struct sockaddr *)address, MHD_OPTION_NOTIFY_COMPLETED, completed, NULL,
        MHD_OPTION_CONNECTION_LIMIT, connections, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_TIMEOUT_S, MHD_OPTION_LISTEN_BACKLOG_SIZE, 4096u, MHD_OPTION_END);
    if (t->daemon == NULL)
        return ct_fail_errno(err, CT_EFAIL, "listening on %s port %u", o->listen,
                             (unsigned)o->port);
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(t->daemon, MHD_DAEMON_INFO_BIND_PORT);
    (void)snprintf(t->url, sizeof(t->url), "http://%s%s%s:%u", v6 ? "[" : "", o->listen,
                   v6 ? "]" : "", (unsigned)info->port);
    return 0;
}

/* Releases what start made; stopped, no job is left. */
static void release(struct ct_target *t)
{
    if (t->fan_out != NULL)
        ct_fan_out_free(t->fan_out);
    if (t->daemon != NULL)
        MHD_stop_daemon(t->daemon);
    if (t->workers != NULL)
        ct_workers_free(t->workers);
    if (t->log_fd >= 0)
        (void)close(t->log_fd);
    ct_jobs_release(&t->jobs);
    free(t);
}

int ct_target_start(const struct ct_target_opts *opts, struct ct_target **out, struct ct_err *err)
{
    struct sockaddr_storage address;
    int rc = parse_address(opts, &address, err);
    if (rc < 0)
        return rc;
    struct ct_target *t = ct_xcalloc(1, sizeof(*t));
    unsigned connections = connection_limit();
    t->log_fd = -1;
    ct_jobs_init(&t->jobs);
    /* Half of the descriptors for the fan-out: it may come back to this target. */
    if ((rc = open_log(t, opts->access_log, err)) < 0 ||
        (opts->fan_out != NULL &&
         (rc = ct_fan_out_new(opts->fan_out, connections / 2, &t->fan_out, err)) < 0) ||
        (rc = ct_workers_new(opts->threads, &t->workers, err)) < 0 ||
        (rc = open_daemon(t, opts, &address, connections, err)) < 0) {
        if (t->fan_out != NULL)
            ct_fan_out_stop(t->fan_out);
        release(t);
        return rc;
    }
    *out = t;
    return 0;
}

const char *ct_target_url(const struct ct_target *t)
{
    return t->url;
}

void ct_target_stop(struct ct_target *t)
{
    MHD_socket listening = MHD_quiesce_daemon(t->daemon);
    if (listening != MHD_INVALID_SOCKET)
        (void)close(listening);
    ct_jobs_close(&t->jobs);
    if (t->fan_out != NULL)
        ct_fan_out_stop(t->fan_out);
    if (ct_jobs_wait(&t->jobs, stop_timeout_ns))
        release(t);
}

#include "services/session.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "services/commit.h"
#include "services/environment.h"
#include "services/guard.h"
#include "services/history.h"
#include "services/secrets.h"
#include "store/result.h"

enum { NAME_ATTEMPTS = 1000 };
static const uint64_t preflight_timeout_ns = 10 * CT_NS_PER_S;

/* --- signals: the first asks, the second insists, the third kills --- */

static void signal_done(void *ctx, int signum)
{
    struct ct_session *s = ctx;
    s->n_signals++;
    if (s->n_signals == 1)
        s->signum = signum;
    if (s->n_signals >= 3)
        _exit(128 + signum);
    if (s->on_signal != NULL)
        s->on_signal(s->on_ctx);
}

static void alarm_done(void *ctx)
{
    struct ct_session *s = ctx;
    if (s->on_alarm != NULL)
        s->on_alarm(s->on_ctx);
}

static int open_loop(struct ct_session *s, struct ct_err *err)
{
    int rc;
    if ((rc = ct_loop_new(&s->loop, err)) < 0 ||
        (rc = ct_signals_new(s->loop, signal_done, s, &s->signals, err)) < 0 ||
        (rc = ct_alarm_new(s->loop, alarm_done, s, &s->alarm, err)) < 0)
        return rc;
    s->progress = ct_progress_new(s->opts.quiet);
    return 0;
}

/* --- the target --- */

static int choose_url(struct ct_session *s, const char **url, struct ct_err *err)
{
    const struct ct_config *c = s->opts.config;
    *url = s->opts.url != NULL ? s->opts.url : c != NULL ? c->app_url : NULL;
    if (*url == NULL)
        return ct_fail(err, CT_EUSAGE, "%s: no \"app\": {\"url\": ...}: where to send requests?",
                       c != NULL && c->path != NULL ? c->path : "config.json");
    if (strcmp(*url, "embedded") != 0)
        return 0;
    int rc = ct_embedded_start(&s->embedded, err);
    *url = s->embedded.url;
    return rc;
}

static int open_target(struct ct_session *s, struct ct_err *err)
{
    const char *url;
    int rc;
    if ((rc = choose_url(s, &url, err)) < 0)
        return rc;
    char **path = s->opts.url != NULL ? &s->path : NULL;
    if ((rc = ct_endpoint_parse(url, &s->endpoint, path, err)) < 0 ||
        (rc = ct_endpoint_resolve(&s->endpoint, err)) < 0 ||
        (rc = ct_guard_target(&s->endpoint, s->opts.config, err)) < 0)
        return rc;
    const struct ct_endpoint *e = &s->endpoint;
    bool v6 = strchr(e->host, ':') != NULL;
    s->base_url = ct_xprintf("%s://%s%s%s:%u%s", e->https ? "https" : "http", v6 ? "[" : "",
                             e->host, v6 ? "]" : "", (unsigned)e->port, e->prefix);
    return 0;
}

int ct_session_open(struct ct_session *s, const struct ct_session_opts *opts, struct ct_err *err)
{
    memset(s, 0, sizeof(*s));
    s->opts = *opts;
    int rc = opts->commit != NULL ? ct_commit_check(opts->commit, err) : 0;
    if (rc < 0 || (rc = ct_storage_check(opts->storage, err)) < 0 || (rc = open_loop(s, err)) < 0 ||
        (rc = open_target(s, err)) < 0) {
        ct_session_close(s);
        return rc;
    }
    bool watches = opts->monitor && opts->config != NULL && opts->config->cluster.count > 0;
    s->opts.monitor = watches;
    ct_environment_read(opts->command_line, opts->commit,
                        watches ? (double)opts->monitoring_interval_ns / 1e9 : 0, &s->environment);
    char *leftover = ct_storage_leftover(opts->storage);
    if (leftover != NULL && strstr(leftover, "_find.journal") != NULL)
        ct_note("unfinished search: ct find ... --resume %s", leftover);
    else if (leftover != NULL && strstr(leftover, "_benchmark.journal") != NULL)
        ct_note("unfinished benchmark: ct benchmark ... --resume %s, or ct recover", leftover);
    else if (leftover != NULL)
        ct_note("unfinished run: ct recover %s", leftover);
    free(leftover);
    return 0;
}

void ct_session_close(struct ct_session *s)
{
    struct ct_err ignored;
    ct_watch_free(s->watch);
    if (s->journal != NULL)
        (void)ct_journal_close(s->journal, !s->keep_journal, &ignored);
    if (s->progress != NULL)
        ct_progress_free(s->progress);
    if (s->alarm != NULL)
        ct_alarm_free(s->alarm);
    if (s->signals != NULL)
        ct_signals_free(s->signals);
    if (s->loop != NULL)
        ct_loop_free(s->loop);
    ct_embedded_stop(&s->embedded);
    ct_environment_release(&s->environment);
    free(s->base_url);
    free(s->path);
    free(s->result_path);
    free(s->journal_path);
    memset(s, 0, sizeof(*s));
}

/* --- the journal and the result's name --- */

static void take_name(struct ct_session *s, enum ct_journal_kind kind, const char *case_file_name,
                      uint64_t wall_ns, unsigned attempt)
{
    const struct ct_config *c = s->opts.config;
    const char *app = c != NULL && c->app_name != NULL ? c->app_name : "app";
    free(s->result_path);
    free(s->journal_path);
    if (kind == CT_JOURNAL_FIND)
        ct_result_find_name(s->opts.storage, app, s->opts.url != NULL ? "" : case_file_name,
                            wall_ns, attempt, &s->result_path, &s->journal_path);
    else
        ct_result_name(s->opts.storage, app, kind == CT_JOURNAL_EXECUTION ? NULL : case_file_name,
                       wall_ns, attempt, &s->result_path, &s->journal_path);
}

int ct_session_begin(struct ct_session *s, enum ct_journal_kind kind, const char *case_file_name,
                     struct ct_err *err)
{
    assert(s->journal == NULL);
    uint64_t now_ns = ct_clock_wall_ns();
    struct ct_journal_head head = {.kind = kind};
    int rc = CT_EFAIL;
    bool taken = true;
    for (unsigned attempt = 0; attempt < NAME_ATTEMPTS && taken; attempt++) {
        take_name(s, kind, case_file_name, now_ns, attempt);
        (void)snprintf(head.result_path, sizeof(head.result_path), "%s", s->result_path);
        (void)snprintf(head.test_case_name, sizeof(head.test_case_name), "%s", case_file_name);
        rc = ct_journal_create(s->journal_path, &head, &s->journal, &taken, err);
        if (rc == 0 && access(s->result_path, F_OK) == 0) { /* its owner finished meanwhile */
            (void)ct_journal_close(s->journal, true, NULL);
            s->journal = NULL;
            taken = true;
        }
    }
    return rc;
}

int ct_session_end(struct ct_session *s, int write_rc, struct ct_err *err)
{
    struct ct_err journal_err = {0};
    int rc = ct_journal_close(s->journal, write_rc == 0 && !s->keep_journal, &journal_err);
    s->journal = NULL;
    if (write_rc < 0)
        return ct_fail_while(err, "the journal %s is kept", s->journal_path);
    ct_history_keep(s->opts.storage, s->result_path);
    if (rc < 0)
        return ct_fail(err, CT_EFAIL, "%s", journal_err.msg);
    return 0;
}

/* --- before and between tests --- */

/* As "ct cluster check" has it: from now on that key is the server's. */
static void note_new_key(const struct ct_server *server, const struct ct_ssh_info *info)
{
    ct_note("%s: new host key accepted and written down: %s %s", server->id, info->key_type,
            info->fingerprint);
}

int ct_session_preflight(struct ct_session *s, enum ct_failure *out_failure, struct ct_err *err)
{
    *out_failure = CT_FAILURE_NONE;
    int rc =
        ct_endpoint_probe(&s->endpoint, s->opts.insecure, preflight_timeout_ns, out_failure, err);
    if (rc < 0 || !s->opts.monitor || s->watch != NULL ||
        (rc = ct_secrets_ask(s->opts.config, err)) < 0)
        return rc;
    return ct_watch_open(&s->opts.config->cluster, preflight_timeout_ns, note_new_key, &s->watch,
                         err);
}

struct rest {
    struct ct_session *session;
    uint64_t end_ns;
};

static void rest_step(void *ctx)
{
    struct rest *r = ctx;
    uint64_t now_ns = ct_clock_ns();
    if (r->session->signum != 0 || now_ns >= r->end_ns) {
        ct_loop_stop(r->session->loop);
        return;
    }
    uint64_t left_ns = r->end_ns - now_ns;
    ct_progress_rest(r->session->progress, (double)left_ns / 1e9);
    ct_alarm_set(r->session->alarm,
                 now_ns + (left_ns < CT_NS_PER_S / 4 ? left_ns : CT_NS_PER_S / 4));
}

bool ct_session_rest(struct ct_session *s, uint64_t rest_ns)
{
    if (s->signum != 0)
        return false;
    if (rest_ns == 0)
        return true;
    struct rest r = {.session = s, .end_ns = ct_clock_ns() + rest_ns};
    s->on_ctx = &r; /* cppcheck-suppress autoVariables ; unset before r goes */
    s->on_signal = s->on_alarm = rest_step;
    ct_alarm_set(s->alarm, ct_clock_ns());
    ct_loop_run(s->loop);
    ct_alarm_unset(s->alarm);
    s->on_signal = s->on_alarm = NULL;
    s->on_ctx = NULL;
    ct_progress_end(s->progress);
    return s->signum == 0;
}

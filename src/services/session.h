/*
 * What a command needs to run tests: the target (perhaps one that ct starts itself), the servers it
 * watches, the main loop with its signals and progress, the journal and the name of the result.
 *
 *   ct_session_open -> ct_session_begin -> ct_session_preflight -> ct_test_run, ct_session_rest ...
 *   -> (the document is written by the caller) -> ct_session_end -> (next begin) ->
 * ct_session_close
 *
 * One thread: main.
 */
#ifndef CT_SERVICES_SESSION_H
#define CT_SERVICES_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "io/loop.h"
#include "io/transport.h"
#include "model/config.h"
#include "model/run.h"
#include "monitor/watch.h"
#include "report/progress.h"
#include "services/embedded.h"
#include "store/journal.h"

struct ct_session_opts {
    struct ct_config *config; /* NULL: none; secrets are put into it */
    const char *url;          /* NULL: the config's app.url */
    bool monitor;             /* watch the config's servers */
    uint64_t monitoring_interval_ns;
    const char *storage;
    bool insecure, quiet;
    const char *command_line;
    const char *commit; /* of what is tested; NULL: that of the work tree here */
};

struct ct_session {
    struct ct_session_opts opts;
    struct ct_endpoint endpoint;
    char *base_url; /* real address, without trailing slash */
    char *path;     /* path and query of a URL given on the line; NULL */
    struct ct_embedded embedded;
    struct ct_environment environment;
    struct ct_watch *watch; /* NULL: nothing is watched */

    struct ct_loop *loop;
    struct ct_signals *signals;
    struct ct_alarm *alarm; /* progress while a test runs, the end of a rest */
    struct ct_progress *progress;
    int signum; /* first signal that asked to stop; 0 */
    unsigned n_signals;
    void (*on_signal)(void *ctx); /* of the test that runs; NULL */
    void (*on_alarm)(void *ctx);
    void *on_ctx;

    struct ct_journal *journal;
    bool keep_journal; /* also beside its document: something can go on from it */
    char *result_path, *journal_path;
};

/* Checks the storage, reads the environment, starts the embedded target if asked, resolves the
 * address and asks the guard. No connection is made. CT_EFAIL, CT_EUSAGE, CT_EREACH, CT_EREFUSED. s
 * is released on failure. */
int ct_session_open(struct ct_session *s, const struct ct_session_opts *opts, struct ct_err *err);
void ct_session_close(struct ct_session *s);

/* A result begins: its name is taken by creating the journal. case_file_name as for ct_result_name.
 */
int ct_session_begin(struct ct_session *s, enum ct_journal_kind kind, const char *case_file_name,
                     struct ct_err *err);

/* The document stands (durable) or could not be written: then the journal is kept. Returns 0, or
 * CT_EFAIL with err when a journal record or the document (write_rc < 0) was lost. */
int ct_session_end(struct ct_session *s, int write_rc, struct ct_err *err);

/* Resolve is done: connect (TLS too), close; then open the watch. out_failure as ct_endpoint_probe.
 */
int ct_session_preflight(struct ct_session *s, enum ct_failure *out_failure, struct ct_err *err);

/* Wait; false when a signal ended it. */
bool ct_session_rest(struct ct_session *s, uint64_t rest_ns);

#endif

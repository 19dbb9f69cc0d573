#include "services/execution.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/past.h"

static int write_document(const struct ct_session *s, const struct ct_test_result *r,
                          const char *command, struct ct_err *err)
{
    struct ct_result_execution view = ct_test_result_view(r, &s->environment);
    int rc = ct_journal_flush(s->journal, err);
    if (rc == 0)
        rc = ct_result_write_execution(s->journal_path, &view, command, s->result_path, err);
    return rc;
}

/* The target or a server refused before the run: the file says so, the command ends with code. */
static int leave_no_data(struct ct_session *s, const struct ct_test *test, enum ct_failure failure,
                         const char *command, int code, const struct ct_err *why)
{
    struct ct_test_result none;
    struct ct_err err = {0};
    ct_test_result_none(s, test, failure, why->msg, &none);
    int rc = ct_session_end(s, write_document(s, &none, command, &err), &err);
    if (rc < 0)
        ct_warn("%s", err.msg);
    else
        ct_note("result: %s", s->result_path);
    ct_test_result_release(&none);
    return code;
}

int ct_execution_run(struct ct_session *session, const struct ct_test *test, const char *command,
                     struct ct_execution *out, struct ct_err *err)
{
    memset(out, 0, sizeof(*out));
    int rc = ct_session_begin(session, CT_JOURNAL_EXECUTION, test->testcase->file_name, err);
    if (rc < 0)
        return rc;
    enum ct_failure failure;
    if ((rc = ct_session_preflight(session, &failure, err)) < 0)
        return leave_no_data(session, test, failure, command, rc, err);
    if ((rc = ct_test_run(session, test, &out->test, err)) < 0)
        return rc;

    struct ct_outcome *o = &out->outcome;
    int written = write_document(session, &out->test, command, &o->durable_err);
    o->not_durable = ct_session_end(session, written, &o->durable_err) < 0;
    o->signum = session->signum;
    o->broken = !out->test.summary.identity_ok;
    out->result_path = ct_xstrdup(session->result_path);
    return 0;
}

int ct_execution_plan(const struct ct_session *session, const struct ct_test *test,
                      const char *command, struct ct_past *out, struct ct_err *err)
{
    enum { HEAD_MAX = 4 << 20 };
    struct ct_test_result planned;
    struct ct_buf head;
    ct_test_result_planned(session, test, &planned);
    struct ct_result_execution view = ct_test_result_view(&planned, &session->environment);
    ct_buf_init(&head, HEAD_MAX);
    ct_result_head(&view, command, &head);
    /* read as a file of it would be: there is one way to a key */
    int rc = ct_past_parse(head.data, head.len, "this test", out, err);
    ct_buf_release(&head);
    ct_test_result_release(&planned);
    return rc;
}

void ct_execution_release(struct ct_execution *e)
{
    ct_test_result_release(&e->test);
    free(e->result_path);
    memset(e, 0, sizeof(*e));
}

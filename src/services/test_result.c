#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/tally.h"
#include "base/mem.h"
#include "services/host.h"
#include "services/own.h"
#include "services/test.h"

void ct_test_describe(const struct ct_session *s, const struct ct_test *test,
                      struct ct_run_subject *out)
{
    const struct ct_config *c = s->opts.config;
    const struct ct_testcase *t = test->testcase;
    struct ct_request request = {0};
    struct ct_err ignored;
    bool built = t->build(t, test->load, &request, &ignored) == 0;
    memset(out, 0, sizeof(*out));
    out->app_name = ct_xstrdup(c != NULL && c->app_name != NULL ? c->app_name : "");
    out->base_url = ct_xstrdup(s->base_url);
    out->address = ct_xstrdup(s->endpoint.addr_text);
    out->case_name = ct_xstrdup(t->name);
    out->case_file_name = ct_xstrdup(t->file_name);
    out->case_description = ct_xstrdup(t->description);
    out->method = ct_xstrdup(built ? request.method : "");
    out->path = ct_xstrdup(built ? request.path : "");
    out->request = test->mix != NULL ? ct_mix_digest(test->mix)
                   : built           ? ct_request_digest(&request)
                                     : ct_xstrdup("");
    ct_request_release(&request);
    out->own_servers = ct_own_servers(s);
    out->load_min = t->load_min;
    out->load = test->load;
    out->has_load = t->has_load;
    out->embedded = s->embedded.pid != 0;
    out->colocated = ct_own_target(s);
    out->https = s->endpoint.https;
    out->tls_verified = s->endpoint.https && !s->opts.insecure;
}

void ct_test_result_planned(const struct ct_session *s, const struct ct_test *test,
                            struct ct_test_result *out)
{
    memset(out, 0, sizeof(*out));
    ct_test_describe(s, test, &out->subject);
    out->plan = test->plan;
    out->times.t0 = ct_instant_now();
    struct ct_tally *tally = ct_tally_new(&out->plan, test->criteria);
    struct ct_tally_facts facts = {
        .colocated = out->subject.colocated, .cpu_percent = NAN, .host = ct_host_change_unknown()};
    ct_tally_summary(tally, &facts, &out->summary);
    ct_tally_free(tally);
    out->total = ct_xcalloc(1, sizeof(*out->total));
    out->measured = ct_xcalloc(1, sizeof(*out->measured));
}

void ct_test_result_none(struct ct_session *s, const struct ct_test *test, enum ct_failure failure,
                         const char *text, struct ct_test_result *out)
{
    ct_test_result_planned(s, test, out);
    struct ct_reason *reason = &out->summary.reasons[0];
    out->summary.n_reasons = 1;
    (void)snprintf(reason->code, sizeof(reason->code), "%s", ct_failure_name(failure));
    (void)snprintf(reason->text, sizeof(reason->text), "%.190s", text);
    out->from = out->to = ct_journal_offset(s->journal);
}

void ct_test_result_release(struct ct_test_result *r)
{
    ct_run_subject_release(&r->subject);
    ct_summary_release(&r->summary);
    free(r->total);
    free(r->measured);
    memset(r, 0, sizeof(*r));
}

struct ct_result_execution ct_test_result_view(const struct ct_test_result *r,
                                               const struct ct_environment *environment)
{
    return (struct ct_result_execution){
        .from = r->from,
        .to = r->to,
        .subject = &r->subject,
        .environment = environment,
        .times = &r->times,
        .summary = &r->summary,
        .total = r->total,
        .measured = r->measured,
        .has_samples = r->has_samples,
        .samples_dropped = r->samples_dropped,
    };
}

#include "model/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

const char *ct_arrivals_name(enum ct_arrivals a)
{
    static const char *const names[] = {"even", "poisson", "replay"};
    return names[a];
}

const char *ct_pacing_name(enum ct_pacing p)
{
    static const char *const names[] = {"auto", "sleep", "spin"};
    return names[p];
}

static double stages_requests(const struct ct_run_plan *plan)
{
    double sum = 0;
    for (uint32_t k = 0; k < plan->n_stages; k++)
        sum += (ct_rate_rps(plan->stages[k].from) + ct_rate_rps(plan->stages[k].to)) / 2 *
               (double)plan->stages[k].duration_ns / 1e9;
    return sum;
}

double ct_run_plan_rps(const struct ct_run_plan *plan)
{
    double seconds = (double)plan->duration_ns / 1e9;
    if (plan->closed)
        return NAN;
    if (plan->arrivals == CT_ARRIVALS_REPLAY)
        return (double)plan->planned / seconds;
    return plan->n_stages > 0 ? stages_requests(plan) / seconds : ct_rate_rps(plan->rate);
}

uint32_t ct_run_plan_users(const struct ct_run_plan *plan)
{
    return plan->connections * (plan->http2 && plan->streams > 0 ? plan->streams : 1);
}

void ct_run_plan_span(const struct ct_run_plan *plan, uint32_t stage, uint64_t *out_from_ns,
                      uint64_t *out_to_ns)
{
    uint64_t from_ns = 0, to_ns = plan->duration_ns;
    if (stage != 0 && plan->n_stages > 0) {
        for (uint32_t k = 0; k + 1 < stage && k < plan->n_stages; k++)
            from_ns += plan->stages[k].duration_ns;
        to_ns = stage <= plan->n_stages ? from_ns + plan->stages[stage - 1].duration_ns : from_ns;
    }
    *out_from_ns = from_ns > plan->warm_up_ns ? from_ns : plan->warm_up_ns;
    *out_to_ns = to_ns;
}

void ct_run_subject_copy(struct ct_run_subject *to, const struct ct_run_subject *from)
{
    *to = *from;
    to->app_name = ct_xstrdup(from->app_name);
    to->base_url = ct_xstrdup(from->base_url);
    to->address = ct_xstrdup(from->address);
    to->case_name = ct_xstrdup(from->case_name);
    to->case_file_name = ct_xstrdup(from->case_file_name);
    to->case_description = ct_xstrdup(from->case_description);
    to->method = ct_xstrdup(from->method);
    to->path = ct_xstrdup(from->path);
    to->own_servers = ct_xstrdup(from->own_servers);
    to->request = ct_xstrdup(from->request);
}

void ct_run_subject_release(struct ct_run_subject *s)
{
    free(s->app_name);
    free(s->base_url);
    free(s->address);
    free(s->case_name);
    free(s->case_file_name);
    free(s->case_description);
    free(s->method);
    free(s->path);
    free(s->own_servers);
    free(s->request);
    memset(s, 0, sizeof(*s));
}

void ct_environment_copy(struct ct_environment *to, const struct ct_environment *from)
{
    *to = *from;
    to->ct_version = ct_xstrdup(from->ct_version);
    to->hostname = ct_xstrdup(from->hostname);
    to->kernel = ct_xstrdup(from->kernel);
    to->cpu_model = ct_xstrdup(from->cpu_model);
    to->command = ct_xstrdup(from->command);
    to->commit = ct_xstrdup(from->commit);
}

void ct_environment_release(struct ct_environment *e)
{
    free(e->ct_version);
    free(e->hostname);
    free(e->kernel);
    free(e->cpu_model);
    free(e->command);
    free(e->commit);
    memset(e, 0, sizeof(*e));
}

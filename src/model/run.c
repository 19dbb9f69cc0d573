#include "model/run.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

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
}

void ct_environment_release(struct ct_environment *e)
{
    free(e->ct_version);
    free(e->hostname);
    free(e->kernel);
    free(e->cpu_model);
    free(e->command);
    memset(e, 0, sizeof(*e));
}

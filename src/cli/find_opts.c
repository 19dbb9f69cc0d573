#include "cli/find_opts.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "analysis/limits.h"
#include "analysis/threshold.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/plan_opts.h"

static const double precision_least = 0.001, precision_most = 0.5;

int ct_find_cmd_criteria(const struct ct_list *limits, uint64_t limit_ns,
                         const struct ct_run_plan *plan, const struct ct_cluster *monitored,
                         struct ct_criteria *out, struct ct_err *err)
{
    int rc = 0;
    out->count = 0;
    out->abort = false;
    for (size_t i = 0; i < limits->count && rc == 0; i++)
        rc = ct_threshold_parse(limits->items[i], out, err);
    if (rc == 0 && limit_ns != 0) {
        char time[CT_UNIT_TEXT], mean[2 * CT_UNIT_TEXT];
        (void)snprintf(mean, sizeof(mean), "avg<=%s", ct_duration_write(limit_ns, time));
        rc = ct_threshold_parse(mean, out, err);
    }
    if (rc == 0 && out->count == 0)
        return ct_fail(err, CT_EUSAGE,
                       "what must hold? give --limit 'p(99)<200ms' or --max-response-time 2s");
    if (rc < 0)
        return rc;
    struct ct_run_plan visit = *plan;
    visit.duration_ns = 10 * CT_NS_PER_S;
    return ct_plan_opts_check(out, &visit, monitored, err);
}

/* What drawing would find out after the search. */
static int check_picture(const char *path, struct ct_err *err)
{
    if (path == NULL)
        return 0;
    if (strcmp(path, "-") == 0)
        return ct_fail(err, CT_EUSAGE, "--out: stdout is the answer's; give a file");
    const char *dot = strrchr(path, '.');
    if (dot == NULL || (strcasecmp(dot, ".png") != 0 && strcasecmp(dot, ".svg") != 0 &&
                        strcasecmp(dot, ".pdf") != 0))
        return ct_fail(err, CT_EUSAGE, "--out: '%s' does not end in .png, .svg or .pdf", path);
    return ct_cmd_out_check(path, err);
}

int ct_find_cmd_make(const struct ct_find_cmd_opts *o, const struct ct_criteria *criteria,
                     struct ct_find_opts *out, struct ct_err *err)
{
    ct_find_opts_init(out);
    int rc = ct_percent_parse(o->precision, &out->precision, err);
    if (rc == 0 && !(out->precision >= precision_least && out->precision <= precision_most))
        rc = ct_fail(err, CT_EUSAGE, "'%s' is not between 0.1%% and 50%%", o->precision);
    if (rc < 0)
        return ct_fail_while(err, "--precision");
    if ((rc = check_picture(o->out, err)) < 0 ||
        (rc = ct_limits_make(criteria, out->limits, err)) < 0)
        return rc;
    out->n_limits = criteria->count;
    out->budget_s = (double)o->budget_ns / 1e9;
    return 0;
}

int ct_find_cmd_not_drawn(int status, const struct ct_err *err)
{
    ct_error_line("%s", err->msg);
    return status != 0 ? status : -err->code;
}

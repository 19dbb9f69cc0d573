#include "model/plan_text.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define DURATION_MAX_NS (UINT64_C(365) * 86400 * CT_NS_PER_S)

enum { ARGS_MAX = 4, ARG_TEXT = 64 };

/* One call as it stands in the text. */
struct call {
    char name[8];
    char args[ARGS_MAX][ARG_TEXT];
    size_t n_args;
};

struct shape {
    const char *name;
    size_t n_args; /* the last is a time, the others are rates */
    const char *example;
    int (*add)(struct ct_run_plan *plan, const struct ct_rate *rates, uint64_t ns,
               struct ct_err *err);
};

static int add_stage(struct ct_run_plan *plan, struct ct_rate from, struct ct_rate to, uint64_t ns,
                     struct ct_err *err)
{
    if (plan->n_stages == CT_STAGES_MAX)
        return ct_fail(err, CT_EUSAGE, "a plan has at most %d stages (a step counts as many)",
                       CT_STAGES_MAX);
    if (ns == 0 || plan->duration_ns + ns > DURATION_MAX_NS)
        return ct_fail(err, CT_EUSAGE, "a plan takes at most 365 days, and each stage some time");
    plan->stages[plan->n_stages++] =
        (struct ct_plan_stage){.from = from, .to = to, .duration_ns = ns};
    plan->duration_ns += ns;
    return 0;
}

static int add_const(struct ct_run_plan *plan, const struct ct_rate *rates, uint64_t ns,
                     struct ct_err *err)
{
    return add_stage(plan, rates[0], rates[0], ns, err);
}

static int add_line(struct ct_run_plan *plan, const struct ct_rate *rates, uint64_t ns,
                    struct ct_err *err)
{
    return add_stage(plan, rates[0], rates[1], ns, err);
}

static int add_pause(struct ct_run_plan *plan, const struct ct_rate *rates, uint64_t ns,
                     struct ct_err *err)
{
    (void)rates;
    const struct ct_rate none = {.num = 0, .den_ns = 1};
    return add_stage(plan, none, none, ns, err);
}

/* Steps are counted in millionths of a request per second, so that 0.1, 0.2, 0.3 come out even. */
static int add_step(struct ct_run_plan *plan, const struct ct_rate *rates, uint64_t ns,
                    struct ct_err *err)
{
    int64_t from = llround(ct_rate_rps(rates[0]) * 1e6), to = llround(ct_rate_rps(rates[1]) * 1e6);
    int64_t by = llround(ct_rate_rps(rates[2]) * 1e6);
    if (by <= 0)
        return ct_fail(err, CT_EUSAGE, "the increment of a step is more than 0");
    int64_t direction = to < from ? -1 : 1;
    int rc = 0;
    for (int64_t at = from; rc == 0 && (to - at) * direction >= 0; at += by * direction) {
        struct ct_rate rate = {.num = (uint64_t)at, .den_ns = CT_NS_PER_S * 1000000};
        rc = add_stage(plan, rate, rate, ns, err);
    }
    return rc;
}

static const struct shape shapes[] = {
    {"const", 2, "const(100,30s)", add_const},
    {"line", 3, "line(1,1k,1m)", add_line},
    {"step", 4, "step(100,500,100,10s)", add_step},
    {"pause", 1, "pause(5s)", add_pause},
};

static void copy_trimmed(char *to, const char *from, size_t len)
{
    while (len > 0 && isspace((unsigned char)*from))
        from++, len--;
    while (len > 0 && isspace((unsigned char)from[len - 1]))
        len--;
    memcpy(to, from, len);
    to[len] = '\0';
}

/* name(arg,arg) at *at, which is moved behind it. */
static bool read_call(const char **at, struct call *call)
{
    size_t len = strcspn(*at, "(), ");
    if (len == 0 || len >= sizeof(call->name) || (*at)[len] != '(')
        return false;
    copy_trimmed(call->name, *at, len);
    call->n_args = 0;
    const char *p = *at + len;
    do {
        p++;
        len = strcspn(p, ",()");
        if (call->n_args == ARGS_MAX || len >= ARG_TEXT)
            return false;
        copy_trimmed(call->args[call->n_args++], p, len);
        p += len;
    } while (*p == ',');
    if (*p != ')')
        return false;
    *at = p + 1;
    return true;
}

static int read_rate(const char *text, struct ct_rate *out, struct ct_err *err)
{
    if (strcmp(text, "0") != 0)
        return ct_rate_parse(text, out, err);
    *out = (struct ct_rate){.num = 0, .den_ns = 1};
    return 0;
}

static int add_call(struct ct_run_plan *plan, const struct call *call, struct ct_err *err)
{
    for (size_t k = 0; k < sizeof(shapes) / sizeof(shapes[0]); k++) {
        const struct shape *s = &shapes[k];
        struct ct_rate rates[ARGS_MAX];
        uint64_t ns;
        int rc = 0;
        if (strcmp(s->name, call->name) != 0)
            continue;
        if (call->n_args != s->n_args)
            return ct_fail(err, CT_EUSAGE, "%s takes %zu values, as in %s", s->name, s->n_args,
                           s->example);
        for (size_t a = 0; rc == 0 && a + 1 < s->n_args; a++)
            rc = read_rate(call->args[a], &rates[a], err);
        if (rc == 0)
            rc = ct_duration_parse(call->args[s->n_args - 1], &ns, err);
        return rc < 0 ? rc : s->add(plan, rates, ns, err);
    }
    return ct_fail(err, CT_EUSAGE, "'%s' is none of const, line, step, pause", call->name);
}

int ct_plan_text_parse(const char *text, struct ct_run_plan *plan, struct ct_err *err)
{
    struct ct_run_plan made = *plan;
    made.n_stages = 0;
    made.duration_ns = 0;
    const char *at = text + strspn(text, " ,\t\n");
    while (*at != '\0') {
        struct call call;
        const char *here = at;
        if (!read_call(&at, &call))
            return ct_fail(err, CT_EUSAGE,
                           "'%.40s' is not a stage such as const(100,30s) or line(1,1k,1m)", here);
        int rc = add_call(&made, &call, err);
        if (rc < 0)
            return ct_fail_while(err, "'%.*s'", (int)(at - here), here);
        at += strspn(at, " ,\t\n");
    }
    if (made.n_stages == 0)
        return ct_fail(err, CT_EUSAGE, "the plan is empty; for example 'line(1,1k,1m)'");
    *plan = made;
    return 0;
}

static int format_stage(const struct ct_plan_stage *s, char *out, size_t size)
{
    char time[CT_UNIT_TEXT];
    double a = ct_rate_rps(s->from), b = ct_rate_rps(s->to);
    ct_duration_write(s->duration_ns, time);
    if (a == 0 && b == 0)
        return snprintf(out, size, "pause(%s)", time);
    if (a == b)
        return snprintf(out, size, "const(%.9g,%s)", a, time);
    return snprintf(out, size, "line(%.9g,%.9g,%s)", a, b, time);
}

const char *ct_plan_text_format(const struct ct_run_plan *plan, char text[CT_PLAN_TEXT])
{
    size_t at = 0;
    text[0] = '\0';
    for (uint32_t k = 0; k < plan->n_stages; k++) {
        char one[CT_PLAN_TEXT];
        int len = format_stage(&plan->stages[k], one, sizeof(one));
        if (at + (size_t)len + 6 > CT_PLAN_TEXT) {
            memcpy(text + at, " ...", 5);
            break;
        }
        at += (size_t)snprintf(text + at, CT_PLAN_TEXT - at, "%s%s", k > 0 ? " " : "", one);
    }
    return text;
}

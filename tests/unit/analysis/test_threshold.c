#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/threshold.h"
#include "base/clock.h"

static struct ct_criteria criteria;
static struct ct_err err;

static const struct ct_threshold *one(const char *text)
{
    criteria.count = 0;
    cr_assert(eq(int, ct_threshold_parse(text, &criteria, &err), 0), "%s: %s", text, err.msg);
    cr_assert(eq(sz, criteria.count, 1), "%s", text);
    return &criteria.list[0];
}

Test(threshold, each_metric_is_read_and_written_back)
{
    static const struct {
        const char *text, *canonical;
        enum ct_metric metric;
        enum ct_relation relation;
        enum ct_measure measure;
        double limit;
    } table[] = {
        {"p(99)<250ms", "p(99)<250ms", CT_METRIC_QUANTILE, CT_BELOW, CT_MEASURE_TIME, 250e6},
        {" p (99.9) <= 1s ", "p(99.9)<=1s", CT_METRIC_QUANTILE, CT_AT_MOST, CT_MEASURE_TIME, 1e9},
        {"avg < 2000ms", "avg<2s", CT_METRIC_AVG, CT_BELOW, CT_MEASURE_TIME, 2e9},
        {"min>1ms", "min>1ms", CT_METRIC_MIN, CT_ABOVE, CT_MEASURE_TIME, 1e6},
        {"max<1m", "max<1m", CT_METRIC_MAX, CT_BELOW, CT_MEASURE_TIME, 60e9},
        {"error_rate<1%", "error_rate<1%", CT_METRIC_ERROR_RATE, CT_BELOW, CT_MEASURE_SHARE, 0.01},
        {"error_rate<=0", "error_rate<=0%", CT_METRIC_ERROR_RATE, CT_AT_MOST, CT_MEASURE_SHARE, 0},
        {"sent>=0.995", "sent>=99.5%", CT_METRIC_SENT, CT_AT_LEAST, CT_MEASURE_SHARE, 0.995},
        {"achieved>=990/s", "achieved>=990/s", CT_METRIC_ACHIEVED, CT_AT_LEAST, CT_MEASURE_RATE,
         990},
        {"achieved>30/m", "achieved>0.5/s", CT_METRIC_ACHIEVED, CT_ABOVE, CT_MEASURE_RATE, 0.5},
        {"achieved>=99%", "achieved>=99%", CT_METRIC_ACHIEVED, CT_AT_LEAST, CT_MEASURE_SHARE, 0.99},
        {"cpu(web-1)<80%", "cpu(web-1)<80%", CT_METRIC_CPU, CT_BELOW, CT_MEASURE_SHARE, 0.8},
        {"memory([::1]:22)<4GiB", "memory([::1]:22)<4GiB", CT_METRIC_MEMORY, CT_BELOW,
         CT_MEASURE_BYTES, 4294967296.0},
        {"ping(a,b)<5ms", "ping(a,b)<5ms", CT_METRIC_PING, CT_BELOW, CT_MEASURE_TIME, 5e6},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        const struct ct_threshold *t = one(table[i].text);
        cr_assert_str_eq(t->text, table[i].canonical);
        cr_assert(eq(int, t->metric, table[i].metric), "%s", table[i].text);
        cr_assert(eq(int, t->relation, table[i].relation), "%s", table[i].text);
        cr_assert(eq(int, t->measure, table[i].measure), "%s", table[i].text);
        cr_assert(epsilon_eq(dbl, t->limit, table[i].limit, 1e-12 * table[i].limit), "%s",
                  table[i].text);
    }
}

Test(threshold, a_quantile_is_the_nearest_double_and_knows_its_needs)
{
    const struct ct_threshold *t = one("p(99.9) <= 1s");
    cr_assert(t->quantile == 0.999);
    cr_assert_str_eq(t->text, "p(99.9)<=1s");
    cr_assert(eq(u64, ct_threshold_needs(t), 10000));
    cr_assert(eq(u64, ct_threshold_needs(one("p(99)<1s")), 1000));
    cr_assert(eq(u64, ct_threshold_needs(one("p(50)<1s")), 20));
    cr_assert(eq(u64, ct_threshold_needs(one("p(1)>1ms")), 1000));
}

Test(threshold, windows_and_stages_stand_behind_in_any_order)
{
    const struct ct_threshold *t = one("p(95)<1s stage 3 over 90s");
    cr_assert(eq(u32, t->over_s, 90));
    cr_assert(eq(u32, t->stage, 3));
    cr_assert_str_eq(t->text, "p(95)<1s over 90s stage 3");
    cr_assert(eq(u32, one("avg<1s over 1h")->over_s, 3600));
}

Test(threshold, several_stand_in_one_text)
{
    criteria.count = 0;
    cr_assert(
        eq(int, ct_threshold_parse("avg<1s,cpu(h)<80% over 30s , sent>=99%", &criteria, &err), 0));
    cr_assert(eq(int, ct_threshold_parse("p(50)<1s", &criteria, &err), 0));
    cr_assert(eq(sz, criteria.count, 4));
    char *joined = ct_threshold_join(&criteria);
    cr_assert_str_eq(joined, "avg<1s, cpu(h)<80% over 30s, sent>=99%, p(50)<1s");
    free(joined);
}

Test(threshold, a_bad_text_names_the_place_and_what_belongs_there)
{
    static const struct {
        const char *text, *where, *what;
    } table[] = {
        {"", "character 1:", "a metric belongs here"},
        {"avg<1s,", "character 8:", "a metric belongs here"},
        {"p99<1s", "character 1:", "p(99)"},
        {"eror_rate<1%", "character 1:", "did you mean 'error_rate'"},
        {"avg<1s, mean<1s", "character 9:", "did you mean 'avg'"},
        {"median<1s", "character 1:", "'p(50)'"},
        {"x<1", "character 1:", "a metric is one of"},
        {"p<1s", "character 2:", "parentheses"},
        {"p(100)<1s", "character 3:", "not a quantile"},
        {"p(0)<1s", "character 3:", "not a quantile"},
        {"p(99.99999999)<1s", "character 3:", "not a quantile"},
        {"cpu<80%", "character 4:", "cpu(HOST)"},
        {"cpu()<80%", "character 5:", "parentheses"},
        {"cpu(a<80%", "character 5:", "parentheses"},
        {"avg=1s", "character 4:", "< <= > >="},
        {"avg<", "character 5:", "a time such as"},
        {"avg<5%", "character 5:", "a time such as"},
        {"p(99)<200", "character 7:", "a time such as 250ms or 2s"},
        {"error_rate<5ms", "character 12:", "a share"},
        {"error_rate<101%", "character 12:", "a share"},
        {"achieved>=x", "character 11:", "a rate"},
        {"memory(h)<4giga", "character 11:", "a size"},
        {"avg<1s ove 3s", "character 8:", "over TIME"},
        {"avg<1s over", "character 12:", "needs a value"},
        {"avg<1s over 1500ms", "character 13:", "whole seconds"},
        {"avg<1s over 2h", "character 13:", "up to 1h"},
        {"avg<1s over 1s over 2s", "character 21:", "already"},
        {"avg<1s stage 0", "character 14:", "from 1"},
        {"avg<1s stage 1 stage 2", "character 22:", "already"},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        criteria.count = 0;
        cr_assert(eq(int, ct_threshold_parse(table[i].text, &criteria, &err), CT_EUSAGE), "%s",
                  table[i].text);
        cr_assert(eq(sz, criteria.count, 0));
        cr_assert(strstr(err.msg, table[i].where) != NULL, "%s: %s", table[i].text, err.msg);
        cr_assert(strstr(err.msg, table[i].what) != NULL, "%s: %s", table[i].text, err.msg);
    }
}

Test(threshold, there_are_not_too_many)
{
    criteria.count = CT_THRESHOLDS_MAX;
    cr_assert(eq(int, ct_threshold_parse("avg<1s", &criteria, &err), CT_EUSAGE));
    cr_assert(eq(sz, criteria.count, CT_THRESHOLDS_MAX));
}

/* --- against a plan --- */

static int check(const char *text, const struct ct_run_plan *plan)
{
    static const char *const hosts[] = {"web-1", "web-2:2222"};
    (void)one(text);
    return ct_threshold_check(&criteria, plan, hosts, 2, &err);
}

Test(threshold, what_a_plan_cannot_answer_is_refused)
{
    struct ct_run_plan plan = {.duration_ns = 10 * CT_NS_PER_S, .warm_up_ns = 1500 * CT_NS_PER_MS};
    cr_assert(eq(int, check("p(50)<1s over 8s", &plan), 0));
    cr_assert(eq(int, check("p(50)<1s over 9s", &plan), CT_EUSAGE));
    cr_assert(strstr(err.msg, "only 8 whole seconds") != NULL, "%s", err.msg);
    cr_assert(eq(int, check("avg<1s stage 1", &plan), 0));
    cr_assert(eq(int, check("avg<1s stage 2", &plan), CT_EUSAGE));
    cr_assert(strstr(err.msg, "1 stage") != NULL, "%s", err.msg);
    cr_assert(eq(int, check("cpu(web-1)<1%", &plan), 0));
    cr_assert(eq(int, check("cpu(web-3)<1%", &plan), CT_EUSAGE));
    cr_assert(strstr(err.msg, "did you mean 'web-1'") != NULL, "%s", err.msg);
    plan.n_stages = 2;
    plan.stages[0].duration_ns = 4 * CT_NS_PER_S;
    plan.stages[1].duration_ns = 6 * CT_NS_PER_S;
    cr_assert(eq(int, check("avg<1s over 6s stage 2", &plan), 0));
    cr_assert(eq(int, check("avg<1s over 3s stage 1", &plan), CT_EUSAGE));
    cr_assert(eq(int, check("avg<1s over 2s stage 1", &plan), 0));
}

Test(threshold, relations_hold_as_they_say)
{
    cr_assert(ct_threshold_holds(one("avg<1s"), 999999999.0));
    cr_assert(not(ct_threshold_holds(one("avg<1s"), 1e9)));
    cr_assert(ct_threshold_holds(one("avg<=1s"), 1e9));
    cr_assert(not(ct_threshold_holds(one("avg>1s"), 1e9)));
    cr_assert(ct_threshold_holds(one("avg>=1s"), 1e9));
    cr_assert(not(ct_threshold_holds(one("avg>=1s"), NAN)));
    cr_assert(not(ct_threshold_holds(one("avg<=1s"), INFINITY)));
}

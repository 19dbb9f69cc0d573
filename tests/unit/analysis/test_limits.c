#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "analysis/limits.h"
#include "analysis/threshold.h"

static struct ct_criteria criteria;
static struct ct_find_limit limits[CT_FIND_LIMITS_MAX];
static struct ct_err err;

static int make(const char *text)
{
    criteria.count = 0;
    cr_assert(eq(int, ct_threshold_parse(text, &criteria, &err), 0), "%s: %s", text, err.msg);
    return ct_limits_make(&criteria, limits, &err);
}

Test(limits, a_share_is_what_a_quantile_leaves_over)
{
    cr_assert(eq(int, make("p(99)<200ms,error_rate<1%,achieved>=99.5%,sent>=90%"), 0), "%s",
              err.msg);
    const double shares[] = {0.01, 0.01, 0.005, 0.1};
    for (size_t i = 0; i < 4; i++) {
        cr_expect(eq(int, limits[i].kind, CT_FIND_SHARE));
        cr_expect(epsilon_eq(dbl, limits[i].share, shares[i], 1e-12));
    }
    cr_expect(epsilon_eq(dbl, limits[0].limit_s, 0.2, 1e-12));
    cr_expect(eq(dbl, limits[1].limit_s, 0));
}

Test(limits, a_mean_is_counted_in_seconds_or_in_the_servers_unit)
{
    cr_assert(eq(int, make("p(50)<1s,avg<=2s"), 0));
    cr_expect(eq(int, limits[1].kind, CT_FIND_MEAN));
    cr_expect(epsilon_eq(dbl, limits[1].limit_s, 2, 1e-12));
    cr_assert(eq(int, make("cpu(web-1)<80%"), 0));
    cr_expect(eq(int, limits[0].kind, CT_FIND_MEAN));
    cr_expect(epsilon_eq(dbl, limits[0].limit_s, 0.8, 1e-12));
    cr_assert(eq(int, make("memory(web-1)<1KiB"), 0));
    cr_expect(epsilon_eq(dbl, limits[0].limit_s, 1024, 1e-9));
    cr_expect(ct_limits_of_server(&criteria.list[0]));
}

Test(limits, what_no_search_can_answer_is_refused_in_a_sentence)
{
    static const struct {
        const char *text, *says;
    } table[] = {
        {"max<1s", "one request decides"},
        {"min>1ms", "one request decides"},
        {"p(99)>200ms", "upper limit"},
        {"achieved<=99%", "lower limit"},
        {"achieved>=990/s", "in percent"},
        {"p(99)<1s over 10s", "windows"},
        {"p(99)<1s stage 1", "windows"},
        {"error_rate<=0", "exactly 0"},
        {"sent>=100%", "exactly 0"},
        {"p(1)<1s,p(2)<1s,p(3)<1s,p(4)<1s,p(5)<1s,p(6)<1s,p(7)<1s,p(8)<1s,p(9)<1s", "at most 8"},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        cr_expect(eq(int, make(table[i].text), CT_EUSAGE), "%s", table[i].text);
        cr_expect(strstr(err.msg, table[i].says) != NULL, "%s: %s", table[i].text, err.msg);
    }
}

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "target/delay.h"

enum { DRAWS = 100000 };

static struct ct_delay parsed(const char *text)
{
    struct ct_delay d = {0};
    struct ct_err err = {0};
    cr_assert(zero(int, ct_delay_parse(text, &d, &err)), "%s", err.msg);
    return d;
}

Test(delay, nothing_and_a_constant_are_what_they_say)
{
    struct ct_rng rng;
    ct_rng_init(&rng, 1);
    struct ct_delay none = parsed("0"), five = parsed("5ms");
    cr_expect(eq(u64, ct_delay_draw_ns(&none, &rng), 0));
    cr_expect(eq(u64, ct_delay_draw_ns(&five, &rng), 5 * CT_NS_PER_MS));
}

Test(delay, a_mixture_has_its_share_of_the_rare)
{
    struct ct_rng rng;
    ct_rng_init(&rng, 1);
    struct ct_delay d = parsed("mix:1ms,50ms,5%");
    uint32_t rare = 0;
    for (int i = 0; i < DRAWS; i++) {
        uint64_t ns = ct_delay_draw_ns(&d, &rng);
        cr_assert(ns == CT_NS_PER_MS || ns == 50 * CT_NS_PER_MS);
        rare += ns != CT_NS_PER_MS;
    }
    cr_expect(lt(dbl, fabs((double)rare / DRAWS - 0.05), 0.003)); /* four standard deviations */
}

Test(delay, a_lognormal_has_its_median_and_sigma)
{
    struct ct_rng rng;
    ct_rng_init(&rng, 1);
    struct ct_delay d = parsed("lognormal:2ms,0.5");
    double sum = 0, sum2 = 0;
    for (int i = 0; i < DRAWS; i++) {
        double x = log((double)ct_delay_draw_ns(&d, &rng) / 2e6);
        sum += x;
        sum2 += x * x;
    }
    cr_expect(lt(dbl, fabs(sum / DRAWS), 0.008));
    cr_expect(lt(dbl, fabs(sqrt(sum2 / DRAWS) - 0.5), 0.006));
}

Test(delay, the_same_seed_gives_the_same_delays)
{
    struct ct_rng a, b;
    ct_rng_init(&a, 7);
    ct_rng_init(&b, 7);
    struct ct_delay d = parsed("lognormal:2ms,1");
    for (int i = 0; i < 100; i++)
        cr_assert(eq(u64, ct_delay_draw_ns(&d, &a), ct_delay_draw_ns(&d, &b)));
}

Test(delay, no_lognormal_delay_is_longer_than_a_minute)
{
    struct ct_rng rng;
    ct_rng_init(&rng, 1);
    struct ct_delay d = parsed("lognormal:50s,10");
    uint64_t longest_ns = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t ns = ct_delay_draw_ns(&d, &rng);
        longest_ns = ns > longest_ns ? ns : longest_ns;
    }
    cr_expect(eq(u64, longest_ns, CT_DELAY_MAX_NS));
}

Test(delay, what_is_no_delay_is_refused_and_nothing_written)
{
    static const char *const texts[] = {"",
                                        "soon",
                                        "61s",
                                        "mix:1ms",
                                        "mix:1ms,2ms",
                                        "mix:1ms,2ms,5%,x",
                                        "mix:1ms,2ms,200%",
                                        "lognormal:1ms",
                                        "lognormal:1ms,11",
                                        "lognormal:1ms,x",
                                        "mix:,,",
                                        "uniform:1ms,2ms"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct ct_delay d = {.usual_ns = 42};
        struct ct_err err = {0};
        cr_expect(eq(int, ct_delay_parse(texts[i], &d, &err), CT_EUSAGE), "%s", texts[i]);
        cr_expect(eq(u64, d.usual_ns, 42), "%s", texts[i]);
        cr_expect(ge(sz, strlen(err.msg), 1));
    }
}

Test(delay, deaf_is_the_end_of_every_period)
{
    struct ct_deafness d = {0};
    cr_assert(zero(int, ct_deafness_parse("500ms/2s", &d, NULL)));
    cr_expect(eq(u64, ct_deafness_end_ns(&d, 0), 0));
    cr_expect(eq(u64, ct_deafness_end_ns(&d, 1500 * CT_NS_PER_MS - 1), 0));
    cr_expect(eq(u64, ct_deafness_end_ns(&d, 1500 * CT_NS_PER_MS), 2 * CT_NS_PER_S));
    cr_expect(eq(u64, ct_deafness_end_ns(&d, 2 * CT_NS_PER_S - 1), 2 * CT_NS_PER_S));
    cr_expect(eq(u64, ct_deafness_end_ns(&d, 2 * CT_NS_PER_S), 0));
    cr_expect(eq(u64, ct_deafness_end_ns(&d, 7600 * CT_NS_PER_MS), 8 * CT_NS_PER_S));
    cr_assert(zero(int, ct_deafness_parse("0", &d, NULL)));
    cr_expect(eq(u64, ct_deafness_end_ns(&d, 1900 * CT_NS_PER_MS), 0));
}

Test(delay, a_server_that_would_never_hear_is_refused)
{
    static const char *const texts[] = {"", "500ms", "2s/2s", "3s/2s", "x/2s", "1s/x", "1s/2s/3s"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct ct_deafness d = {.every_ns = 42};
        cr_expect(eq(int, ct_deafness_parse(texts[i], &d, NULL), CT_EUSAGE), "%s", texts[i]);
        cr_expect(eq(u64, d.every_ns, 42));
    }
}

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "store/searched.h"

static struct ct_searched s;
static struct ct_err err;

/* A document of the fuzz corpus. */
static int read_sample(const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/fuzz/corpus/searched/%s", CT_TESTS_DIR, name);
    return ct_searched_read(path, &s, &err);
}

static void done(void)
{
    ct_searched_release(&s);
}

TestSuite(searched, .fini = done);

Test(searched, a_search_of_ct_find_is_read_whole)
{
    cr_assert(eq(int, read_sample("find.json"), 0), "%s", err.msg);
    cr_assert(eq(str, s.test_case, (char *)"UrlTestCase"));
    cr_assert(eq(str, s.kind, (char *)"find"));
    cr_assert(eq(str, s.arrivals, (char *)"poisson"));
    cr_assert(eq(sz, s.n_limits, 2));
    cr_assert(eq(str, s.limits[1], (char *)"error_rate<1%"));
    cr_assert(eq(dbl, s.confidence, 0.95));
    cr_assert(eq(sz, s.n_answers, 1));
    const struct ct_searched_answer *a = &s.answers[0];
    cr_assert(eq(str, (char *)a->axis, (char *)"rate"));
    cr_assert(eq(dbl, a->capacity, 769.5));
    cr_assert(eq(dbl, a->low, 750));
    cr_assert(eq(dbl, a->high, 790));
    cr_assert(a->confirmed && !a->at_least && isnan(a->load));
    cr_assert(eq(str, (char *)a->gave_way, (char *)"p(99)<20ms"));
    cr_assert(eq(str, (char *)a->warnings, (char *)"drifts, few_visits"));
    cr_assert(eq(sz, a->n_curve, 2));
    cr_assert(eq(dbl, a->curve[0].value, 0.004));
    cr_assert(isnan(a->curve[1].value));
}

Test(searched, trials_are_read_with_what_is_not_there_left_open)
{
    cr_assert(eq(int, read_sample("find.json"), 0), "%s", err.msg);
    cr_assert(eq(sz, s.n_trials, 3));
    const struct ct_searched_trial *t = &s.trials[1];
    cr_assert(eq(str, (char *)t->phase, (char *)"visit"));
    cr_assert(eq(dbl, t->at, 780));
    cr_assert(eq(dbl, t->over[0], 100));
    cr_assert(eq(dbl, t->over[1], 2));
    cr_assert(eq(dbl, t->values[0], 21.5));
    cr_assert(isnan(t->values[1]));
    cr_assert(t->valid && !t->kept);
    cr_assert(eq(str, (char *)t->broke, (char *)"p(99)<20ms"));
    t = &s.trials[2]; /* a null keeps its place, and nothing is left of the trial before */
    cr_assert(isnan(t->values[0]) && isnan(t->over[0]) && isnan(t->requests));
    cr_assert(eq(dbl, t->values[1], 3));
    cr_assert(t->overload && !t->valid);
    cr_assert(eq(str, (char *)t->broke, (char *)""));
}

Test(searched, of_a_benchmark_each_search_has_its_answer_and_its_trials)
{
    cr_assert(eq(int, read_sample("benchmark.json"), 0), "%s", err.msg);
    cr_assert(eq(sz, s.n_answers, 2), "the points stand for nothing more");
    cr_assert(eq(str, s.answers[0].axis, (char *)"load"));
    cr_assert(eq(dbl, s.answers[0].rps, 1));
    cr_assert(eq(dbl, s.answers[1].load, 13));
    cr_assert(eq(dbl, s.answers[1].capacity, 15));
    for (int i = 0; i < 3; i++) {
        cr_expect(eq(int, ct_searched_belongs(&s.trials[i], &s.answers[0]), i == 0), "%d", i);
        cr_expect(eq(int, ct_searched_belongs(&s.trials[i], &s.answers[1]), i == 1), "%d", i);
    }
}

Test(searched, the_points_of_a_classic_search_are_its_answers)
{
    cr_assert(eq(int, read_sample("classic.json"), 0), "%s", err.msg);
    cr_assert(eq(sz, s.n_trials, 2));
    cr_assert(eq(dbl, s.trials[0].mean_ms, 4));
    cr_assert(s.trials[0].kept && !s.trials[1].kept);
    cr_assert(isnan(s.trials[1].mean_ms));
    cr_assert(eq(sz, s.n_answers, 1));
    cr_assert(eq(dbl, s.answers[0].capacity, 32));
    cr_assert(eq(str, s.answers[0].gave_way, (char *)"errors"));
}

Test(searched, a_document_without_a_search_is_refused)
{
    static const char *const bad[] = {
        "{}",
        "{\"test_case\": \"A\"}",
        "{\"search\": {\"trials\": []}}",
        "{\"search\": {\"kind\": 1}}",
        "{\"search\": {\"kind\": \"find\", \"trials\": [{\"at\": \"x\"}]}}",
        "[",
        ""};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        cr_expect(
            eq(int, ct_searched_parse(bad[i], strlen(bad[i]), "a.json", &s, &err), CT_EUSAGE));
        cr_expect(strncmp(err.msg, "a.json:1", 8) == 0, "%s", err.msg);
        done();
    }
    cr_assert(eq(int, ct_searched_read("/nowhere/a.json", &s, &err), CT_EFAIL));
}

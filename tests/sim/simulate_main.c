/*
 * How good are the answers of ct find? Searches against servers whose capacity is known exactly,
 * many seeds each; prints the tables of docs/search-table.md.
 *
 *   simulate [--seeds N] [--first SEED] [--budget SECONDS] [--only TEXT] [--bisection]
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sim_case.h"
#include "sim_truth.h"

struct plan {
    unsigned seeds;
    uint64_t first;
    double budget_s;
    const char *only;
    bool bisection;
};

/* Over the seeds of one server. */
struct score {
    double *error, *width, *time; /* one for each answer with an interval */
    unsigned n, answers, covers, covers_exactly, too_high, not_confirmed;
    unsigned endings[CT_FIND_NO_RECOVERY + 1], drifts, not_monotone;
    double truth;
};

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(double *values, unsigned n, double p)
{
    if (n == 0)
        return NAN;
    qsort(values, n, sizeof(*values), ascending);
    return values[(unsigned)(p * (n - 1) + 0.5)];
}

/* How far the answers lie apart: their coefficient of variation. */
static double variation(const struct score *s)
{
    double sum = 0, squares = 0;
    for (unsigned i = 0; i < s->answers; i++)
        sum += 1 + s->error[i];
    double mean = sum / s->answers;
    for (unsigned i = 0; i < s->answers; i++)
        squares += pow(1 + s->error[i] - mean, 2);
    return sqrt(squares / (s->answers - 1)) / mean;
}

static void score_init(struct score *s, unsigned seeds, double truth)
{
    *s = (struct score){.truth = truth};
    s->error = ct_xcalloc(seeds, sizeof(double));
    s->width = ct_xcalloc(seeds, sizeof(double));
    s->time = ct_xcalloc(seeds, sizeof(double));
}

static void score_release(struct score *s)
{
    free(s->error);
    free(s->width);
    free(s->time);
}

static void score_add(struct score *s, const struct sim_result *r)
{
    const struct ct_find_answer *a = &r->answer;
    s->n++;
    s->endings[a->ending]++;
    s->drifts += (a->warnings & CT_FIND_DRIFTS) != 0;
    s->not_monotone += (a->warnings & CT_FIND_NOT_MONOTONE) != 0;
    s->not_confirmed += (a->warnings & CT_FIND_NOT_CONFIRMED) != 0;
    if (!(a->high > 0))
        return;
    s->error[s->answers] = a->capacity / s->truth - 1;
    s->width[s->answers] = a->high / a->low - 1;
    s->time[s->answers++] = r->search_s;
    s->covers_exactly += a->low <= s->truth && s->truth <= a->high;
    s->covers += a->low * 0.995 <= s->truth && s->truth <= a->high * 1.005;
    s->too_high += a->low > 1.02 * s->truth;
}

static double percent(unsigned k, unsigned n)
{
    return 100.0 * k / n;
}

static void print_steady(const struct sim_case *c, struct score *s)
{
    char widest[16] = "";
    if (c->widest > 0)
        (void)snprintf(widest, sizeof(widest), "%.0f", 100 * c->widest);
    printf("| %s | %.1f | %.1f (%.1f) | %.1f | %+.1f | %.1f | %.1f | %s | %.0f | %.1f | %.1f | "
           "%.1f |\n",
           c->name, s->truth, percent(s->covers, s->n), percent(s->covers_exactly, s->n),
           percent(s->too_high, s->n), 100 * quantile(s->error, s->answers, 0.5),
           100 * variation(s), 100 * quantile(s->width, s->answers, 0.5), widest,
           quantile(s->time, s->answers, 0.5), percent(s->not_confirmed, s->n),
           percent(s->drifts, s->n), percent(s->not_monotone, s->n));
}

static void print_warned(const struct sim_case *c, const struct score *s)
{
    printf("| %s | %.1f | %.1f | %.1f | %.1f | %.1f |\n", c->name, percent(s->drifts, s->n),
           percent(s->not_monotone, s->n), percent(s->endings[CT_FIND_AT_LEAST], s->n),
           percent(s->endings[CT_FIND_NO_RECOVERY], s->n),
           percent(s->endings[CT_FIND_UNREACHABLE], s->n));
}

static void run_case(const struct plan *p, const struct sim_case *c, struct score *s)
{
    score_init(s, p->seeds, c->steady ? sim_truth_capacity(c->kind, &c->limit) : 1);
    for (unsigned i = 0; i < p->seeds; i++) {
        struct sim_result r;
        sim_case_run(c, p->first + i, p->budget_s, &r);
        score_add(s, &r);
    }
}

static void run_steady(const struct plan *p)
{
    double covers = 0, too_high = 0, drifts = 0, not_monotone = 0;
    unsigned n = 0;
    printf(
        "| server and limit | true capacity/s | interval covers it, %% (without the 0.5 %%) | "
        "lower end > 1.02 x truth, %% | median error, %% | answers differ by, %% | median width, "
        "%% | promised | median time, s | not confirmed, %% | drifts (a false alarm), %% | "
        "not monotone (false), %% |"
        "\n|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < sim_n_cases; i++) {
        struct score s;
        if (!sim_cases[i].steady || (p->only && !strstr(sim_cases[i].name, p->only)))
            continue;
        run_case(p, &sim_cases[i], &s);
        print_steady(&sim_cases[i], &s);
        covers += percent(s.covers, s.n);
        too_high += percent(s.too_high, s.n);
        drifts += percent(s.drifts, s.n);
        not_monotone += percent(s.not_monotone, s.n);
        n++;
        score_release(&s);
    }
    if (n > 0)
        printf("| **mean** | | %.1f | %.1f | | | | | | | %.1f | %.1f |\n", covers / n, too_high / n,
               drifts / n, not_monotone / n);
}

static void run_warned(const struct plan *p)
{
    printf("\n| server | drifts, %% | not monotone, %% | at least, %% | does not recover, %% | "
           "unreachable, %% |\n|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < sim_n_cases; i++) {
        struct score s;
        if (sim_cases[i].steady || (p->only && !strstr(sim_cases[i].name, p->only)))
            continue;
        run_case(p, &sim_cases[i], &s);
        print_warned(&sim_cases[i], &s);
        score_release(&s);
    }
}

/* Bisections of every seed. first 0: from a rate that is drawn between 50 and 100/s. From the same
 * rate each time they try the same rates each time, and how often they cover the truth is an
 * accident of where those lie. */
static void bisect_all(const struct plan *p, const struct sim_case *c, double first, double trial_s,
                       struct score *s)
{
    score_init(s, p->seeds, sim_truth_capacity(c->kind, &c->limit));
    for (unsigned j = 0; j < p->seeds; j++) {
        struct ct_find_opts opts = {.limits = {c->limit}, .n_limits = 1};
        struct sim_server server;
        struct sim_result r;
        struct ct_rng dice;
        ct_rng_init(&dice, p->first + j);
        double rate = first > 0 ? first : 50 * exp2(ct_rng_unit(&dice));
        sim_server_init(&server, c->kind, &opts, p->first + j);
        sim_bisection(&server, rate, trial_s, 0.05, &r);
        score_add(s, &r);
    }
}

static double median_time(struct score *s)
{
    return quantile(s->time, s->answers, 0.5);
}

/* Its time and how often it covers, with trials of two minutes. */
static double two_minutes(const struct plan *p, const struct sim_case *c, double first)
{
    struct score s;
    bisect_all(p, c, first, 120, &s);
    double time = median_time(&s);
    printf("%.1f | %.0f | ", percent(s.covers, s.n), time);
    score_release(&s);
    return time;
}

/* The shortest trials with which a bisection covers so often (but no more than 95 % is asked of
 * it); returns its time. */
static double as_good(const struct plan *p, const struct sim_case *c, double covers)
{
    static const double trials[] = {30, 60, 90, 120, 180, 240, 360, 480, 720, 960};
    double time = NAN;
    bool enough = false;
    for (size_t i = 0; i < sizeof(trials) / sizeof(*trials) && !enough; i++) {
        struct score s;
        bisect_all(p, c, 0, trials[i], &s);
        enough = percent(s.covers, s.n) >= fmin(covers, 95);
        time = median_time(&s);
        if (enough)
            printf("%.0f | %.1f | %.0f | ", trials[i], percent(s.covers, s.n), time);
        score_release(&s);
    }
    if (!enough)
        printf("> 960 | | %.0f | ", time);
    return time;
}

static void run_bisection(const struct plan *p)
{
    static const size_t which[] = {0, 1, 2, 6};
    printf(
        "\n| server | bisection, 120 s a trial, from 50/s: covers, %% | time, s | from any rate: "
        "covers, %% | time, s | trials as good as ct find, s | covers, %% | time, s | ct find, "
        "15 min: covers, %% | width, %% | time, s | times | times of 120 s |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof(which) / sizeof(*which); i++) {
        const struct sim_case *c = &sim_cases[which[i]];
        struct plan longer = *p;
        struct score s;
        longer.budget_s = 900;
        run_case(&longer, c, &s);
        double covers = percent(s.covers, s.n), time = median_time(&s);
        printf("| %s | ", c->name);
        double fixed = two_minutes(p, c, 50);
        (void)two_minutes(p, c, 0);
        double good = as_good(p, c, covers);
        printf("%.1f | %.1f | %.0f | %.2f | %.2f |\n", covers,
               100 * quantile(s.width, s.answers, 0.5), time, time / good, time / fixed);
        score_release(&s);
    }
}

static bool read_option(struct plan *p, const char *name, const char *value)
{
    if (strcmp(name, "--seeds") == 0)
        p->seeds = (unsigned)strtoul(value, NULL, 10);
    else if (strcmp(name, "--first") == 0)
        p->first = strtoull(value, NULL, 10);
    else if (strcmp(name, "--budget") == 0)
        p->budget_s = strtod(value, NULL);
    else if (strcmp(name, "--only") == 0)
        p->only = value;
    else
        return false;
    return true;
}

int main(int argc, char **argv)
{
    struct plan p = {.seeds = 200, .first = 1, .budget_s = 300};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--bisection") == 0) {
            p.bisection = true;
        } else if (i + 1 < argc && read_option(&p, argv[i], argv[i + 1])) {
            i++;
        } else {
            (void)fprintf(stderr, "simulate: what is '%s'?\n", argv[i]);
            return 2;
        }
    }
    run_steady(&p);
    run_warned(&p);
    if (p.bisection)
        run_bisection(&p);
    return 0;
}

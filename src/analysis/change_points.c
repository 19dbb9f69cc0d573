#include "analysis/change_points.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"

const struct ct_change_opts ct_change_defaults = {
    .side_min = 4, .permutations = 999, .level = 0.01, .seed = 1};

/* Sums of distances: between the sides, within the left, within the right (each pair once). */
struct sums {
    double between, left, right;
};

static double energy(const struct sums *s, size_t m, size_t n)
{
    double x = (double)m, y = (double)n;
    return x * y / (x + y) *
           (2 * s->between / (x * y) - 2 * s->left / (x * (x - 1)) - 2 * s->right / (y * (y - 1)));
}

/* Value at goes from the right side to the left. */
static void move(struct sums *s, const double *v, size_t count, size_t at)
{
    double to_left = 0, to_right = 0;
    for (size_t i = 0; i < at; i++)
        to_left += fabs(v[i] - v[at]);
    for (size_t i = at + 1; i < count; i++)
        to_right += fabs(v[i] - v[at]);
    s->between += to_right - to_left;
    s->left += to_left;
    s->right -= to_right;
}

static struct sums all_right(const double *v, size_t count)
{
    struct sums s = {0};
    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k < count; k++)
            s.right += fabs(v[i] - v[k]);
    return s;
}

/* The best split with at least side values on each side. right: the sum of all distances. */
static double best_split(const double *v, size_t count, size_t side, double right, size_t *out_at)
{
    struct sums s = {.right = right};
    double best = -INFINITY;
    for (size_t at = 0; at + side < count; at++) {
        move(&s, v, count, at);
        size_t m = at + 1;
        if (m < side)
            continue;
        double q = energy(&s, m, count - m);
        if (q > best) {
            best = q;
            *out_at = m;
        }
    }
    return best;
}

double ct_change_energy(const double *values, size_t count, size_t at)
{
    assert(at >= 2 && count - at >= 2);
    struct sums s = all_right(values, count);
    for (size_t i = 0; i < at; i++)
        move(&s, values, count, i);
    return energy(&s, at, count - at);
}

/* Fisher-Yates. */
static void shuffle(double *v, size_t count, struct ct_rng *rng)
{
    for (size_t i = count; i > 1; i--) {
        size_t k = (size_t)(ct_rng_unit(rng) * (double)i);
        double t = v[i - 1];
        v[i - 1] = v[k];
        v[k] = t;
    }
}

struct search {
    const struct ct_change_opts *opts;
    struct ct_rng rng;
    struct ct_change_point *out;
    size_t count, max;
};

/* Probability that the order of the values means nothing. Ends early when it is plainly so. */
static double permutation_p(struct search *s, const double *v, size_t count, double best,
                            double right)
{
    double *copy = ct_xcalloc(count, sizeof(*copy));
    unsigned beyond = 0, done = 0;
    double enough = s->opts->level * (1 + s->opts->permutations);
    for (size_t i = 0; i < count; i++)
        copy[i] = v[i];
    while (done < s->opts->permutations && 1 + beyond <= enough) {
        size_t at;
        shuffle(copy, count, &s->rng);
        /* equal up to rounding counts as equal */
        beyond +=
            best_split(copy, count, s->opts->side_min, right, &at) >= best - 1e-9 * fabs(best);
        done++;
    }
    free(copy);
    return (1.0 + beyond) / (1.0 + done);
}

static void divide(struct search *s, const double *values, size_t from, size_t to)
{
    size_t count = to - from, at = 0;
    if (count < 2 * s->opts->side_min || s->count == s->max)
        return;
    const double *v = values + from;
    double right = all_right(v, count).right;
    double best = best_split(v, count, s->opts->side_min, right, &at);
    if (!(best > 0))
        return;
    double p = permutation_p(s, v, count, best, right);
    if (p > s->opts->level)
        return;
    divide(s, values, from, from + at);
    if (s->count < s->max)
        s->out[s->count++] = (struct ct_change_point){.at = from + at, .p = p};
    divide(s, values, from + at, to);
}

size_t ct_change_points(const double *values, size_t count, const struct ct_change_opts *opts,
                        struct ct_change_point *out, size_t max)
{
    assert(opts->side_min >= 2);
    struct search s = {.opts = opts, .out = out, .max = max};
    ct_rng_init(&s.rng, opts->seed);
    divide(&s, values, 0, count);
    return s.count;
}

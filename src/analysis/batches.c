#include "analysis/batches.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/stats.h"
#include "base/clock.h"
#include "base/mem.h"

#define CONFIDENCE 0.975 /* one side of 95 % */
#define CORRELATION_MAX 0.9

void ct_batches_init(struct ct_batches *b, const struct ct_run_plan *plan)
{
    memset(b, 0, sizeof(*b));
    b->length_s = 1;
    b->first_s = plan->warm_up_ns / CT_NS_PER_S;
    b->last_s = plan->duration_ns > 0 ? (plan->duration_ns - 1) / CT_NS_PER_S : 0;
}

void ct_batches_release(struct ct_batches *b)
{
    for (int i = 0; i < CT_BATCHES_MAX; i++)
        free(b->batches[i]);
    memset((void *)b->batches, 0, sizeof(b->batches));
}

static struct ct_stretch *batch_at(struct ct_batches *b, uint64_t i)
{
    if (b->batches[i] == NULL)
        b->batches[i] = ct_xcalloc(1, sizeof(*b->batches[i]));
    return b->batches[i];
}

static void merge_pairs(struct ct_batches *b)
{
    b->length_s *= 2;
    for (int i = 0; i < CT_BATCHES_MAX; i += 2) {
        struct ct_stretch *left = b->batches[i], *right = b->batches[i + 1];
        b->batches[i] = b->batches[i + 1] = NULL;
        if (left != NULL && right != NULL)
            ct_stretch_add(left, right);
        b->batches[i / 2] = left != NULL ? left : right;
        if (left != NULL)
            free(right);
    }
}

void ct_batches_block(struct ct_batches *b, const struct ct_block *block)
{
    uint64_t second = block->second < b->last_s ? block->second : b->last_s;
    if (second < b->first_s)
        return;
    while ((second - b->first_s) / b->length_s >= CT_BATCHES_MAX)
        merge_pairs(b);
    ct_stretch_add_block(batch_at(b, (second - b->first_s) / b->length_s), block);
}

/* --- intervals --- */

/* Sums and counts of which the ratio is wanted, batch by batch. */
struct ratio {
    double part[CT_BATCHES_MAX], whole[CT_BATCHES_MAX];
    unsigned count;
};

/* What each batch has beyond the common ratio, which is returned. */
static double ratio_of(struct ratio *r)
{
    double part = 0, whole = 0;
    for (unsigned i = 0; i < r->count; i++) {
        part += r->part[i];
        whole += r->whole[i];
    }
    for (unsigned i = 0; i < r->count; i++)
        r->part[i] -= part / whole * r->whole[i];
    return part / whole;
}

static double correlation(const struct ratio *r, double squares)
{
    double together = 0;
    for (unsigned i = 0; i + 1 < r->count; i++)
        together += r->part[i] * r->part[i + 1];
    double c = squares > 0 ? together / squares + 1.0 / r->count : 0;
    return c < 0 ? 0 : c > CORRELATION_MAX ? CORRELATION_MAX : c;
}

/* Half the width of the ratio's interval; r as ratio_of leaves it. */
static double half_width(const struct ratio *r)
{
    double squares = 0, whole = 0, n = r->count;
    for (unsigned i = 0; i < r->count; i++) {
        squares += r->part[i] * r->part[i];
        whole += r->whole[i];
    }
    double mean = whole / n;
    double deviation = sqrt(squares / (n * (n - 1))) / mean;
    double c = correlation(r, squares);
    return ct_stats_t_quantile(CONFIDENCE, n - 1) * deviation * sqrt((1 + c) / (1 - c));
}

static uint64_t above_all(const struct ct_stretch *s)
{
    return s->failed + s->cancelled + s->skipped;
}

/* Half the width for independent requests: no interval is narrower. */
static double least_half(double deviation, uint64_t count)
{
    return ct_stats_t_quantile(CONFIDENCE, 1e6) * deviation / sqrt((double)count);
}

static struct ct_interval mean_interval(const struct ct_batches *b, const struct ct_stretch *all)
{
    struct ratio r = {.count = 0};
    for (int i = 0; i < CT_BATCHES_MAX; i++) {
        const struct ct_stretch *s = b->batches[i];
        if (s == NULL || s->response.count == 0)
            continue;
        r.part[r.count] = s->response.sum_ns;
        r.whole[r.count++] = (double)s->response.count;
    }
    if (r.count < CT_BATCHES_MIN)
        return (struct ct_interval){NAN, NAN};
    double mean = ratio_of(&r);
    double half = fmax(half_width(&r),
                       least_half(ct_histogram_stddev_ns(&all->response), all->response.count));
    return (struct ct_interval){mean - half > 0 ? mean - half : 0, mean + half};
}

/* The value of that rank among all; NAN beyond those that have one. */
static double value_at(const struct ct_stretch *all, uint64_t total, double rank)
{
    uint64_t ns;
    double q = rank / (double)total;
    bool given = q > 0 && q <= 1 && ct_histogram_quantile(&all->response, q, total, &ns) == 0;
    return given ? (double)ns : NAN;
}

/* Ranks outwards, as for an interval of order statistics (Conover, Practical Nonparametric
 * Statistics, 3.2). */
static struct ct_interval by_rank(const struct ct_stretch *all, double q, double half)
{
    uint64_t total = all->response.count + above_all(all);
    double n = (double)total;
    half = fmax(half, least_half(sqrt(q * (1 - q)), total));
    struct ct_interval i = {value_at(all, total, floor(n * (q - half))),
                            value_at(all, total, ceil(n * (q + half)) + 1)};
    return isnan(i.low) || isnan(i.high) ? (struct ct_interval){NAN, NAN} : i;
}

/* Values above the quantile ns of all: it is the upper end of its slot, or the largest value. */
static uint64_t longer(const struct ct_stretch *s, const struct ct_stretch *all, uint64_t ns)
{
    return ns < all->response.max_ns ? ct_histogram_above(&s->response, ns) : 0;
}

static struct ct_interval quantile_interval(const struct ct_batches *b,
                                            const struct ct_stretch *all, enum ct_quantile q)
{
    struct ct_interval none = {NAN, NAN};
    struct ratio r = {.count = 0};
    uint64_t total = all->response.count + above_all(all), ns;
    if (total < ct_quantile_needs[q] ||
        ct_histogram_quantile(&all->response, ct_quantile_value[q], total, &ns) != 0)
        return none;
    for (int i = 0; i < CT_BATCHES_MAX; i++) {
        const struct ct_stretch *s = b->batches[i];
        if (s == NULL || s->response.count + above_all(s) == 0)
            continue;
        r.part[r.count] = (double)(longer(s, all, ns) + above_all(s));
        r.whole[r.count++] = (double)(s->response.count + above_all(s));
    }
    if (r.count < CT_BATCHES_MIN)
        return none;
    (void)ratio_of(&r);
    return by_rank(all, ct_quantile_value[q], half_width(&r));
}

void ct_batches_intervals(const struct ct_batches *b, struct ct_intervals *out)
{
    struct ct_stretch *all = ct_xcalloc(1, sizeof(*all));
    for (int i = 0; i < CT_BATCHES_MAX; i++)
        if (b->batches[i] != NULL)
            ct_stretch_add(all, b->batches[i]);
    out->mean = mean_interval(b, all);
    out->p50 = quantile_interval(b, all, CT_P50);
    out->p90 = quantile_interval(b, all, CT_P90);
    out->p99 = quantile_interval(b, all, CT_P99);
    free(all);
}

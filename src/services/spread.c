#include "services/spread.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

enum { SAMPLE_START = 1024 };

void ct_spread_init(struct ct_spread *s, size_t sample_max)
{
    *s = (struct ct_spread){.sample_max = sample_max};
    ct_rng_init(&s->rng, 1);
    if (sample_max == 0)
        return;
    s->histogram = ct_xcalloc(1, sizeof(*s->histogram));
}

void ct_spread_release(struct ct_spread *s)
{
    free(s->sample_s);
    free(s->histogram);
    *s = (struct ct_spread){0};
}

/* Doubles from SAMPLE_START up: full exactly when sampled is such a size. */
static void grow_when_full(struct ct_spread *s)
{
    size_t n = s->sampled;

    if (n == 0)
        s->sample_s = ct_xcalloc(SAMPLE_START, sizeof(*s->sample_s));
    else if (n >= SAMPLE_START && (n & (n - 1)) == 0)
        s->sample_s = ct_xrealloc(s->sample_s, 2 * n, sizeof(*s->sample_s));
}

static void sample(struct ct_spread *s, double value_s)
{
    if (s->sampled < s->sample_max) {
        grow_when_full(s);
        s->sample_s[s->sampled++] = value_s;
        return;
    }
    uint64_t place = (uint64_t)(ct_rng_unit(&s->rng) * (double)s->count);
    if (place < s->sampled)
        s->sample_s[place] = value_s;
}

void ct_spread_add(struct ct_spread *s, uint64_t value_ns)
{
    double value_s = (double)value_ns / 1e9;

    s->min_s = s->count == 0 ? value_s : fmin(s->min_s, value_s);
    s->max_s = s->count == 0 ? value_s : fmax(s->max_s, value_s);
    s->count++;
    double delta = value_s - s->mean_s;
    s->mean_s += delta / (double)s->count;
    s->squares += delta * (value_s - s->mean_s);
    if (s->sample_max == 0)
        return;
    ct_histogram_record(s->histogram, value_ns);
    sample(s, value_s);
}

double ct_spread_stddev_s(const struct ct_spread *s)
{
    return s->count > 0 ? sqrt(s->squares / (double)s->count) : NAN;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

double ct_spread_median_s(struct ct_spread *s)
{
    uint64_t ns;
    size_t n = s->sampled;

    if (n == 0)
        return NAN;
    if (s->count > n)
        return ct_histogram_quantile(s->histogram, 0.5, s->count, &ns) == 0 ? (double)ns / 1e9
                                                                            : NAN;
    qsort(s->sample_s, n, sizeof(*s->sample_s), by_value);
    return n % 2 == 1 ? s->sample_s[n / 2] : (s->sample_s[n / 2 - 1] + s->sample_s[n / 2]) / 2;
}

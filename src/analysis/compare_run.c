#include "analysis/compare_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { PIECES_MAX = 128, BATCHES_MIN = 6, BATCH_S = 10, CORRELATED_MIN = 8 };
#define DECORRELATIONS 5
#define CORRELATION_MAX 0.98

struct piece {
    uint64_t ok, failed;
    double cpu_percent; /* sum over seconds */
    unsigned seconds, cpu_seconds;
    bool has_service;
    struct ct_histogram response, service;
};

struct ct_compare_batches {
    struct piece *pieces[PIECES_MAX]; /* NULL from count on */
    unsigned count, length_s;
    struct piece *spare[PIECES_MAX + 1]; /* used again: clearing is cheaper than new memory */
    unsigned n_spare;
};

struct ct_compare_batches *ct_compare_batches_new(void)
{
    struct ct_compare_batches *b = ct_xcalloc(1, sizeof(*b));
    b->length_s = 1;
    return b;
}

static void put_away(struct ct_compare_batches *b, struct piece *p)
{
    b->spare[b->n_spare++] = p;
}

static void empty(struct ct_compare_batches *b)
{
    for (unsigned i = 0; i < b->count; i++)
        put_away(b, b->pieces[i]);
    memset((void *)b->pieces, 0, sizeof(b->pieces));
    b->count = 0;
    b->length_s = 1;
}

void ct_compare_batches_free(struct ct_compare_batches *b)
{
    if (b == NULL)
        return;
    empty(b);
    for (unsigned i = 0; i < b->n_spare; i++)
        free(b->spare[i]);
    free(b);
}

static void add(struct piece *into, const struct piece *from)
{
    into->ok += from->ok;
    into->failed += from->failed;
    into->cpu_percent += from->cpu_percent;
    into->seconds += from->seconds;
    into->cpu_seconds += from->cpu_seconds;
    into->has_service = into->has_service && from->has_service;
    ct_histogram_merge(&into->response, &from->response);
    ct_histogram_merge(&into->service, &from->service);
}

static void merge_pairs(struct ct_compare_batches *b)
{
    b->length_s *= 2;
    for (unsigned i = 0; i < PIECES_MAX; i += 2) {
        struct piece *left = b->pieces[i], *right = b->pieces[i + 1];
        b->pieces[i] = b->pieces[i + 1] = NULL;
        add(left, right);
        put_away(b, right);
        b->pieces[i / 2] = left;
    }
    b->count = PIECES_MAX / 2;
}

static struct piece *take_piece(struct ct_compare_batches *b)
{
    struct piece *p = b->n_spare > 0 ? b->spare[--b->n_spare] : ct_xcalloc(1, sizeof(*b->spare[0]));
    ct_histogram_clear(&p->response);
    ct_histogram_clear(&p->service);
    p->ok = p->failed = 0;
    p->cpu_percent = 0;
    p->seconds = p->cpu_seconds = 0;
    p->has_service = true;
    return p;
}

/* The piece that the next second belongs to. */
static struct piece *open_piece(struct ct_compare_batches *b)
{
    if (b->count > 0 && b->pieces[b->count - 1]->seconds < b->length_s)
        return b->pieces[b->count - 1];
    if (b->count == PIECES_MAX)
        merge_pairs(b);
    b->pieces[b->count] = take_piece(b);
    return b->pieces[b->count++];
}

void ct_compare_batches_second(struct ct_compare_batches *b, const struct ct_compare_second *second)
{
    struct piece *p = open_piece(b);
    p->ok += second->ok;
    p->failed += second->failed;
    p->seconds++;
    if (!isnan(second->cpu_percent)) {
        p->cpu_percent += second->cpu_percent;
        p->cpu_seconds++;
    }
    p->has_service = p->has_service && second->service != NULL;
    if (second->response != NULL)
        ct_histogram_merge(&p->response, second->response);
    if (second->service != NULL)
        ct_histogram_merge(&p->service, second->service);
}

/* --- values of a stretch --- */

/* Logarithm; NAN from too few samples, or when it falls among failed requests. */
static double log_quantile(const struct ct_histogram *h, uint64_t failed, enum ct_quantile q)
{
    uint64_t ns, total = h->count + failed;
    bool given = total >= ct_quantile_needs[q] &&
                 ct_histogram_quantile(h, ct_quantile_value[q], total, &ns) == 0;
    return given && ns > 0 ? log((double)ns) : NAN;
}

static void values_of(const struct piece *p, double out[CT_COMPARE_METRICS])
{
    double rps = (double)p->ok / p->seconds;
    for (int m = 0; m < CT_COMPARE_METRICS; m++)
        out[m] = NAN;
    out[CT_COMPARE_RESPONSE_P50] = log_quantile(&p->response, p->failed, CT_P50);
    out[CT_COMPARE_RESPONSE_P90] = log_quantile(&p->response, p->failed, CT_P90);
    out[CT_COMPARE_RESPONSE_P99] = log_quantile(&p->response, p->failed, CT_P99);
    if (p->response.count > 0)
        out[CT_COMPARE_RESPONSE_MEAN] = log(ct_histogram_mean_ns(&p->response));
    if (p->has_service) {
        out[CT_COMPARE_SERVICE_P50] = log_quantile(&p->service, 0, CT_P50);
        out[CT_COMPARE_SERVICE_P90] = log_quantile(&p->service, 0, CT_P90);
        out[CT_COMPARE_SERVICE_P99] = log_quantile(&p->service, 0, CT_P99);
    }
    if (p->ok + p->failed > 0)
        out[CT_COMPARE_ERRORS] = (double)p->failed / (double)(p->ok + p->failed);
    if (p->ok > 0)
        out[CT_COMPARE_ACHIEVED] = log(rps);
    if (p->ok > 0 && p->cpu_percent > 0)
        out[CT_COMPARE_CPU] = log(p->cpu_percent / p->cpu_seconds / rps);
}

/* --- correlation --- */

/* Log medians of the pieces that have a request; how many. */
static unsigned medians(const struct ct_compare_batches *b, double out[PIECES_MAX])
{
    unsigned n = 0;
    for (unsigned i = 0; i < b->count; i++) {
        const struct ct_histogram *h = &b->pieces[i]->response;
        uint64_t ns;
        if (ct_histogram_quantile(h, 0.5, h->count, &ns) == 0 && ns > 0)
            out[n++] = log((double)ns);
    }
    return n;
}

static double correlation(const struct ct_compare_batches *b)
{
    double x[PIECES_MAX], mean = 0, squares = 0, together = 0;
    unsigned n = medians(b, x);
    if (n < CORRELATED_MIN)
        return 0;
    for (unsigned i = 0; i < n; i++)
        mean += x[i] / n;
    for (unsigned i = 0; i < n; i++) {
        squares += (x[i] - mean) * (x[i] - mean);
        if (i + 1 < n)
            together += (x[i] - mean) * (x[i + 1] - mean);
    }
    if (!(squares > 0))
        return 0;
    double r = together / squares;
    return fmin(fmax(r + (1 + 3 * r) / n, 0), CORRELATION_MAX);
}

/* n x the variance of the mean of n over that of one. */
static double g(unsigned n, double r)
{
    double sum = 1, power = 1;
    for (unsigned k = 1; k < n; k++) {
        power *= r;
        sum += 2 * (1 - (double)k / n) * power;
    }
    return sum;
}

/* --- batches --- */

/* Pieces a batch. 0: there are fewer than six pieces. */
static unsigned batch_pieces(const struct ct_compare_batches *b, double r)
{
    unsigned least = (BATCH_S + b->length_s - 1) / b->length_s;
    double apart = r > 0 ? ceil(DECORRELATIONS * -1 / log(r)) : 0;
    unsigned wanted = apart > least ? (unsigned)apart : least;
    return b->count / wanted >= BATCHES_MIN ? wanted : b->count / BATCHES_MIN;
}

static void batch_values(struct ct_compare_batches *b, unsigned from, unsigned pieces,
                         double out[CT_COMPARE_METRICS])
{
    struct piece *all = take_piece(b);
    for (unsigned i = from; i < from + pieces; i++)
        add(all, b->pieces[i]);
    values_of(all, out);
    put_away(b, all);
}

/* Variance of the mean of the values; NAN when fewer than six are known. */
static double of_mean(double values[][CT_COMPARE_METRICS], unsigned count, int metric,
                      double *out_df)
{
    double mean = 0, squares = 0;
    unsigned n = 0;
    for (unsigned i = 0; i < count; i++) {
        double v = values[i][metric];
        if (isnan(v))
            continue;
        n++;
        double delta = v - mean;
        mean += delta / n;
        squares += delta * (v - mean);
    }
    *out_df = n >= BATCHES_MIN ? (double)n - 1 : (double)NAN;
    return n >= BATCHES_MIN ? squares / (n - 1) / n : NAN;
}

void ct_compare_batches_end(struct ct_compare_batches *b, struct ct_compare_run *run)
{
    double values[PIECES_MAX][CT_COMPARE_METRICS];
    double r = correlation(b);
    unsigned pieces = batch_pieces(b, r), count = pieces > 0 ? b->count / pieces : 0;
    for (unsigned i = 0; i < count; i++)
        batch_values(b, i * pieces, pieces, values[i]);
    double wider = count > 0 ? g(count * pieces, r) / g(pieces, r) : 1;
    for (int m = 0; m < CT_COMPARE_METRICS; m++)
        run->variance[m] = wider * of_mean(values, count, m, &run->df[m]);
    empty(b);
}

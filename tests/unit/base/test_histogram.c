#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/histogram.h"
#include "base/rng.h"

/*
 * These values and 300 times 50,000,000, as HdrHistogram's JavaScript port 3.0.1 encodes and counts
 * them (lowest 1,000, highest 3.6e12, 3 digits). Two fields of the header are those of the Java
 * original, which the port writes as 1: normalizing index offset 0, conversion ratio 1.0 as a
 * double.
 */
static const uint64_t values[] = {0,
                                  1,
                                  511,
                                  512,
                                  1000,
                                  1048575,
                                  1048576,
                                  1500000,
                                  2000000,
                                  2000000,
                                  2000000,
                                  123456789,
                                  1000000000,
                                  UINT64_C(3599999999999),
                                  CT_HIST_HIGHEST};
static const char golden[] = "HISTEwAAABoAAAAAAAAAAwAAAAAAAAPoAAADRjC4oAA/8AAAAAAAAAYE+R8CAu0GAs8H"
                             "BqVJ2ATJFQKtMAKvvAEE";

static struct ct_histogram *new_histogram(void)
{
    static struct ct_histogram made[4]; /* each test is a process of its own */
    static size_t n;
    cr_assert(lt(sz, n, sizeof(made) / sizeof(*made)));
    struct ct_histogram *h = &made[n++];
    ct_histogram_clear(h);
    return h;
}

static struct ct_histogram *golden_histogram(void)
{
    struct ct_histogram *h = new_histogram();
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
        ct_histogram_record(h, values[i]);
    for (int i = 0; i < 300; i++)
        ct_histogram_record(h, 50000000);
    return h;
}

static uint64_t quantile(const struct ct_histogram *h, double q)
{
    uint64_t ns = 0;
    cr_assert(zero(int, ct_histogram_quantile(h, q, h->count, &ns)));
    return ns;
}

static void same(const struct ct_histogram *a, const struct ct_histogram *b)
{
    cr_assert(a->count == b->count && a->clamped == b->clamped);
    cr_assert(a->min_ns == b->min_ns && a->max_ns == b->max_ns);
    cr_assert(a->slot_lo == b->slot_lo && a->slot_hi == b->slot_hi);
    cr_assert(zero(int, memcmp(a->slots, b->slots, sizeof(a->slots))));
    cr_assert(epsilon_eq(dbl, a->sum_ns, b->sum_ns, a->sum_ns * 1e-12));
    cr_assert(epsilon_eq(dbl, a->sum2_ns2, b->sum2_ns2, a->sum2_ns2 * 1e-12));
}

Test(histogram, empty_one_has_nothing)
{
    struct ct_histogram *h = new_histogram();
    uint64_t ns = 42;
    cr_assert(eq(int, ct_histogram_quantile(h, 0.5, 0, &ns), -1));
    cr_assert(eq(u64, ns, 42));
    cr_assert(zero(dbl, ct_histogram_mean_ns(h)));
    cr_assert(zero(dbl, ct_histogram_stddev_ns(h)));
    cr_assert(zero(u64, ct_histogram_above(h, 0)));
}

Test(histogram, exact_numbers_are_kept_beside_the_slots)
{
    struct ct_histogram *h = new_histogram();
    static const uint64_t v[] = {2000, 4000, 4000, 4000, 5000, 5000, 7000, 9000};
    for (int i = 0; i < 8; i++)
        ct_histogram_record(h, v[i]);
    cr_assert(h->count == 8 && h->min_ns == 2000 && h->max_ns == 9000);
    cr_assert(epsilon_eq(dbl, ct_histogram_mean_ns(h), 5000, 1e-9));
    cr_assert(epsilon_eq(dbl, ct_histogram_stddev_ns(h), 2000, 1e-6));
}

Test(histogram, slots_follow_each_other_without_gap_to_the_highest_value)
{
    uint64_t next = 0;
    for (uint32_t slot = 0; slot < CT_HIST_SLOTS; slot++) {
        uint64_t top = ct_histogram_slot_top_ns(slot);
        cr_assert(ge(u64, top, next + 511), "slot %u", slot);
        next = top + 1;
    }
    cr_assert(ge(u64, next, CT_HIST_HIGHEST + 1));
    cr_assert(le(u64, ct_histogram_slot_top_ns(CT_HIST_SLOTS - 1025), CT_HIST_HIGHEST));
}

Test(histogram, a_value_is_counted_in_the_slot_that_holds_it_and_is_off_by_a_thousandth_at_most)
{
    struct ct_histogram *h = new_histogram();
    for (double v = 1; v <= (double)CT_HIST_HIGHEST; v = v * 1.01 + 1) {
        uint64_t ns = (uint64_t)v;
        ct_histogram_clear(h);
        ct_histogram_record(h, ns);
        cr_assert(eq(u32, h->slot_hi, h->slot_lo + 1));
        uint64_t top = ct_histogram_slot_top_ns(h->slot_lo);
        uint64_t bottom = h->slot_lo > 0 ? ct_histogram_slot_top_ns(h->slot_lo - 1) + 1 : 0;
        cr_assert(ns >= bottom && ns <= top, "%llu", (unsigned long long)ns);
        cr_assert(ns < 1000000 || (double)(top - bottom) < v * 1e-3, "%llu",
                  (unsigned long long)ns);
    }
}

Test(histogram, larger_values_are_clamped_and_counted)
{
    struct ct_histogram *h = new_histogram();
    ct_histogram_record(h, CT_HIST_HIGHEST);
    cr_assert(zero(u64, h->clamped));
    ct_histogram_record(h, CT_HIST_HIGHEST + 1);
    ct_histogram_record(h, UINT64_MAX);
    cr_assert(eq(u64, h->clamped, 2));
    cr_assert(eq(u64, h->count, 3));
    cr_assert(eq(u64, h->max_ns, UINT64_MAX));
    cr_assert(eq(u32, h->slot_hi, h->slot_lo + 1));
}

Test(histogram, quantiles_are_those_of_hdrhistogram)
{
    static const struct {
        double q;
        uint64_t ns;
    } table[] = {
        {0.01, 1023},     {0.05, 50003967},  {0.10, 50003967},         {0.50, 50003967},
        {0.90, 50003967}, {0.99, 123469823}, {0.999, CT_HIST_HIGHEST}, {1, CT_HIST_HIGHEST}};
    struct ct_histogram *h = golden_histogram();
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
        cr_assert(eq(u64, quantile(h, table[i].q), table[i].ns), "%g", table[i].q);
}

static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

Test(histogram, quantiles_agree_with_sorted_values)
{
    enum { COUNT = 10007 };
    static uint64_t v[COUNT];
    struct ct_histogram *h = new_histogram();
    struct ct_rng rng;
    ct_rng_init(&rng, 3);
    for (int i = 0; i < COUNT; i++) {
        v[i] = (uint64_t)(ct_rng_exponential(&rng) * 3e6) + 200000;
        ct_histogram_record(h, v[i]);
    }
    qsort(v, COUNT, sizeof(*v), ascending);
    static const double q[] = {0.0001, 0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1};
    for (size_t i = 0; i < sizeof(q) / sizeof(*q); i++) {
        uint64_t exact = v[(size_t)ceil(q[i] * COUNT) - 1], ours = quantile(h, q[i]);
        cr_assert(ours >= exact && (double)(ours - exact) <= (double)exact / 1000 + 512, "%g",
                  q[i]);
    }
}

Test(histogram, ranks_are_not_moved_by_rounding)
{
    struct ct_histogram *h = new_histogram();
    for (uint64_t i = 1; i <= 100; i++)
        ct_histogram_record(h, i * 512);
    static const struct {
        double q;
        uint64_t rank;
    } table[] = {{0.01, 1},  {0.07, 7},  {0.29, 29},   {0.5, 50}, {0.56, 56},
                 {0.57, 57}, {0.99, 99}, {0.991, 100}, {1, 100}};
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
        cr_assert(eq(u64, quantile(h, table[i].q) / 512, table[i].rank), "%g", table[i].q);
}

Test(histogram, values_that_are_not_there_rank_above_all)
{
    struct ct_histogram *h = new_histogram();
    for (int i = 0; i < 90; i++)
        ct_histogram_record(h, 1000000);
    uint64_t ns = 0;
    cr_assert(zero(int, ct_histogram_quantile(h, 0.9, 100, &ns)));
    cr_assert(eq(u64, ns, 1000000));
    ns = 42;
    cr_assert(eq(int, ct_histogram_quantile(h, 0.91, 100, &ns), -1));
    cr_assert(eq(u64, ns, 42));
}

Test(histogram, values_above_a_limit_are_counted)
{
    struct ct_histogram *h = new_histogram();
    ct_histogram_record(h, 500000);
    ct_histogram_record(h, 1000000);
    ct_histogram_record(h, 2000000);
    cr_assert(eq(u64, ct_histogram_above(h, 0), 3));
    cr_assert(eq(u64, ct_histogram_above(h, 600000), 2));
    cr_assert(eq(u64, ct_histogram_above(h, 1500000), 1));
    cr_assert(zero(u64, ct_histogram_above(h, 3000000)));
    /* a limit that is the upper end of a slot holds that slot */
    ct_histogram_clear(h);
    ct_histogram_record(h, 1000000);
    uint64_t top_ns = ct_histogram_slot_top_ns(h->slot_lo);
    cr_assert(zero(u64, ct_histogram_above(h, top_ns)));
    cr_assert(eq(u64, ct_histogram_above(h, top_ns - 1), 1));
}

Test(histogram, merge_is_the_histogram_of_all_values)
{
    struct ct_histogram *a = new_histogram(), *b = new_histogram(), *all = new_histogram();
    struct ct_rng rng;
    ct_rng_init(&rng, 9);
    for (int i = 0; i < 5000; i++) {
        uint64_t v = (ct_rng_next(&rng) >> (20 + ct_rng_next(&rng) % 40)) + 7;
        ct_histogram_record(i % 3 == 0 ? a : b, v);
        ct_histogram_record(all, v);
    }
    ct_histogram_merge(a, b);
    same(a, all);
    struct ct_histogram *empty = new_histogram();
    ct_histogram_merge(a, empty);
    same(a, all);
    ct_histogram_merge(empty, a);
    same(empty, all);
}

Test(histogram, cleared_one_is_as_new)
{
    struct ct_histogram *h = golden_histogram(), *fresh = new_histogram();
    ct_histogram_clear(h);
    cr_assert(zero(int, memcmp(h, fresh, sizeof(*h))));
}

/* --- the encoding --- */

Test(histogram, encoding_is_that_of_hdrhistogram)
{
    struct ct_buf bytes, text;
    ct_buf_init(&bytes, 1 << 20);
    ct_buf_init(&text, 1 << 20);
    ct_histogram_encode(golden_histogram(), &bytes);
    cr_assert(ct_base64_encode(&text, bytes.data, bytes.len));
    cr_assert_str_eq(text.data, golden);
    ct_buf_release(&bytes);
    ct_buf_release(&text);
}

Test(histogram, hdrhistogram_is_decoded)
{
    struct ct_buf bytes;
    ct_buf_init(&bytes, 1 << 20);
    cr_assert(zero(int, ct_base64_decode(&bytes, golden, strlen(golden))));
    struct ct_histogram *h = new_histogram(), *expected = golden_histogram();
    cr_assert(zero(int, ct_histogram_decode(h, bytes.data, bytes.len, NULL)));
    cr_assert(zero(int, memcmp(h->slots, expected->slots, sizeof(h->slots))));
    cr_assert(h->count == 315 && h->slot_lo == 0 && h->slot_hi == expected->slot_hi);
    cr_assert(epsilon_eq(dbl, h->sum_ns, expected->sum_ns, expected->sum_ns * 1e-3));
    ct_buf_release(&bytes);
}

Test(histogram, moments_are_estimated_from_slot_middles)
{
    struct ct_histogram *h = new_histogram(), *back = new_histogram();
    for (uint64_t ns = 1000000; ns < 1000000 + 512 * 1000; ns++)
        ct_histogram_record(h, ns);
    struct ct_buf bytes;
    ct_buf_init(&bytes, 1 << 20);
    ct_histogram_encode(h, &bytes);
    cr_assert(zero(int, ct_histogram_decode(back, bytes.data, bytes.len, NULL)));
    cr_assert(epsilon_eq(dbl, ct_histogram_mean_ns(back), ct_histogram_mean_ns(h), 1));
    ct_buf_release(&bytes);
}

Test(histogram, what_is_encoded_is_decoded)
{
    struct ct_rng rng;
    ct_rng_init(&rng, 17);
    struct ct_histogram *h = new_histogram(), *back = new_histogram();
    struct ct_buf bytes;
    ct_buf_init(&bytes, 1 << 20);
    for (int round = 0; round < 50; round++) {
        ct_histogram_clear(h);
        for (int i = 0; i < round * round; i++)
            ct_histogram_record(h, ct_rng_next(&rng) >> (22 + ct_rng_next(&rng) % 42));
        if (round == 7)
            h->slots[h->slot_lo] = UINT64_C(1) << 62;
        ct_buf_clear(&bytes);
        ct_histogram_encode(h, &bytes);
        cr_assert(zero(int, ct_histogram_decode(back, bytes.data, bytes.len, NULL)), "%d", round);
        cr_assert(zero(int, memcmp(h->slots, back->slots, sizeof(h->slots))));
        cr_assert(h->slot_lo == back->slot_lo && h->slot_hi == back->slot_hi);
    }
    ct_buf_release(&bytes);
}

/* A header with the golden values and this payload. */
static void make(struct ct_buf *bytes, const char *payload, size_t len)
{
    ct_buf_clear(bytes);
    (void)ct_base64_decode(bytes, golden, strlen(golden));
    bytes->len = 40;
    bytes->data[7] = (char)len;
    (void)ct_buf_add(bytes, payload, len);
}

static void refused(const void *bytes, size_t len, const char *says, const char *what)
{
    static struct ct_histogram decoded, empty;
    struct ct_err err = {0};
    ct_histogram_record(&decoded, 1);
    cr_assert(eq(int, ct_histogram_decode(&decoded, bytes, len, &err), CT_EUSAGE), "%s", what);
    cr_assert(strstr(err.msg, says) != NULL, "%s: %s", what, err.msg);
    cr_assert(zero(int, memcmp(&decoded, &empty, sizeof(empty))), "%s: not empty", what);
}

Test(histogram, another_header_is_refused)
{
    struct ct_buf bytes;
    ct_buf_init(&bytes, 1 << 10);
    static const int changed[] = {0, 3, 11, 15, 23, 31};
    for (size_t i = 0; i < sizeof(changed) / sizeof(*changed); i++) {
        make(&bytes, "\2", 1);
        bytes.data[changed[i]] ^= 1;
        refused(bytes.data, bytes.len, "1 us to 1 h with 3 digits", "header");
    }
    make(&bytes, "\2", 1);
    refused(bytes.data, 39, "1 us to 1 h with 3 digits", "cut header");
    refused("", 0, "1 us to 1 h with 3 digits", "nothing");
    bytes.data[7] = 2;
    refused(bytes.data, bytes.len, "damaged", "payload length");
    ct_buf_release(&bytes);
}

Test(histogram, damaged_counts_are_refused)
{
    static const struct {
        const char *payload, *what;
        size_t len;
    } table[] = {
        {"\x80", "cut number", 1},
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff", "more zeros than slots", 9},
        {"\x81\x80\x03", "a zero run beyond the end", 3},
        {"\xff\xff\x02\x02", "a count behind the last slot", 4},
        {"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff\xff\xff\xff\xff\xff"
         "\xfe\xff\xff\xff\xff\xff\xff\xff\xff",
         "counts beyond 64 bits", 27},
    };
    struct ct_buf bytes;
    ct_buf_init(&bytes, 1 << 10);
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        make(&bytes, table[i].payload, table[i].len);
        refused(bytes.data, bytes.len, "damaged", table[i].what);
    }
    ct_buf_release(&bytes);
}

Test(histogram, empty_payload_is_an_empty_histogram)
{
    struct ct_buf bytes;
    ct_buf_init(&bytes, 1 << 10);
    make(&bytes, "", 0);
    struct ct_histogram *h = new_histogram();
    cr_assert(zero(int, ct_histogram_decode(h, bytes.data, bytes.len, NULL)));
    cr_assert(zero(u64, h->count));
    ct_buf_release(&bytes);
}

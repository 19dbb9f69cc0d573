#include <string.h>

#include "base/histogram.h"

/* HdrHistogram's V2 encoding: a 40-byte big-endian header, then ZigZag LEB128 counts, where a
 * negative number -n stands for n empty slots. LEB128 here is the 9-byte form: the ninth byte
 * carries 8 bits. */

enum { COOKIE = 0x1c849313, HEADER_BYTES = 40, DIGITS = 3 };

static void put_be(struct ct_buf *out, uint64_t v, int bytes)
{
    unsigned char b[8];
    for (int i = 0; i < bytes; i++)
        b[i] = (unsigned char)(v >> (8 * (bytes - 1 - i)));
    (void)ct_buf_add(out, b, (size_t)bytes);
}

static uint64_t get_be(const unsigned char *at, int bytes)
{
    uint64_t v = 0;
    for (int i = 0; i < bytes; i++)
        v = v << 8 | at[i];
    return v;
}

static void put_zigzag(struct ct_buf *out, int64_t value)
{
    uint64_t twice = (uint64_t)value << 1;
    uint64_t v = value < 0 ? ~twice : twice;
    unsigned char b[9];
    size_t n = 0;
    for (; v >= 0x80 && n < 8; v >>= 7)
        b[n++] = (unsigned char)(v | 0x80);
    b[n++] = (unsigned char)v;
    (void)ct_buf_add(out, b, n);
}

/* Bytes read, or 0 when the input ends inside a number. */
static size_t get_zigzag(const unsigned char *at, size_t len, int64_t *value)
{
    uint64_t v = 0;
    for (size_t n = 0; n < 9 && n < len; n++) {
        uint64_t bits = n == 8 ? at[n] : at[n] & 0x7fu;
        v |= bits << (7 * n);
        if (n == 8 || (at[n] & 0x80) == 0) {
            *value = (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
            return n + 1;
        }
    }
    return 0;
}

static void put_counts(const struct ct_histogram *h, struct ct_buf *out)
{
    int64_t zeros = h->slot_lo;
    for (uint32_t i = h->slot_lo; i < h->slot_hi; i++) {
        if (h->slots[i] == 0) {
            zeros++;
            continue;
        }
        if (zeros == 1)
            put_zigzag(out, 0);
        else if (zeros > 1)
            put_zigzag(out, -zeros);
        zeros = 0;
        put_zigzag(out, (int64_t)h->slots[i]);
    }
}

void ct_histogram_encode(const struct ct_histogram *h, struct ct_buf *out)
{
    size_t begin = out->len;
    double ratio = 1.0;
    uint64_t ratio_bits;
    memcpy(&ratio_bits, &ratio, sizeof(ratio_bits));
    put_be(out, COOKIE, 4);
    put_be(out, 0, 4); /* payload length: below */
    put_be(out, 0, 4); /* normalizing index offset */
    put_be(out, DIGITS, 4);
    put_be(out, CT_HIST_LOWEST, 8);
    put_be(out, CT_HIST_HIGHEST, 8);
    put_be(out, ratio_bits, 8);
    put_counts(h, out);
    if (out->failed)
        return;
    uint64_t payload = out->len - begin - HEADER_BYTES;
    for (int i = 0; i < 4; i++)
        out->data[begin + 4 + (size_t)i] = (char)(payload >> (8 * (3 - i)));
}

static int add_count(struct ct_histogram *h, uint32_t slot, uint64_t count)
{
    if (slot >= CT_HIST_SLOTS || count > UINT64_MAX - h->count)
        return -1;
    uint64_t top_ns = ct_histogram_slot_top_ns(slot);
    uint64_t bottom_ns = slot > 0 ? ct_histogram_slot_top_ns(slot - 1) + 1 : 0;
    double v = ((double)bottom_ns + (double)top_ns) / 2;
    if (h->count == 0) {
        h->slot_lo = slot;
        h->min_ns = bottom_ns;
    }
    h->slots[slot] = count;
    h->slot_hi = slot + 1;
    h->max_ns = top_ns;
    h->count += count;
    h->sum_ns += v * (double)count;
    h->sum2_ns2 += v * v * (double)count;
    return 0;
}

static int get_counts(struct ct_histogram *h, const unsigned char *at, size_t len)
{
    uint64_t slot = 0;
    while (len > 0) {
        int64_t v;
        size_t n = get_zigzag(at, len, &v);
        if (n == 0 || v < -(int64_t)CT_HIST_SLOTS)
            return -1;
        at += n;
        len -= n;
        if (v > 0 && add_count(h, (uint32_t)slot, (uint64_t)v) != 0)
            return -1;
        slot += v < 0 ? (uint64_t)-v : 1;
        if (slot > CT_HIST_SLOTS)
            return -1;
    }
    return 0;
}

int ct_histogram_decode(struct ct_histogram *h, const void *bytes, size_t len, struct ct_err *err)
{
    const unsigned char *at = bytes;
    ct_histogram_clear(h);
    bool ours = len >= HEADER_BYTES && get_be(at, 4) == COOKIE && get_be(at + 8, 4) == 0 &&
                get_be(at + 12, 4) == DIGITS && get_be(at + 16, 8) == CT_HIST_LOWEST &&
                get_be(at + 24, 8) == CT_HIST_HIGHEST;
    if (!ours)
        return ct_fail(err, CT_EUSAGE, "not an HdrHistogram V2 of 1 us to 1 h with 3 digits");
    if (get_be(at + 4, 4) != len - HEADER_BYTES ||
        get_counts(h, at + HEADER_BYTES, len - HEADER_BYTES) != 0) {
        ct_histogram_clear(h);
        return ct_fail(err, CT_EUSAGE, "damaged histogram");
    }
    return 0;
}

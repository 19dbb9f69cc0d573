/*
 * Numbers as people write them. All parsers read the whole text, reject anything else, return 0 or
 * CT_EUSAGE with a line that quotes the text and shows a good one; out is untouched on failure.
 */
#ifndef CT_BASE_UNITS_H
#define CT_BASE_UNITS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* 12, 1.5, 10k, 2M, 1G (decimal multiples). Finite, >= 0. */
int ct_number_parse(const char *text, double *out, struct ct_err *err);

/* The same, but a whole number. */
int ct_count_parse(const char *text, uint64_t *out, struct ct_err *err);

/* ns us ms s m h d, joined (1h30m, 1m500ms); without a unit seconds; exact to the ns; at most 365
 * d. */
int ct_duration_parse(const char *text, uint64_t *out_ns, struct ct_err *err);

/* A rate is an integer ratio: num requests in den nanoseconds, reduced; num >= 1, den >= 1. */
struct ct_rate {
    uint64_t num;
    uint64_t den_ns;
};

/* 500, 0.5, 10k, 100/s, 30/m, 5/h. > 0 and at most 10M/s. */
int ct_rate_parse(const char *text, struct ct_rate *out, struct ct_err *err);
struct ct_rate ct_rate_per_s(uint64_t requests_per_s); /* >= 1 */
double ct_rate_rps(struct ct_rate rate);

/* 5% or 0.05: a fraction, 0..1. */
int ct_percent_parse(const char *text, double *out, struct ct_err *err);

/* 512, 64KiB, 1.5GiB, 2GB: bytes; KiB MiB GiB TiB are powers of 1024, kB MB GB TB of 1000. At most
 * 1 EiB. */
int ct_bytes_parse(const char *text, uint64_t *out, struct ct_err *err);

enum { CT_UNIT_TEXT = 32 };

/* What the parsers read back as the same value, in the largest unit that divides it: "90s",
 * "1500ms"; "1536MiB", "100B". */
const char *ct_duration_write(uint64_t ns, char text[CT_UNIT_TEXT]);
const char *ct_bytes_write(uint64_t bytes, char text[CT_UNIT_TEXT]);

/* For people: whole seconds, from 100 s on minutes and seconds; below 0 as 0. */
const char *ct_seconds_format(double seconds, char text[CT_UNIT_TEXT]);

/* For people, three significant digits: "1.24 ms", "310 us", "2 m 5 s"; "1,234,567"; "12.3k". */
const char *ct_duration_format(uint64_t ns, char text[CT_UNIT_TEXT]);
const char *ct_count_format(uint64_t n, char text[CT_UNIT_TEXT]);
const char *ct_bytes_format(uint64_t bytes, char text[CT_UNIT_TEXT]); /* "1.2 MiB" */
const char *ct_rate_format(double rps, char text[CT_UNIT_TEXT]);      /* "1,000/s", "0.5/s" */

#endif

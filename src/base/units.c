#include "base/units.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define NS_PER_DAY (UINT64_C(86400) * CT_NS_PER_S)
#define DURATION_MAX_NS (365 * NS_PER_DAY)
#define RATE_MAX_RPS 1e7
#define BYTES_MAX (UINT64_C(1) << 60)
#define DIGITS_MAX UINT64_C(99999999999999999)

__extension__ typedef unsigned __int128 u128;

/* A decimal number as an exact ratio: digits / scale. */
struct decimal {
    uint64_t digits, scale;
};

/* Read digits[.digits] at *text and step over it; at most 18 digits, 18 of them after the point. */
static bool decimal_read(const char **text, struct decimal *out)
{
    const char *at = *text;
    bool any = false, point = false;
    out->digits = 0;
    out->scale = 1;
    for (;; at++) {
        if (*at == '.' && !point) {
            point = true;
            continue;
        }
        if (!isdigit((unsigned char)*at))
            break;
        if (out->digits > DIGITS_MAX || out->scale > DIGITS_MAX)
            return false;
        any = true;
        out->digits = out->digits * 10 + (uint64_t)(*at - '0');
        out->scale *= point ? 10 : 1;
    }
    *text = at;
    return any && !(point && at[-1] == '.');
}

static uint64_t multiple(char c)
{
    return c == 'k' || c == 'K' ? 1000 : c == 'M' ? 1000000 : c == 'G' ? 1000000000 : 0;
}

/* digits[.digits][k|M|G], then what follows. */
static bool number_read(const char **text, struct decimal *out)
{
    if (!decimal_read(text, out))
        return false;
    uint64_t m = multiple(**text);
    if (m == 0)
        return true;
    (*text)++;
    while (out->scale > 1 && m > 1) {
        out->scale /= 10;
        m /= 10;
    }
    if (out->digits > UINT64_MAX / m)
        return false;
    out->digits *= m;
    return true;
}

int ct_number_parse(const char *text, double *out, struct ct_err *err)
{
    struct decimal d;
    const char *at = text;
    if (!number_read(&at, &d) || *at != '\0')
        return ct_fail(err, CT_EUSAGE, "'%.64s' is not a number such as 12, 1.5 or 10k", text);
    *out = (double)d.digits / (double)d.scale;
    return 0;
}

int ct_count_parse(const char *text, uint64_t *out, struct ct_err *err)
{
    struct decimal d;
    const char *at = text;
    if (!number_read(&at, &d) || *at != '\0' || d.digits % d.scale != 0)
        return ct_fail(err, CT_EUSAGE, "'%.64s' is not a whole number such as 12 or 10k", text);
    *out = d.digits / d.scale;
    return 0;
}

/* Length of the unit at text and its ns; 0: none. */
static size_t duration_unit(const char *text, uint64_t *ns)
{
    static const struct {
        const char *name;
        uint64_t ns;
    } units[] = {{"ns", 1},
                 {"us", CT_NS_PER_US},
                 {"\xc2\xb5s", CT_NS_PER_US},
                 {"ms", CT_NS_PER_MS},
                 {"s", CT_NS_PER_S},
                 {"m", 60 * CT_NS_PER_S},
                 {"h", 3600 * CT_NS_PER_S},
                 {"d", NS_PER_DAY}};
    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
        size_t len = strlen(units[i].name);
        if (strncmp(text, units[i].name, len) != 0)
            continue;
        *ns = units[i].ns;
        return len;
    }
    return 0;
}

static bool duration_read(const char *text, uint64_t *out_ns)
{
    u128 total = 0;
    bool alone = true;
    do {
        struct decimal d;
        uint64_t unit_ns;
        if (!decimal_read(&text, &d))
            return false;
        size_t len = duration_unit(text, &unit_ns);
        if (len == 0 && !(alone && *text == '\0'))
            return false;
        if (len == 0)
            unit_ns = CT_NS_PER_S;
        u128 part = (u128)d.digits * unit_ns;
        if (part % d.scale != 0)
            return false;
        total += part / d.scale;
        text += len;
        alone = false;
    } while (*text != '\0' && total <= DURATION_MAX_NS);
    *out_ns = (uint64_t)total;
    return total <= DURATION_MAX_NS;
}

int ct_duration_parse(const char *text, uint64_t *out_ns, struct ct_err *err)
{
    uint64_t ns;
    if (!duration_read(text, &ns))
        return ct_fail(err, CT_EUSAGE,
                       "'%.64s' is not a time such as 500ms, 30s or 1h30m (at most 365d)", text);
    *out_ns = ns;
    return 0;
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

int ct_rate_parse(const char *text, struct ct_rate *out, struct ct_err *err)
{
    struct decimal d;
    const char *at = text;
    bool ok = number_read(&at, &d) && d.digits > 0;
    uint64_t per_ns = CT_NS_PER_S;
    if (ok && *at == '/') {
        char unit = at[1];
        per_ns = unit == 's'   ? CT_NS_PER_S
                 : unit == 'm' ? 60 * CT_NS_PER_S
                 : unit == 'h' ? 3600 * CT_NS_PER_S
                               : 0;
        at += per_ns != 0 ? 2 : 0;
    }
    u128 den = (u128)d.scale * per_ns;
    ok = ok && *at == '\0' && den <= UINT64_MAX;
    struct ct_rate r = {.num = d.digits, .den_ns = (uint64_t)den};
    if (!ok || ct_rate_rps(r) > RATE_MAX_RPS)
        return ct_fail(err, CT_EUSAGE,
                       "'%.64s' is not a rate such as 500, 0.5, 10k or 30/m (at most 10M/s)", text);
    uint64_t g = gcd(r.num, r.den_ns);
    *out = (struct ct_rate){.num = r.num / g, .den_ns = r.den_ns / g};
    return 0;
}

struct ct_rate ct_rate_per_s(uint64_t requests_per_s)
{
    uint64_t g = gcd(requests_per_s, CT_NS_PER_S);
    return (struct ct_rate){.num = requests_per_s / g, .den_ns = CT_NS_PER_S / g};
}

double ct_rate_rps(struct ct_rate rate)
{
    return (double)rate.num * 1e9 / (double)rate.den_ns;
}

int ct_percent_parse(const char *text, double *out, struct ct_err *err)
{
    struct decimal d;
    const char *at = text;
    bool ok = decimal_read(&at, &d);
    double scale = ok ? (double)d.scale : 1;
    if (ok && *at == '%') {
        at++;
        scale *= 100; /* one division only: 99.9% is the double nearest to 0.999 */
    }
    double v = ok ? (double)d.digits / scale : 0;
    if (!ok || *at != '\0' || v > 1)
        return ct_fail(err, CT_EUSAGE, "'%.64s' is not a share such as 5%% or 0.05", text);
    *out = v;
    return 0;
}

static uint64_t bytes_unit(const char *name)
{
    static const struct {
        const char *name;
        uint64_t bytes;
    } units[] = {{"", 1},
                 {"B", 1},
                 {"kB", 1000},
                 {"MB", 1000000},
                 {"GB", UINT64_C(1000000000)},
                 {"TB", UINT64_C(1000000000000)},
                 {"KiB", UINT64_C(1) << 10},
                 {"MiB", UINT64_C(1) << 20},
                 {"GiB", UINT64_C(1) << 30},
                 {"TiB", UINT64_C(1) << 40}};
    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
        if (strcmp(name, units[i].name) == 0)
            return units[i].bytes;
    return 0;
}

int ct_bytes_parse(const char *text, uint64_t *out, struct ct_err *err)
{
    struct decimal d;
    const char *at = text;
    bool ok = decimal_read(&at, &d);
    uint64_t unit = ok ? bytes_unit(at) : 0;
    u128 bytes = ok ? (u128)d.digits * unit / d.scale : 0;
    if (unit == 0 || bytes > BYTES_MAX)
        return ct_fail(err, CT_EUSAGE, "'%.64s' is not a size such as 512MiB or 4GiB", text);
    *out = (uint64_t)bytes;
    return 0;
}

/* --- to be read back --- */

struct unit {
    const char *name;
    uint64_t size;
};

/* units: from the largest down, the last is 1. */
static const char *write_exact(uint64_t value, const struct unit *units, char text[CT_UNIT_TEXT])
{
    const struct unit *u = units;
    while (value % u->size != 0 || (value == 0 && u->size != 1))
        u++;
    (void)snprintf(text, CT_UNIT_TEXT, "%llu%s", (unsigned long long)(value / u->size), u->name);
    return text;
}

const char *ct_duration_write(uint64_t ns, char text[CT_UNIT_TEXT])
{
    static const struct unit units[] = {{"h", 3600 * CT_NS_PER_S}, {"m", 60 * CT_NS_PER_S},
                                        {"s", CT_NS_PER_S},        {"ms", CT_NS_PER_MS},
                                        {"us", CT_NS_PER_US},      {"ns", 1}};
    return write_exact(ns, units, text);
}

const char *ct_bytes_write(uint64_t bytes, char text[CT_UNIT_TEXT])
{
    static const struct unit units[] = {{"TiB", UINT64_C(1) << 40},
                                        {"GiB", UINT64_C(1) << 30},
                                        {"MiB", UINT64_C(1) << 20},
                                        {"KiB", UINT64_C(1) << 10},
                                        {"B", 1}};
    return write_exact(bytes, units, text);
}

/* --- for people --- */

/* Three significant digits without an exponent: 1.24, 12.4, 124, 1240. */
static void three_digits(double v, const char *unit, char text[CT_UNIT_TEXT])
{
    int decimals = v < 9.995 ? 2 : v < 99.95 ? 1 : 0;
    (void)snprintf(text, CT_UNIT_TEXT, "%.*f%s", decimals, v, unit);
}

const char *ct_duration_format(uint64_t ns, char text[CT_UNIT_TEXT])
{
    double v = (double)ns;
    uint64_t s = (ns + CT_NS_PER_S / 2) / CT_NS_PER_S;
    if (ns < CT_NS_PER_US)
        (void)snprintf(text, CT_UNIT_TEXT, "%u ns", (unsigned)ns);
    else if (v < 999.5e3)
        three_digits(v / 1e3, " us", text);
    else if (v < 999.5e6)
        three_digits(v / 1e6, " ms", text);
    else if (v < 99.95e9)
        three_digits(v / 1e9, " s", text);
    else if (s < 3600)
        (void)snprintf(text, CT_UNIT_TEXT, "%u m %u s", (unsigned)(s / 60), (unsigned)(s % 60));
    else
        (void)snprintf(text, CT_UNIT_TEXT, "%u h %u m", (unsigned)(s / 3600),
                       (unsigned)(s % 3600 / 60));
    return text;
}

const char *ct_count_format(uint64_t n, char text[CT_UNIT_TEXT])
{
    char plain[CT_UNIT_TEXT];
    int len = snprintf(plain, sizeof(plain), "%llu", (unsigned long long)n);
    size_t out = 0;
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            text[out++] = ',';
        text[out++] = plain[i];
    }
    text[out] = '\0';
    return text;
}

const char *ct_bytes_format(uint64_t bytes, char text[CT_UNIT_TEXT])
{
    static const char *const units[] = {" KiB", " MiB", " GiB", " TiB"};
    if (bytes < 1024) {
        (void)snprintf(text, CT_UNIT_TEXT, "%u B", (unsigned)bytes);
        return text;
    }
    double v = (double)bytes / 1024;
    size_t u = 0;
    for (; v >= 1023.5 && u < 3; u++)
        v /= 1024;
    three_digits(v, units[u], text);
    return text;
}

const char *ct_rate_format(double rps, char text[CT_UNIT_TEXT])
{
    char count[CT_UNIT_TEXT];
    if (rps >= 99.95 || rps == floor(rps))
        (void)snprintf(text, CT_UNIT_TEXT, "%.*s/s", CT_UNIT_TEXT - 3,
                       ct_count_format((uint64_t)(rps + 0.5), count));
    else
        three_digits(rps, "/s", text);
    return text;
}

const char *ct_seconds_format(double seconds, char text[CT_UNIT_TEXT])
{
    if (seconds < 100)
        (void)snprintf(text, CT_UNIT_TEXT, "%.0f s", fmax(seconds, 0));
    else
        (void)ct_duration_format((uint64_t)(round(seconds) * 1e9), text);
    return text;
}

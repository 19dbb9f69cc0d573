#include "base/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static uint64_t read_clock(clockid_t id)
{
    struct timespec t;
    (void)clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * CT_NS_PER_S + (uint64_t)t.tv_nsec;
}

uint64_t ct_clock_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t ct_clock_wall_ns(void)
{
    return read_clock(CLOCK_REALTIME);
}

struct ct_instant ct_instant_now(void)
{
    return (struct ct_instant){.mono_ns = ct_clock_ns(), .wall_ns = ct_clock_wall_ns()};
}

static void format(const struct tm *tm, uint64_t wall_ns, const char *offset,
                   char text[CT_TIME_TEXT])
{
    size_t n = strftime(text, CT_TIME_TEXT, "%Y-%m-%dT%H:%M:%S", tm);
    (void)snprintf(text + n, CT_TIME_TEXT - n, ".%06u%s",
                   (unsigned)(wall_ns % CT_NS_PER_S / CT_NS_PER_US), offset);
}

const char *ct_time_utc(uint64_t wall_ns, char text[CT_TIME_TEXT])
{
    struct tm tm;
    time_t s = (time_t)(wall_ns / CT_NS_PER_S);
    (void)gmtime_r(&s, &tm);
    format(&tm, wall_ns, "+00:00", text);
    return text;
}

const char *ct_time_local(uint64_t wall_ns, char text[CT_TIME_TEXT])
{
    struct tm tm;
    time_t s = (time_t)(wall_ns / CT_NS_PER_S);
    (void)localtime_r(&s, &tm);
    format(&tm, wall_ns, "", text);
    return text;
}

const char *ct_time_stamp(uint64_t wall_ns, char text[CT_TIME_TEXT])
{
    struct tm tm;
    time_t s = (time_t)(wall_ns / CT_NS_PER_S);
    (void)localtime_r(&s, &tm);
    (void)strftime(text, CT_TIME_TEXT, "%Y%m%d_%H%M%S", &tm);
    return text;
}

/* --- parsing --- */

struct scan {
    const char *at, *end;
};

static bool digits(struct scan *s, int count, int *out)
{
    int value = 0;
    if (s->end - s->at < count)
        return false;
    for (int i = 0; i < count; i++, s->at++) {
        if (*s->at < '0' || *s->at > '9')
            return false;
        value = value * 10 + (*s->at - '0');
    }
    *out = value;
    return true;
}

static bool literal(struct scan *s, char c)
{
    if (s->at == s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

static bool fraction(struct scan *s, uint64_t *ns)
{
    *ns = 0;
    if (!literal(s, '.'))
        return true;
    const char *begin = s->at;
    uint64_t unit = CT_NS_PER_S / 10;
    for (; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++, unit /= 10)
        *ns += unit * (uint64_t)(*s->at - '0');
    return s->at > begin;
}

/* "", Z, +HH:MM or -HH:MM; *has is false for "". */
static bool offset(struct scan *s, bool *has, int *minutes)
{
    int h, m;
    *minutes = 0;
    *has = s->at < s->end;
    if (!*has || literal(s, 'Z'))
        return true;
    int sign = literal(s, '+') ? 1 : literal(s, '-') ? -1 : 0;
    if (sign == 0 || !digits(s, 2, &h) || !literal(s, ':') || !digits(s, 2, &m) || h > 23 || m > 59)
        return false;
    *minutes = sign * (h * 60 + m);
    return true;
}

static bool date_and_time(struct scan *s, struct tm *tm)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (!digits(s, 4, &tm->tm_year) || !literal(s, '-') || !digits(s, 2, &tm->tm_mon) ||
        !literal(s, '-') || !digits(s, 2, &tm->tm_mday) || !(literal(s, 'T') || literal(s, ' ')) ||
        !digits(s, 2, &tm->tm_hour) || !literal(s, ':') || !digits(s, 2, &tm->tm_min) ||
        !literal(s, ':') || !digits(s, 2, &tm->tm_sec))
        return false;
    if (tm->tm_year < 1970 || tm->tm_year > 2261 || tm->tm_mon < 1 || tm->tm_mon > 12 ||
        tm->tm_mday < 1 || tm->tm_mday > days[tm->tm_mon - 1] || tm->tm_hour > 23 ||
        tm->tm_min > 59 || tm->tm_sec > 60)
        return false;
    bool leap = tm->tm_year % 4 == 0 && (tm->tm_year % 100 != 0 || tm->tm_year % 400 == 0);
    if (tm->tm_mon == 2 && tm->tm_mday == 29 && !leap)
        return false;
    tm->tm_year -= 1900;
    tm->tm_mon -= 1;
    return true;
}

/* Days since the epoch of a civil date, by counting leap days (proleptic Gregorian). */
static int64_t epoch_days(const struct tm *tm)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    int64_t y = tm->tm_year + 1900;
    int64_t past = tm->tm_mon > 1 ? y : y - 1; /* years whose leap day is over */
    return (y - 1970) * 365 + (past / 4 - past / 100 + past / 400) -
           (1969 / 4 - 1969 / 100 + 1969 / 400) + before[tm->tm_mon] + tm->tm_mday - 1;
}

int ct_time_parse(const char *text, size_t len, uint64_t *out_wall_ns)
{
    struct scan s = {.at = text, .end = text + len};
    struct tm tm = {.tm_isdst = -1};
    uint64_t ns;
    bool has_offset;
    int minutes;
    if (!date_and_time(&s, &tm) || !fraction(&s, &ns) || !offset(&s, &has_offset, &minutes) ||
        s.at != s.end)
        return -1;
    int64_t seconds;
    if (has_offset)
        seconds =
            epoch_days(&tm) * 86400 + tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec - minutes * 60;
    else
        seconds = mktime(&tm);
    if (seconds < 0)
        return -1;
    *out_wall_ns = (uint64_t)seconds * CT_NS_PER_S + ns;
    return 0;
}

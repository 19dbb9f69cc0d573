#include "analysis/threshold.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/opt.h"

enum { WORD_MAX = 64, JOINED_MAX = CT_THRESHOLDS_MAX * (CT_THRESHOLD_TEXT + 2) };

/* What stands in the parentheses behind a metric's name. */
enum argument { ARGUMENT_NONE, ARGUMENT_QUANTILE, ARGUMENT_HOST };

static const struct metric {
    const char *name;
    enum argument argument;
    enum ct_measure measure;
    const char *example;
} metrics[CT_METRIC_COUNT] = {
    [CT_METRIC_QUANTILE] = {"p", ARGUMENT_QUANTILE, CT_MEASURE_TIME, "p(99)<250ms"},
    [CT_METRIC_AVG] = {"avg", ARGUMENT_NONE, CT_MEASURE_TIME, "avg<2s"},
    [CT_METRIC_MIN] = {"min", ARGUMENT_NONE, CT_MEASURE_TIME, "min>1ms"},
    [CT_METRIC_MAX] = {"max", ARGUMENT_NONE, CT_MEASURE_TIME, "max<5s"},
    [CT_METRIC_ERROR_RATE] = {"error_rate", ARGUMENT_NONE, CT_MEASURE_SHARE, "error_rate<1%"},
    [CT_METRIC_SENT] = {"sent", ARGUMENT_NONE, CT_MEASURE_SHARE, "sent>=99%"},
    [CT_METRIC_ACHIEVED] = {"achieved", ARGUMENT_NONE, CT_MEASURE_RATE, "achieved>=990/s"},
    [CT_METRIC_CPU] = {"cpu", ARGUMENT_HOST, CT_MEASURE_SHARE, "cpu(HOST)<80%"},
    [CT_METRIC_MEMORY] = {"memory", ARGUMENT_HOST, CT_MEASURE_BYTES, "memory(HOST)<4GiB"},
    [CT_METRIC_PING] = {"ping", ARGUMENT_HOST, CT_MEASURE_TIME, "ping(HOST)<5ms"},
};

static const char *const relations[] = {"<", "<=", ">", ">="};

struct reader {
    const char *text, *at;
    struct ct_err *err;
};

/* --- reading --- */

static int CT_PRINTF(3, 4) bad(const struct reader *r, const char *where, const char *fmt, ...)
{
    char what[200];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof(what), fmt, ap);
    va_end(ap);
    return ct_fail(r->err, CT_EUSAGE, "threshold '%.100s', character %zu: %s", r->text,
                   (size_t)(where - r->text) + 1, what);
}

static void skip_spaces(struct reader *r)
{
    while (*r->at == ' ' || *r->at == '\t')
        r->at++;
}

/* The longest run of characters that are none of stops, into word. */
static bool read_until(struct reader *r, const char *stops, char *word, size_t size)
{
    size_t len = strcspn(r->at, stops);
    if (len == 0 || len >= size)
        return false;
    memcpy(word, r->at, len);
    word[len] = '\0';
    r->at += len;
    return true;
}

static int unknown_metric(const struct reader *r, const char *where, const char *word)
{
    static const struct {
        const char *word, *meant;
    } known[] = {{"mean", "avg"},         {"average", "avg"},   {"median", "p(50)"},
                 {"rps", "achieved"},     {"rate", "achieved"}, {"mem", "memory"},
                 {"errors", "error_rate"}};
    const char *names[CT_METRIC_COUNT];
    for (size_t i = 0; i < CT_METRIC_COUNT; i++)
        names[i] = metrics[i].name;
    const char *meant = strlen(word) > 1 ? ct_nearest(word, names, CT_METRIC_COUNT) : NULL;
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (strcmp(known[i].word, word) == 0)
            meant = known[i].meant;
    if (word[0] == 'p' && isdigit((unsigned char)word[1]))
        return bad(r, where, "write a quantile as p(%.20s)", word + 1);
    if (meant != NULL)
        return bad(r, where, "no metric is called '%.30s'; did you mean '%s'?", word, meant);
    return bad(r, where,
               "a metric is one of p(Q) avg min max error_rate sent achieved cpu(HOST) "
               "memory(HOST) ping(HOST)");
}

static int read_metric(struct reader *r, struct ct_threshold *t)
{
    char word[WORD_MAX];
    const char *where = r->at;
    if (!read_until(r, " \t(<>=,", word, sizeof(word)))
        return bad(r, where, "a metric belongs here, as in p(99)<250ms");
    for (size_t i = 0; i < CT_METRIC_COUNT; i++) {
        if (strcmp(word, metrics[i].name) != 0)
            continue;
        t->metric = (enum ct_metric)i;
        t->measure = metrics[i].measure;
        return 0;
    }
    return unknown_metric(r, where, word);
}

/* 0.999 as "99.9": at most six decimals. */
static const char *write_percent(double share, char text[CT_UNIT_TEXT])
{
    (void)snprintf(text, CT_UNIT_TEXT, "%.6f", 100 * share);
    size_t len = strlen(text);
    while (text[len - 1] == '0')
        len--;
    text[text[len - 1] == '.' ? len - 1 : len] = '\0';
    return text;
}

/* Shares are rounded to what is written, so that texts read back as the same. */
static int read_share(const char *word, double *out)
{
    char text[CT_UNIT_TEXT], percent[CT_UNIT_TEXT + 2];
    double share;
    if (ct_percent_parse(word, &share, NULL) < 0)
        return CT_EUSAGE;
    (void)snprintf(percent, sizeof(percent), "%s%%", write_percent(share, text));
    return ct_percent_parse(percent, out, NULL);
}

static int read_quantile(const struct reader *r, const char *where, const char *word, double *out)
{
    char percent[CT_THRESHOLD_HOST + 2];
    (void)snprintf(percent, sizeof(percent), "%s%%", word);
    if (read_share(percent, out) < 0 || *out <= 0 || *out >= 1)
        return bad(r, where, "'%.20s' is not a quantile such as 50, 99 or 99.9", word);
    return 0;
}

static int read_argument(struct reader *r, struct ct_threshold *t)
{
    const struct metric *m = &metrics[t->metric];
    char word[CT_THRESHOLD_HOST];
    skip_spaces(r);
    if (m->argument == ARGUMENT_NONE)
        return 0;
    const char *where = r->at + 1;
    if (*r->at != '(')
        return bad(r, r->at, "'%s' needs its parentheses: %s", m->name, m->example);
    r->at++;
    bool good = read_until(r, ") \t", word, sizeof(word));
    if (!good || *r->at != ')')
        return bad(r, where, "this belongs in the parentheses: %s", m->example);
    r->at++;
    if (m->argument == ARGUMENT_QUANTILE)
        return read_quantile(r, where, word, &t->quantile);
    (void)snprintf(t->host, sizeof(t->host), "%s", word);
    return 0;
}

static int read_relation(struct reader *r, struct ct_threshold *t)
{
    skip_spaces(r);
    if (*r->at != '<' && *r->at != '>')
        return bad(r, r->at, "one of < <= > >= belongs here, as in %s", metrics[t->metric].example);
    t->relation = *r->at++ == '<' ? CT_BELOW : CT_ABOVE;
    if (*r->at == '=') {
        t->relation = t->relation == CT_BELOW ? CT_AT_MOST : CT_AT_LEAST;
        r->at++;
    }
    return 0;
}

static int read_rate(const char *word, double *out, struct ct_err *err)
{
    struct ct_rate rate;
    int rc = ct_rate_parse(word, &rate, err);
    if (rc == 0 && ct_rate_rps(rate) < 1e-6)
        rc = ct_fail(err, CT_EUSAGE, "'%.40s' is too low a rate", word);
    if (rc == 0)
        *out = round(ct_rate_rps(rate) * 1e6) / 1e6;
    return rc;
}

/* With its unit: p(99)<200 are seconds here and milliseconds elsewhere. */
static int read_time(const char *word, uint64_t *ns, struct ct_err *err)
{
    if (word[0] != '\0' && strchr("0123456789.", word[strlen(word) - 1]) != NULL)
        return ct_fail(err, CT_EUSAGE, "'%.40s' has no unit", word);
    return ct_duration_parse(word, ns, err);
}

static int read_value(const char *word, struct ct_threshold *t, struct ct_err *err)
{
    uint64_t whole = 0;
    int rc;
    if (t->metric == CT_METRIC_ACHIEVED && strchr(word, '%') != NULL)
        t->measure = CT_MEASURE_SHARE;
    switch (t->measure) {
    case CT_MEASURE_SHARE:
        rc = read_share(word, &t->limit);
        return rc == 0 ? 0 : ct_percent_parse("", &t->limit, err);
    case CT_MEASURE_RATE:
        return read_rate(word, &t->limit, err);
    case CT_MEASURE_BYTES:
        rc = ct_bytes_parse(word, &whole, err);
        break;
    case CT_MEASURE_TIME:
    default:
        rc = read_time(word, &whole, err);
    }
    t->limit = (double)whole;
    return rc;
}

static int read_limit(struct reader *r, struct ct_threshold *t)
{
    static const char *const such[] = {
        [CT_MEASURE_TIME] = "a time such as 250ms or 2s",
        [CT_MEASURE_SHARE] = "a share such as 1%",
        [CT_MEASURE_RATE] = "a rate such as 990/s, or a share of the planned requests such as 99%",
        [CT_MEASURE_BYTES] = "a size such as 512MiB or 4GiB"};
    char word[WORD_MAX];
    skip_spaces(r);
    const char *where = r->at;
    bool good = read_until(r, " \t,", word, sizeof(word)) && read_value(word, t, NULL) == 0;
    if (!good)
        return bad(r, where, "the limit of '%s' is %s", metrics[t->metric].name, such[t->measure]);
    return 0;
}

static int read_over(struct reader *r, const char *where, const char *word, struct ct_threshold *t)
{
    uint64_t ns;
    if (t->over_s != 0)
        return bad(r, where, "'over' was said already");
    if (ct_duration_parse(word, &ns, NULL) < 0 || ns == 0 || ns % CT_NS_PER_S != 0 ||
        ns > CT_THRESHOLD_OVER_MAX_S * CT_NS_PER_S)
        return bad(r, where, "'over' needs whole seconds, up to 1h: over 30s");
    t->over_s = (uint32_t)(ns / CT_NS_PER_S);
    return 0;
}

static int read_stage(struct reader *r, const char *where, const char *word, struct ct_threshold *t)
{
    uint64_t stage;
    if (t->stage != 0)
        return bad(r, where, "'stage' was said already");
    if (ct_count_parse(word, &stage, NULL) < 0 || stage == 0 || stage > CT_STAGES_MAX)
        return bad(r, where, "'stage' needs its number in the plan, from 1: stage 2");
    t->stage = (uint32_t)stage;
    return 0;
}

/* "over 30s", "stage 2", in any order. */
static int read_suffixes(struct reader *r, struct ct_threshold *t)
{
    for (;;) {
        char name[WORD_MAX], word[WORD_MAX];
        skip_spaces(r);
        const char *where = r->at;
        if (*r->at == '\0' || *r->at == ',')
            return 0;
        if (!read_until(r, " \t,", name, sizeof(name)) ||
            (strcmp(name, "over") != 0 && strcmp(name, "stage") != 0))
            return bad(r, where, "only 'over TIME', 'stage N' or a comma can stand behind a limit");
        skip_spaces(r);
        const char *value = r->at;
        if (!read_until(r, " \t,", word, sizeof(word)))
            return bad(r, value, "'%s' needs a value: over 30s, stage 2", name);
        int rc = name[0] == 'o' ? read_over(r, value, word, t) : read_stage(r, value, word, t);
        if (rc < 0)
            return rc;
    }
}

/* --- writing --- */

static void write_limit(const struct ct_threshold *t, char text[CT_UNIT_TEXT + 2])
{
    char number[CT_UNIT_TEXT];
    switch (t->measure) {
    case CT_MEASURE_SHARE:
        (void)snprintf(text, CT_UNIT_TEXT + 2, "%s%%", write_percent(t->limit, number));
        break;
    case CT_MEASURE_RATE: /* 100 times: write_percent trims the decimals */
        (void)snprintf(text, CT_UNIT_TEXT + 2, "%s/s", write_percent(t->limit / 100, number));
        break;
    case CT_MEASURE_BYTES:
        (void)ct_bytes_write((uint64_t)t->limit, text);
        break;
    case CT_MEASURE_TIME:
    default:
        (void)ct_duration_write((uint64_t)t->limit, text);
    }
}

static void write_text(struct ct_threshold *t)
{
    char argument[CT_THRESHOLD_HOST + 2] = "", number[CT_UNIT_TEXT], limit[CT_UNIT_TEXT + 2],
                                      over[CT_UNIT_TEXT + 8] = "", stage[CT_UNIT_TEXT] = "";
    if (t->metric == CT_METRIC_QUANTILE)
        (void)snprintf(argument, sizeof(argument), "(%s)", write_percent(t->quantile, number));
    else if (t->host[0] != '\0')
        (void)snprintf(argument, sizeof(argument), "(%s)", t->host);
    write_limit(t, limit);
    if (t->over_s != 0)
        (void)snprintf(over, sizeof(over), " over %s",
                       ct_duration_write(t->over_s * CT_NS_PER_S, number));
    if (t->stage != 0)
        (void)snprintf(stage, sizeof(stage), " stage %u", (unsigned)t->stage);
    (void)snprintf(t->text, sizeof(t->text), "%s%s%s%s%s%s", metrics[t->metric].name, argument,
                   relations[t->relation], limit, over, stage);
}

static int read_one(struct reader *r, struct ct_threshold *t)
{
    int rc;
    memset(t, 0, sizeof(*t));
    skip_spaces(r);
    if ((rc = read_metric(r, t)) < 0 || (rc = read_argument(r, t)) < 0 ||
        (rc = read_relation(r, t)) < 0 || (rc = read_limit(r, t)) < 0 ||
        (rc = read_suffixes(r, t)) < 0)
        return rc;
    write_text(t);
    return 0;
}

int ct_threshold_parse(const char *text, struct ct_criteria *c, struct ct_err *err)
{
    struct reader r = {.text = text, .at = text, .err = err};
    size_t count = c->count;
    for (;;) {
        if (count == CT_THRESHOLDS_MAX)
            return bad(&r, r.at, "more than %d thresholds", CT_THRESHOLDS_MAX);
        int rc = read_one(&r, &c->list[count]);
        if (rc < 0)
            return rc;
        count++;
        if (*r.at == '\0')
            break;
        r.at++;
    }
    c->count = count;
    return 0;
}

char *ct_threshold_join(const struct ct_criteria *c)
{
    struct ct_buf b;
    ct_buf_init(&b, JOINED_MAX);
    for (size_t i = 0; i < c->count; i++)
        (void)ct_buf_printf(&b, "%s%s", i > 0 ? ", " : "", c->list[i].text);
    char *joined = ct_xstrdup(b.data);
    ct_buf_release(&b);
    return joined;
}

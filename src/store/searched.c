#include "store/searched.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/read.h"

enum { TRIALS_MAX = 100000, ANSWERS_MAX = 1000 };

/* ctx of the reader, and base of every table. */
struct reading {
    struct ct_searched out;
    struct ct_searched_trial trial;
    struct ct_searched_answer answer;
    bool has_answer, has_searches;
};

static struct reading *reading_of(struct ct_json_reader *r)
{
    return r->ctx;
}

#define NUMBER(m) CT_READ_NUMBER(struct reading, m)
#define BOOL(m) .accepts = CT_JSON_EVENT_BOOL, CT_READ_AT(struct reading, m, take_bool)
#define WORD(m) .accepts = CT_JSON_EVENT_STRING, CT_READ_AT(struct reading, m, take_word)
#define TEXT(m) .accepts = CT_JSON_EVENT_STRING, CT_READ_AT(struct reading, m, take_text)

static int take_bool(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                     const struct ct_json_event *e, struct ct_err *err)
{
    (void)r;
    (void)err;
    *((bool *)base + key->member) = e->boolean;
    return 0;
}

static int take_word(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                     const struct ct_json_event *e, struct ct_err *err)
{
    (void)r;
    (void)err;
    ct_read_cut(e, (char *)base + key->member, CT_SEARCHED_WORD);
    return 0;
}

static int take_text(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                     const struct ct_json_event *e, struct ct_err *err)
{
    (void)r;
    (void)err;
    ct_read_cut(e, (char *)base + key->member, CT_SEARCHED_TEXT);
    return 0;
}

/* --- a trial --- */

/* Element k of an array of numbers; those beyond the limits are passed over. */
static int take_numbers(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                        const struct ct_json_event *e, struct ct_err *err)
{
    (void)err;
    unsigned k = r->frames[r->open - 1].index;
    double *list = (double *)(void *)((char *)base + key->member);
    if (k < CT_SEARCHED_LIMITS_MAX)
        list[k] = e->number;
    return 0;
}

#define NUMBERS(m)                                                                                 \
    .accepts = CT_JSON_EVENT_ARRAY, .elements = CT_JSON_EVENT_NUMBER,                              \
    CT_READ_AT(struct reading, m, take_numbers)

static int take_mean_s(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                       const struct ct_json_event *e, struct ct_err *err)
{
    (void)key;
    (void)err;
    (void)base;
    reading_of(r)->trial.mean_ms = e->number * 1e3;
    return 0;
}

static void *begin_trial(struct ct_json_reader *r, void *parent, struct ct_err *err)
{
    struct reading *d = reading_of(r);
    if (d->out.n_trials == TRIALS_MAX) {
        (void)ct_fail(err, CT_EUSAGE, "more than %d trials", TRIALS_MAX);
        return NULL;
    }
    d->trial = (struct ct_searched_trial){.load = NAN,
                                          .rps = NAN,
                                          .at = NAN,
                                          .seconds = NAN,
                                          .requests = NAN,
                                          .mean_ms = NAN,
                                          .ok = NAN,
                                          .failed = NAN,
                                          .valid = true};
    for (size_t i = 0; i < CT_SEARCHED_LIMITS_MAX; i++)
        d->trial.over[i] = d->trial.values[i] = NAN;
    return parent;
}

static int end_trial(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    (void)base;
    (void)err;
    struct ct_searched *s = &reading_of(r)->out;
    s->trials = ct_xrealloc(s->trials, s->n_trials + 1, sizeof(*s->trials));
    s->trials[s->n_trials++] = reading_of(r)->trial;
    return 0;
}

static const struct ct_json_key trial_keys[] = {
    {.name = "axis", WORD(trial.axis)},
    {.name = "phase", WORD(trial.phase)},
    {.name = "load", NUMBER(trial.load)},
    {.name = "rps", NUMBER(trial.rps)},
    {.name = "at", NUMBER(trial.at)},
    {.name = "seconds", NUMBER(trial.seconds)},
    {.name = "requests", NUMBER(trial.requests)},
    {.name = "avg_response_time", .accepts = CT_JSON_EVENT_NUMBER, .take = take_mean_s},
    {.name = "mean_ms", NUMBER(trial.mean_ms)},
    {.name = "ok", NUMBER(trial.ok)},
    {.name = "failed", NUMBER(trial.failed)},
    {.name = "over", NUMBERS(trial.over)},
    {.name = "values", NUMBERS(trial.values)},
    {.name = "valid", BOOL(trial.valid)},
    {.name = "overload", BOOL(trial.overload)},
    {.name = "passed", BOOL(trial.kept)},
    {.name = "kept", BOOL(trial.kept)},
    {.name = "broke", TEXT(trial.broke)},
};
static const struct ct_json_table trial = {CT_READ_KEYS(trial_keys), .begin = begin_trial,
                                           .end = end_trial};

/* --- an answer --- */

static int take_warning(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                        const struct ct_json_event *e, struct ct_err *err)
{
    (void)key;
    (void)base;
    (void)err;
    char *text = reading_of(r)->answer.warnings;
    size_t len = strlen(text);
    (void)snprintf(text + len, CT_SEARCHED_TEXT - len, "%s%.*s", len > 0 ? ", " : "",
                   (int)(e->len < CT_SEARCHED_WORD ? e->len : CT_SEARCHED_WORD), e->text);
    return 0;
}

static int end_answer(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    (void)base;
    (void)err;
    reading_of(r)->has_answer = true;
    return 0;
}

static const struct ct_json_key answer_keys[] = {
    {.name = "capacity", NUMBER(answer.capacity)},
    {.name = "low", NUMBER(answer.low)},
    {.name = "high", NUMBER(answer.high)},
    {.name = "at_least", BOOL(answer.at_least)},
    {.name = "confirmed", BOOL(answer.confirmed)},
    {.name = "ending", WORD(answer.ending)},
    {.name = "gave_way", TEXT(answer.gave_way)},
    {.name = "warnings",
     .accepts = CT_JSON_EVENT_ARRAY,
     .elements = CT_JSON_EVENT_STRING,
     .take = take_warning},
};
static const struct ct_json_table answer = {CT_READ_KEYS(answer_keys), .end = end_answer};

/* One more place, filled by the rows of a point; what does not fit is written over the last. */
static void *begin_curve(struct ct_json_reader *r, void *parent, struct ct_err *err)
{
    (void)parent;
    (void)err;
    struct ct_searched_answer *a = &reading_of(r)->answer;
    size_t k = a->n_curve < CT_SEARCHED_CURVE_MAX ? a->n_curve++ : CT_SEARCHED_CURVE_MAX - 1;
    a->curve[k] = (struct ct_searched_point){NAN, NAN};
    return &a->curve[k];
}

static const struct ct_json_key curve_keys[] = {
    {.name = "at", CT_READ_NUMBER(struct ct_searched_point, at)},
    {.name = "value", CT_READ_NUMBER(struct ct_searched_point, value)},
};
static const struct ct_json_table curve = {CT_READ_KEYS(curve_keys), .begin = begin_curve};

static void forget_answer(struct reading *d)
{
    d->answer = (struct ct_searched_answer){
        .load = NAN, .rps = NAN, .capacity = NAN, .low = NAN, .high = NAN};
    d->has_answer = false;
}

static int add_answer(struct reading *d, struct ct_err *err)
{
    struct ct_searched *s = &d->out;
    if (s->n_answers == ANSWERS_MAX)
        return ct_fail(err, CT_EUSAGE, "more than %d searches", ANSWERS_MAX);
    s->answers = ct_xrealloc(s->answers, s->n_answers + 1, sizeof(*s->answers));
    s->answers[s->n_answers++] = d->answer;
    forget_answer(d);
    return 0;
}

#define ANSWER_ROWS                                                                                \
    {.name = "axis", WORD(answer.axis)}, {.name = "answer", CT_READ_OBJECT(answer)},               \
    {                                                                                              \
        .name = "curve", CT_READ_LIST(curve)                                                       \
    }

/* --- a benchmark's searches; the points of a classic one --- */

static void *begin_one(struct ct_json_reader *r, void *parent, struct ct_err *err)
{
    (void)err;
    forget_answer(reading_of(r));
    return parent;
}

static int end_search_of(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    (void)base;
    reading_of(r)->has_searches = true;
    return add_answer(reading_of(r), err);
}

static const struct ct_json_key searches_keys[] = {
    {.name = "load", NUMBER(answer.load)},
    {.name = "rps", NUMBER(answer.rps)},
    ANSWER_ROWS,
};
static const struct ct_json_table searches = {CT_READ_KEYS(searches_keys), .begin = begin_one,
                                              .end = end_search_of};

static int end_point(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    (void)base;
    struct reading *d = reading_of(r);
    (void)snprintf(d->answer.axis, sizeof(d->answer.axis), "rate");
    return add_answer(d, err);
}

static const struct ct_json_key point_keys[] = {
    {.name = "load", NUMBER(answer.load)},         {.name = "rps", NUMBER(answer.capacity)},
    {.name = "at_least", BOOL(answer.at_least)},   {.name = "confirmed", BOOL(answer.confirmed)},
    {.name = "limited_by", TEXT(answer.gave_way)},
};
static const struct ct_json_table point = {CT_READ_KEYS(point_keys), .begin = begin_one,
                                           .end = end_point};

/* --- the search --- */

static int take_limit(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                      const struct ct_json_event *e, struct ct_err *err)
{
    (void)key;
    (void)base;
    struct ct_searched *s = &reading_of(r)->out;
    if (s->n_limits == CT_SEARCHED_LIMITS_MAX)
        return ct_fail(err, CT_EUSAGE, "more than %d limits", CT_SEARCHED_LIMITS_MAX);
    ct_read_cut(e, s->limits[s->n_limits++], CT_SEARCHED_TEXT);
    return 0;
}

static int end_search(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    (void)base;
    struct reading *d = reading_of(r);
    if (d->out.kind[0] == '\0')
        return ct_json_table_fail(r, err, "it has no 'kind': this is no search of ct");
    return d->has_answer ? add_answer(d, err) : 0;
}

static const struct ct_json_key search_keys[] = {
    {.name = "kind", WORD(out.kind)},
    {.name = "arrivals", WORD(out.arrivals)},
    {.name = "confidence", NUMBER(out.confidence)},
    {.name = "limits",
     .accepts = CT_JSON_EVENT_ARRAY,
     .elements = CT_JSON_EVENT_STRING,
     .take = take_limit},
    {.name = "trials", CT_READ_LIST(trial)},
    ANSWER_ROWS,
    {.name = "points", CT_READ_LIST(point)},
    {.name = "searches", CT_READ_LIST(searches)},
};
static const struct ct_json_table search = {CT_READ_KEYS(search_keys), .begin = begin_one,
                                            .end = end_search};

static int end_document(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    (void)base;
    if (ct_json_given(r, "search"))
        return 0;
    return ct_json_table_fail(r, err,
                              "no 'search' stands in it: it is no file of ct find or ct benchmark");
}

static const struct ct_json_key document_keys[] = {
    {.name = "test_case_name", TEXT(out.test_case)},
    {.name = "search", CT_READ_OBJECT(search)},
};
static const struct ct_json_table document = {CT_READ_KEYS(document_keys), .end = end_document};

/* A benchmark's searches say more than its points: these are then left out. */
static void drop_points(struct ct_searched *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->n_answers; i++)
        if (s->answers[i].ending[0] != '\0')
            s->answers[kept++] = s->answers[i];
    s->n_answers = kept;
}

static int read_document(const char *text, size_t len, const char *path, struct ct_searched *out,
                         struct ct_err *err)
{
    struct reading *d = ct_xcalloc(1, sizeof(*d));
    struct ct_json_reader r = {
        .path = path, .ctx = d, .root = &document, .base = d, .lenient = true};
    d->out.confidence = NAN;
    int rc = ct_read_document(&r, text, len, err);
    *out = d->out;
    if (d->has_searches)
        drop_points(out);
    free(d);
    return rc;
}

int ct_searched_read(const char *path, struct ct_searched *out, struct ct_err *err)
{
    return read_document(NULL, 0, path, out, err);
}

int ct_searched_parse(const char *text, size_t len, const char *path, struct ct_searched *out,
                      struct ct_err *err)
{
    return read_document(text, len, path, out, err);
}

void ct_searched_release(struct ct_searched *s)
{
    free(s->trials);
    free(s->answers);
    *s = (struct ct_searched){0};
}

bool ct_searched_belongs(const struct ct_searched_trial *t, const struct ct_searched_answer *a)
{
    if (t->axis[0] == '\0')
        return true;
    return strcmp(t->axis, a->axis) == 0 && (isnan(a->load) || t->load == a->load);
}

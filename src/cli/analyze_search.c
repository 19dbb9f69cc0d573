#include "cli/analyze_search.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"
#include "report/table.h"
#include "services/analyze_files.h"
#include "services/analyze_search.h"

enum {
    CELL = 72,
    NAME = 1024,
    COLUMNS_MAX = 7 + CT_SEARCHED_LIMITS_MAX /* those of put_header */
};

/* --- the table --- */

typedef char cell[CELL];

/* Text from a file, fit for a terminal. */
static void put_clean(cell out, const char *text)
{
    ct_escape_text(out, CELL, text, strlen(text));
}

static void put_number(cell out, double v)
{
    if (isnan(v))
        (void)snprintf(out, CELL, "-");
    else
        (void)snprintf(out, CELL, "%.5g", v);
}

static void put_verdict(cell out, const struct ct_searched_trial *t)
{
    char text[CT_SEARCHED_TEXT + 8] = "broke the limit";
    if (t->broke[0] != '\0')
        (void)snprintf(text, sizeof(text), "broke %s", t->broke);
    put_clean(out, !t->valid ? "invalid" : t->kept ? "kept" : t->overload ? "overload" : text);
}

static bool has_loads(const struct ct_searched *s)
{
    for (size_t i = 0; i < s->n_trials; i++)
        if (!isnan(s->trials[i].load))
            return true;
    return false;
}

/* "p(99) ms": the limit's metric with the unit of its values. */
static void put_metric(cell out, const char *limit)
{
    char name[CT_SEARCHED_TEXT];
    (void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(limit, "<>"), limit);
    put_clean(out, name);
}

static size_t put_header(const struct ct_searched *s, bool loads, cell *out)
{
    size_t n = 0;
    put_clean(out[n++], "phase");
    if (loads)
        put_clean(out[n++], "load");
    put_clean(out[n++], loads || s->n_answers == 0 ? "rate/s" : s->answers[0].axis);
    put_clean(out[n++], "seconds");
    put_clean(out[n++], "requests");
    put_clean(out[n++], "mean ms");
    for (size_t i = 0; i < s->n_limits; i++)
        put_metric(out[n++], s->limits[i]);
    put_clean(out[n++], "verdict");
    return n;
}

static void put_trial(const struct ct_searched *s, const struct ct_searched_trial *t, bool loads,
                      cell *out)
{
    size_t n = 0;
    put_clean(out[n++], t->phase);
    if (loads)
        put_number(out[n++], t->load);
    put_number(out[n++], isnan(t->rps) ? t->at : t->rps);
    put_number(out[n++], t->seconds);
    put_number(out[n++], isnan(t->requests) ? t->ok + t->failed : t->requests);
    put_number(out[n++], t->mean_ms);
    for (size_t i = 0; i < s->n_limits; i++)
        put_number(out[n++], t->values[i]);
    put_verdict(out[n], t);
}

static void print_trials(const struct ct_searched *s)
{
    char align[COLUMNS_MAX + 1];
    bool loads = has_loads(s);
    cell *text = ct_xcalloc((s->n_trials + 1) * COLUMNS_MAX, sizeof(*text));
    size_t columns = put_header(s, loads, text), count = (s->n_trials + 1) * columns;
    const char **cells = ct_xcalloc(count, sizeof(*cells));
    for (size_t i = 0; i < s->n_trials; i++)
        put_trial(s, &s->trials[i], loads, &text[(i + 1) * columns]);
    for (size_t i = 0; i < count; i++)
        cells[i] = text[i];
    memset(align, 'r', sizeof(align));
    align[0] = align[columns - 1] = 'l';
    align[columns] = '\0';
    struct ct_style style = ct_style_of(stdout);
    ct_print_table(stdout, &style, align, cells, columns, s->n_trials + 1);
    free((void *)cells);
    free(text);
}

/* --- a file --- */

static void print_answer(const struct ct_searched *s, size_t which)
{
    char clean[NAME];
    struct ct_buf text;
    ct_buf_init(&text, NAME);
    ct_searched_text(s, which, &text);
    ct_escape_text(clean, sizeof(clean), text.data, text.len);
    (void)printf("%s\n", clean);
    ct_buf_release(&text);
}

static void print_question(const struct ct_searched *s)
{
    char clean[NAME];
    struct ct_buf text;
    ct_buf_init(&text, NAME);
    (void)ct_buf_printf(&text, "%s search", s->kind);
    if (s->arrivals[0] != '\0')
        (void)ct_buf_printf(&text, ", %s arrivals", s->arrivals);
    ct_escape_text(clean, sizeof(clean), text.data, text.len);
    (void)printf("%s\n", clean);
    ct_buf_release(&text);
}

static void print_file(const char *name, const struct ct_searched *s)
{
    char clean[NAME];
    ct_escape_text(clean, sizeof(clean), name, strlen(name));
    (void)printf("Analyzing search for benchmark file: %s\nResults for %s:\n", clean, clean);
    print_question(s);
    if (s->n_answers == 0)
        (void)printf("no answer\n");
    for (size_t i = 0; i < s->n_answers; i++)
        print_answer(s, i);
    if (s->n_trials > 0)
        print_trials(s);
}

static int draw(const struct ct_analyze_opts *o, bool load_given, const char *name,
                const struct ct_searched *s, struct ct_err *err)
{
    size_t which = s->n_answers;
    for (size_t i = 0; i < s->n_answers; i++)
        if (!load_given || s->answers[i].load == o->load)
            which = i;
    if (s->n_answers == 0)
        return ct_fail(err, CT_EUSAGE, "%s has no answer", name);
    if (which == s->n_answers)
        return ct_fail(err, CT_EUSAGE, "%s has no search at load %.10g", name, o->load);
    int rc = ct_searched_chart(s, which, o->out, err);
    if (rc < 0)
        return ct_fail_while(err, "%s", name);
    if (strcmp(o->out, "-") != 0)
        (void)printf("Search chart saved as %s\n", o->out);
    return 0;
}

static int analyze_file(const struct ct_analyze_opts *o, bool load_given,
                        const struct ct_analyzed_file *f, struct ct_err *err)
{
    struct ct_searched s;
    int rc = ct_searched_read(f->path, &s, err);
    if (rc == 0 && (o->out == NULL || strcmp(o->out, "-") != 0))
        print_file(f->name, &s);
    if (rc == 0 && o->out != NULL)
        rc = draw(o, load_given, f->name, &s, err);
    ct_searched_release(&s);
    return rc;
}

int ct_analyze_searches(const struct ct_analyze_opts *o, bool load_given, struct ct_err *err)
{
    struct ct_analyzed found;
    int rc = ct_analyze_find(o, &found, err);
    if (rc < 0)
        return rc;
    if (o->out != NULL && found.count > 1)
        rc = ct_fail(err, CT_EUSAGE, "--out: a picture is of one search, not of %zu files",
                     found.count);
    for (size_t i = 0; rc == 0 && i < found.count; i++)
        rc = analyze_file(o, load_given, &found.files[i], err);
    ct_analyzed_release(&found);
    return rc;
}

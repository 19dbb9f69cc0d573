#include "services/compare_side.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/compare_run.h"
#include "base/mem.h"
#include "services/analyze_files.h"

/* --- what differs --- */

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static const char *or_none(const char *text)
{
    return text != NULL ? text : "none";
}

static size_t differ_as(const struct ct_facts *a, const struct ct_facts *b, const char *name,
                        const char *at, const char *shown, struct ct_comparison *c)
{
    const char *va = ct_facts_find(a, name), *vb = ct_facts_find(b, name);
    if (same_text(va, vb))
        return 0;
    char *what = ct_xprintf("%s%s", at, shown);
    ct_comparison_differs(c, what, or_none(va), or_none(vb));
    free(what);
    return 1;
}

static size_t differ(const struct ct_facts *a, const struct ct_facts *b, const char *name,
                     const char *at, struct ct_comparison *c)
{
    return differ_as(a, b, name, at, name, c);
}

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

#define IS_ONE_OF(name, names) is_one_of(name, names, sizeof(names) / sizeof(*(names)))

/* planned follows from the others, or is an outcome; the seed is chance; what --pacing auto came to
 * is the machine's. The rate, and the warm-up that a search takes from it, are asked for apart. */
static bool is_of_plan(const char *name, bool rate)
{
    static const char *const never[] = {"planned", "pacing", "seed"};
    static const char *const with_rate[] = {"offered_rps", "warm_up_s"};
    return !IS_ONE_OF(name, never) && (rate || !IS_ONE_OF(name, with_rate));
}

static size_t plan_differences(const struct ct_facts *a, const struct ct_facts *b, bool rate,
                               const char *at, struct ct_comparison *c)
{
    size_t n = 0;
    for (size_t i = 0; i < a->count; i++)
        if (is_of_plan(a->items[i].name, rate))
            n += differ(a, b, a->items[i].name, at, c);
    for (size_t i = 0; i < b->count; i++)
        if (is_of_plan(b->items[i].name, rate) && ct_facts_find(a, b->items[i].name) == NULL)
            n += differ(a, b, b->items[i].name, at, c);
    return n;
}

/* A kernel update changes the last of it. */
static bool same_memory(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return fabs(strtod(a, NULL) - strtod(b, NULL)) <= 0.01 * strtod(a, NULL);
}

size_t ct_side_differences(const struct ct_digest *a, const struct ct_digest *b, bool rate,
                           const char *at, struct ct_comparison *c)
{
    static const char *const names[] = {"method", "path",      "ct_version", "hostname",
                                        "kernel", "cpu_model", "cpus"};
    const struct ct_facts *ea = &a->environment, *eb = &b->environment;
    size_t n = plan_differences(&a->plan, &b->plan, rate, at, c);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        n += differ(ea, eb, names[i], at, c);
    n += differ_as(ea, eb, "request", at, "what is sent (headers, body, list or feed)", c);
    if (!same_memory(ct_facts_find(ea, "memory_kib"), ct_facts_find(eb, "memory_kib")))
        n += differ(ea, eb, "memory_kib", at, c);
    if (strcmp(a->test_case, b->test_case) != 0) {
        char *what = ct_xprintf("%stest_case", at);
        ct_comparison_differs(c, what, a->test_case, b->test_case);
        free(what);
        n++;
    }
    return n;
}

/* --- reading --- */

struct reading {
    struct ct_side_reading *side;
    struct ct_comparison *comparison;
    const char *file, *path;
    struct ct_compare_batches *batches;
    size_t executions; /* of the file */
};

/* Seconds of the warm-up and behind the plan are no part of it. */
static void take_second(void *ctx, const struct ct_digest *so_far,
                        const struct ct_compare_second *second)
{
    struct reading *r = ctx;
    double from = (double)second->second;
    bool warm = !isnan(so_far->warm_up_s) && from < so_far->warm_up_s;
    bool behind = !isnan(so_far->duration_s) && from + 1 > so_far->duration_s + 1e-9;
    if (!warm && !behind)
        ct_compare_batches_second(r->batches, second);
}

static struct ct_side_point *find_point(struct ct_side_reading *s, const struct ct_digest *e)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->points[i].first.load == e->load &&
            strcmp(s->points[i].first.test_case, e->test_case) == 0)
            return &s->points[i];
    return NULL;
}

static struct ct_side_point *add_point(struct reading *r, struct ct_digest *e)
{
    struct ct_side_reading *s = r->side;
    s->points = ct_xrealloc(s->points, s->count + 1, sizeof(*s->points));
    s->points[s->count] = (struct ct_side_point){.first = *e, .file = ct_xstrdup(r->file)};
    e->plan = e->environment = (struct ct_facts){0};
    return &s->points[s->count++];
}

static void take_execution(void *ctx, struct ct_digest *e)
{
    struct reading *r = ctx;
    struct ct_side_point *p = find_point(r->side, e);
    ct_compare_batches_end(r->batches, &e->run);
    struct ct_compare_run run = e->run;
    if (p == NULL) {
        p = add_point(r, e);
    } else {
        char *at = ct_xprintf("%s and %s: ", p->file, r->file);
        (void)ct_side_differences(&p->first, e, true, at, r->comparison);
        free(at);
    }
    p->runs = ct_xrealloc(p->runs, p->count + 1, sizeof(*p->runs));
    p->places = ct_xrealloc(p->places, p->count + 1, sizeof(*p->places));
    p->places[p->count] = (struct ct_side_place){ct_xstrdup(r->path), r->executions++};
    p->runs[p->count++] = run;
    ct_digest_release(e);
}

static int read_file(struct reading *r, const char *path, struct ct_err *err)
{
    const struct ct_digest_handler handler = {
        .second = take_second, .execution = take_execution, .ctx = r};
    r->executions = 0;
    r->batches = ct_compare_batches_new();
    int rc = ct_digest_read(path, &handler, err);
    ct_compare_batches_free(r->batches);
    if (rc == 0 && r->executions == 0)
        rc = ct_fail(err, CT_EUSAGE, "%s holds no execution: there is nothing to compare", path);
    return rc;
}

static void name_side(struct ct_side_reading *s, const struct ct_analyzed *files)
{
    s->name = files->count == 1
                  ? ct_xstrdup(files->files[0].name)
                  : ct_xprintf("%s and %zu more", files->files[0].name, files->count - 1);
}

int ct_side_read(const struct ct_list *files, const char *storage, struct ct_comparison *c,
                 struct ct_side_reading *out, struct ct_err *err)
{
    struct ct_analyze_opts where = {.storage = storage, .files = *files};
    struct ct_analyzed found;
    struct reading r = {.side = out, .comparison = c};
    *out = (struct ct_side_reading){0};
    int rc = ct_analyze_find(&where, &found, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < found.count; i++) {
        r.file = found.files[i].name;
        r.path = found.files[i].path;
        rc = read_file(&r, r.path, err);
    }
    if (rc == 0)
        name_side(out, &found);
    else
        ct_side_release(out);
    ct_analyzed_release(&found);
    return rc;
}

void ct_side_release(struct ct_side_reading *s)
{
    for (size_t i = 0; i < s->count; i++) {
        struct ct_side_point *p = &s->points[i];
        ct_digest_release(&p->first);
        for (size_t k = 0; k < p->count; k++)
            free(p->places[k].path);
        free(p->places);
        free(p->file);
        free(p->runs);
    }
    free(s->points);
    free(s->name);
    *s = (struct ct_side_reading){0};
}

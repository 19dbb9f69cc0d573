#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "store/baseline.h"

static char *folder, *path;

static void setup(void)
{
    char made[] = "/tmp/ct-baseline-XXXXXX";
    folder = ct_xstrdup(mkdtemp(made));
    path = ct_xprintf("%s/b.json", folder);
}

static void teardown(void)
{
    (void)unlink(path);
    cr_assert(zero(int, rmdir(folder))); /* nothing else was left in it */
    free(path);
    free(folder);
}

TestSuite(baseline_file, .init = setup, .fini = teardown);

static struct ct_baseline made(void)
{
    struct ct_baseline b = {.drop_outliers = true};
    for (uint64_t i = 0; i < 2; i++) {
        struct ct_past_run r;
        ct_past_run_init(&r);
        free(r.plan);
        free(r.file);
        free(r.commit);
        r.plan = ct_xstrdup("GET http://127.0.0.1/\"x\", open even rps 5");
        r.file = ct_xprintf("run %d.json", (int)i);
        r.commit = ct_xstrdup(i == 0 ? "4be1d24" : "");
        r.verdict = CT_VERDICT_VALID;
        r.started_ns = UINT64_C(1795227575335221000) + i * UINT64_C(1000000000);
        r.requests = 1000;
        r.position = (uint32_t)i;
        r.steal_percent = i == 0 ? 0.25 : NAN;
        r.figures[CT_FIGURE_SERVICE_P50] = 1.25e6 + (double)i;
        r.figures[CT_FIGURE_ERRORS] = 0;
        ct_plan_key_make(r.plan, r.key);
        ct_past_add(&b.runs, &r);
    }
    return b;
}

Test(baseline_file, what_was_written_is_read)
{
    struct ct_baseline in = made(), out;
    struct ct_err err = {0};
    cr_assert(zero(int, ct_baseline_write(path, &in, false, &err)), "%s", err.msg);
    cr_assert(zero(int, ct_baseline_read(path, &out, &err)), "%s", err.msg);
    cr_assert(out.drop_outliers);
    cr_assert(eq(sz, out.runs.count, 2));
    for (size_t i = 0; i < 2; i++) {
        const struct ct_past_run *a = &in.runs.runs[i], *b = &out.runs.runs[i];
        cr_assert(eq(str, b->file, a->file));
        cr_assert(eq(str, b->plan, a->plan));
        cr_assert(zero(int, strcmp(b->key, a->key)));
        cr_assert(eq(str, b->commit, a->commit));
        cr_assert(eq(u64, b->started_ns, a->started_ns));
        cr_assert(eq(u64, b->requests, a->requests));
        cr_assert(eq(u32, b->position, a->position));
        cr_assert(i == 0 ? b->steal_percent == 0.25 : isnan(b->steal_percent));
        cr_assert(eq(int, (int)b->verdict, CT_VERDICT_VALID));
        cr_assert(epsilon_eq(dbl, b->figures[CT_FIGURE_SERVICE_P50],
                             a->figures[CT_FIGURE_SERVICE_P50], 1e-3));
        cr_assert(zero(dbl, b->figures[CT_FIGURE_ERRORS]));
        cr_assert(isnan(b->figures[CT_FIGURE_RESPONSE_P99]));
    }
    ct_past_release(&in.runs);
    ct_past_release(&out.runs);
}

Test(baseline_file, another_is_replaced_only_when_that_is_asked_for)
{
    struct ct_baseline b = made(), out;
    struct ct_err err = {0};
    cr_assert(zero(int, ct_baseline_write(path, &b, false, NULL)));
    ct_past_remove(&b.runs, 1);
    cr_assert(eq(int, ct_baseline_write(path, &b, false, &err), CT_EFAIL));
    cr_assert(zero(int, ct_baseline_read(path, &out, NULL)));
    cr_assert(eq(sz, out.runs.count, 2));
    ct_past_release(&out.runs);
    cr_assert(zero(int, ct_baseline_write(path, &b, true, &err)), "%s", err.msg);
    cr_assert(zero(int, ct_baseline_read(path, &out, NULL)));
    cr_assert(eq(sz, out.runs.count, 1));
    ct_past_release(&out.runs);
    ct_past_release(&b.runs);
}

Test(baseline_file, what_is_no_baseline_is_refused_in_one_line)
{
    static const char run[] = "{\"file\": \"a\", \"started\": \"2026-11-20T10:00:00Z\", "
                              "\"figures\": {\"service_p50_ms\": 1}}";
    const struct {
        const char *text, *says;
    } table[] = {
        {"", "f:"},
        {"[]", "f:1"},
        {"{}", "schema"},
        {"{\"schema\": \"ct/baseline/2\", \"plan\": \"\", \"runs\": []}", "another version"},
        {"{\"schema\": \"ct/baseline/1\", \"plan\": \"\", \"runs\": []}", "no runs"},
        {"{\"schema\": \"ct/baseline/1\", \"runs\": [%s]}", "'plan'"},
        {"{\"schema\": \"ct/baseline/1\", \"plan\": \"\", \"runs\": [{}]}", "'file'"},
        {"{\"schema\": \"ct/baseline/1\", \"plan\": \"\", \"outliers\": \"x\", \"runs\": [%s]}",
         "\"keep\", \"drop\""},
        {"{\"schema\": \"ct/baseline/1\", \"plan\": \"\", \"runs\": [{\"file\": \"a\", "
         "\"started\": \"now\", \"figures\": {}}]}",
         "expected a time"},
        {"{\"schema\": \"ct/baseline/1\", \"plan\": \"\", \"runs\": [{\"file\": \"a\", "
         "\"started\": \"2026-11-20T10:00:00Z\", \"figures\": {\"service_p50_ms\": -1}}]}",
         "not negative"},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct ct_baseline b = {0};
        struct ct_err err = {0};
        const char *slot = strstr(table[i].text, "%s");
        char *text = slot == NULL ? ct_xstrdup(table[i].text)
                                  : ct_xprintf("%.*s%s%s", (int)(slot - table[i].text),
                                               table[i].text, run, slot + 2);
        cr_assert(eq(int, ct_baseline_parse(text, strlen(text), "f", &b, &err), CT_EUSAGE),
                  "row %zu", i);
        cr_assert(ne(ptr, strstr(err.msg, table[i].says), NULL), "row %zu: %s", i, err.msg);
        free(text);
    }
}

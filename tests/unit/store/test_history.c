#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/history.h"

/* A folder of its own for each test, with names that a shell or SQL would trip over. */
static char *root, *storage;

static void setup(void)
{
    char made[] = "/tmp/ct-history-XXXXXX";
    root = ct_xstrdup(mkdtemp(made));
    storage = ct_xprintf("%s/a b\"; DROP TABLE runs; --?mode=memory#%%00", root);
    cr_assert(zero(int, mkdir(storage, 0700)));
}

static void teardown(void)
{
    char *command = ct_xprintf("rm -rf '%s'", root);
    cr_assert(zero(int, system(command)));
    free(command);
    free(storage);
    free(root);
}

TestSuite(history, .init = setup, .fini = teardown);

static char *path_of(const char *name)
{
    return ct_xprintf("%s/%s", storage, name);
}

static void write_text(const char *name, const char *text)
{
    char *path = path_of(name);
    FILE *f = fopen(path, "we");
    cr_assert(ne(ptr, f, NULL));
    cr_assert(ge(int, fputs(text, f), 0));
    cr_assert(zero(int, fclose(f)));
    free(path);
}

/* A result with what the history reads of it. */
static void write_result(const char *name, unsigned second, double p90_ms, const char *verdict,
                         const char *path)
{
    char *text = ct_xprintf(
        "{\"test_case\": \"UrlTestCase\", \"load\": 1, \"request_per_second\": 100,\n"
        " \"total_span\": {\"start\": \"2026-11-21T08:00:%02u.000000\", \"end\": null},\n"
        " \"summary\": {\"command\": \"run\", \"verdict\": {\"status\": \"%s\", \"reasons\": "
        "[%s]},\n"
        "  \"plan\": {\"arrivals\": \"even\", \"offered_rps\": 100, \"duration_s\": 10, \"http\": "
        "\"1.1\", \"keep_alive\": true, \"timeout_s\": 30, \"seed\": null, \"threads\": 2},\n"
        "  \"accounting\": {\"started\": 1000, \"failed\": {\"timeout\": 1, \"dns\": 2}},\n"
        "  \"model\": \"open\", \"achieved_rps\": 99.7, \"completed_rps\": 99.7,\n"
        "  \"response_ms\": {\"mean\": 1, \"p50\": 1.5, \"p90\": %.17g, \"p99\": null},\n"
        "  \"service_ms\": {\"p50\": 0.75}, \"generator\": {\"steal_percent\": 0.5},\n"
        "  \"servers\": [{\"cpu_percent_mean\": 20}, {\"cpu_percent_mean\": 30}]},\n"
        " \"environment\": {\"hostname\": \"tester\", \"ct_version\": \"0.1.0\", \"commit\": "
        "\"4be1d24\", \"method\": \"GET\", \"base_url\": \"http://127.0.0.1:8080\", \"path\": "
        "\"%s\"}, \"results\": []}\n",
        second, verdict,
        strcmp(verdict, "valid") == 0 ? "" : "{\"code\": \"late\", \"text\": \"too late\"}", p90_ms,
        path);
    write_text(name, text);
    free(text);
}

static int add(const char *name, struct ct_err *err)
{
    char *path = path_of(name);
    int rc = ct_history_add(storage, path, err);
    free(path);
    return rc;
}

static void add_ok(const char *name)
{
    struct ct_err err = {0};
    cr_assert(zero(int, add(name, &err)), "%s", err.msg);
}

static struct ct_past read_all(const struct ct_history_filter *filter)
{
    static const struct ct_history_filter none = {0};
    struct ct_past past;
    struct ct_err err = {0};
    cr_assert(zero(int, ct_history_read(storage, filter != NULL ? filter : &none, &past, &err)),
              "%s", err.msg);
    return past;
}

/* Everything that is known of all runs, as text; owned by caller. */
static char *dump(void)
{
    struct ct_past past = read_all(NULL);
    char *all = ct_xstrdup("");
    for (size_t i = 0; i < past.count; i++) {
        const struct ct_past_run *r = &past.runs[i];
        char *more = ct_xprintf("%s%s %u %llu %s %s %s %d %s %s %s %s %llu %.17g", all, r->file,
                                r->position, (unsigned long long)r->started_ns, r->key, r->plan,
                                r->command, (int)r->verdict, r->reason, r->commit, r->hostname,
                                r->ct_version, (unsigned long long)r->requests, r->steal_percent);
        free(all);
        for (int f = 0; f < CT_FIGURE_COUNT; f++) {
            char *next = ct_xprintf("%s %.17g", more, r->figures[f]);
            free(more);
            more = next;
        }
        all = ct_xprintf("%s\n", more);
        free(more);
    }
    ct_past_release(&past);
    return all;
}

Test(history, a_run_comes_out_as_it_went_in)
{
    write_result("a.json", 1, 2.5, "valid", "/");
    add_ok("a.json");
    struct ct_past past = read_all(NULL);
    cr_assert(eq(sz, past.count, 1));
    const struct ct_past_run *r = &past.runs[0];
    cr_assert(eq(str, r->file, (char *)"a.json"));
    cr_assert(eq(
        str, r->plan,
        (char *)"GET http://127.0.0.1:8080/ case UrlTestCase load 1, open even rps 100 seconds 10 "
                "HTTP/1.1 timeout 30"));
    cr_assert(eq(str, r->commit, (char *)"4be1d24"));
    cr_assert(eq(str, r->hostname, (char *)"tester"));
    cr_assert(eq(str, r->command, (char *)"run"));
    cr_assert(eq(int, (int)r->verdict, CT_VERDICT_VALID));
    cr_assert(eq(u64, r->requests, 1000));
    cr_assert(epsilon_eq(dbl, r->figures[CT_FIGURE_RESPONSE_P90], 2.5e6, 1e-3));
    cr_assert(epsilon_eq(dbl, r->figures[CT_FIGURE_SERVICE_P50], 0.75e6, 1e-3));
    cr_assert(epsilon_eq(dbl, r->figures[CT_FIGURE_ERRORS], 0.003, 1e-12));
    cr_assert(epsilon_eq(dbl, r->figures[CT_FIGURE_ACHIEVED], 99.7, 1e-12));
    cr_assert(epsilon_eq(dbl, r->figures[CT_FIGURE_CPU], 0.5 / 99.7 * 1e9, 1e-3));
    cr_assert(isnan(r->figures[CT_FIGURE_RESPONSE_P99]));
    cr_assert(epsilon_eq(dbl, r->steal_percent, 0.5, 0));
    ct_past_release(&past);
}

Test(history, a_storage_without_a_history_has_no_runs)
{
    struct ct_past past = read_all(NULL);
    cr_assert(zero(sz, past.count));
    write_text("history.db", "");
    past = read_all(NULL);
    cr_assert(zero(sz, past.count));
}

Test(history, a_file_that_is_added_twice_stands_once)
{
    write_result("a.json", 1, 2.5, "valid", "/");
    add_ok("a.json");
    write_result("a.json", 1, 3.5, "valid", "/");
    add_ok("a.json");
    struct ct_past past = read_all(NULL);
    cr_assert(eq(sz, past.count, 1));
    cr_assert(epsilon_eq(dbl, past.runs[0].figures[CT_FIGURE_RESPONSE_P90], 3.5e6, 1e-3));
    ct_past_release(&past);
}

Test(history, rebuilt_it_is_what_the_runs_made_it)
{
    static const char *const names[] = {"c.json", "a'\"; DROP TABLE runs; --.json", "b?#%41.json"};
    struct ct_history_rebuilt r;
    struct ct_err err = {0};
    for (unsigned i = 0; i < 3; i++) {
        write_result(names[i], 9 - i, 1.1 + 0.1 * i, i == 1 ? "invalid" : "valid", "/x'y\\\"z");
        add_ok(names[i]);
    }
    write_text("notes.json", "[1, 2]");
    char *before = dump();
    cr_assert(ne(ptr, strstr(before, "too late"), NULL));
    cr_assert(zero(int, ct_history_rebuild(storage, &r, &err)), "%s", err.msg);
    char *after = dump();
    cr_assert(eq(str, after, before));
    cr_assert(eq(sz, r.files, 3));
    cr_assert(eq(sz, r.runs, 3));
    cr_assert(eq(sz, r.passed_over, 1));
    cr_assert(not(r.replaced));

    /* without any history: the same */
    char *db = path_of("history.db");
    cr_assert(zero(int, unlink(db)));
    cr_assert(zero(int, ct_history_rebuild(storage, &r, &err)), "%s", err.msg);
    free(after);
    after = dump();
    cr_assert(eq(str, after, before));
    free(db);
    free(after);
    free(before);
}

Test(history, a_file_that_is_gone_is_forgotten_by_a_rebuild)
{
    struct ct_history_rebuilt r;
    write_result("a.json", 1, 2, "valid", "/");
    write_result("b.json", 2, 2, "valid", "/");
    add_ok("a.json");
    add_ok("b.json");
    char *path = path_of("a.json");
    cr_assert(zero(int, unlink(path)));
    free(path);
    cr_assert(zero(int, ct_history_rebuild(storage, &r, NULL)));
    struct ct_past past = read_all(NULL);
    cr_assert(eq(sz, past.count, 1));
    cr_assert(eq(str, past.runs[0].file, (char *)"b.json"));
    ct_past_release(&past);
}

Test(history, filters_choose)
{
    for (unsigned i = 0; i < 6; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "%u.json", i);
        write_result(name, 10 + i, 2, i == 4 ? "invalid" : "valid", i < 2 ? "/100%" : "/b");
        add_ok(name);
    }
    struct ct_past past = read_all(NULL);
    cr_assert(eq(sz, past.count, 6));
    char key[CT_PLAN_KEY], start[8];
    memcpy(key, past.runs[0].key, sizeof(key));
    (void)snprintf(start, sizeof(start), "%.6s", key);
    uint64_t third_ns = past.runs[2].started_ns;
    ct_past_release(&past);
    const struct {
        struct ct_history_filter filter;
        size_t count;
        const char *first;
    } table[] = {
        {{.key = key}, 2, "0.json"},           {{.plan = start}, 2, "0.json"},
        {{.plan = "/100%"}, 2, "0.json"},      {{.plan = "/1%0"}, 0, NULL},
        {{.plan = "even"}, 6, "0.json"},       {{.since_ns = third_ns}, 4, "2.json"},
        {{.valid = true}, 5, "0.json"},        {{.last = 2}, 2, "4.json"},
        {{.hostname = "tester"}, 6, "0.json"}, {{.hostname = "other"}, 0, NULL},
        {{.plan = "' OR 1 --"}, 0, NULL},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        past = read_all(&table[i].filter);
        cr_assert(eq(sz, past.count, table[i].count), "row %zu: %zu", i, past.count);
        if (past.count > 0)
            cr_assert(eq(str, past.runs[0].file, (char *)table[i].first), "row %zu", i);
        ct_past_release(&past);
    }
}

Test(history, a_damaged_file_is_refused_with_the_way_out_and_made_anew)
{
    struct ct_err err = {0};
    struct ct_past past;
    struct ct_history_rebuilt r;
    static const struct ct_history_filter all = {0};
    write_result("a.json", 1, 2, "valid", "/");
    write_text("history.db", "this is no database, and long enough to be looked at as one");
    cr_assert(eq(int, add("a.json", &err), CT_EFAIL));
    cr_assert(ne(ptr, strstr(err.msg, "ct history rebuild"), NULL), "%s", err.msg);
    cr_assert(eq(int, ct_history_read(storage, &all, &past, &err), CT_EFAIL));
    cr_assert(zero(int, ct_history_rebuild(storage, &r, &err)), "%s", err.msg);
    cr_assert(r.replaced);
    past = read_all(NULL);
    cr_assert(eq(sz, past.count, 1));
    ct_past_release(&past);
}

Test(history, a_page_that_was_overwritten_is_noticed_when_it_is_read)
{
    enum { PAGE = 4096 };
    struct ct_err err = {0};
    struct ct_past past;
    struct ct_history_rebuilt r;
    static const struct ct_history_filter all = {0};
    write_result("a.json", 1, 2, "valid", "/");
    add_ok("a.json");
    char *path = path_of("history.db");
    FILE *f = fopen(path, "r+e");
    cr_assert(zero(int, fseek(f, PAGE, SEEK_SET)));
    for (int i = 0; i < PAGE; i++)
        cr_assert(eq(int, fputc(0xa5, f), 0xa5));
    cr_assert(zero(int, fclose(f)));
    free(path);
    cr_assert(eq(int, ct_history_read(storage, &all, &past, &err), CT_EFAIL));
    cr_assert(ne(ptr, strstr(err.msg, "damaged"), NULL), "%s", err.msg);
    cr_assert(zero(int, ct_history_rebuild(storage, &r, &err)), "%s", err.msg);
    cr_assert(r.replaced);
}

Test(history, another_programs_database_is_left_alone)
{
    struct ct_err err = {0};
    struct sqlite3 *db;
    char *path = path_of("history.db");
    cr_assert(zero(int, sqlite3_open(path, &db)));
    cr_assert(zero(int, sqlite3_exec(db, "CREATE TABLE precious (x)", NULL, NULL, NULL)));
    cr_assert(zero(int, sqlite3_close(db)));
    free(path);
    write_result("a.json", 1, 2, "valid", "/");
    struct ct_history_rebuilt r;
    cr_assert(eq(int, add("a.json", &err), CT_EFAIL));
    cr_assert(ne(ptr, strstr(err.msg, "no history of ct"), NULL), "%s", err.msg);
    cr_assert(eq(int, ct_history_rebuild(storage, &r, &err), CT_EFAIL));
}

/* A process of its own that holds the write lock until the pipe is closed. */
static pid_t lock_elsewhere(int *out_release)
{
    int ready[2], release[2];
    char c = 0;
    cr_assert(zero(int, pipe(ready)));
    cr_assert(zero(int, pipe(release)));
    pid_t pid = fork();
    if (pid == 0) {
        struct sqlite3 *db;
        char *path = path_of("history.db");
        (void)close(release[1]);
        if (sqlite3_open(path, &db) != SQLITE_OK ||
            sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL) != SQLITE_OK)
            _exit(1);
        (void)!write(ready[1], "x", 1);
        (void)!read(release[0], &c, 1);
        _exit(0);
    }
    (void)close(release[0]);
    (void)close(ready[1]);
    cr_assert(eq(i64, read(ready[0], &c, 1), 1));
    (void)close(ready[0]);
    *out_release = release[1];
    return pid;
}

Test(history, one_that_another_process_holds_is_waited_for_but_not_long)
{
    struct ct_err err = {0};
    int release;
    write_result("a.json", 1, 2, "valid", "/");
    add_ok("a.json");
    pid_t pid = lock_elsewhere(&release);
    write_result("b.json", 2, 2, "valid", "/");
    cr_assert(eq(int, add("b.json", &err), CT_EFAIL));
    cr_assert(ne(ptr, strstr(err.msg, "locked"), NULL), "%s", err.msg);
    (void)close(release);
    cr_assert(eq(int, waitpid(pid, NULL, 0), pid));
    add_ok("b.json");
    struct ct_past past = read_all(NULL);
    cr_assert(eq(sz, past.count, 2));
    ct_past_release(&past);
}

/* One that waits for a second in vain says so; here the others are only slow. */
static int add_in_turn(const char *name)
{
    struct ct_err err = {0};
    int rc = add(name, &err);
    for (int tries = 0; rc != 0 && tries < 60 && strstr(err.msg, "locked") != NULL; tries++)
        rc = add(name, &err);
    return rc;
}

Test(history, many_writers_at_once_lose_nothing)
{
    enum { WRITERS = 4, FILES = 5 };
    for (int w = 0; w < WRITERS; w++) {
        if (fork() != 0)
            continue;
        int lost = 0;
        for (int i = 0; i < FILES; i++) {
            char name[32];
            (void)snprintf(name, sizeof(name), "%d-%d.json", w, i);
            write_result(name, (unsigned)(10 * w + i), 2, "valid", "/");
            lost += add_in_turn(name) != 0;
        }
        _exit(lost);
    }
    for (int w = 0; w < WRITERS; w++) {
        int status;
        cr_assert(ge(int, wait(&status), 1));
        cr_assert(zero(int, status));
    }
    struct ct_past past = read_all(NULL);
    cr_assert(eq(sz, past.count, WRITERS * FILES));
    ct_past_release(&past);
}

Test(history, what_is_no_result_is_refused_and_changes_nothing)
{
    struct ct_err err = {0};
    write_text("x.json", "{\"hello\": 1}");
    cr_assert(eq(int, add("x.json", &err), CT_EUSAGE));
    cr_assert(eq(int, add("missing.json", &err), CT_EFAIL));
    struct ct_past past = read_all(NULL);
    cr_assert(zero(sz, past.count));
}

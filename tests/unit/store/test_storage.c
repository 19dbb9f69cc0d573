#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "made_run.h"

static struct made_run r;

static void init(void)
{
    (void)setenv("TZ", "UTC", 1);
    tzset();
    made_run_open(&r, CT_JOURNAL_EXECUTION);
}

static void fini(void)
{
    made_run_close(&r);
}
TestSuite(storage, .init = init, .fini = fini);

static void expect_names(const char *storage, const char *app, const char *name, unsigned attempt,
                         const char *want_path, const char *want_journal)
{
    char *path, *journal;
    ct_result_name(storage, app, name, MADE_RUN_WALL_NS, attempt, &path, &journal);
    cr_expect(eq(str, path, (char *)want_path));
    cr_expect(eq(str, journal, (char *)want_journal));
    free(path);
    free(journal);
}

Test(storage, names_tell_application_case_and_time)
{
    expect_names("results", "lab", NULL, 0, "results/20261121_021935_test_execution.json",
                 "results/.20261121_021935_test_execution.journal");
    expect_names("results//", "lab-k3s", "FibonacciTestCase", 0,
                 "results/lab-k3s-FibonacciTestCase-20261121_021935_benchmark.json",
                 "results/.lab-k3s-FibonacciTestCase-20261121_021935_benchmark.journal");
    expect_names("/", "a", NULL, 0, "//20261121_021935_test_execution.json",
                 "//.20261121_021935_test_execution.journal");
}

Test(storage, a_taken_name_is_followed_by_others)
{
    expect_names("r", "lab", NULL, 1, "r/20261121_021935-2_test_execution.json",
                 "r/.20261121_021935-2_test_execution.journal");
    expect_names("r", "lab", "XTestCase", 11, "r/lab-XTestCase-20261121_021935-12_benchmark.json",
                 "r/.lab-XTestCase-20261121_021935-12_benchmark.journal");
}

Test(storage, a_search_has_a_name_of_its_own)
{
    char *path, *journal;
    ct_result_find_name("r", "lab", "XTestCase", MADE_RUN_WALL_NS, 0, &path, &journal);
    cr_expect(eq(str, path, (char *)"r/lab-XTestCase-20261121_021935_find.json"));
    free(path);
    free(journal);
    ct_result_find_name("r", "lab", "", MADE_RUN_WALL_NS, 1, &path, &journal);
    cr_expect(eq(str, path, (char *)"r/20261121_021935-2_find.json"));
    cr_expect(eq(str, journal, (char *)"r/.20261121_021935-2_find.journal"));
    free(path);
    free(journal);
}

Test(storage, an_applications_name_cannot_leave_the_folder)
{
    expect_names("r", "../a b/\xc3\xa9:*", "XTestCase", 0,
                 "r/_._a_b_____-XTestCase-20261121_021935_benchmark.json",
                 "r/._._a_b_____-XTestCase-20261121_021935_benchmark.journal");
    expect_names("r", "", "XTestCase", 0, "r/app-XTestCase-20261121_021935_benchmark.json",
                 "r/.app-XTestCase-20261121_021935_benchmark.journal");
}

Test(storage, a_folder_is_made_when_its_parent_exists)
{
    char path[128];
    struct ct_err err = {0};
    struct stat st;
    (void)snprintf(path, sizeof(path), "%s/new", r.folder);
    cr_expect(eq(int, ct_storage_check(path, &err), 0), "%s", err.msg);
    cr_expect(eq(int, stat(path, &st), 0));
    cr_expect(eq(int, ct_storage_check(path, &err), 0), "it exists");
    cr_assert(eq(int, rmdir(path), 0));
    (void)snprintf(path, sizeof(path), "%s/no/parent", r.folder);
    cr_expect(eq(int, ct_storage_check(path, &err), CT_EFAIL));
    cr_expect(strstr(err.msg, path) != NULL);
}

Test(storage, what_cannot_hold_results_is_refused)
{
    struct ct_err err = {0};
    cr_expect(eq(int, ct_storage_check("/dev/null", &err), CT_EFAIL));
    cr_expect(strstr(err.msg, "--storage: '/dev/null' is not a folder") != NULL, "%s", err.msg);
    cr_expect(eq(int, ct_storage_check("/proc/new", &err), CT_EFAIL));
    cr_expect(strstr(err.msg, "/proc/new") != NULL, "%s", err.msg);
}

Test(storage, a_journal_that_nobody_holds_is_left_over)
{
    cr_expect(eq(ptr, ct_storage_leftover(r.folder), NULL), "its writer lives");
    cr_assert(eq(int, ct_journal_close(r.journal, false, NULL), 0));
    r.journal = NULL;
    char *found = ct_storage_leftover(r.folder);
    cr_expect(eq(str, found, r.journal_path));
    free(found);
    cr_expect(eq(ptr, ct_storage_leftover("/no/such/folder"), NULL));
}

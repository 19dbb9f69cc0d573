/* A million requests through the journal and into a result need no more memory than ten thousand.
 * Each count is a process of its own; its peak is what the kernel says. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "made_run.h"

/* In the child: 0 and the document's size, or 1. */
static int make_result(uint64_t count, off_t *out_bytes)
{
    static struct made_run r;
    struct ct_err err = {0};
    struct stat st = {0};
    made_run_open(&r, CT_JOURNAL_EXECUTION);
    r.begin.plan.rate = ct_rate_per_s(count / 8);
    r.begin.plan.duration_ns = 8 * CT_NS_PER_S;
    r.begin.plan.planned = count;
    r.begin.plan.threads = 2;
    made_run_begin(&r);
    for (uint64_t i = 0; i < count; i++) {
        struct ct_sample s = made_run_ok(&r, i, CT_NS_PER_MS + i % 1000 * 1000);
        s.failure = i % 100 == 0 ? CT_FAILURE_TIMEOUT : CT_FAILURE_NONE;
        made_run_request(&r, (unsigned)i % 2, &s);
    }
    made_run_end(&r);
    struct ct_result_execution e = made_run_view(&r);
    int rc = ct_result_write_execution(r.journal_path, &e, "run", r.result_path, &err);
    if (rc < 0)
        fprintf(stderr, "%s\n", err.msg);
    (void)stat(r.result_path, &st);
    *out_bytes = st.st_size;
    made_run_close(&r);
    return rc < 0;
}

/* Peak of a process that makes a result of count requests, in KiB. */
static long peak_kib(uint64_t count)
{
    int status;
    struct rusage usage;
    pid_t pid = fork();
    if (pid == 0) {
        off_t bytes = 0;
        int rc = make_result(count, &bytes);
        _exit(rc != 0 || bytes < (off_t)count * 300);
    }
    cr_assert(eq(int, wait4(pid, &status, 0, &usage), pid));
    cr_assert(eq(int, status, 0), "the document was not made");
    return usage.ru_maxrss;
}

Test(result_memory, a_million_requests_need_no_more_than_ten_thousand, .timeout = 110)
{
    long few = peak_kib(10000), many = peak_kib(1000000);
    (void)fprintf(stderr, "peak: %ld KiB for 10,000, %ld KiB for 1,000,000\n", few, many);
    cr_expect(lt(long, many - few, 16 * 1024L));
}

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/progress.h"

static char *text;
static size_t len;
static FILE *to;

static void open_text(void)
{
    to = open_memstream(&text, &len);
}

static void close_text(void)
{
    (void)fclose(to);
    free(text);
}

TestSuite(progress, .init = open_text, .fini = close_text);

static struct ct_progress_now at(double elapsed_s)
{
    return (struct ct_progress_now){.elapsed_s = elapsed_s,
                                    .duration_s = 30,
                                    .sent = 1200,
                                    .planned = 3000,
                                    .ok = 1190,
                                    .failed = 10,
                                    .in_flight = 7,
                                    .p50_ms = 1.5,
                                    .p99_ms = NAN};
}

static void run(struct ct_progress *p)
{
    ct_progress_test(p, "fib \x1b[2J at 100/s");
    for (int i = 0; i <= 48; i++) {
        struct ct_progress_now now = at(i * 0.25);
        ct_progress_update(p, &now);
    }
    ct_progress_end(p);
    ct_progress_free(p);
    (void)fflush(to);
}

Test(progress, not_a_terminal_gets_a_line_at_the_start_and_each_five_seconds)
{
    run(ct_progress_new_to(to, false, false));
    cr_assert(
        eq(str, text,
           (char *)"fib \\x1b[2J at 100/s\n"
                   "  5 of 30 s: sent 1,200 of 3,000, 10 failed, p50 1.50 ms, p99 -, in flight 7\n"
                   "  10 of 30 s: sent 1,200 of 3,000, 10 failed, p50 1.50 ms, p99 -, in flight "
                   "7\n"),
        "%s", text);
}

Test(progress, terminal_line_is_rewritten_and_cleared_at_the_end)
{
    run(ct_progress_new_to(to, true, false));
    cr_assert(ne(ptr, strstr(text, "\r  0 of 30 s: sent"), NULL));
    cr_assert(eq(str, text + strlen(text) - 4, (char *)"\r\033[K"));
    cr_assert(eq(ptr, strstr(text, "in flight 7\n"), NULL));
}

Test(progress, quiet_shows_nothing)
{
    run(ct_progress_new_to(to, true, true));
    cr_assert(eq(sz, len, 0));
}

Test(progress, resting_is_shown_on_a_terminal_only)
{
    struct ct_progress *p = ct_progress_new_to(to, false, false);

    ct_progress_rest(p, 12.2);
    ct_progress_free(p);
    (void)fflush(to);
    cr_assert(eq(sz, len, 0));
    p = ct_progress_new_to(to, true, false);
    ct_progress_rest(p, 12.2);
    (void)fflush(to);
    cr_assert(ne(ptr, strstr(text, "resting, 13 s left"), NULL));
    ct_progress_free(p);
}

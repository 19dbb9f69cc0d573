#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <string.h>

#include "base/err.h"

Test(err, failure_has_a_code_and_one_line)
{
    struct ct_err err = {0};
    cr_assert(eq(int, ct_fail(&err, CT_EUSAGE, "'%s' is %d too long", "x", 3), CT_EUSAGE));
    cr_assert(eq(int, err.code, CT_EUSAGE));
    cr_assert_str_eq(err.msg, "'x' is 3 too long");
}

Test(err, errno_is_appended_as_text)
{
    struct ct_err err = {0};
    errno = ENOENT;
    cr_assert(eq(int, ct_fail_errno(&err, CT_EFAIL, "opening '%s'", "a"), CT_EFAIL));
    cr_assert_str_eq(err.msg, "opening 'a': No such file or directory");
}

Test(err, what_was_being_done_goes_in_front)
{
    struct ct_err err = {0};
    (void)ct_fail(&err, CT_EREACH, "refused");
    cr_assert(eq(int, ct_fail_while(&err, "connecting to %s", "h"), CT_EREACH));
    cr_assert_str_eq(err.msg, "connecting to h: refused");
    (void)ct_fail_while(&err, "preflight");
    cr_assert_str_eq(err.msg, "preflight: connecting to h: refused");
}

Test(err, nobody_who_wants_it_is_fine)
{
    errno = EIO;
    cr_assert(eq(int, ct_fail(NULL, CT_EUSAGE, "x"), CT_EUSAGE));
    cr_assert(eq(int, ct_fail_errno(NULL, CT_EREACH, "x"), CT_EREACH));
    cr_assert(eq(int, ct_fail_while(NULL, "x"), CT_EFAIL));
}

Test(err, message_may_quote_the_one_before)
{
    struct ct_err err = {0};
    (void)ct_fail(&err, CT_EFAIL, "inner");
    (void)ct_fail(&err, CT_EUSAGE, "outer (%s)", err.msg);
    cr_assert_str_eq(err.msg, "outer (inner)");
    cr_assert(eq(int, err.code, CT_EUSAGE));
}

Test(err, message_that_is_too_long_is_cut_at_the_end)
{
    struct ct_err err = {0};
    char text[2000];
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    (void)ct_fail(&err, CT_EFAIL, "begin %s", text);
    cr_assert(eq(sz, strlen(err.msg), sizeof(err.msg) - 1));
    (void)ct_fail_while(&err, "reading");
    cr_assert(eq(sz, strlen(err.msg), sizeof(err.msg) - 1));
    cr_assert(zero(int, strncmp(err.msg, "reading: begin xxx", 18)));
    errno = EIO;
    (void)ct_fail_errno(&err, CT_EFAIL, "%s", text);
    cr_assert(eq(sz, strlen(err.msg), sizeof(err.msg) - 1));
}

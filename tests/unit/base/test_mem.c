#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"

Test(mem, memory_is_zeroed_even_when_nothing_is_asked_for)
{
    unsigned char *p = ct_xcalloc(100, 7);
    for (int i = 0; i < 700; i++)
        cr_assert(zero(u8, p[i]));
    free(p);
    p = ct_xcalloc(0, 0);
    cr_assert(p != NULL);
    free(p);
}

Test(mem, growing_keeps_what_is_there)
{
    int *p = ct_xrealloc(NULL, 2, sizeof(*p));
    p[0] = 7;
    p[1] = 8;
    p = ct_xrealloc(p, 100000, sizeof(*p));
    cr_assert(p[0] == 7 && p[1] == 8);
    free(p);
}

Test(mem, texts_are_copied)
{
    char *a = ct_xstrdup("abc"), *b = ct_xstrndup("abcdef", 3), *c = ct_xprintf("%d-%s", 7, "x");
    cr_assert_str_eq(a, "abc");
    cr_assert_str_eq(b, "abc");
    cr_assert_str_eq(c, "7-x");
    cr_assert(ct_xstrdup(NULL) == NULL && ct_xstrndup(NULL, 5) == NULL);
    free(a);
    free(b);
    free(c);
}

Test(mem, size_that_overflows_ends_the_program, .signal = SIGABRT)
{
    void *p = ct_xrealloc(NULL, SIZE_MAX / 2, 4);
    free(p);
}

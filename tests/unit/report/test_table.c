#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/table.h"

static const struct ct_style plain = {.color = false, .width = 40};

static char *table(const struct ct_style *style, const char *align, const char *const *cells,
                   size_t columns, size_t rows)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    ct_print_table(f, style, align, cells, columns, rows);
    (void)fclose(f);
    return text;
}

Test(table, numbers_are_right_aligned_and_lines_have_no_trailing_blanks)
{
    const char *cells[] = {"load", "host", "13", "node-1", "9", "n"};
    char *text = table(&plain, "rl", cells, 2, 3);

    cr_assert(eq(str, text, (char *)"load  host\n  13  node-1\n   9  n\n"));
    free(text);
}

Test(table, control_bytes_from_outside_are_escaped)
{
    const char *cells[] = {"host", "a\x1b[31mb"};
    char *text = table(&plain, "l", cells, 1, 2);

    cr_assert(eq(str, text, (char *)"host\na\\x1b[31mb\n"));
    free(text);
}

Test(table, columns_count_characters_not_bytes)
{
    const char *cells[] = {"a", "b", "\xc3\xa9\xc3\xa9", "x"};
    char *text = table(&plain, "ll", cells, 2, 2);

    cr_assert(eq(str, text, (char *)"a   b\n\xc3\xa9\xc3\xa9  x\n"));
    free(text);
}

Test(table, long_lines_are_cut_at_the_width)
{
    const char *cells[] = {"0123456789012345678901234567890123456789"
                           "0123456789"};
    char *text = table(&plain, "l", cells, 1, 1);

    cr_assert(eq(str, text, (char *)"012345678901234567890123456789012345678~\n"));
    free(text);
}

Test(table, color_comes_only_by_style)
{
    const struct ct_style color = {.color = true, .width = 40};
    const char *cells[] = {"a", "b"};
    char *text = table(&color, "l", cells, 1, 2);

    cr_assert(eq(str, text, (char *)"\033[1ma\033[0m\nb\n"));
    free(text);
}

Test(table, no_color_wins_over_force)
{
    cr_assert(eq(int, setenv("CLICOLOR_FORCE", "1", 1), 0));
    cr_assert(eq(int, unsetenv("NO_COLOR"), 0));
    cr_assert(ct_style_of(stdout).color);
    cr_assert(eq(int, setenv("NO_COLOR", "1", 1), 0));
    cr_assert(not(ct_style_of(stdout).color));
}

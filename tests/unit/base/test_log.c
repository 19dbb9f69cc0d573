#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

/* What fn writes to stderr. */
static char *written(void (*fn)(void))
{
    static char text[8192];
    FILE *to = tmpfile();
    int old = dup(STDERR_FILENO);
    cr_assert(to != NULL && old >= 0);
    (void)dup2(fileno(to), STDERR_FILENO);
    fn();
    (void)dup2(old, STDERR_FILENO);
    (void)close(old);
    rewind(to);
    text[fread(text, 1, sizeof(text) - 1, to)] = '\0';
    (void)fclose(to);
    return text;
}

static void one_of_each(void)
{
    ct_error_line("no file '%s'", "a");
    ct_warn("slow");
    ct_note("%d files", 3);
    ct_debug("io", "open %d", 7);
}

Test(log, levels_decide_what_is_said)
{
    static const struct {
        enum ct_log_level level;
        const char *text;
    } table[] = {
        {CT_LOG_QUIET, "ct: no file 'a'\nct: warning: slow\n"},
        {CT_LOG_NORMAL, "ct: no file 'a'\nct: warning: slow\nct: note: 3 files\n"},
        {CT_LOG_VERBOSE, "ct: no file 'a'\nct: warning: slow\nct: note: 3 files\n"
                         "ct: debug: io: open 7\n"},
    };
    for (int i = 0; i < 3; i++) {
        ct_log_set(table[i].level);
        cr_assert_str_eq(written(one_of_each), table[i].text);
    }
}

static void hostile(void)
{
    ct_warn("a%sb", "\x1b[31m\r\n\xc2\x9b\xff");
}

Test(log, what_comes_from_outside_cannot_write_to_the_terminal)
{
    cr_assert_str_eq(written(hostile), "ct: warning: a\\x1b[31m\\x0d\\x0a\\xc2\\x9b\\xffb\n");
}

static void endless(void)
{
    char text[5000];
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    ct_warn("%s", text);
    memset(text, 1, sizeof(text) - 1);
    ct_warn("%s", text);
}

Test(log, line_that_is_too_long_is_cut_and_still_a_line)
{
    char *text = written(endless);
    char *first = strchr(text, '\n');
    cr_assert(first != NULL && first - text < 2200);
    char *second = strchr(first + 1, '\n');
    cr_assert(second != NULL && second[1] == '\0' && second - first < 2200);
}

static void clear_progress(void *ctx)
{
    ++*(int *)ctx;
}

Test(log, hook_is_called_before_each_line_until_it_is_removed)
{
    int calls = 0;
    ct_log_hook(clear_progress, &calls);
    ct_log_set(CT_LOG_NORMAL);
    (void)written(one_of_each);
    cr_assert(eq(int, calls, 3));
    ct_log_hook(NULL, NULL);
    (void)written(one_of_each);
    cr_assert(eq(int, calls, 3));
}

Test(log, escaped_text_is_cut_between_characters)
{
    static const struct {
        const char *text;
        size_t room;
        const char *out;
    } table[] = {
        {"abc", 4, "abc"},
        {"abc", 3, "ab"},
        {"a\xc3\xa9", 4, "a\xc3\xa9"},
        {"a\xc3\xa9", 3, "a"},
        {"a\n", 6, "a\\x0a"},
        {"a\n", 5, "a"},
        {"\x7f\xc2\x85", 20, "\\x7f\\xc2\\x85"},
        {"x", 1, ""},
    };
    char out[32];
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        memset(out, '#', sizeof(out));
        ct_escape_text(out, table[i].room, table[i].text, strlen(table[i].text));
        cr_assert_str_eq(out, table[i].out, "row %zu: %s", i, out);
        cr_assert(eq(int, out[table[i].room], '#'), "row %zu writes beyond its room", i);
    }
}

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "services/feed.h"

static void expect_cell(const struct ct_feed *f, uint64_t row, size_t column, const char *value)
{
    cr_assert(zero(int, strcmp(ct_feed_row(f, row)[column], value)), "%s",
              ct_feed_row(f, row)[column]);
}

Test(feed, quotes_commas_and_line_ends_are_read)
{
    const char *text = "id,name\r\n1,plain\r\n\r\n2,\"a \"\"b\"\", c\"\n3,\"two\nlines\"\n4,";
    struct ct_feed f;
    struct ct_err err = {0};
    cr_assert(zero(int, ct_feed_parse(text, strlen(text), &f, &err)), "%s", err.msg);
    cr_assert(eq(sz, f.n_rows, 4));
    cr_assert(eq(int, ct_feed_column(&f, "name", 4), 1));
    cr_assert(eq(int, ct_feed_column(&f, "nam", 3), -1));
    expect_cell(&f, 0, 1, "plain");
    expect_cell(&f, 1, 1, "a \"b\", c");
    expect_cell(&f, 2, 1, "two\nlines");
    expect_cell(&f, 3, 1, "");
    expect_cell(&f, 4, 0, "1"); /* round again */
    ct_feed_release(&f);
}

static void refused(const char *text, const char *why)
{
    struct ct_feed f;
    struct ct_err err = {0};
    cr_assert(eq(int, ct_feed_parse(text, strlen(text), &f, &err), CT_EUSAGE), "%s", text);
    cr_assert(ne(ptr, (void *)strstr(err.msg, why), NULL), "%s: %s", text, err.msg);
}

Test(feed, the_wrong_line_is_named)
{
    refused("", "empty");
    refused("id\n", "no row");
    refused("id,id\n1,2\n", "two columns are called 'id'");
    refused("id,\n1,2\n", "column 2");
    refused("id,name\n1,a\n2\n", "line 3 has 1 fields, the first line 2");
    refused("id\n\"x\ny\n", "line 2: a quote is not closed");
    refused("id\n\"x\"y\n", "line 2: something follows");
}

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

Test(buf, new_buffer_is_an_empty_text)
{
    struct ct_buf b;
    ct_buf_init(&b, 100);
    cr_assert_str_eq(b.data, "");
    cr_assert(b.len == 0 && !b.failed);
    ct_buf_release(&b);
    ct_buf_init(&b, 0);
    cr_assert_str_eq(b.data, "");
    cr_assert(not(ct_buf_puts(&b, "x")));
    ct_buf_release(&b);
}

Test(buf, what_is_appended_stands_in_order_with_a_nul_behind_it)
{
    struct ct_buf b;
    ct_buf_init(&b, 1 << 20);
    cr_assert(ct_buf_puts(&b, "a") && ct_buf_printf(&b, "%d", 12) && ct_buf_add(&b, "\0z", 2));
    cr_assert(eq(sz, b.len, 5));
    cr_assert(zero(int, memcmp(b.data, "a12\0z", 6)));
    for (int i = 0; i < 10000; i++)
        cr_assert(ct_buf_printf(&b, "%05d", i));
    cr_assert(eq(sz, b.len, 50005));
    cr_assert_str_eq(b.data + b.len - 10, "0999809999");
    ct_buf_release(&b);
}

Test(buf, nothing_goes_beyond_the_maximum_and_nothing_is_cut_in_half)
{
    struct ct_buf b;
    ct_buf_init(&b, 5);
    cr_assert(ct_buf_puts(&b, "abcde"));
    cr_assert(not(ct_buf_puts(&b, "f")));
    cr_assert(b.failed);
    ct_buf_clear(&b);
    cr_assert(ct_buf_puts(&b, "abc"));
    cr_assert(not(ct_buf_printf(&b, "%s", "def")));
    cr_assert_str_eq(b.data, "abc");
    cr_assert(not(ct_buf_puts(&b, "")), "after a failure nothing succeeds until clear");
    ct_buf_clear(&b);
    cr_assert(not(b.failed));
    cr_assert_str_eq(b.data, "");
    ct_buf_release(&b);
}

Test(buf, first_bytes_can_be_removed)
{
    struct ct_buf b;
    ct_buf_init(&b, 100);
    (void)ct_buf_puts(&b, "abcdef");
    ct_buf_consume(&b, 2);
    cr_assert_str_eq(b.data, "cdef");
    ct_buf_consume(&b, 4);
    cr_assert_str_eq(b.data, "");
    ct_buf_release(&b);
}

Test(buf, json_string_is_quoted_escaped_and_valid_utf8)
{
    static const struct {
        const char *text;
        size_t len;
        const char *json;
    } table[] = {
        {"", 0, "\"\""},
        {"abc", 3, "\"abc\""},
        {"a\"b\\c/d", 7, "\"a\\\"b\\\\c/d\""},
        {"\b\t\n\f\r", 5, "\"\\b\\t\\n\\f\\r\""},
        {"\x01\x1f\x7f", 3, "\"\\u0001\\u001f\\u007f\""},
        {"a\0b", 3, "\"a\\u0000b\""},
        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9, "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
        {"\xff", 1, "\"\xef\xbf\xbd\""},
        {"\xc3", 1, "\"\xef\xbf\xbd\""},
        {"\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct ct_buf b;
        ct_buf_init(&b, 1000);
        cr_assert(ct_buf_json_string(&b, table[i].text, table[i].len));
        cr_assert_str_eq(b.data, table[i].json, "row %zu: %s", i, b.data);
        ct_buf_release(&b);
    }
}

Test(buf, json_number_is_whole_null_or_the_shortest_that_reads_back)
{
    static const struct {
        double value;
        const char *json;
    } table[] = {
        {0, "0"},
        {-0.0, "0"},
        {1, "1"},
        {-17, "-17"},
        {9007199254740991.0, "9007199254740991"},
        {9007199254740992.0, "9007199254740992"},
        {1e300, "1e+300"},
        {0.1, "0.1"},
        {0.30000000000000004, "0.30000000000000004"},
        {1.0 / 3, "0.3333333333333333"},
        {1e-9, "1e-09"},
        {-2.5, "-2.5"},
        {NAN, "null"},
        {INFINITY, "null"},
        {-INFINITY, "null"},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct ct_buf b;
        ct_buf_init(&b, 100);
        cr_assert(ct_buf_json_number(&b, table[i].value));
        cr_assert_str_eq(b.data, table[i].json, "row %zu: %s", i, b.data);
        if (isfinite(table[i].value))
            cr_assert(strtod(b.data, NULL) == table[i].value);
        ct_buf_release(&b);
    }
}

Test(buf, file_is_read_whole)
{
    char path[] = "/tmp/ct-test-buf-XXXXXX";
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    for (int i = 0; i < 5000; i++)
        cr_assert(eq(int, (int)write(fd, "0123456789", 10), 10));
    (void)close(fd);
    struct ct_buf b;
    struct ct_err err = {0};
    ct_buf_init(&b, 50000);
    cr_assert(zero(int, ct_buf_read_file(&b, path, &err)));
    cr_assert(eq(sz, b.len, 50000));
    ct_buf_release(&b);

    ct_buf_init(&b, 49999);
    cr_assert(eq(int, ct_buf_read_file(&b, path, &err), CT_EUSAGE));
    cr_assert(strstr(err.msg, "larger than 49999 bytes") != NULL, "%s", err.msg);
    ct_buf_release(&b);
    (void)unlink(path);
}

Test(buf, file_that_is_missing_or_no_file_is_named)
{
    struct ct_buf b;
    struct ct_err err = {0};
    ct_buf_init(&b, 100);
    cr_assert(eq(int, ct_buf_read_file(&b, "/nowhere/x.json", &err), CT_EUSAGE));
    cr_assert_str_eq(err.msg, "'/nowhere/x.json': No such file or directory");
    cr_assert(eq(int, ct_buf_read_file(&b, "/", &err), CT_EFAIL));
    cr_assert_str_eq(err.msg, "reading '/': Is a directory");
    ct_buf_release(&b);
}

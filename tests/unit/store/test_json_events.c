#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "store/json_events.h"

/* One word per event: its type's letter, its text, where it stands and how deep. */
static int note(void *ctx, const struct ct_json_event *e, struct ct_err *err)
{
    (void)err;
    static const char letters[] = "nb#s{[k}]";
    unsigned i = 0;
    while (1U << i != e->type)
        i++;
    ct_buf_printf(ctx, "%s%c%.*s@%u:%u/%u", ((struct ct_buf *)ctx)->len > 0 ? " " : "", letters[i],
                  e->len == 1 && strchr("{}[]", e->text[0]) != NULL ? 0 : (int)e->len, e->text,
                  e->line, e->column, e->depth);
    return 0;
}

static void check_events(const char *text, const char *want)
{
    struct ct_buf got;
    struct ct_err err = {0};
    ct_buf_init(&got, 4096);
    cr_assert(eq(int, ct_json_events_parse(text, strlen(text), "f.json", note, &got, &err), 0));
    cr_assert(eq(str, (char *)got.data, (char *)want));
    ct_buf_release(&got);
}

Test(json_events, each_event_has_its_place)
{
    check_events("{\"a\": 12,\n  \"b\" : [true, null,\n\"x\\u0041\", {}]}",
                 "{@1:1/0 ka@1:2/1 #12@1:7/1 kb@2:3/1 [@2:9/1 btrue@2:10/2 nnull@2:16/2 "
                 "sxA@3:1/2 {@3:12/2 }@3:13/2 ]@3:14/1 }@3:15/0");
}

Test(json_events, equal_keys_are_both_there)
{
    check_events("{\"a\":1,\"a\":2}", "{@1:1/0 ka@1:2/1 #1@1:6/1 ka@1:8/1 #2@1:12/1 }@1:13/0");
}

Test(json_events, numbers_keep_their_text)
{
    check_events("[1.50, -0, 1e3]", "[@1:1/0 #1.50@1:2/1 #-0@1:8/1 #1e3@1:12/1 ]@1:15/0");
}

static int keep_number(void *ctx, const struct ct_json_event *e, struct ct_err *err)
{
    (void)err;
    *(double *)ctx = e->number;
    return 0;
}

Test(json_events, numbers_are_doubles)
{
    double got = 0;
    cr_assert(eq(int, ct_json_events_parse("-2.5e2", 6, "f", keep_number, &got, NULL), 0));
    cr_assert(eq(dbl, got, -250.0));
}

struct bad {
    const char *text;
    const char *line; /* of the message, after the path */
};

static const struct bad bad[] = {
    {"", ":1:1: the text ends too early"},
    {"{\"a\":\n", ":2:1: the text ends too early"},
    {"{\"a\": 1\n \"b\": 2}", ":2:2: after key and value, inside map, I expect ',' or '}'"},
    {"{\n  // no\n}", ":2:3: probable comment found in input text, comments are not enabled."},
    {"{} x", ":1:4: trailing garbage"},
    {"[x]", ":1:2: invalid char in json text."},
    {"[tru", ":1:5: the text ends too early"},
    {"{} {}", ":1:4: trailing garbage"},
    {"[\"a\nb\"]", ":1:2: invalid character inside string."},
    {"[\"\xff\"]", ":1:2: invalid bytes in UTF8 string."},
    {"[1,]", ":1:4: unallowed token at this point in JSON text"},
    {"[1e999]", ":1:2: this number is too large"},
    {"\xef\xbb\xbf{}", ":1:1: a byte order mark stands in front: save the file without one"},
};

Test(json_events, what_is_no_json_is_refused_with_its_place)
{
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ct_buf got;
        struct ct_err err = {0};
        ct_buf_init(&got, 4096);
        int rc = ct_json_events_parse(bad[i].text, strlen(bad[i].text), "f", note, &got, &err);
        cr_expect(eq(int, rc, CT_EUSAGE), "%s", bad[i].text);
        cr_expect(eq(str, (char *)err.msg + 1, (char *)bad[i].line));
        ct_buf_release(&got);
    }
}

static int count(void *ctx, const struct ct_json_event *e, struct ct_err *err)
{
    (void)e;
    (void)err;
    ++*(unsigned *)ctx;
    return 0;
}

Test(json_events, nesting_ends_at_64_levels)
{
    char text[200] = "";
    unsigned n = 0;
    memset(text, '[', 64);
    memset(text + 64, ']', 64);
    cr_assert(eq(int, ct_json_events_parse(text, 128, "f", count, &n, NULL), 0));
    cr_assert(eq(int, (int)n, 128));
    struct ct_err err = {0};
    memset(text, '[', 65);
    memset(text + 65, ']', 65);
    cr_assert(eq(int, ct_json_events_parse(text, 130, "f", count, &n, &err), CT_EUSAGE));
    cr_assert(
        eq(str, (char *)err.msg, (char *)"f:1:65: more than 64 levels of objects and arrays"));
}

static int stop(void *ctx, const struct ct_json_event *e, struct ct_err *err)
{
    (void)ctx;
    return e->line < 2 ? 0 : ct_fail(err, CT_ECANCELED, "enough");
}

Test(json_events, the_reader_can_end_it)
{
    struct ct_err err = {0};
    cr_assert(eq(int, ct_json_events_parse("[1,\n2,\n3]", 9, "f", stop, NULL, &err), CT_ECANCELED));
    cr_assert(eq(str, (char *)err.msg, (char *)"enough"));
}

/* A file in a folder of its own, removed again by its test. */
static char *write_file(const char *text, size_t len)
{
    char *path = ct_xstrdup("/tmp/ct-json-events-XXXXXX");
    int fd = mkstemp(path);
    cr_assert(ge(int, fd, 0));
    cr_assert(eq(int, write(fd, text, len) == (ssize_t)len, 1));
    close(fd);
    return path;
}

/* 200,000 bytes so that tokens fall over the edges of the chunks in which a file is read. */
Test(json_events, a_file_gives_the_same_events_as_its_text)
{
    struct ct_buf text, from_text, from_file;
    ct_buf_init(&text, 1 << 20);
    ct_buf_init(&from_text, 1 << 22);
    ct_buf_init(&from_file, 1 << 22);
    ct_buf_puts(&text, "[");
    for (int i = 0; text.len < 200000; i++)
        ct_buf_printf(&text, "{\"key %d\": %d.5,\n\"\\u00e4\": \"%.*s\"},\n", i, i * 7919, i % 90,
                      "012345678901234567890123456789012345678901234567890123456789"
                      "012345678901234567890123456789");
    ct_buf_puts(&text, "1]");
    char *path = write_file(text.data, text.len);
    cr_assert(eq(int, ct_json_events_parse(text.data, text.len, path, note, &from_text, NULL), 0));
    cr_assert(eq(int, ct_json_events_read(path, note, &from_file, NULL), 0));
    cr_assert(not(from_text.failed));
    cr_assert(eq(int, strcmp(from_text.data, from_file.data), 0));
    unlink(path);
    free(path);
    ct_buf_release(&text);
    ct_buf_release(&from_text);
    ct_buf_release(&from_file);
}

Test(json_events, a_value_without_end_is_refused_before_it_fills_the_memory)
{
    size_t len = (size_t)17 << 20;
    char *text = ct_xcalloc(1, len);
    memset(text, 'x', len);
    memcpy(text, "[\n\"", 3);
    char *path = write_file(text, len);
    struct ct_err err = {0};
    unsigned n = 0;
    cr_assert(eq(int, ct_json_events_read(path, count, &n, &err), CT_EUSAGE));
    cr_assert(ne(ptr, strstr(err.msg, ":2:1: this value is over 16 MiB long"), NULL));
    unlink(path);
    free(path);
    free(text);
}

Test(json_events, a_file_that_cannot_be_read_is_named)
{
    struct ct_err err = {0};
    unsigned n = 0;
    cr_assert(eq(int, ct_json_events_read("/nonexistent/a", count, &n, &err), CT_EFAIL));
    cr_assert(ne(ptr, strstr(err.msg, "/nonexistent/a"), NULL));
    cr_assert(eq(int, ct_json_events_read("/tmp", count, &n, &err), CT_EFAIL));
    cr_assert(ne(ptr, strstr(err.msg, "/tmp"), NULL));
}

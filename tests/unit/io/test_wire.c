#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "io/wire.h"

static char id[] = "id", word[] = "word", c0[] = "7", c1[] = "a b", c2[] = "12345", c3[16] = "";
static char *names[] = {id, word};
static char *cells[] = {c0, c1, c2, c3};
static const struct ct_feed feed = {.names = names, .cells = cells, .n_columns = 2, .n_rows = 2};

static int make(struct ct_wire *w, const char *path, const char *header, const char *body,
                struct ct_err *err)
{
    struct ct_endpoint e;
    struct ct_request r;
    cr_assert(zero(int, ct_endpoint_parse("http://h:81/p", &e, NULL, err)));
    ct_request_init(&r, body != NULL ? "POST" : "GET", path);
    if (header != NULL)
        ct_request_add_header(&r, "X-A", header);
    if (body != NULL)
        ct_request_set_body(&r, body, strlen(body));
    int rc = ct_wire_init(w, &e, &r, true, &feed, err);
    ct_request_release(&r);
    return rc;
}

static void expect(const struct ct_wire *w, uint64_t i, const char *bytes)
{
    struct ct_buf scratch;
    ct_buf_init(&scratch, SIZE_MAX);
    const struct ct_buf *got = ct_wire_bytes(w, ct_feed_row(&feed, i), &scratch);
    cr_assert(zero(int, strcmp(got->data, bytes)), "%s", got->data);
    ct_buf_release(&scratch);
}

Test(wire, values_go_into_path_header_and_body_and_the_length_follows)
{
    struct ct_wire w;
    struct ct_err err = {0};
    cr_assert(
        zero(int, make(&w, "/u/{{id}}?x={{id}}", "w {{word}}.", "{\"w\": \"{{word}}\"}", &err)),
        "%s", err.msg);
    expect(&w, 0,
           "POST /p/u/7?x=7 HTTP/1.1\r\nHost: h:81\r\nUser-Agent: ct\r\nX-A: w a b.\r\n"
           "Content-Length: 12\r\n\r\n{\"w\": \"a b\"}");
    expect(&w, 3,
           "POST /p/u/12345?x=12345 HTTP/1.1\r\nHost: h:81\r\nUser-Agent: ct\r\nX-A: w .\r\n"
           "Content-Length: 9\r\n\r\n{\"w\": \"\"}");
    ct_wire_release(&w);
}

Test(wire, without_slots_nothing_is_copied)
{
    struct ct_wire w;
    struct ct_err err = {0};
    struct ct_buf scratch = {0};
    cr_assert(zero(int, make(&w, "/", NULL, "x", &err)));
    cr_assert(eq(ptr, (void *)ct_wire_bytes(&w, ct_feed_row(&feed, 0), &scratch), &w.bytes));
    ct_wire_release(&w);
}

static void refused(const char *path, const char *header, const char *why)
{
    struct ct_wire w;
    struct ct_err err = {0};
    cr_assert(eq(int, make(&w, path, header, NULL, &err), CT_EUSAGE));
    cr_assert(ne(ptr, (void *)strstr(err.msg, why), NULL), "%s", err.msg);
}

Test(wire, no_value_can_smuggle_a_line_and_no_slot_is_left_empty)
{
    refused("/{{missing}}", NULL, "{{missing}} is no column");
    refused("/{{word}}", NULL, "row 1: 'a b' cannot stand in a path");
    (void)snprintf(c3, sizeof(c3), "%s", "x\r\nEvil: 1");
    refused("/", "{{word}}", "row 2");
    c3[0] = 0;
}

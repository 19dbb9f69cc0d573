#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/http2_request.h"

static const struct ct_endpoint plain = {.host = "example.test", .port = 8080, .prefix = "/api"};

/* "name: value\n" for each field, as they go out. */
static const char *fields_of(const struct ct_h2_request *r)
{
    static char text[4096];
    size_t len = 0;
    for (size_t i = 0; i < r->n_fields; i++) {
        const nghttp2_nv *f = &r->fields[i];
        cr_assert(eq(sz, f->namelen, strlen((char *)f->name)));
        cr_assert(eq(sz, f->valuelen, strlen((char *)f->value)));
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s: %s\n", (char *)f->name,
                                (char *)f->value);
    }
    return text;
}

static void expect(const struct ct_endpoint *e, struct ct_request *request, const char *fields)
{
    struct ct_h2_request r;
    struct ct_err err = {0};
    cr_assert(zero(int, ct_h2_request_init(&r, e, request, NULL, &err)), "%s", err.msg);
    cr_assert(eq(str, (char *)fields_of(&r), (char *)fields));
    ct_h2_request_release(&r);
    ct_request_release(request);
}

Test(http2_request, a_plain_one_has_its_four_names_first)
{
    struct ct_request request = {0};
    ct_request_init(&request, "GET", "/a?b=1");
    expect(&plain, &request,
           ":method: GET\n:scheme: http\n:authority: example.test:8080\n:path: /api/a?b=1\n"
           "user-agent: ct\n");
}

Test(http2_request, the_usual_port_is_not_told_and_an_address_has_its_brackets)
{
    struct ct_endpoint e = {.https = true, .host = "::1", .port = 443};
    struct ct_request request = {0};
    ct_request_init(&request, "GET", "/");
    expect(&e, &request,
           ":method: GET\n:scheme: https\n:authority: [::1]\n:path: /\nuser-agent: ct\n");
}

Test(http2_request, what_belongs_to_a_connection_is_left_out)
{
    static const char *const left_out[] = {"Connection", "Keep-Alive", "proxy-connection",
                                           "Upgrade",    "TE",         "Transfer-Encoding"};
    struct ct_request request = {0};
    ct_request_init(&request, "GET", "/");
    for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++)
        ct_request_add_header(&request, left_out[i], "chunked");
    ct_request_add_header(&request, "Te", "trailers");
    ct_request_add_header(&request, "X-Kept", " \tof all \t");
    ct_request_add_header(&request, "X-Empty", " ");
    ct_request_add_header(&request, "User-Agent", "other");
    ct_request_add_header(&request, "hOST", "virtual.test");
    expect(&plain, &request,
           ":method: GET\n:scheme: http\n:authority: virtual.test\n:path: /api/\n"
           "te: trailers\nx-kept: of all\nx-empty: \nuser-agent: other\n");
}

Test(http2_request, a_body_has_its_length_and_so_has_a_missing_one)
{
    struct ct_h2_request r;
    struct ct_request request = {0};
    ct_request_init(&request, "PUT", "/");
    ct_request_set_body(&request, "hello", 5);
    cr_assert(zero(int, ct_h2_request_init(&r, &plain, &request, NULL, NULL)));
    cr_assert(ne(ptr, strstr(fields_of(&r), "content-length: 5\n"), NULL));
    cr_assert(eq(sz, r.body_len, 5));
    cr_assert(zero(int, memcmp(r.body, "hello", 5)));
    ct_h2_request_release(&r);
    ct_request_release(&request);

    ct_request_init(&request, "POST", "/");
    cr_assert(zero(int, ct_h2_request_init(&r, &plain, &request, NULL, NULL)));
    cr_assert(ne(ptr, strstr(fields_of(&r), "content-length: 0\n"), NULL));
    cr_assert(eq(ptr, r.body, NULL));
    ct_h2_request_release(&r);
    ct_request_release(&request);
}

Test(http2_request, what_http1_refuses_is_refused_and_so_are_headers_above_64_kib)
{
    enum { SIZE = 64 * 1024 };
    static char large[SIZE + 1];
    struct ct_h2_request r;
    struct ct_err err = {0};
    struct ct_request request = {0};
    ct_request_init(&request, "GET", "/");
    ct_request_add_header(&request, "X-Bad", "a\r\nX-Smuggled: b");
    cr_assert(eq(int, ct_h2_request_init(&r, &plain, &request, NULL, &err), CT_EUSAGE));
    cr_assert(ne(ptr, strstr(err.msg, "X-Bad"), NULL));
    ct_request_release(&request);

    memset(large, 'x', SIZE);
    ct_request_init(&request, "GET", "/");
    ct_request_add_header(&request, "X-Large", large);
    cr_assert(eq(int, ct_h2_request_init(&r, &plain, &request, NULL, &err), CT_EUSAGE));
    cr_assert(ne(ptr, strstr(err.msg, "65536"), NULL));
    ct_request_release(&request);
}

/* --- with a feed --- */

static char *names[] = {(char *)"id", (char *)"word"};
static char *cells[] = {(char *)"1",      (char *)"a", (char *)"22",
                        (char *)"longer", (char *)"3", (char *)""};
static const struct ct_feed feed = {.names = names, .cells = cells, .n_columns = 2, .n_rows = 3};

Test(http2_request, a_row_of_the_feed_goes_into_path_header_and_body_with_its_length)
{
    static const char *const fields[] = {
        ":method: POST\n:scheme: http\n:authority: example.test:8080\n:path: /api/u/1?w=a\n"
        "user-agent: ct\ncontent-length: 4\nx-id: <1>\nx-constant: yes\n",
        ":method: POST\n:scheme: http\n:authority: example.test:8080\n:path: /api/u/22?w=longer\n"
        "user-agent: ct\ncontent-length: 9\nx-id: <22>\nx-constant: yes\n",
        ":method: POST\n:scheme: http\n:authority: example.test:8080\n:path: /api/u/3?w=\n"
        "user-agent: ct\ncontent-length: 3\nx-id: <3>\nx-constant: yes\n"};
    static const char *const bodies[] = {"w: a", "w: longer", "w: "};
    struct ct_h2_request r;
    struct ct_h2_maker maker = {.n_fields = 0};
    struct ct_buf body = {.data = NULL};
    struct ct_err err = {0};
    struct ct_request request = {0};
    ct_request_init(&request, "POST", "/u/{{id}}?w={{word}}");
    ct_request_add_header(&request, "X-Id", "<{{id}}>");
    ct_request_add_header(&request, "X-Constant", "yes");
    ct_request_set_body(&request, "w: {{word}}", 11);
    cr_assert(zero(int, ct_h2_request_init(&r, &plain, &request, &feed, &err)), "%s", err.msg);
    for (uint64_t i = 0; i < 6; i++) {
        const struct ct_h2_request *made =
            ct_h2_request_make(&r, ct_feed_row(&feed, i), &maker, &body);
        char text[1024];
        size_t len = 0;
        for (size_t k = 0; k < made->n_fields; k++)
            len += (size_t)snprintf(text + len, sizeof(text) - len, "%s: %.*s\n",
                                    (char *)made->fields[k].name, (int)made->fields[k].valuelen,
                                    (char *)made->fields[k].value);
        cr_assert(eq(str, text, (char *)fields[i % 3]));
        cr_assert(eq(sz, made->body_len, strlen(bodies[i % 3])));
        cr_assert(zero(int, memcmp(made->body, bodies[i % 3], made->body_len)));
    }
    ct_h2_maker_release(&maker);
    ct_buf_release(&body);
    ct_h2_request_release(&r);
    ct_request_release(&request);
}

Test(http2_request, a_request_without_slots_stays_constant)
{
    struct ct_h2_request r;
    struct ct_h2_maker maker = {.n_fields = 0};
    struct ct_request request = {0};
    ct_request_init(&request, "GET", "/");
    cr_assert(zero(int, ct_h2_request_init(&r, &plain, &request, &feed, NULL)));
    cr_assert(eq(ptr, (void *)ct_h2_request_make(&r, ct_feed_row(&feed, 0), &maker, NULL), &r));
    ct_h2_request_release(&r);
    ct_request_release(&request);
}

Test(http2_request, a_value_that_cannot_stand_in_its_place_is_refused)
{
    static char *bad[] = {(char *)"a b", (char *)"x\ny"};
    static const struct ct_feed spoilt = {
        .names = names, .cells = bad, .n_columns = 2, .n_rows = 1};
    static const char *const paths[] = {"/{{id}}", "/", "/{{none}}"};
    static const char *const headers[] = {"x", "{{word}}", "x"};
    static const char *const said[] = {"'a b' cannot stand in a path", "cannot stand in a header",
                                       "{{none}} is no column"};
    for (int i = 0; i < 3; i++) {
        struct ct_h2_request r;
        struct ct_err err = {0};
        struct ct_request request = {0};
        ct_request_init(&request, "GET", paths[i]);
        ct_request_add_header(&request, "X-A", headers[i]);
        cr_assert(eq(int, ct_h2_request_init(&r, &plain, &request, &spoilt, &err), CT_EUSAGE));
        cr_assert(ne(ptr, strstr(err.msg, said[i]), NULL), "%s", err.msg);
        ct_request_release(&request);
    }
}

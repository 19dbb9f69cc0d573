#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "io/http1_memo.h"

#define OK "HTTP/1.1 200 OK\r\n"

static char body[64];

static void take_body(void *ctx, const char *bytes, size_t len)
{
    (void)ctx;
    strncat(body, bytes, len);
}

static struct ct_h1_memo memo;

static enum ct_h1_state parse(struct ct_h1_parser *p, const char *bytes, bool is_head)
{
    body[0] = '\0';
    ct_h1_init(p, is_head, 1000, take_body, NULL);
    return ct_h1_feed(p, bytes, strlen(bytes));
}

static bool recall(struct ct_h1_parser *p, const char *bytes, bool is_head)
{
    body[0] = '\0';
    ct_h1_init(p, is_head, 1000, take_body, NULL);
    return ct_h1_recall(&memo, p, bytes, strlen(bytes));
}

static void expect_same(const char *bytes, const char *want_body)
{
    struct ct_h1_parser parsed, recalled;
    cr_assert(eq(int, parse(&parsed, bytes, false), CT_H1_COMPLETE));
    ct_h1_remember(&memo, &parsed, bytes, strlen(bytes));
    cr_assert(recall(&recalled, bytes, false), "%s", bytes);
    cr_assert(eq(int, recalled.status, parsed.status));
    cr_assert(eq(u64, recalled.body_len, parsed.body_len));
    cr_assert(eq(int, recalled.keep_alive, parsed.keep_alive));
    cr_assert(eq(int, recalled.surplus, false));
    cr_assert(eq(int, recalled.failure, CT_FAILURE_NONE));
    cr_assert(eq(int, recalled.state, CT_H1_COMPLETE));
    cr_assert(zero(int, strcmp(body, want_body)), "%s", body);
}

Test(http1_memo, the_same_bytes_say_the_same)
{
    expect_same(OK "Content-Length: 5\r\n\r\nhello", "hello");
    expect_same(OK "Content-Length: 0\r\n\r\n", "");
    expect_same(OK "Connection: close\r\nContent-Length: 2\r\n\r\nhi", "hi");
    expect_same("HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno", "no");
    expect_same(OK "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "hi");
    expect_same("HTTP/1.1 100 Go\r\n\r\n" OK "Content-Length: 2\r\n\r\nhi", "hi");
}

Test(http1_memo, other_bytes_and_other_methods_are_parsed)
{
    struct ct_h1_parser p;
    const char *answer = OK "Content-Length: 2\r\n\r\nhi";
    cr_assert(not(recall(&p, answer, false))); /* nothing is remembered yet */
    expect_same(answer, "hi");
    cr_assert(not(recall(&p, OK "Content-Length: 2\r\n\r\nho", false)));
    cr_assert(not(recall(&p, OK "Content-Length: 2\r\n\r\nh", false)));
    cr_assert(not(recall(&p, answer, true)));
}

static void expect_forgotten(const char *bytes)
{
    struct ct_h1_parser p;
    memo.len = 0;
    (void)parse(&p, bytes, false);
    ct_h1_remember(&memo, &p, bytes, strlen(bytes));
    cr_assert(not(recall(&p, bytes, false)), "%s", bytes);
}

Test(http1_memo, what_one_look_does_not_tell_is_not_remembered)
{
    static char large[CT_H1_MEMO_MAX + 200] = OK "X: ";
    expect_forgotten(OK "Content-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\n"); /* bytes behind it */
    expect_forgotten(OK "Transfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n");
    memset(large + strlen(large), 'x', CT_H1_MEMO_MAX);
    strcat(large, "\r\nContent-Length: 0\r\n\r\n");
    expect_forgotten(large);
}

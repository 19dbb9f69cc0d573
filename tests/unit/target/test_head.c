#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "target/head.h"

static enum ct_head_state parse(const char *text, struct ct_head *head)
{
    return ct_head_parse(text, strlen(text), head);
}

Test(head, a_get_is_read_with_its_length)
{
    struct ct_head head;
    const char *text = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    cr_assert(eq(int, parse(text, &head), CT_HEAD_DONE));
    cr_expect(eq(sz, head.len, strlen(text)));
    cr_expect(eq(u64, head.body_len, 0));
    cr_expect(eq(u64, head.index, CT_HEAD_NO_INDEX));
    cr_expect(head.keep_alive);
    cr_expect(not(head.say_so));
}

Test(head, every_cut_before_the_end_asks_for_more)
{
    struct ct_head head;
    const char *text = "POST /x?y=1 HTTP/1.1\r\nContent-Length: 4\r\nX-Ct-Index: 17\r\n\r\nbody";
    size_t end = strlen(text) - 4;
    for (size_t len = 0; len < end; len++)
        cr_assert(eq(int, ct_head_parse(text, len, &head), CT_HEAD_MORE), "at %zu", len);
    for (size_t len = end; len <= end + 4; len++) {
        cr_assert(eq(int, ct_head_parse(text, len, &head), CT_HEAD_DONE), "at %zu", len);
        cr_expect(eq(sz, head.len, end));
        cr_expect(eq(u64, head.body_len, 4));
        cr_expect(eq(u64, head.index, 17));
    }
}

Test(head, names_and_values_are_read_whatever_their_case)
{
    struct ct_head head;
    cr_assert(eq(int, parse("GET / HTTP/1.1\r\nCONNECTION:Close \r\n\r\n", &head), CT_HEAD_DONE));
    cr_expect(not(head.keep_alive));
    cr_assert(eq(int, parse("GET / HTTP/1.1\r\nx-ct-index:\t5\r\n\r\n", &head), CT_HEAD_DONE));
    cr_expect(eq(u64, head.index, 5));
}

Test(head, http_1_0_keeps_its_connection_only_when_it_asks)
{
    struct ct_head head;
    cr_assert(eq(int, parse("GET / HTTP/1.0\r\n\r\n", &head), CT_HEAD_DONE));
    cr_expect(not(head.keep_alive));
    cr_assert(
        eq(int, parse("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", &head), CT_HEAD_DONE));
    cr_expect(head.keep_alive);
    cr_expect(head.say_so);
}

Test(head, close_wins_over_keep_alive_in_whatever_order)
{
    struct ct_head head;
    static const char *const texts[] = {
        "GET / HTTP/1.0\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nConnection: close\r\nConnection: keep-alive\r\n\r\n",
    };
    for (size_t i = 0; i < 2; i++) {
        cr_assert(eq(int, parse(texts[i], &head), CT_HEAD_DONE));
        cr_expect(not(head.keep_alive));
        cr_expect(not(head.say_so));
    }
}

Test(head, what_is_not_served_is_bad)
{
    static const char *const texts[] = {
        "\r\n\r\n",
        "GET /\r\n\r\n",
        "GET / HTTP/2.0\r\n\r\n",
        " / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\n: empty\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 1234567890123456789\r\n\r\n",
        "GET / HTTP/1.1\r\nX-Ct-Index: x\r\n\r\n",
        "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
    };
    struct ct_head head;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        cr_expect(eq(int, parse(texts[i], &head), CT_HEAD_BAD), "%s", texts[i]);
}

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>

#include "io/http1_parse.h"

enum { BODY_MAX = 1000 };

/* Bytes a peer sends before it closes, and what they mean. */
struct answer {
    char bytes[256];
    enum ct_h1_state state;
    int status;
    enum ct_failure failure;
    char body[16];
    bool keep_alive;
    bool head; /* of a HEAD request */
};

#define OK "HTTP/1.1 200 OK\r\n"
#define DONE(bytes, status, body, keep)                                                            \
    {                                                                                              \
        bytes, CT_H1_COMPLETE, status, CT_FAILURE_NONE, body, keep, 0                              \
    }
#define BAD(bytes, status, failure)                                                                \
    {                                                                                              \
        bytes, CT_H1_FAILED, status, failure, "", false, 0                                         \
    }

static struct answer answers[] = {
    DONE(OK "Content-Length: 5\r\n\r\nhello", 200, "hello", true),
    DONE(OK "Content-Length: 0\r\n\r\n", 200, "", true),
    DONE(OK "Connection: close\r\nContent-Length: 2\r\n\r\nhi", 200, "hi", false),
    DONE(OK "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;a=b\r\nllo\r\n0\r\nX: y\r\n\r\n", 200,
         "hello", true),
    DONE(OK "\r\nhello", 200, "hello", false),
    DONE("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200, "hi", false),
    DONE("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi", 200, "hi",
         true),
    DONE("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\n" OK
         "Content-Length: 2\r\n\r\nhi",
         200, "hi", true),
    DONE("HTTP/1.1 100 Continue\r\nContent-Length: 7\r\n\r\n" OK "Content-Length: 2\r\n\r\nhi", 200,
         "hi", true),
    DONE("HTTP/1.1 204 No Content\r\n\r\n", 204, "", true),
    DONE("HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n", 204, "", true),
    DONE("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, "", true),
    DONE("HTTP/1.1 500\r\nContent-Length: 2\r\n\r\nno", 500, "no", true),
    {OK "Content-Length: 500\r\n\r\n", CT_H1_COMPLETE, 200, CT_FAILURE_NONE, "", true, true},
    {OK "Transfer-Encoding: chunked\r\n\r\n", CT_H1_COMPLETE, 200, CT_FAILURE_NONE, "", true, true},
    BAD("", 0, CT_FAILURE_CLOSED_BEFORE_RESPONSE),
    BAD("HTT", 0, CT_FAILURE_TRUNCATED),
    BAD(OK "Content-Le", 0, CT_FAILURE_TRUNCATED),
    BAD("HTTP/1.1 100 Continue\r\n\r\n", 0, CT_FAILURE_TRUNCATED),
    BAD(OK "Content-Length: 5\r\n\r\nhell", 200, CT_FAILURE_TRUNCATED),
    BAD(OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", 200, CT_FAILURE_TRUNCATED),
    BAD("this is not HTTP\r\n\r\n", 0, CT_FAILURE_PROTOCOL_ERROR),
    BAD("HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", 0, CT_FAILURE_PROTOCOL_ERROR),
    BAD("HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n", 0, CT_FAILURE_PROTOCOL_ERROR),
    BAD("HTTP/1.1 101 Switch\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", 0,
        CT_FAILURE_PROTOCOL_ERROR),
    BAD(OK "Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi", 0, CT_FAILURE_PROTOCOL_ERROR),
    BAD(OK "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", 0, CT_FAILURE_PROTOCOL_ERROR),
    BAD(OK "Content-Length: -2\r\n\r\n", 0, CT_FAILURE_PROTOCOL_ERROR),
    BAD(OK "Content-Length: 99999999999999999999\r\n\r\n", 0, CT_FAILURE_PROTOCOL_ERROR),
    BAD(OK "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 200, CT_FAILURE_PROTOCOL_ERROR),
    BAD(OK "Transfer-Encoding: chunked\r\n\r\n2\r\nhixx", 200, CT_FAILURE_PROTOCOL_ERROR),
};

struct seen {
    char body[BODY_MAX + 1];
    size_t len;
};

static void body_came(void *ctx, const char *bytes, size_t len)
{
    struct seen *seen = ctx;
    memcpy(seen->body + seen->len, bytes, len);
    seen->len += len;
    seen->body[seen->len] = '\0';
}

/* Feed in pieces of at most `piece` bytes, the first being `first` long. */
static enum ct_h1_state feed(struct ct_h1_parser *p, const char *bytes, size_t len, size_t first,
                             size_t piece)
{
    enum ct_h1_state state = CT_H1_MORE;
    for (size_t at = 0, n = first; at < len && state == CT_H1_MORE; at += n, n = piece) {
        if (n > len - at)
            n = len - at;
        /* A copy of its own, so that reading past a piece is seen by the sanitizer. */
        char *copy = malloc(n);
        memcpy(copy, bytes + at, n);
        state = ct_h1_feed(p, copy, n);
        free(copy);
    }
    return state == CT_H1_MORE ? ct_h1_feed_end(p) : state;
}

static void expect(const struct answer *a, size_t first, size_t piece)
{
    struct ct_h1_parser p;
    struct seen seen = {.len = 0};
    ct_h1_init(&p, a->head, BODY_MAX, body_came, &seen);
    enum ct_h1_state state = feed(&p, a->bytes, strlen(a->bytes), first, piece);
    cr_assert(eq(int, (int)state, (int)a->state), "%s in pieces of %zu", a->bytes, piece);
    cr_assert(eq(int, p.status, a->status), "%s", a->bytes);
    cr_assert(eq(int, (int)p.failure, (int)a->failure), "%s in pieces of %zu", a->bytes, piece);
    cr_assert(eq(int, p.keep_alive, a->keep_alive), "%s", a->bytes);
    if (state == CT_H1_COMPLETE) {
        cr_assert(zero(int, strcmp(seen.body, a->body)), "%s", a->bytes);
        cr_assert(eq(u64, p.body_len, seen.len));
        cr_assert(not(p.surplus));
    }
}

ParameterizedTestParameters(http1_parse, an_answer_means_the_same_wherever_it_is_cut)
{
    return cr_make_param_array(struct answer, answers, sizeof(answers) / sizeof(answers[0]));
}

ParameterizedTest(struct answer *a, http1_parse, an_answer_means_the_same_wherever_it_is_cut)
{
    size_t len = strlen(a->bytes);
    expect(a, len, len);
    expect(a, 1, 1);
    expect(a, 10, 10);
    for (size_t cut = 1; cut < len; cut++)
        expect(a, cut, len);
}

Test(http1_parse, a_surplus_is_noticed)
{
    struct ct_h1_parser p;
    const char *bytes = OK "Content-Length: 2\r\n\r\nhiHTTP/1.1";
    ct_h1_init(&p, false, BODY_MAX, NULL, NULL);
    cr_assert(eq(int, (int)ct_h1_feed(&p, bytes, strlen(bytes)), CT_H1_COMPLETE));
    cr_assert(p.surplus);
    cr_assert(eq(u64, p.body_len, 2));
}

/* bytes, then `unit` until the parser has enough or 1 MiB has gone by. */
static enum ct_failure flood(const char *bytes, const char *unit, size_t piece, uint64_t body_max)
{
    struct ct_h1_parser p;
    enum ct_h1_state state;
    size_t units = (1024 * 1024) / strlen(unit) + 1, len = strlen(bytes);
    char *all = calloc(1, len + units * strlen(unit) + 1);
    memcpy(all, bytes, len);
    for (size_t i = 0; i < units; i++, len += strlen(unit))
        memcpy(all + len, unit, strlen(unit));
    ct_h1_init(&p, false, body_max, NULL, NULL);
    state = feed(&p, all, len, piece, piece);
    free(all);
    cr_assert(eq(int, (int)state, CT_H1_FAILED));
    return p.failure;
}

Test(http1_parse, nothing_is_endless)
{
    static const size_t pieces[] = {1, 1000, 65536, 1 << 21};
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        cr_assert(eq(int,
                     (int)flood(OK, "X-Fill: aaaaaaaaaaaaaaaaaaaaaaaa\r\n", pieces[i], 1 << 30),
                     CT_FAILURE_HEADER_TOO_LARGE));
        cr_assert(eq(int, (int)flood("", "HTTP/1.1 100 Continue\r\n\r\n", pieces[i], 1 << 30),
                     CT_FAILURE_HEADER_TOO_LARGE));
        cr_assert(eq(int,
                     (int)flood(OK "Transfer-Encoding: chunked\r\n\r\n0\r\n", "X: aaaaaaaaa\r\n",
                                pieces[i], 1 << 30),
                     CT_FAILURE_HEADER_TOO_LARGE));
        cr_assert(eq(int,
                     (int)flood(OK "Transfer-Encoding: chunked\r\n\r\n1;x=", "aaaaaaaaaaaaaaaaa",
                                pieces[i], 1 << 30),
                     CT_FAILURE_HEADER_TOO_LARGE));
        cr_assert(eq(int, (int)flood(OK "\r\n", "0123456789", pieces[i], 70000),
                     CT_FAILURE_BODY_TOO_LARGE));
    }
}

/* Exactly 64 KiB of head are taken, one byte more is not, wherever it is cut. */
Test(http1_parse, the_limit_of_a_head_is_exact)
{
    for (int over = 0; over <= 1; over++) {
        const char *begin = OK "Content-Length: 0\r\nX: ", *end = "\r\n\r\n";
        size_t len = (size_t)CT_H1_HEAD_MAX + (size_t)over;
        char *all = malloc(len);
        memset(all, 'a', len);
        memcpy(all, begin, strlen(begin));
        memcpy(all + len - strlen(end), end, strlen(end));
        for (size_t piece = 997; piece < 200000; piece *= 3) {
            struct ct_h1_parser p;
            ct_h1_init(&p, false, BODY_MAX, NULL, NULL);
            enum ct_h1_state state = feed(&p, all, len, piece, piece);
            cr_assert(eq(int, (int)state, over ? CT_H1_FAILED : CT_H1_COMPLETE), "piece %zu",
                      piece);
        }
        free(all);
    }
}

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "io/http1_memo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BODY_MAX = 1000 };

static void read_answer(struct ct_h1_parser *p, const uint8_t *data, size_t size, size_t piece)
{
    enum ct_h1_state state = CT_H1_MORE;
    ct_h1_init(p, false, BODY_MAX, NULL, NULL);
    for (size_t at = 0; at < size && state == CT_H1_MORE; at += piece) {
        size_t n = size - at < piece ? size - at : piece;
        char *copy = malloc(n);
        memcpy(copy, data + at, n);
        state = ct_h1_feed(p, copy, n);
        free(copy);
    }
    if (state == CT_H1_MORE)
        state = ct_h1_feed_end(p);
    assert(state == p->state && state != CT_H1_MORE);
    assert((state == CT_H1_FAILED) == (p->failure != CT_FAILURE_NONE));
    assert(state == CT_H1_FAILED ||
           (p->status >= 200 && p->status < 1000 && p->body_len <= BODY_MAX));
}

/* What is remembered of an answer is what parsing it again says. */
static void remember(const uint8_t *data, size_t size)
{
    static struct ct_h1_memo memo;
    struct ct_h1_parser parsed, recalled;
    const char *bytes = (const char *)data;
    ct_h1_init(&parsed, false, BODY_MAX, NULL, NULL);
    if (size == 0 || ct_h1_feed(&parsed, bytes, size) != CT_H1_COMPLETE)
        return;
    memo.len = 0;
    ct_h1_remember(&memo, &parsed, bytes, size);
    ct_h1_init(&recalled, false, BODY_MAX, NULL, NULL);
    if (!ct_h1_recall(&memo, &recalled, bytes, size))
        return;
    assert(!parsed.surplus && recalled.status == parsed.status);
    assert(recalled.body_len == parsed.body_len && recalled.keep_alive == parsed.keep_alive);
    assert(memo.body_at + memo.body_len <= size);
}

/* Whatever a peer sends has one outcome, and the same one however it is cut. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ct_h1_parser whole, cut;
    read_answer(&whole, data, size, size > 0 ? size : 1);
    read_answer(&cut, data, size, 1);
    assert(whole.state == cut.state && whole.status == cut.status);
    assert(whole.failure == cut.failure);
    assert(whole.state == CT_H1_FAILED || whole.body_len == cut.body_len);
    remember(data, size);
    return 0;
}

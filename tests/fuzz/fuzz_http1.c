#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "io/http1_parse.h"

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

/* Whatever a peer sends has one outcome, and the same one however it is cut. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ct_h1_parser whole, cut;
    read_answer(&whole, data, size, size > 0 ? size : 1);
    read_answer(&cut, data, size, 1);
    assert(whole.state == cut.state && whole.status == cut.status);
    assert(whole.failure == cut.failure);
    assert(whole.state == CT_H1_FAILED || whole.body_len == cut.body_len);
    return 0;
}

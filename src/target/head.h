/*
 * The head of an HTTP/1.x request, as far as the delaying server needs it. Pure: no socket, no
 * allocation; the outcome depends on the bytes alone.
 */
#ifndef CT_TARGET_HEAD_H
#define CT_TARGET_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CT_HEAD_NO_INDEX UINT64_MAX

enum ct_head_state {
    CT_HEAD_MORE, /* the empty line has not come yet */
    CT_HEAD_DONE,
    CT_HEAD_BAD, /* no request that is served here; chunked bodies are not */
};

struct ct_head {
    size_t len;        /* bytes, with the empty line */
    uint64_t body_len; /* bytes that follow */
    uint64_t index;    /* of the header X-Ct-Index, or CT_HEAD_NO_INDEX */
    bool keep_alive;   /* the client would use the connection again */
    bool say_so;       /* HTTP/1.0 that asked for it: the answer has to say "keep-alive" */
};

/* out is written when CT_HEAD_DONE. */
enum ct_head_state ct_head_parse(const char *bytes, size_t len, struct ct_head *out);

#endif

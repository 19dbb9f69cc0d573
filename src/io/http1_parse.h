/*
 * One HTTP/1.1 answer, read from bytes in whatever pieces they come (llhttp underneath): status,
 * framing, body. Pure: no socket, no clock, no allocation. The outcome does not depend on where the
 * bytes are cut.
 *
 * Interim answers (1xx) are skipped; with the head they count towards CT_H1_HEAD_MAX, so a flood of
 * them ends. 101 and CONNECT are not HTTP any more and are refused.
 */
#ifndef CT_IO_HTTP1_PARSE_H
#define CT_IO_HTTP1_PARSE_H

#include <llhttp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/failure.h"

enum { CT_H1_HEAD_MAX = 64 * 1024 }; /* bytes of heads; and of trailers with chunk extensions */

enum ct_h1_state {
    CT_H1_MORE,     /* the answer is not complete */
    CT_H1_COMPLETE, /* complete; feed nothing more */
    CT_H1_FAILED,   /* failure and detail say why; feed nothing more */
};

/* A piece of the body, borrowed. */
typedef void ct_h1_body_fn(void *ctx, const char *bytes, size_t len);

struct ct_h1_parser {
    /* what was read; status 0 until the final head's first line */
    int status;
    uint64_t body_len;
    bool begun;      /* a byte came */
    bool head_done;  /* the final head is complete */
    bool keep_alive; /* valid when complete: the connection may be used again */
    bool surplus;    /* valid when complete: bytes followed the answer */
    enum ct_failure failure;
    const char *detail; /* static text or NULL */

    const char *body_first; /* where the first piece of the body was, in the bytes fed */
    uint32_t body_pieces;

    /* private */
    llhttp_t http; /* set up when the first bytes are fed */
    enum ct_h1_state state;
    bool is_head;
    size_t head_left, trailer_left;
    uint64_t body_max;
    ct_h1_body_fn *body;
    void *ctx;
};

/* Begin a new answer. is_head: of a HEAD request. body may be NULL: the body is only counted. */
void ct_h1_init(struct ct_h1_parser *p, bool is_head, uint64_t body_max, ct_h1_body_fn *body,
                void *ctx);

/* Not to be called again once it returned anything but CT_H1_MORE. */
enum ct_h1_state ct_h1_feed(struct ct_h1_parser *p, const char *bytes, size_t len);

/* The connection was closed by the peer. CT_H1_COMPLETE for a body that ends so; else
 * CT_H1_FAILED: CLOSED_BEFORE_RESPONSE when no byte had come, TRUNCATED when some had. */
enum ct_h1_state ct_h1_feed_end(struct ct_h1_parser *p);

#endif

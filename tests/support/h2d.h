/*
 * A scripted HTTP/2 server on 127.0.0.1 for tests, in a thread of its own, that writes raw frames:
 * cleartext with prior knowledge. Every request on every connection gets what the kind says. It
 * counts what it saw, so that a client's numbers can be checked from the other side.
 */
#ifndef CT_TEST_H2D_H
#define CT_TEST_H2D_H

#include <stdint.h>

enum h2d_kind {
    H2D_OK,       /* 200, "ok\n" */
    H2D_LIMIT,    /* the same; two streams at once, and no more are taken (REFUSED_STREAM) */
    H2D_INTERIM,  /* 103, then the same */
    H2D_TRAILERS, /* the same, with trailers */
    H2D_EARLY,    /* the same, before the request's body */
    H2D_EARLY_NO, /* the same, and RST_STREAM (NO_ERROR): that need not come */
    H2D_HEAD,     /* a head with content-length 3 that ends the answer, as for HEAD */

    H2D_PAIR_GOAWAY, /* second request: GOAWAY that names the first; then that is answered */
    H2D_GOAWAY_CALM, /* GOAWAY (ENHANCE_YOUR_CALM) that names none */
    H2D_REFUSED,     /* RST_STREAM (REFUSED_STREAM) */
    H2D_RESET_BODY,  /* a head, half a body, RST_STREAM (INTERNAL_ERROR) */
    H2D_SHORT,       /* a body shorter than its content-length */
    H2D_LONG,        /* a body longer than its content-length */
    H2D_NO_STATUS,   /* a head without :status */
    H2D_101,
    H2D_BIG_HEAD,      /* above 64 KiB in CONTINUATION frames */
    H2D_CONTINUATIONS, /* empty ones without end */
    H2D_INTERIM_FLOOD, /* 103 again and again, above 64 KiB in all */
    H2D_BIG_TRAILERS,
    H2D_BIG_BODY,  /* 1 MiB */
    H2D_BAD_FRAME, /* DATA on stream 0 */
    H2D_GARBAGE,   /* an HTTP/1.1 answer at once */
    H2D_SETTINGS_FLOOD,
    H2D_HANG,
    H2D_STALL, /* a head and half a body, no more */
    H2D_CLOSE,
    H2D_CLOSE_BODY, /* a head and half a body, then the end of the connection */
    H2D_CUT,        /* RST of the connection */
    H2D_CUT_BODY,
    H2D_RACE, /* the connection ends with the fourth request instead of its answer */
};

struct h2d;

struct h2d *h2d_start(enum h2d_kind kind); /* on a free port; ends the program when it cannot */
void h2d_stop(struct h2d *h);
uint16_t h2d_port(const struct h2d *h);

/* From any thread. */
uint64_t h2d_requests(const struct h2d *h);    /* HEADERS read */
uint64_t h2d_connections(const struct h2d *h); /* accepted */
uint64_t h2d_resets(const struct h2d *h);      /* RST_STREAM read */
uint64_t h2d_goodbyes(const struct h2d *h);    /* GOAWAY read */
uint64_t h2d_most(const struct h2d *h);        /* requests that came in one read of a connection */

#endif

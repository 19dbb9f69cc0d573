/*
 * One HTTP/2 connection as a client sees it, without its socket (libnghttp2 underneath): bytes in,
 * bytes out, and requests that end. Pure: no clock. What comes out does not depend on where the
 * bytes that come in are cut (but that nghttp2 counts a CONTINUATION frame, of which it takes eight
 * in a row, again with each piece of its header).
 *
 * Limits: heads of one answer (1xx with the final one) 64 KiB of names and values, trailers the
 * same; the windows are so large that a peer never waits for them.
 */
#ifndef CT_IO_HTTP2_SESSION_H
#define CT_IO_HTTP2_SESSION_H

#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "io/http2_memory.h"
#include "io/http2_request.h"
#include "model/failure.h"

enum { CT_H2_HEAD_MAX = 64 * 1024 };

struct ct_h2_session;

/* One request and its answer. Zeroed by the owner before it is submitted, but for body and made. */
struct ct_h2_stream {
    /* what came; complete when ended is called */
    int status; /* 0 until the final head is complete */
    bool begun; /* a frame of the answer came */
    bool head_done;
    uint64_t body_len, bytes_sent, bytes_received;
    enum ct_failure failure; /* NONE: a complete answer */
    const char *detail;      /* static text or NULL */
    struct ct_buf body;      /* the owner's; appended to when bodies are kept */

    /* the owner's */
    struct ct_buf made; /* for the body of a request with a feed's values; kept until it ends */
    void *conn, *exchange;
    bool reused; /* sent on a connection that had served before; for the class of a failure */

    /* private */
    struct ct_h2_stream *before, *after; /* in one struct ct_h2_streams */
    uint64_t fields_at; /* where its first byte stands among all that the session gave out */
    size_t head_left;
    const char *left; /* of the request's body */
    size_t left_len;
    int32_t id;
    int head_status;
    uint64_t content_length; /* 0: none came, or 0 */
    bool cut;                /* the peer ended the body before that */
    bool reset;              /* by the peer */
};

/* A list through streams; each is in one at most. */
struct ct_h2_streams {
    struct ct_h2_stream *first, *last;
    uint32_t count;
};
void ct_h2_streams_add(struct ct_h2_streams *list, struct ct_h2_stream *stream);
void ct_h2_streams_remove(struct ct_h2_streams *list, struct ct_h2_stream *stream);

/* What the sessions of one client share. Outlives them. */
struct ct_h2_client {
    size_t body_max;
    bool keep_body;
    void (*ended)(struct ct_h2_stream *stream); /* see ct_h2_session_submit */
    nghttp2_session_callbacks *callbacks;
    nghttp2_option *option;
    struct ct_h2_memory *memory; /* owned */
};
/* The other members are the caller's to set. */
void ct_h2_client_init(struct ct_h2_client *client);
void ct_h2_client_release(struct ct_h2_client *client);

struct ct_h2_session {
    struct ct_h2_streams streams; /* submitted, not ended; in the order of their requests */
    bool settled;                 /* the peer's settings came */
    bool goaway;                  /* the peer takes no new requests */

    /* private */
    const struct ct_h2_client *client;
    nghttp2_session *nghttp2;
    struct ct_h2_stream *unsent;  /* first of the streams that were not yet returned by next_sent */
    struct ct_h2_stream *current; /* of the frame that is being read */
    uint64_t gathered;            /* bytes given out */
    const char *detail;
    uint32_t goaway_error;
};

/* client is borrowed. false: out of memory. */
bool ct_h2_session_init(struct ct_h2_session *s, const struct ct_h2_client *client);
void ct_h2_session_release(struct ct_h2_session *s); /* no stream is left; not inside ended */

/* The most streams that the peer allows at once: 100 until it is known. */
uint32_t ct_h2_session_streams_max(const struct ct_h2_session *s);

/* Send request on stream; its body is borrowed until the stream has ended, the rest during the call
 * unless nghttp2 was told not to copy it. ended(stream) is called once, when the answer is complete
 * or failed: from feed, gather or broken; the stream is the owner's again then. Not after cancel.
 * false: this connection takes none any more. */
bool ct_h2_session_submit(struct ct_h2_session *s, struct ct_h2_stream *stream,
                          const struct ct_h2_request *request);

/* Give it up (RST_STREAM); the connection goes on. */
void ct_h2_session_cancel(struct ct_h2_session *s, struct ct_h2_stream *stream);

/* Say that this side ends the connection (GOAWAY): gather has it. Not inside ended. */
void ct_h2_session_leave(struct ct_h2_session *s);

/* Bytes from the peer. May be called until one of these says that the session is over. */
void ct_h2_session_feed(struct ct_h2_session *s, const char *bytes, size_t len);

/* Append what is to be sent, about max bytes at most; none: out stays as it was. false: the session
 * is over (GOAWAY and no stream left, or the peer broke the protocol: then all streams have ended);
 * what was appended is still to be sent. */
bool ct_h2_session_gather(struct ct_h2_session *s, struct ct_buf *out, size_t max);

/* The next stream whose request's first byte is among the first `accepted` bytes that were
 * gathered, each once, in their order; NULL: none. */
struct ct_h2_stream *ct_h2_session_next_sent(struct ct_h2_session *s, uint64_t accepted);

/* The connection is gone: all streams end. errnum as read or write gave it; 0: closed in order.
 * detail: static text or NULL; what GOAWAY said goes before it. */
void ct_h2_session_broken(struct ct_h2_session *s, int errnum, const char *detail);

/* --- between http2_session.c and http2_callbacks.c --- */

struct ct_h2_stream *ct_h2_session_find(const struct ct_h2_session *s, int32_t id);
void ct_h2_stream_reset(struct ct_h2_session *s, const struct ct_h2_stream *stream);
void ct_h2_stream_end(struct ct_h2_session *s, struct ct_h2_stream *stream, enum ct_failure failure,
                      const char *detail);
const char *ct_h2_session_goaway_detail(const struct ct_h2_session *s); /* when it came */

#endif

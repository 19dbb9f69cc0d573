/*
 * A request as HTTP/1.1 puts it on the wire, prepared once per run: constant bytes, or bytes with
 * places where values of a feed go. Sending a constant one copies nothing.
 */
#ifndef CT_IO_WIRE_H
#define CT_IO_WIRE_H

#include "base/buf.h"
#include "base/err.h"
#include "io/transport.h"
#include "model/mix.h"

struct ct_wire_slot {
    size_t at;  /* before this byte */
    int column; /* of the feed; CT_WIRE_LENGTH: the length of the body */
};
enum { CT_WIRE_LENGTH = -1 };

struct ct_wire {
    struct ct_buf bytes; /* without the slots */
    struct ct_wire_slot *slots;
    size_t n_slots;
    size_t body_at;
    bool is_head; /* of a HEAD request */
};

/* feed: NULL or the values for {{name}}. CT_EUSAGE as ct_request_bytes, or when a slot is no column
 * of the feed. */
int ct_wire_init(struct ct_wire *w, const struct ct_endpoint *endpoint,
                 const struct ct_request *request, bool keep_alive, const struct ct_feed *feed,
                 struct ct_err *err);
void ct_wire_release(struct ct_wire *w);

/* A piece of a request by itself, with its slots. For HTTP/2, which has no lines. */
enum ct_wire_part { CT_WIRE_PATH, CT_WIRE_HEADER, CT_WIRE_BODY };
int ct_wire_init_part(struct ct_wire *w, enum ct_wire_part part, const char *text, size_t len,
                      const struct ct_feed *feed, struct ct_err *err);

/* The bytes to send with a row of the feed (ct_feed_row). Constant ones: w's own, which stay. Else
 * they are made in scratch and hold until its next use. */
const struct ct_buf *ct_wire_bytes(const struct ct_wire *w, const char *const *row,
                                   struct ct_buf *scratch);

#endif

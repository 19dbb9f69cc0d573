/*
 * A request as HTTP/2 has it: a list of fields and a body, prepared once per run: constant, or with
 * places where values of a feed go. Sending a constant one copies nothing.
 */
#ifndef CT_IO_HTTP2_REQUEST_H
#define CT_IO_HTTP2_REQUEST_H

#include <nghttp2/nghttp2.h>

#include "base/err.h"
#include "io/transport.h"
#include "io/wire.h"
#include "model/mix.h"
#include "model/request.h"

struct ct_h2_request {
    nghttp2_nv *fields; /* names and values are owned, and not copied by nghttp2 */
    size_t n_fields;
    char *body; /* owned; NULL: the fields end the request */
    size_t body_len;
    bool is_head;

    /* with slots */
    struct ct_wire *values; /* of fields, n_fields of them; NULL: the request is constant */
    struct ct_wire body_wire;
    size_t length_at; /* the field that tells the body's length, made with it; 0: none */
};

/* Copies all. The fields of the HTTP/1.1 request (io/request_bytes.h) with Host as :authority and
 * without what belongs to a connection (RFC 9113, 8.2.2: Connection, Keep-Alive, Proxy-Connection,
 * Transfer-Encoding, Upgrade, TE but for "trailers"). feed: NULL or the values for {{name}}.
 * CT_EUSAGE by the same checks, or when names and values are above 64 KiB. */
int ct_h2_request_init(struct ct_h2_request *r, const struct ct_endpoint *endpoint,
                       const struct ct_request *request, const struct ct_feed *feed,
                       struct ct_err *err);
void ct_h2_request_release(struct ct_h2_request *r); /* accepts a zeroed struct */

/* Where requests with a feed's values are made; zeroed at first. */
struct ct_h2_maker {
    struct ct_h2_request made; /* its fields hold until the next one is made */
    struct ct_buf values, scratch;
    size_t n_fields; /* room in made.fields */
};
void ct_h2_maker_release(struct ct_h2_maker *m);

/* The request to send with a row of the feed: r itself when it is constant. Else made in m, with
 * its body in *body, which is made when it is needed and stays the caller's. */
const struct ct_h2_request *ct_h2_request_make(const struct ct_h2_request *r,
                                               const char *const *row, struct ct_h2_maker *m,
                                               struct ct_buf *body);

#endif

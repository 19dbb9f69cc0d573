/*
 * A request as HTTP/2 has it: a list of fields and a body, prepared once per run.
 */
#ifndef CT_IO_HTTP2_REQUEST_H
#define CT_IO_HTTP2_REQUEST_H

#include <nghttp2/nghttp2.h>

#include "base/err.h"
#include "io/transport.h"
#include "model/request.h"

struct ct_h2_request {
    nghttp2_nv *fields; /* names and values are owned, and not copied by nghttp2 */
    size_t n_fields;
    char *body; /* owned; NULL: the fields end the request */
    size_t body_len;
    bool is_head;
};

/* Copies all. The fields of the HTTP/1.1 request (io/request_bytes.h) with Host as :authority and
 * without what belongs to a connection (RFC 9113, 8.2.2: Connection, Keep-Alive, Proxy-Connection,
 * Transfer-Encoding, Upgrade, TE but for "trailers"). CT_EUSAGE by the same checks, or when names
 * and values are above 64 KiB. */
int ct_h2_request_init(struct ct_h2_request *r, const struct ct_endpoint *endpoint,
                       const struct ct_request *request, struct ct_err *err);
void ct_h2_request_release(struct ct_h2_request *r); /* accepts a zeroed struct */

#endif

/*
 * A request as HTTP/1.1 puts it on the wire, prepared once per run.
 */
#ifndef CT_IO_REQUEST_BYTES_H
#define CT_IO_REQUEST_BYTES_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "io/transport.h"
#include "model/request.h"

#define CT_USER_AGENT "ct"

/* CT_EUSAGE when method, path or a header cannot stand in a request: wrong bytes, or CONNECT. */
int ct_request_check(const struct ct_request *request, struct ct_err *err);

/* No space or control byte; no control byte but tab. */
bool ct_request_is_path_part(const char *text);
bool ct_request_is_value(const char *text);

/* The value of the first header of that name (any case), or NULL. */
const char *ct_request_header(const struct ct_request *request, const char *name);

/* It has a body, maybe empty: given, or by a method whose missing body servers want to be told
 * (RFC 9110, 8.6). */
bool ct_request_sends_body(const struct ct_request *request);

/* Head and body appended to out. Host, User-Agent, Content-Length and, when keep_alive is off,
 * Connection: close are added unless the request has them. CT_EUSAGE as above, or when out is too
 * small. */
int ct_request_bytes(const struct ct_endpoint *endpoint, const struct ct_request *request,
                     bool keep_alive, struct ct_buf *out, struct ct_err *err);

#endif

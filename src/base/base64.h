/* Base64 (RFC 4648, section 4), with padding. */
#ifndef CT_BASE_BASE64_H
#define CT_BASE_BASE64_H

#include <stddef.h>

#include "base/buf.h"

bool ct_base64_encode(struct ct_buf *out, const void *bytes, size_t len);

/* Strict: length a multiple of 4, no white space, canonical padding. 0 or -1. */
int ct_base64_decode(struct ct_buf *out, const char *text, size_t len);

#endif

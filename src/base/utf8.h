/* UTF-8 (RFC 3629). */
#ifndef CT_BASE_UTF8_H
#define CT_BASE_UTF8_H

#include <stddef.h>

/* Bytes of the character at the beginning of text, 1 to 4; 0 when it is not valid (or len is 0). */
size_t ct_utf8_len(const char *text, size_t len);

#endif

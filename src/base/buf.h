/*
 * Growable bytes with a stated maximum: nothing that grows from outside input grows without end.
 * The content is always followed by a NUL that is not counted. A zeroed struct is not valid: init.
 */
#ifndef CT_BASE_BUF_H
#define CT_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct ct_buf {
    char *data;  /* never NULL after init; NUL-terminated */
    size_t len;  /* bytes used */
    size_t cap;  /* bytes allocated */
    size_t max;  /* len never exceeds this */
    bool failed; /* something was cut since init or clear; later appends are ignored */
};

void ct_buf_init(struct ct_buf *b, size_t max);
void ct_buf_release(struct ct_buf *b);
void ct_buf_clear(struct ct_buf *b); /* len 0, failed false; keeps the memory */

/* Append. false (and failed set, nothing appended) when max would be exceeded: check once at the
 * end of a series. */
bool ct_buf_add(struct ct_buf *b, const void *bytes, size_t len);
bool ct_buf_puts(struct ct_buf *b, const char *text);
bool ct_buf_printf(struct ct_buf *b, const char *fmt, ...) CT_PRINTF(2, 3);

/* Append text as a JSON string with its quotes; invalid UTF-8 becomes U+FFFD. */
bool ct_buf_json_string(struct ct_buf *b, const char *text, size_t len);

/* Append a JSON number: whole numbers as integers, NaN and infinities as null, else the shortest
 * form that reads back to the same double. */
bool ct_buf_json_number(struct ct_buf *b, double value);

/* Remove the first n bytes. */
void ct_buf_consume(struct ct_buf *b, size_t n);

/* Read a whole file, at most max bytes. CT_EUSAGE when missing or too large, CT_EFAIL when reading
 * fails. */
int ct_buf_read_file(struct ct_buf *b, const char *path, struct ct_err *err);

#endif

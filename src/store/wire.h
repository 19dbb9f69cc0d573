/*
 * Little-endian numbers and length-prefixed texts, written to a buffer and read back with every
 * length checked: the payloads of the journal.
 */
#ifndef CT_STORE_WIRE_H
#define CT_STORE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

void ct_put_u64(struct ct_buf *b, uint64_t v);
void ct_put_f64(struct ct_buf *b, double v);
void ct_put_text(struct ct_buf *b, const char *text); /* NULL is written as "" */
void ct_put_bytes(struct ct_buf *b, const void *bytes, size_t len);

/* Reads on; after the first wrong read failed is set and everything else reads as 0 or "". */
struct ct_cursor {
    const unsigned char *at, *end;
    bool failed;
};

uint64_t ct_get_u64(struct ct_cursor *c);
double ct_get_f64(struct ct_cursor *c);
char *ct_get_text(struct ct_cursor *c); /* owned by caller; never NULL */
void ct_get_text_into(struct ct_cursor *c, char *text, size_t size); /* cut to fit */
const void *ct_get_bytes(struct ct_cursor *c, size_t *len);          /* borrowed */

#endif

#include "store/wire.h"

#include <string.h>

#include "base/mem.h"

/* LEB128: most numbers of the journal are small. */
void ct_put_u64(struct ct_buf *b, uint64_t v)
{
    unsigned char bytes[10];
    size_t n = 0;
    for (; v >= 0x80; v >>= 7)
        bytes[n++] = (unsigned char)(v | 0x80);
    bytes[n++] = (unsigned char)v;
    (void)ct_buf_add(b, bytes, n);
}

uint64_t ct_get_u64(struct ct_cursor *c)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 64 && c->at < c->end; shift += 7) {
        unsigned char byte = *c->at++;
        v |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0)
            return c->failed ? 0 : v;
    }
    c->failed = true;
    return 0;
}

void ct_put_f64(struct ct_buf *b, double v)
{
    uint64_t bits;
    unsigned char bytes[8];
    memcpy(&bits, &v, sizeof(bits));
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(bits >> (8 * i));
    (void)ct_buf_add(b, bytes, sizeof(bytes));
}

double ct_get_f64(struct ct_cursor *c)
{
    uint64_t bits = 0;
    double v;
    if (c->failed || c->end - c->at < 8) {
        c->failed = true;
        return 0;
    }
    for (int i = 0; i < 8; i++)
        bits |= (uint64_t)*c->at++ << (8 * i);
    memcpy(&v, &bits, sizeof(v));
    return v;
}

void ct_put_bytes(struct ct_buf *b, const void *bytes, size_t len)
{
    ct_put_u64(b, len);
    (void)ct_buf_add(b, bytes, len);
}

void ct_put_text(struct ct_buf *b, const char *text)
{
    ct_put_bytes(b, text != NULL ? text : "", text != NULL ? strlen(text) : 0);
}

const void *ct_get_bytes(struct ct_cursor *c, size_t *len)
{
    uint64_t n = ct_get_u64(c);
    *len = 0;
    if (c->failed || n > (uint64_t)(c->end - c->at)) {
        c->failed = true;
        return "";
    }
    const void *bytes = c->at;
    c->at += n;
    *len = (size_t)n;
    return bytes;
}

char *ct_get_text(struct ct_cursor *c)
{
    size_t len;
    const char *text = ct_get_bytes(c, &len);
    return ct_xstrndup(text, len);
}

void ct_get_text_into(struct ct_cursor *c, char *text, size_t size)
{
    size_t len;
    const char *from = ct_get_bytes(c, &len);
    if (len > size - 1)
        len = size - 1;
    memcpy(text, from, len);
    text[len] = '\0';
}

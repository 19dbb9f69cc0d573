#include "base/base64.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool ct_base64_encode(struct ct_buf *out, const void *bytes, size_t len)
{
    const unsigned char *b = bytes;
    for (size_t i = 0; i < len; i += 3) {
        size_t n = len - i < 3 ? len - i : 3;
        uint32_t v = (uint32_t)b[i] << 16;
        v |= n > 1 ? (uint32_t)b[i + 1] << 8 : 0;
        v |= n > 2 ? b[i + 2] : 0;
        char four[4] = {alphabet[v >> 18], alphabet[v >> 12 & 63],
                        (char)(n > 1 ? alphabet[v >> 6 & 63] : '='),
                        (char)(n > 2 ? alphabet[v & 63] : '=')};
        (void)ct_buf_add(out, four, 4);
    }
    return !out->failed;
}

static int value_of(char c)
{
    const char *p = c != '\0' ? strchr(alphabet, c) : NULL;
    return p != NULL ? (int)(p - alphabet) : -1;
}

/* Decode four characters of which the last pad are '='. */
static int decode_four(struct ct_buf *out, const char *four, int pad)
{
    uint32_t v = 0;
    for (int i = 0; i < 4; i++) {
        int bits = i >= 4 - pad ? 0 : value_of(four[i]);
        if (bits < 0)
            return -1;
        v = v << 6 | (uint32_t)bits;
    }
    if ((pad == 1 && (v & 0xff) != 0) || (pad == 2 && (v & 0xffff) != 0))
        return -1;
    unsigned char b[3] = {(unsigned char)(v >> 16), (unsigned char)(v >> 8), (unsigned char)v};
    return ct_buf_add(out, b, (size_t)(3 - pad)) ? 0 : -1;
}

int ct_base64_decode(struct ct_buf *out, const char *text, size_t len)
{
    if (len % 4 != 0)
        return -1;
    for (size_t i = 0; i < len; i += 4) {
        bool last = i + 4 == len;
        int pad = 0;
        if (last && text[i + 3] == '=')
            pad = text[i + 2] == '=' ? 2 : 1;
        if (decode_four(out, text + i, pad) != 0)
            return -1;
    }
    return 0;
}

#include "store/hdr.h"

#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/base64.h"
#include "base/mem.h"

enum { PLAIN_MAX = 1 << 20, PACKED_MAX = 1 << 20, PREFIX = 8, COOKIE = 0x1c849314 };

static uint32_t big_endian(const char *bytes)
{
    const unsigned char *p = (const unsigned char *)bytes;
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int unpack(const struct ct_buf *packed, struct ct_histogram *h, struct ct_err *err)
{
    uLongf len = PLAIN_MAX;
    if (packed->len < PREFIX || big_endian(packed->data) != COOKIE ||
        big_endian(packed->data + 4) != packed->len - PREFIX)
        return ct_fail(err, CT_EUSAGE, "expected a histogram that begins with HISTFAAA");
    Bytef *plain = ct_xcalloc(1, PLAIN_MAX);
    int rc = uncompress(plain, &len, (const Bytef *)packed->data + PREFIX,
                        (uLong)(packed->len - PREFIX)) == Z_OK
                 ? ct_histogram_decode(h, plain, len, err)
                 : ct_fail(err, CT_EUSAGE, "this histogram cannot be unpacked");
    free(plain);
    return rc;
}

int ct_hdr_parse(const char *text, size_t len, struct ct_histogram *h, struct ct_err *err)
{
    struct ct_buf packed;
    ct_histogram_clear(h);
    ct_buf_init(&packed, PACKED_MAX);
    int rc = ct_base64_decode(&packed, text, len) == 0
                 ? unpack(&packed, h, err)
                 : ct_fail(err, CT_EUSAGE, "expected a histogram in base64");
    ct_buf_release(&packed);
    return rc;
}

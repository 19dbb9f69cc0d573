#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/base64.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A text has one meaning, and bytes one text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ct_buf a, b;
    ct_buf_init(&a, size * 2 + 8);
    ct_buf_init(&b, size * 2 + 8);
    if (ct_base64_decode(&a, (const char *)data, size) == 0) {
        assert(ct_base64_encode(&b, a.data, a.len));
        assert(b.len == size && (size == 0 || memcmp(b.data, data, size) == 0));
    }
    ct_buf_clear(&a);
    ct_buf_clear(&b);
    assert(ct_base64_encode(&a, data, size));
    assert(ct_base64_decode(&b, a.data, a.len) == 0);
    assert(b.len == size && (size == 0 || memcmp(b.data, data, size) == 0));
    ct_buf_release(&a);
    ct_buf_release(&b);
    return 0;
}

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "io/key_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A public key that was found begins with its type, as on the wire. */
static void check(const struct ct_key_file *k)
{
    size_t len = strlen(k->type);
    assert(len < sizeof(k->type));
    assert(k->public_key.len == 0 || k->public_key.len >= 4 + len);
    assert(k->public_key.len == 0 || memcmp(k->public_key.data + 4, k->type, len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ct_key_file k;
    ct_key_file_init(&k);
    ct_key_file_parse(&k, (const char *)data, size);
    check(&k);
    ct_key_file_parse_public(&k, (const char *)data, size);
    check(&k);
    ct_key_file_release(&k);
    return 0;
}

#include "base/hash.h"

#include <inttypes.h>
#include <stdio.h>

uint64_t ct_hash_add(uint64_t hash, const void *bytes, size_t len)
{
    for (const unsigned char *c = bytes, *end = c + len; c < end; c++)
        hash = (hash ^ *c) * UINT64_C(1099511628211);
    return hash;
}

const char *ct_hash_text(uint64_t hash, char text[CT_HASH_TEXT])
{
    (void)snprintf(text, CT_HASH_TEXT, "%016" PRIx64, hash);
    return text;
}

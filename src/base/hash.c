#include "base/hash.h"

#include <inttypes.h>
#include <stdio.h>

uint64_t ct_hash_add(uint64_t hash, const void *bytes, size_t len)
{
    for (const unsigned char *c = bytes, *end = c + len; c < end; c++)
        hash = (hash ^ *c) * UINT64_C(1099511628211);
    return hash;
}

uint64_t ct_hash_add_number(uint64_t hash, uint64_t number)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(number >> (8 * i));
    return ct_hash_add(hash, bytes, sizeof(bytes));
}

const char *ct_hash_text(uint64_t hash, char text[CT_HASH_TEXT])
{
    (void)snprintf(text, CT_HASH_TEXT, "%016" PRIx64, hash);
    return text;
}

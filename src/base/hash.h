/*
 * A short name for bytes: FNV-1a of 64 bits (Fowler, Noll, Vo; RFC 9923). To tell things apart that
 * nobody makes up on purpose; not for secrets.
 */
#ifndef CT_BASE_HASH_H
#define CT_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define CT_HASH_START UINT64_C(14695981039346656037)
enum { CT_HASH_TEXT = 17 };

/* Begin with CT_HASH_START and hand on what came. */
uint64_t ct_hash_add(uint64_t hash, const void *bytes, size_t len);
uint64_t ct_hash_add_number(uint64_t hash, uint64_t number); /* its 8 bytes, the lowest first */

/* 16 hexadecimal digits. */
const char *ct_hash_text(uint64_t hash, char text[CT_HASH_TEXT]);

#endif

/*
 * A flat JSON scanner for the hot path: finds a top-level member of an object without building a
 * tree and without allocating. It checks the whole text's structure (nesting to 64, strings,
 * literals, numbers), so an answer cut in half is not taken for whole.
 */
#ifndef CT_BASE_JSONSCAN_H
#define CT_BASE_JSONSCAN_H

#include <stdbool.h>
#include <stddef.h>

enum ct_json_kind { CT_JSON_NONE, CT_JSON_STRING, CT_JSON_NUMBER, CT_JSON_OTHER };

/* A member to find. name is given; the rest is filled: text is borrowed from the input, for strings
 * without quotes and with escapes left as they are. kind NONE: not there. The last of equal names
 * wins. */
struct ct_json_want {
    const char *name;
    enum ct_json_kind kind;
    const char *text;
    size_t len;
};

/* True when text is one valid JSON object (white space around it allowed); wants are then filled.
 */
bool ct_json_scan(const char *text, size_t len, struct ct_json_want *wants, size_t n_wants);

#endif

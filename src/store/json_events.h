/*
 * JSON as a stream of events, each with its place in the file: yajl, wrapped once. Memory depends
 * on the longest string of the text, not on its length. Strict: no comments, valid UTF-8, nothing
 * after the value, at most 64 levels, one string or number at most 16 MiB. Equal keys are not
 * judged here: each is an event.
 */
#ifndef CT_STORE_JSON_EVENTS_H
#define CT_STORE_JSON_EVENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { CT_JSON_DEPTH_MAX = 64 };

/* Bits, so that a set of them says what a place accepts. */
enum ct_json_event_type {
    CT_JSON_EVENT_NULL = 1,
    CT_JSON_EVENT_BOOL = 2,
    CT_JSON_EVENT_NUMBER = 4,
    CT_JSON_EVENT_STRING = 8,
    CT_JSON_EVENT_OBJECT = 16,
    CT_JSON_EVENT_ARRAY = 32,
    CT_JSON_EVENT_KEY = 64,
    CT_JSON_EVENT_OBJECT_END = 128,
    CT_JSON_EVENT_ARRAY_END = 256,
};

struct ct_json_event {
    enum ct_json_event_type type;
    const char *text; /* key, string (escapes resolved), number or literal as written; borrowed
                         during the call, not NUL-terminated */
    size_t len;
    double number;   /* of a NUMBER; always finite */
    bool boolean;    /* of a BOOL */
    unsigned depth;  /* containers around it: 0 for the outermost value */
    unsigned line;   /* of its first byte, from 1 */
    unsigned column; /* in bytes, from 1 */
};

/* Called for each event in order. 0 goes on; a negative code, with err set, ends the reading. */
typedef int ct_json_event_fn(void *ctx, const struct ct_json_event *event, struct ct_err *err);

/* 0; the code of fn; CT_EUSAGE "PATH:LINE:COLUMN: what is wrong" when the text is no JSON; CT_EFAIL
 * when the file cannot be opened or read. What was read is wiped from the buffer afterwards. */
int ct_json_events_read(const char *path, ct_json_event_fn *fn, void *ctx, struct ct_err *err);

/* The same from memory; path is for messages. */
int ct_json_events_parse(const char *text, size_t len, const char *path, ct_json_event_fn *fn,
                         void *ctx, struct ct_err *err);

/* "a string", "an object": for messages. */
const char *ct_json_event_name(enum ct_json_event_type type);

#endif

/*
 * JSON objects described by tables: a row per key says what it holds, where that goes and what a
 * good value looks like. From the rows come the checks and their messages: unknown keys (with the
 * nearest known one), duplicate keys, wrong types, values out of range, missing keys; each names
 * file, line, key and what to write. A lenient reader passes over unknown keys and nulls and takes
 * the last of equal keys.
 */
#ifndef CT_STORE_JSON_TABLE_H
#define CT_STORE_JSON_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/json_events.h"

struct ct_json_reader;
struct ct_json_table;
struct ct_json_key;

/* Store a scalar in base, which is the object's own struct (see ct_json_table.begin). On failure
 * the line says only what is wrong: place and key are put in front. */
typedef int ct_json_take_fn(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                            const struct ct_json_event *e, struct ct_err *err);

struct ct_json_key {
    const char *name; /* NULL: any */
    unsigned accepts; /* set of enum ct_json_event_type: first type of the value */
    bool required;
    const char *example; /* a good value, as JSON */

    /* a scalar, or each scalar in an array */
    ct_json_take_fn *take;
    size_t member;                                      /* offset in base, for take */
    int (*check)(const char *text, struct ct_err *err); /* of a string; may be NULL */
    double min, max;                                    /* of a number */
    const char *const *choices;                         /* NULL-terminated */

    unsigned elements;                  /* of an array: what it may hold */
    const struct ct_json_table *inside; /* of an object, or of each object in an array */
};

struct ct_json_table {
    const struct ct_json_key *keys;
    size_t count;

    /* Instead of keys, for an object with keys of the user's choice: what its values may be, and
     * the function called for each. */
    const struct ct_json_key *any;
    int (*take_any)(struct ct_json_reader *r, void *base, const char *name,
                    const struct ct_json_event *e, struct ct_err *err);

    /* The struct that an object of this table fills, given its parent's. Left out: the parent's.
     * NULL with err set (as by take) ends the reading. */
    void *(*begin)(struct ct_json_reader *r, void *parent, struct ct_err *err);

    /* The object is complete: what one row cannot say. Fails by ct_json_table_fail. */
    int (*end)(struct ct_json_reader *r, void *base, struct ct_err *err);
};

/* One object or array that is open. */
struct ct_json_frame {
    const struct ct_json_table *table; /* of an object; NULL: an array */
    const struct ct_json_key *key;     /* of an object: the current one; of an array: its own */
    void *base;
    uint64_t given; /* rows whose key was seen, by index */
    unsigned line;  /* where it begins */
    unsigned index; /* of an array: element, from 0 */
    char name[64];  /* current key as written, cut */
};

enum { CT_JSON_FRAMES_MAX = 16 };

struct ct_json_reader {
    const char *path;
    void *ctx; /* of the table's functions */
    const struct ct_json_table *root;
    void *base; /* of the outermost object */
    bool lenient;
    struct ct_json_frame frames[CT_JSON_FRAMES_MAX];
    unsigned open;     /* frames in use */
    unsigned skipping; /* containers open inside a value that is passed over */
};

/* The events of one document; ctx is the reader, of which path, ctx, root and base are set. */
ct_json_event_fn ct_json_table_event;

/* True when the innermost open object has that key. */
bool ct_json_given(const struct ct_json_reader *r, const char *name);

/* Line where the innermost open object begins. */
unsigned ct_json_line(const struct ct_json_reader *r);

/* Fail with file, line of the innermost open object, its path and the sentence. CT_EUSAGE. */
int ct_json_table_fail(const struct ct_json_reader *r, struct ct_err *err, const char *fmt, ...)
    CT_PRINTF(3, 4);

/* Takes for the usual members: char * (owned; an earlier value is freed), uint32_t, uint16_t (whole
 * numbers in min..max), int (index into choices). */
ct_json_take_fn ct_json_take_string;
ct_json_take_fn ct_json_take_u32;
ct_json_take_fn ct_json_take_u16;
ct_json_take_fn ct_json_take_choice;

/* e is a whole number in min..max of key. */
int ct_json_check_whole(const struct ct_json_key *key, const struct ct_json_event *e,
                        struct ct_err *err);

#endif

/*
 * What the readers of result documents share (reader.h, digest.h, past.h, searched.h): takes for
 * the usual members, rows for the usual keys, and the reading of a whole document. Private to
 * store.
 */
#ifndef CT_STORE_READ_H
#define CT_STORE_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/summary.h"
#include "store/json_table.h"

/* Takes for a double; a count as uint64_t; a time as uint64_t wall ns; ms as a double in ns. */
ct_json_take_fn ct_read_number;
ct_json_take_fn ct_read_count;
ct_json_take_fn ct_read_time;
ct_json_take_fn ct_read_ms;

/* A string as text, cut to size with its end. */
void ct_read_cut(const struct ct_json_event *e, char *out, size_t size);

/* A string that is just that. */
bool ct_read_is(const struct ct_json_event *e, const char *text);

/* The document at r->path, or text (of len bytes) when it is not NULL. A table that ends the
 * reading by a positive value is no failure: 0. CT_EFAIL, CT_EUSAGE. */
int ct_read_document(struct ct_json_reader *r, const char *text, size_t len, struct ct_err *err);

#define CT_READ_KEYS(rows) .keys = (rows), .count = sizeof(rows) / sizeof((rows)[0])
#define CT_READ_AT(type, m, what) .take = (what), .member = offsetof(type, m)
#define CT_READ_NUMBER(type, m) .accepts = CT_JSON_EVENT_NUMBER, CT_READ_AT(type, m, ct_read_number)
#define CT_READ_TIME(type, m) .accepts = CT_JSON_EVENT_STRING, CT_READ_AT(type, m, ct_read_time)
#define CT_READ_MS(type, m) .accepts = CT_JSON_EVENT_NUMBER, CT_READ_AT(type, m, ct_read_ms)
#define CT_READ_OBJECT(table) .accepts = CT_JSON_EVENT_OBJECT, .inside = &(table)
#define CT_READ_LIST(table)                                                                        \
    .accepts = CT_JSON_EVENT_ARRAY, .elements = CT_JSON_EVENT_OBJECT, .inside = &(table)

/* A test case is its name, or an object that has it: both go to take_name. */
#define CT_READ_CASE(table, take_name)                                                             \
    .accepts = CT_JSON_EVENT_STRING | CT_JSON_EVENT_OBJECT, .take = (take_name), .inside = &(table)

/* Rows of the quantiles of a summary; at(X) makes a row's take, X is names##_MEAN and so on. */
#define CT_READ_QUANTILES(at, names)                                                               \
    {.name = "p50", at(names##_P50)}, {.name = "p90", at(names##_P90)},                            \
    {                                                                                              \
        .name = "p99", at(names##_P99)                                                             \
    }

#endif

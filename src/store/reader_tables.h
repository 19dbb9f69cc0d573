/*
 * What the tables of a result document share while one is read.
 */
#ifndef CT_STORE_READER_TABLES_H
#define CT_STORE_READER_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/read.h"
#include "store/reader.h"

enum { CT_READ_NAMES_MAX = 1000 };

/* The servers of one snapshot; items are kept for the next. */
struct ct_reading_servers {
    struct ct_server_sample *items;
    size_t count, cap;
    uint64_t wall_ns;
};

/* ctx of the reader, and base of every table but those of a server. */
struct ct_reading {
    const struct ct_result_handler *handler;
    struct ct_result_head head;
    struct ct_result_row row;
    struct ct_reading_servers now;  /* the snapshot being read */
    struct ct_reading_servers mean; /* cluster_stats as one object: kept to the execution's end */
    bool has_mean, has_list;
    bool has_ok, has_failed; /* the summary counts them */
    uint64_t ok, failed;
    char *names[CT_READ_NAMES_MAX]; /* every host and control group seen, once */
    size_t n_names;
};

extern const struct ct_json_table ct_read_snapshot; /* an entry of cluster_stats */

/* What stands beside a server's own numbers (reader_watched.c): members of "watched", an entry of
 * "cgroups", a number of "cores". */
extern const struct ct_json_table ct_read_watched, ct_read_cgroup;
ct_json_take_fn ct_read_core;

/* The one copy of a name, kept until the reading ends; NULL with err set: it is none, or one too
 * many. */
const char *ct_read_keep_name(struct ct_reading *d, const struct ct_json_event *e,
                              struct ct_err *err);

void ct_read_give_snapshot(const struct ct_reading *d, const struct ct_reading_servers *s);
void ct_read_release_snapshots(struct ct_reading *d);

#endif

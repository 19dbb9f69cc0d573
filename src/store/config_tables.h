/*
 * The tables of config.json that have a file of their own, and what they share while a file is
 * read.
 */
#ifndef CT_STORE_CONFIG_TABLES_H
#define CT_STORE_CONFIG_TABLES_H

#include <stddef.h>

#include "model/config.h"
#include "store/json_table.h"

/* ctx of the reader. */
struct ct_config_draft {
    struct ct_config config;
    const char *const *known_options;
    size_t n_known;
};

extern const struct ct_json_table ct_config_server; /* an entry of monitorServers */
extern const struct ct_json_table ct_config_case;   /* an entry of testCases */

/* An entry of a server's "watch": the name of a process, or "cgroup:" and a control group. */
ct_json_take_fn ct_config_take_watch;

/* All servers are read: give each its name in results. */
void ct_config_name_servers(struct ct_cluster *cluster);

/* list with room for one more zeroed entry of size bytes behind its count; NULL, with err set and
 * list as it was, when it has 1,000. */
void *ct_config_grow(void *list, size_t count, size_t size, struct ct_err *err);

/* Rows of a text and of a table. */
#define CT_CONFIG_TEXT .accepts = CT_JSON_EVENT_STRING, .take = ct_json_take_string
#define CT_CONFIG_KEYS(rows) .keys = (rows), .count = sizeof(rows) / sizeof((rows)[0])

#endif

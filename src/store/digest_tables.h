/*
 * What the tables of digest.h share while a document is read. Private to store.
 */
#ifndef CT_STORE_DIGEST_TABLES_H
#define CT_STORE_DIGEST_TABLES_H

#include "store/digest.h"
#include "store/read.h"
#include "store/read_verdict.h"

/* ctx of the reader, and base of every table. */
struct ct_digest_reading {
    const struct ct_digest_handler *handler;
    struct ct_digest e;
    struct ct_read_verdict verdict;
    double completed_rps, cpu_percent; /* of the summary; cpu_percent: all servers */
    double server_cpu, server_memory;  /* of the server being read; NAN */
    uint64_t ok, failed;               /* of the second being read; failed of the summary too */
    double started;
    struct ct_compare_second second;
    struct ct_histogram response, service;
};

extern const struct ct_json_table ct_digest_summary, ct_digest_second, ct_digest_plan;

#endif

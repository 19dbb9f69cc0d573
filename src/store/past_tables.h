/* What the tables of past.h share while a document is read. Private to store. */
#ifndef CT_STORE_PAST_TABLES_H
#define CT_STORE_PAST_TABLES_H

#include <stdbool.h>

#include "base/buf.h"
#include "model/past.h"
#include "store/read.h"
#include "store/read_verdict.h"

enum { CT_PAST_STAGES_MAX = 64 };

/* The plan as far as runs must share it. NAN: null, or not there. */
struct ct_past_plan {
    char arrivals[16], instants[24], http[8], model[8];
    double offered_rps, duration_s, warm_up_s, connections, think_s, timeout_s, streams, lifetime_s,
        connection_requests, new_connections_rps;
    bool no_keep_alive;
    struct {
        double from_rps, to_rps, duration_s;
    } stages[CT_PAST_STAGES_MAX];
    size_t n_stages;
};

/* ctx of the reader, and base of every table. */
struct ct_past_reading {
    const char *path;
    struct ct_past *out;
    struct ct_past_run run;
    struct ct_past_plan plan;
    uint32_t position;
    char test_case[128], method[32], base_url[512], path_text[1024], request[24];
    double load;
    bool embedded;
    struct ct_read_verdict verdict;
    double started, failed, completed_rps, server_cpu, cpu_percent;
};

extern const struct ct_json_table ct_past_summary;

/* The canonical text of the plan that was read. */
void ct_past_plan_text(const struct ct_past_reading *d, struct ct_buf *out);

#endif

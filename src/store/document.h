/* The parts of a result document that both forms share: one streaming pass of the journal per
 * array. */
#ifndef CT_STORE_DOCUMENT_H
#define CT_STORE_DOCUMENT_H

#include "store/json_out.h"
#include "store/result.h"

/* One execution on its way into a document. */
struct ct_document {
    const char *journal_path;
    const struct ct_result_execution *e;
    struct ct_json_out *o;
    struct ct_err *err;
};

/* Each returns 0 or a negative code with err set. */
int ct_document_results(const struct ct_document *d);  /* "results": ok requests */
int ct_document_failures(const struct ct_document *d); /* "failures" */
int ct_document_errors(const struct ct_document *d);   /* "errors": strings */
int ct_document_seconds(const struct ct_document *d);  /* "seconds" */
int ct_document_snapshots(const struct ct_document *d, const char *key); /* a list, or null */
int ct_document_mean_snapshot(const struct ct_document *d); /* "cluster_stats" of the short form */

/* The members of one server's object in Cluster Tester's form: memory, stats, host, timestamp,
 * ping, as far as the sample has them; then our own: the groups of ct_vital_rows, watched,
 * cgroups, cores, rebooted. */
void ct_document_sample(struct ct_json_out *o, const struct ct_server_sample *s);

void ct_document_span(const struct ct_document *d, const char *key,
                      uint64_t end_ns); /* local times */
void ct_document_histograms(const struct ct_document *d);
void ct_document_rest(const struct ct_document *d); /* environment, connections, results_kept */

/* HISTFAAA...: V2 compressed by zlib, base64; under key. */
void ct_document_hdr(struct ct_json_out *o, const char *key, const struct ct_histogram *h);

/* A number that is written as an integer when it is whole, else as it is: rates and durations. */
void ct_document_whole(struct ct_json_out *o, const char *key, double v);

#endif

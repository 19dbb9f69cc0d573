/*
 * ct analyze: what result files say, as numbers for a text or as a chart that compares them. Files
 * are streamed: memory depends on executions and hosts, not on requests.
 *
 * "Response time" is the server's own span unless the client's is asked for, as Cluster Tester has
 * it.
 */
#ifndef CT_SERVICES_ANALYZE_H
#define CT_SERVICES_ANALYZE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/opt.h"
#include "services/spread.h"

enum ct_analysis {
    CT_ANALYSIS_AVG_RESPONSE_TIME,
    CT_ANALYSIS_MIN_RESPONSE_TIME,
    CT_ANALYSIS_MAX_RESPONSE_TIME,
    CT_ANALYSIS_RAM_USAGE,
    CT_ANALYSIS_CPU_USAGE,
    CT_ANALYSIS_SEARCH,            /* analyze_search.h */
    CT_ANALYSIS_CPU_USAGE_COMPARE, /* this and the following draw */
    CT_ANALYSIS_RAM_USAGE_COMPARE,
    CT_ANALYSIS_RESPONSE_TIME_COMPARE,
    CT_ANALYSIS_COUNT
};
extern const char *const ct_analysis_names[CT_ANALYSIS_COUNT]; /* "avg-response-time" ... */

/* By name; CT_EUSAGE suggests the nearest and lists all. */
int ct_analysis_parse(const char *name, enum ct_analysis *out, struct ct_err *err);

enum ct_span { CT_SPAN_SERVER, CT_SPAN_CLIENT };

struct ct_analyze_opts {
    enum ct_analysis type;
    enum ct_span span;
    const char *storage;  /* files are also looked up here */
    struct ct_list files; /* names, paths, globs */
    double load;          /* the charts compare executions at this load */
    struct ct_list benchmark_names;
    struct ct_list alias_hosts; /* host:alias, [v6]:alias */
    const char *out;            /* the picture; NULL: a name of its own in the current folder */
};

/* Means over the snapshots of one server. */
struct ct_analyzed_host {
    char *host;
    double cpu_user_mean;        /* percent; NAN: none */
    double memory_used_mib_mean; /* NAN: none */
};

struct ct_analyzed_execution {
    double load, rate;      /* rate NAN: not in the file */
    struct ct_spread times; /* of the span asked for */
    double mean_s;          /* of times; without any, the file's own average; NAN: neither */
    struct ct_analyzed_host *hosts;
    size_t n_hosts;
};

struct ct_analyzed_file {
    char *name; /* as the user wrote it, or as the glob found it */
    char *path;
    struct ct_analyzed_execution *executions; /* in the order of the file */
    size_t count;
};

struct ct_analyzed {
    struct ct_analyzed_file *files;
    size_t count;
};

/* Find and read the files. CT_EFAIL for a missing one, CT_EUSAGE for one that is no result. */
int ct_analyze_read(const struct ct_analyze_opts *opts, struct ct_analyzed *out,
                    struct ct_err *err);
void ct_analyzed_release(struct ct_analyzed *a); /* accepts a zeroed struct */

/* Draw the chart of a comparing type. What a file lacks (load, host) is an empty place and a
 * warning. *out_path: where the picture is; owned by caller. */
int ct_analyze_chart(const struct ct_analyze_opts *opts, const struct ct_analyzed *analyzed,
                     char **out_path, struct ct_err *err);

#endif

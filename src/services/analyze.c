#include "services/analyze.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "services/analyze_files.h"
#include "store/reader.h"

/* A violin's body is drawn from at most so many values. */
enum { SAMPLE_MAX = 200000 };

const char *const ct_analysis_names[CT_ANALYSIS_COUNT] = {
    "avg-response-time", "min-response-time", "max-response-time",
    "ram-usage",         "cpu-usage",         "search",
    "cpu-usage-compare", "ram-usage-compare", "response-time-compare",
};

int ct_analysis_parse(const char *name, enum ct_analysis *out, struct ct_err *err)
{
    struct ct_buf all;

    for (int i = 0; i < CT_ANALYSIS_COUNT; i++)
        if (strcmp(name, ct_analysis_names[i]) == 0) {
            *out = (enum ct_analysis)i;
            return 0;
        }
    const char *near = ct_nearest(name, ct_analysis_names, CT_ANALYSIS_COUNT);
    if (near != NULL)
        return ct_fail(err, CT_EUSAGE, "there is no analysis '%s': did you mean '%s'?", name, near);
    ct_buf_init(&all, 512);
    for (int i = 0; i < CT_ANALYSIS_COUNT; i++)
        (void)ct_buf_printf(&all, "%s%s", i > 0 ? ", " : "", ct_analysis_names[i]);
    int rc = ct_fail(err, CT_EUSAGE, "there is no analysis '%s': choose %s", name, all.data);
    ct_buf_release(&all);
    return rc;
}

/* --- one file --- */

struct host_sums {
    char *host;
    double cpu_user, memory_kib;
    uint64_t n_cpu, n_memory;
};

/* The execution that is being read. */
struct reading {
    struct ct_analyzed_file *file;
    enum ct_span span;
    size_t sample_max;
    struct ct_spread times;
    struct host_sums *hosts;
    size_t n_hosts;
};

static void read_row(void *ctx, const struct ct_result_row *row)
{
    struct reading *r = ctx;
    bool server = r->span == CT_SPAN_SERVER;
    uint64_t start_ns = server ? row->server_start_ns : row->request_start_ns;
    uint64_t end_ns = server ? row->server_end_ns : row->request_end_ns;

    if ((server && !row->has_server) || end_ns < start_ns)
        return;
    ct_spread_add(&r->times, end_ns - start_ns);
}

static struct host_sums *host_of(struct reading *r, const char *host)
{
    for (size_t i = 0; i < r->n_hosts; i++)
        if (strcmp(r->hosts[i].host, host) == 0)
            return &r->hosts[i];
    r->hosts = ct_xrealloc(r->hosts, r->n_hosts + 1, sizeof(*r->hosts));
    r->hosts[r->n_hosts] = (struct host_sums){.host = ct_xstrdup(host)};
    return &r->hosts[r->n_hosts++];
}

static void read_snapshot(void *ctx, const struct ct_snapshot *snapshot)
{
    struct reading *r = ctx;

    for (size_t i = 0; i < snapshot->n_servers; i++) {
        const struct ct_server_sample *v = &snapshot->servers[i];
        struct host_sums *h = host_of(r, v->host);
        if (v->has_cpu) {
            h->cpu_user += ct_cpu_user_percent(&v->cpu);
            h->n_cpu++;
        }
        if (v->has_memory) {
            h->memory_kib += v->memory.used;
            h->n_memory++;
        }
    }
}

static void take_hosts(struct reading *r, struct ct_analyzed_execution *e)
{
    e->n_hosts = r->n_hosts;
    e->hosts = ct_xcalloc(r->n_hosts + 1, sizeof(*e->hosts));
    for (size_t i = 0; i < r->n_hosts; i++) {
        struct host_sums *h = &r->hosts[i];
        e->hosts[i] = (struct ct_analyzed_host){
            .host = h->host,
            .cpu_user_mean = h->n_cpu > 0 ? h->cpu_user / (double)h->n_cpu : NAN,
            .memory_used_mib_mean =
                h->n_memory > 0 ? h->memory_kib / (double)h->n_memory / 1024 : NAN,
        };
    }
    free(r->hosts);
    r->hosts = NULL;
    r->n_hosts = 0;
}

static void read_execution(void *ctx, const struct ct_result_head *head)
{
    struct reading *r = ctx;
    struct ct_analyzed_file *f = r->file;
    struct ct_analyzed_execution *e;

    f->executions = ct_xrealloc(f->executions, f->count + 1, sizeof(*f->executions));
    e = &f->executions[f->count++];
    *e = (struct ct_analyzed_execution){.load = head->load, .rate = head->rate};
    e->times = r->times;
    e->mean_s = r->times.count > 0          ? r->times.mean_s
                : r->span == CT_SPAN_SERVER ? head->avg_server_processing_s
                                            : head->avg_response_s;
    take_hosts(r, e);
    ct_spread_init(&r->times, r->sample_max);
}

static int read_file(const struct ct_analyze_opts *opts, struct ct_analyzed_file *file,
                     struct ct_err *err)
{
    struct reading r = {.file = file, .span = opts->span};
    const struct ct_result_handler handler = {
        .row = read_row, .snapshot = read_snapshot, .execution = read_execution, .ctx = &r};

    if (opts->type == CT_ANALYSIS_RESPONSE_TIME_COMPARE)
        r.sample_max = SAMPLE_MAX;
    ct_spread_init(&r.times, r.sample_max);
    int rc = ct_result_read(file->path, &handler, err);
    ct_spread_release(&r.times);
    for (size_t i = 0; i < r.n_hosts; i++)
        free(r.hosts[i].host);
    free(r.hosts);
    return rc;
}

/* --- all --- */

int ct_analyze_read(const struct ct_analyze_opts *opts, struct ct_analyzed *out, struct ct_err *err)
{
    int rc = ct_analyze_find(opts, out, err);

    for (size_t i = 0; rc == 0 && i < out->count; i++)
        rc = read_file(opts, &out->files[i], err);
    if (rc < 0)
        ct_analyzed_release(out);
    return rc;
}

static void execution_release(struct ct_analyzed_execution *e)
{
    for (size_t i = 0; i < e->n_hosts; i++)
        free(e->hosts[i].host);
    free(e->hosts);
    ct_spread_release(&e->times);
}

void ct_analyzed_release(struct ct_analyzed *a)
{
    for (size_t i = 0; i < a->count; i++) {
        struct ct_analyzed_file *f = &a->files[i];
        for (size_t k = 0; k < f->count; k++)
            execution_release(&f->executions[k]);
        free(f->executions);
        free(f->name);
        free(f->path);
    }
    free(a->files);
    *a = (struct ct_analyzed){0};
}

#include "store/journal_format.h"

#include <string.h>

/* --- head --- */

void ct_record_put_head(struct ct_buf *b, const struct ct_journal_head *h)
{
    ct_put_u64(b, h->kind);
    ct_put_text(b, h->result_path);
    ct_put_text(b, h->test_case_name);
}

void ct_record_get_head(struct ct_cursor *c, struct ct_journal_head *h)
{
    uint64_t kind = ct_get_u64(c);
    c->failed = c->failed || kind > CT_JOURNAL_SWEEP;
    h->kind = c->failed ? CT_JOURNAL_EXECUTION : (enum ct_journal_kind)kind;
    ct_get_text_into(c, h->result_path, sizeof(h->result_path));
    ct_get_text_into(c, h->test_case_name, sizeof(h->test_case_name));
}

/* --- begin --- */

static void put_rate(struct ct_buf *b, struct ct_rate rate)
{
    ct_put_u64(b, rate.num);
    ct_put_u64(b, rate.den_ns);
}

static struct ct_rate get_rate(struct ct_cursor *c)
{
    struct ct_rate rate = {.num = ct_get_u64(c)};
    rate.den_ns = ct_get_u64(c);
    c->failed = c->failed || rate.den_ns == 0;
    return rate;
}

static void put_stages(struct ct_buf *b, const struct ct_run_plan *p)
{
    ct_put_u64(b, p->n_stages);
    for (uint32_t k = 0; k < p->n_stages; k++) {
        put_rate(b, p->stages[k].from);
        put_rate(b, p->stages[k].to);
        ct_put_u64(b, p->stages[k].duration_ns);
    }
}

static void get_stages(struct ct_cursor *c, struct ct_run_plan *p)
{
    uint64_t count = ct_get_u64(c);
    c->failed = c->failed || count > CT_STAGES_MAX;
    for (; !c->failed && p->n_stages < count; p->n_stages++) {
        struct ct_plan_stage *s = &p->stages[p->n_stages];
        s->from = get_rate(c);
        s->to = get_rate(c);
        s->duration_ns = ct_get_u64(c);
    }
}

/* All of a plan but its replayed instants: nothing that is made of a journal needs them. */
static void put_plan(struct ct_buf *b, const struct ct_run_plan *p)
{
    ct_put_u64(b, p->arrivals);
    put_rate(b, p->rate);
    put_stages(b, p);
    ct_put_u64(b, p->seed);
    ct_put_u64(b, p->instants);
    ct_put_u64(b, p->duration_ns);
    ct_put_u64(b, p->warm_up_ns);
    ct_put_u64(b, p->planned);
    ct_put_u64(b, p->closed);
    ct_put_u64(b, p->think_ns);
    ct_put_u64(b, p->most);
    ct_put_u64(b, p->connections);
    ct_put_u64(b, p->timeout_ns);
    ct_put_u64(b, p->late_limit_ns);
    ct_put_u64(b, p->max_in_flight);
    ct_put_u64(b, p->cap);
    ct_put_u64(b, p->threads);
    ct_put_u64(b, p->pacing);
    ct_put_u64(b, p->keep_alive);
    ct_put_u64(b, p->http2);
    ct_put_u64(b, p->streams);
    ct_put_u64(b, p->connection_lifetime_ns);
    ct_put_u64(b, p->connection_requests);
    ct_put_u64(b, p->new_connections.num);
    ct_put_u64(b, p->new_connections.den_ns);
}

static uint64_t get_choice(struct ct_cursor *c, uint64_t last)
{
    uint64_t choice = ct_get_u64(c);
    c->failed = c->failed || choice > last;
    return c->failed ? 0 : choice;
}

static void get_plan(struct ct_cursor *c, struct ct_run_plan *p)
{
    memset(p, 0, sizeof(*p));
    p->arrivals = (enum ct_arrivals)get_choice(c, CT_ARRIVALS_REPLAY);
    p->rate = get_rate(c);
    get_stages(c, p);
    p->seed = ct_get_u64(c);
    p->instants = ct_get_u64(c);
    p->duration_ns = ct_get_u64(c);
    p->warm_up_ns = ct_get_u64(c);
    p->planned = ct_get_u64(c);
    p->closed = ct_get_u64(c) != 0;
    p->think_ns = ct_get_u64(c);
    p->most = ct_get_u64(c);
    p->connections = (uint32_t)ct_get_u64(c);
    p->timeout_ns = ct_get_u64(c);
    p->late_limit_ns = ct_get_u64(c);
    p->max_in_flight = (uint32_t)ct_get_u64(c);
    p->cap = (enum ct_cap)get_choice(c, CT_CAP_PORTS);
    p->threads = (uint32_t)ct_get_u64(c);
    p->pacing = (enum ct_pacing)get_choice(c, CT_PACING_SPIN);
    p->keep_alive = ct_get_u64(c) != 0;
    p->http2 = ct_get_u64(c) != 0;
    p->streams = (uint32_t)ct_get_u64(c);
    p->connection_lifetime_ns = ct_get_u64(c);
    p->connection_requests = ct_get_u64(c);
    p->new_connections.num = ct_get_u64(c);
    p->new_connections.den_ns = ct_get_u64(c);
    c->failed =
        c->failed || p->rate.num == 0 || p->duration_ns == 0 || p->warm_up_ns >= p->duration_ns;
}

/* The texts of a subject and an environment, in the order of the record. */
enum { SUBJECT_TEXTS = 10, ENVIRONMENT_TEXTS = 6 };

static void subject_texts(struct ct_run_subject *s, char **texts[SUBJECT_TEXTS])
{
    char **all[SUBJECT_TEXTS] = {
        &s->app_name,         &s->base_url, &s->address, &s->case_name,   &s->case_file_name,
        &s->case_description, &s->method,   &s->path,    &s->own_servers, &s->request};
    memcpy((void *)texts, (void *)all, sizeof(all));
}

static void environment_texts(struct ct_environment *e, char **texts[ENVIRONMENT_TEXTS])
{
    char **all[ENVIRONMENT_TEXTS] = {&e->ct_version, &e->hostname, &e->kernel,
                                     &e->cpu_model,  &e->command,  &e->commit};
    memcpy((void *)texts, (void *)all, sizeof(all));
}

void ct_record_put_begin(struct ct_buf *b, const struct ct_journal_begin *r)
{
    struct ct_run_subject s = r->subject; /* borrowed copies: only their addresses are taken */
    struct ct_environment e = r->environment;
    char **texts[SUBJECT_TEXTS];
    put_plan(b, &r->plan);
    ct_put_text(b, r->thresholds);
    subject_texts(&s, texts);
    for (int i = 0; i < SUBJECT_TEXTS; i++)
        ct_put_text(b, *texts[i]);
    ct_put_u64(b, s.load_min);
    ct_put_u64(b, s.load);
    ct_put_u64(b, (uint64_t)s.has_load | (uint64_t)s.colocated << 1 |
                      (uint64_t)s.tls_verified << 2 | (uint64_t)s.https << 3 |
                      (uint64_t)r->want_samples << 4 | (uint64_t)r->kept << 5 |
                      (uint64_t)s.embedded << 6);
    environment_texts(&e, texts);
    for (int i = 0; i < ENVIRONMENT_TEXTS; i++)
        ct_put_text(b, *texts[i]);
    ct_put_u64(b, e.cpus);
    ct_put_u64(b, e.memory_kib);
    ct_put_f64(b, e.monitoring_interval_s);
}

void ct_record_get_begin(struct ct_cursor *c, struct ct_journal_begin *r)
{
    struct ct_run_subject *s = &r->subject;
    struct ct_environment *e = &r->environment;
    char **texts[SUBJECT_TEXTS];
    memset(r, 0, sizeof(*r));
    get_plan(c, &r->plan);
    r->thresholds = ct_get_text(c);
    subject_texts(s, texts);
    for (int i = 0; i < SUBJECT_TEXTS; i++)
        *texts[i] = ct_get_text(c);
    s->load_min = (uint32_t)ct_get_u64(c);
    s->load = (uint32_t)ct_get_u64(c);
    uint64_t flags = ct_get_u64(c);
    s->has_load = flags & 1;
    s->colocated = flags >> 1 & 1;
    s->tls_verified = flags >> 2 & 1;
    s->https = flags >> 3 & 1;
    r->want_samples = flags >> 4 & 1;
    r->kept = flags >> 5 & 1;
    s->embedded = flags >> 6 & 1;
    environment_texts(e, texts);
    for (int i = 0; i < ENVIRONMENT_TEXTS; i++)
        *texts[i] = ct_get_text(c);
    e->cpus = (uint32_t)ct_get_u64(c);
    e->memory_kib = ct_get_u64(c);
    e->monitoring_interval_s = ct_get_f64(c);
}

/* --- block --- */

/* The plain counters of a block, in the order of the record. */
enum { COUNTERS = 19 };

static void counters_of(struct ct_block *b, uint64_t *counters[COUNTERS])
{
    uint64_t *all[COUNTERS] = {&b->second,
                               &b->due,
                               &b->started,
                               &b->ok,
                               &b->ok_due_in_window,
                               &b->ok_done_in_window,
                               &b->cancelled,
                               &b->wire_attempts,
                               &b->bytes_sent,
                               &b->bytes_received,
                               &b->connections_opened,
                               &b->connections_closed,
                               &b->in_flight,
                               &b->in_flight_max,
                               &b->loop_ns,
                               &b->wait_ns,
                               &b->spin_ns,
                               &b->gaps,
                               &b->gap_ns};
    memcpy((void *)counters, (void *)all, sizeof(all));
}

static void put_histogram(struct ct_buf *b, const struct ct_histogram *h)
{
    ct_put_u64(b, h->count);
    if (h->count == 0)
        return;
    ct_put_u64(b, h->clamped);
    ct_put_u64(b, h->min_ns);
    ct_put_u64(b, h->max_ns);
    ct_put_f64(b, h->sum_ns);
    ct_put_f64(b, h->sum2_ns2);
    struct ct_buf counts;
    ct_buf_init(&counts, CT_JOURNAL_RECORD_MAX);
    ct_histogram_encode(h, &counts);
    ct_put_bytes(b, counts.data, counts.len);
    ct_buf_release(&counts);
}

static void get_histogram(struct ct_cursor *c, struct ct_histogram *h)
{
    uint64_t count = ct_get_u64(c);
    ct_histogram_clear(h);
    if (count == 0)
        return;
    uint64_t clamped = ct_get_u64(c), min_ns = ct_get_u64(c), max_ns = ct_get_u64(c);
    double sum = ct_get_f64(c), sum2 = ct_get_f64(c);
    size_t len;
    const void *counts = ct_get_bytes(c, &len);
    if (c->failed || ct_histogram_decode(h, counts, len, NULL) < 0 || h->count != count) {
        c->failed = true;
        ct_histogram_clear(h);
        return;
    }
    h->clamped = clamped;
    h->min_ns = min_ns;
    h->max_ns = max_ns;
    h->sum_ns = sum;
    h->sum2_ns2 = sum2;
}

void ct_record_put_block(struct ct_buf *b, unsigned thread, const struct ct_block *block)
{
    uint64_t *counters[COUNTERS];
    counters_of((struct ct_block *)(uintptr_t)block, counters); /* only read */
    ct_put_u64(b, thread);
    ct_put_u64(b, block->warm_up);
    for (int i = 0; i < COUNTERS; i++)
        ct_put_u64(b, *counters[i]);
    ct_put_u64(b, block->gap_max_ns);
    for (int i = 0; i < CT_FAILURE_COUNT; i++)
        ct_put_u64(b, block->failed[i]);
    for (int i = 0; i < CT_SKIP_COUNT; i++)
        ct_put_u64(b, block->skipped[i]);
    for (uint64_t i = 0; i < CT_STATUS_MAX; i++) {
        if (block->status[i] == 0)
            continue;
        ct_put_u64(b, i);
        ct_put_u64(b, block->status[i]);
    }
    ct_put_u64(b, CT_STATUS_MAX); /* ends the statuses */
    for (int i = 0; i < CT_SERIES_COUNT; i++)
        put_histogram(b, &block->series[i]);
}

void ct_record_get_block(struct ct_cursor *c, unsigned *thread, struct ct_block *block)
{
    uint64_t *counters[COUNTERS];
    counters_of(block, counters);
    *thread = (unsigned)ct_get_u64(c);
    block->warm_up = ct_get_u64(c) != 0;
    for (int i = 0; i < COUNTERS; i++)
        *counters[i] = ct_get_u64(c);
    c->failed = c->failed || block->second > CT_JOURNAL_SECOND_MAX;
    block->gap_max_ns = ct_get_u64(c);
    for (int i = 0; i < CT_FAILURE_COUNT; i++)
        block->failed[i] = ct_get_u64(c);
    for (int i = 0; i < CT_SKIP_COUNT; i++)
        block->skipped[i] = ct_get_u64(c);
    memset(block->status, 0, sizeof(block->status));
    for (uint64_t status = ct_get_u64(c); status < CT_STATUS_MAX && !c->failed;
         status = ct_get_u64(c))
        block->status[status] = (uint32_t)ct_get_u64(c);
    for (int i = 0; i < CT_SERIES_COUNT; i++)
        get_histogram(c, &block->series[i]);
}

/* --- end --- */

static void put_host(struct ct_buf *b, const struct ct_host_change *h)
{
    ct_put_f64(b, h->steal_percent);
    ct_put_f64(b, h->wait_percent);
    ct_put_f64(b, h->quota_cpus);
    ct_put_f64(b, h->throttled_s);
    ct_put_f64(b, h->clock_step_s);
    ct_put_f64(b, h->others_running);
    ct_put_u64(b, h->periods);
    ct_put_u64(b, h->throttled_periods);
    ct_put_u64(b, h->cpus);
}

static void get_host(struct ct_cursor *c, struct ct_host_change *h)
{
    h->steal_percent = ct_get_f64(c);
    h->wait_percent = ct_get_f64(c);
    h->quota_cpus = ct_get_f64(c);
    h->throttled_s = ct_get_f64(c);
    h->clock_step_s = ct_get_f64(c);
    h->others_running = ct_get_f64(c);
    h->periods = ct_get_u64(c);
    h->throttled_periods = ct_get_u64(c);
    h->cpus = (uint32_t)ct_get_u64(c);
}

void ct_record_put_end(struct ct_buf *b, const struct ct_journal_end *e)
{
    ct_put_u64(b, e->times.t0.mono_ns);
    ct_put_u64(b, e->times.t0.wall_ns);
    ct_put_u64(b, e->times.sending_end_ns);
    ct_put_u64(b, e->times.end_ns);
    ct_put_u64(b, e->samples_dropped);
    ct_put_u64(b, (uint64_t)e->interrupted | (uint64_t)e->stopped << 1 | (uint64_t)e->aborted << 2);
    ct_put_f64(b, e->cpu_percent);
    ct_put_u64(b, e->rss_bytes_max);
    put_host(b, &e->host);
}

void ct_record_get_end(struct ct_cursor *c, struct ct_journal_end *e)
{
    e->times.t0.mono_ns = ct_get_u64(c);
    e->times.t0.wall_ns = ct_get_u64(c);
    e->times.sending_end_ns = ct_get_u64(c);
    e->times.end_ns = ct_get_u64(c);
    e->samples_dropped = ct_get_u64(c);
    uint64_t flags = ct_get_u64(c);
    e->interrupted = flags & 1;
    e->stopped = flags >> 1 & 1;
    e->aborted = flags >> 2 & 1;
    e->cpu_percent = ct_get_f64(c);
    e->rss_bytes_max = ct_get_u64(c);
    get_host(c, &e->host);
}

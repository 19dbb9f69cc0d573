/*
 * The independent recorder: src/target/delayer.h as a program. Serves until it is told to end
 * (SIGTERM, SIGINT), then writes its log and prints what it counted as one JSON object.
 *
 *   recorder [--port N] [--delay D] [--deaf D] [--seed N] [--records N] [--body N] [--log FILE]
 *            [--certificate FILE --key FILE]    (TLS 1.3)
 *
 * --delay 5ms, mix:1ms,50ms,5% or lognormal:2ms,0.5; --deaf 500ms/2s. The log is 24 bytes for each
 * request, in the order of reading: index, arrival and answer in ns of CLOCK_MONOTONIC, as unsigned
 * 64-bit numbers of this machine (struct ct_delayer_record).
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/opt.h"
#include "recorder_tls.h"
#include "target/delayer.h"

struct options {
    uint64_t port, seed, records, body;
    const char *delay, *deaf, *log, *certificate, *key;
};

static const struct ct_opt rows[] = {
    {.name = "port",
     .type = CT_OPT_COUNT,
     .offset = CT_OPT_MEMBER(struct options, port, uint64_t),
     .def = "0",
     .max = 65535},
    {.name = "seed",
     .type = CT_OPT_COUNT,
     .offset = CT_OPT_MEMBER(struct options, seed, uint64_t),
     .def = "1"},
    {.name = "records",
     .type = CT_OPT_COUNT,
     .offset = CT_OPT_MEMBER(struct options, records, uint64_t),
     .def = "4M",
     .max = 1e9},
    {.name = "body",
     .type = CT_OPT_COUNT,
     .offset = CT_OPT_MEMBER(struct options, body, uint64_t),
     .def = "3",
     .max = CT_DELAYER_BODY_MAX},
    {.name = "delay",
     .type = CT_OPT_STRING,
     .offset = CT_OPT_MEMBER(struct options, delay, const char *),
     .def = "0"},
    {.name = "deaf",
     .type = CT_OPT_STRING,
     .offset = CT_OPT_MEMBER(struct options, deaf, const char *),
     .def = "0"},
    {.name = "certificate",
     .type = CT_OPT_STRING,
     .offset = CT_OPT_MEMBER(struct options, certificate, const char *)},
    {.name = "key",
     .type = CT_OPT_STRING,
     .offset = CT_OPT_MEMBER(struct options, key, const char *)},
    {.name = "log",
     .type = CT_OPT_STRING,
     .offset = CT_OPT_MEMBER(struct options, log, const char *)},
};
static const struct ct_opt_set set = {.rows = rows, .count = sizeof(rows) / sizeof(rows[0])};

static struct ct_delayer *delayer;
static struct ct_delayer_wire wire;

static void stop(int signal)
{
    (void)signal;
    ct_delayer_stop(delayer);
}

static void raise_descriptors(void)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
        r.rlim_cur = r.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &r);
    }
}

static int write_log(const char *path, struct ct_err *err)
{
    size_t count;
    const struct ct_delayer_record *records = ct_delayer_records(delayer, &count);
    FILE *f = fopen(path, "wb");
    if (f == NULL)
        return ct_fail_errno(err, CT_EFAIL, "writing '%s'", path);
    size_t written = fwrite(records, sizeof(*records), count, f);
    if (fclose(f) != 0 || written != count)
        return ct_fail_errno(err, CT_EFAIL, "writing '%s'", path);
    return 0;
}

static void print_counts(void)
{
    struct ct_instant now = ct_instant_now();
    struct ct_delayer_counts c = ct_delayer_counts(delayer);
    printf("{\"connections\":%" PRIu64 ",\"open_max\":%" PRIu64 ",\"requests\":%" PRIu64
           ",\"answered\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"kernel_stamps\":%" PRIu64
           ",\"clock_stamps\":%" PRIu64 ",\"wall_less_mono_ns\":%" PRId64 "}\n",
           c.connections, c.open_max, c.requests, c.answered, c.refused, c.kernel_stamps,
           c.clock_stamps, (int64_t)now.wall_ns - (int64_t)now.mono_ns);
}

static int prepare(int argc, char **argv, struct options *o, struct ct_err *err)
{
    struct ct_delayer_opts opts = {0};
    const struct ct_opt_sources none = {0};
    int rc;
    if ((rc = ct_opt_parse(&set, 1, argc - 1, argv + 1, &none, o, NULL, err)) < 0 ||
        (rc = ct_delay_parse(o->delay, &opts.delay, err)) < 0 ||
        (rc = ct_deafness_parse(o->deaf, &opts.deaf, err)) < 0)
        return rc;
    if (o->certificate != NULL && o->key != NULL) {
        if ((rc = recorder_tls_init(&wire, o->certificate, o->key, err)) < 0)
            return rc;
        opts.wire = &wire;
    }
    opts.port = (uint16_t)o->port;
    opts.seed = o->seed;
    opts.records_max = o->records;
    opts.body_len = (uint32_t)o->body;
    return ct_delayer_new(&opts, &delayer, err);
}

int main(int argc, char **argv)
{
    struct options o = {0};
    struct ct_err err = {0};
    raise_descriptors();
    (void)prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    int rc = prepare(argc, argv, &o, &err);
    if (rc == 0) {
        const struct sigaction action = {.sa_handler = stop};
        (void)sigaction(SIGTERM, &action, NULL);
        (void)sigaction(SIGINT, &action, NULL);
        printf("listening on http%s://127.0.0.1:%u\n", wire.ctx != NULL ? "s" : "",
               ct_delayer_port(delayer));
        (void)fflush(stdout);
        rc = ct_delayer_run(delayer, &err);
    }
    if (rc == 0 && o.log != NULL)
        rc = write_log(o.log, &err);
    if (rc == 0)
        print_counts();
    else
        (void)fprintf(stderr, "recorder: %s\n", err.msg);
    ct_delayer_free(delayer);
    recorder_tls_release(&wire);
    return -rc;
}

/*
 * What a transport costs: a closed loop of exchanges against one URL, http or https (no certificate
 * is verified), CPU per request of this process. transport_cost http1|http2|curl URL CONNECTIONS
 * SECONDS [STREAMS]; http2 keeps STREAMS (default 1) requests in flight on each connection. Compare
 * with wrk -t1 -cCONNECTIONS and h2load -t1 -cCONNECTIONS -mSTREAMS.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/mem.h"
#include "io/transport.h"

struct bench {
    struct ct_loop *loop;
    const struct ct_transport *transport;
    struct ct_client *client;
    struct ct_exchange *exchanges;
    struct ct_alarm *end;
    uint64_t requests, failed, lag_ns;
    uint32_t in_flight;
    bool ending;
};

static struct bench bench;

static const struct ct_transport *const transports[] = {&ct_transport_http1, &ct_transport_http2,
                                                        &ct_transport_curl};

static void closed(void *ctx)
{
    (void)ctx;
    ct_alarm_free(bench.end);
}

static void exchange_done(struct ct_exchange *x)
{
    bench.requests++;
    bench.failed += x->failure != CT_FAILURE_NONE;
    bench.lag_ns += x->woke_ns > 0 ? x->done_ns - x->woke_ns : 0;
    if (!bench.ending)
        bench.transport->start(bench.client, x);
    else if (--bench.in_flight == 0)
        bench.transport->close(bench.client, closed, NULL);
}

static void time_is_up(void *ctx)
{
    (void)ctx;
    bench.ending = true;
}

static double cpu_us(void)
{
    struct rusage r;
    (void)getrusage(RUSAGE_SELF, &r);
    return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e6 +
           (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
}

static const struct ct_transport *transport_named(const char *name)
{
    for (size_t i = 0; i < sizeof(transports) / sizeof(transports[0]); i++)
        if (strcmp(transports[i]->name, name) == 0)
            return transports[i];
    return NULL;
}

static int set_up(const char *url, uint32_t connections, uint32_t streams, struct ct_err *err)
{
    struct ct_endpoint endpoint;
    struct ct_request request = {0};
    char *path = NULL;
    int rc;
    if ((rc = ct_io_init(err)) < 0 || (rc = ct_endpoint_parse(url, &endpoint, &path, err)) < 0 ||
        (rc = ct_endpoint_resolve(&endpoint, err)) < 0 || (rc = ct_loop_new(&bench.loop, err)) < 0)
        return rc;
    ct_request_init(&request, "GET", path);
    free(path);
    const struct ct_transport_opts opts = {.keep_alive = true,
                                           .max_connections = connections,
                                           .streams_per_connection = streams,
                                           .body_max = 64 << 20,
                                           .insecure = true};
    rc = bench.transport->open(bench.loop, &endpoint, &request, &opts, &bench.client, err);
    ct_request_release(&request);
    return rc < 0 ? rc : ct_alarm_new(bench.loop, time_is_up, NULL, &bench.end, err);
}

int main(int argc, char **argv)
{
    struct ct_err err = {0};
    bench.transport = argc >= 5 ? transport_named(argv[1]) : NULL;
    uint32_t connections = argc >= 5 ? (uint32_t)strtoul(argv[3], NULL, 10) : 0;
    uint32_t streams = argc == 6 ? (uint32_t)strtoul(argv[5], NULL, 10) : 1;
    if (bench.transport == NULL || connections == 0 || streams == 0) {
        (void)fprintf(stderr, "usage: transport_cost http1|http2|curl URL CONNECTIONS SECONDS "
                              "[STREAMS]\n");
        return 2;
    }
    if (set_up(argv[2], connections, streams, &err) < 0) {
        (void)fprintf(stderr, "transport_cost: %s\n", err.msg);
        return 1;
    }
    bench.in_flight = connections * (bench.transport == &ct_transport_http2 ? streams : 1);
    bench.exchanges = ct_xcalloc(bench.in_flight, sizeof(*bench.exchanges));
    double cpu_before_us = cpu_us();
    uint64_t begin_ns = ct_clock_ns();
    ct_alarm_set(bench.end, begin_ns + strtoul(argv[4], NULL, 10) * CT_NS_PER_S);
    for (uint32_t i = 0, n = bench.in_flight; i < n; i++) {
        bench.exchanges[i].done = exchange_done;
        bench.transport->start(bench.client, &bench.exchanges[i]);
    }
    ct_loop_run(bench.loop);
    double seconds = (double)(ct_clock_ns() - begin_ns) / 1e9, n = (double)bench.requests;
    printf("%s: %.0f/s, %.3f us CPU per request, %lu failed, receive lag %.2f us\n", argv[1],
           n / seconds, (cpu_us() - cpu_before_us) / n, (unsigned long)bench.failed,
           (double)bench.lag_ns / n / 1e3);
    ct_loop_free(bench.loop);
    free(bench.exchanges);
    ct_io_exit();
    return 0;
}

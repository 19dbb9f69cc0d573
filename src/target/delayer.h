/*
 * A server whose answers take a known time and that keeps its own log: when each request arrived
 * and when its answer was written. What a client says of its instants and latencies is judged by
 * it. It knows nothing of the client but an index that a request may carry (header X-Ct-Index).
 *
 *     ct_delayer_new(&opts, &d, &err);           listens from here on
 *     ... tell the port, start a thread or a child ...
 *     ct_delayer_run(d, &err);                   serves until ct_delayer_stop
 *     ct_delayer_records(d, &count);             after it returned
 *     ct_delayer_free(d);
 *
 * One thread, epoll, HTTP/1.0 and 1.1 with or without keep-alive; each path is answered alike. A
 * request that is pipelined behind another begins when that one's answer is written, but keeps its
 * own arrival.
 *
 * Arrival: the kernel's receive stamp of the segment (SO_TIMESTAMPNS; on loopback taken within the
 * sender's system call, so that this server's own wake-up is not in it), moved from the wall clock
 * to CLOCK_MONOTONIC by the difference of the two clocks at that moment. Where the kernel gives
 * none, or one that cannot be right (the wall clock was stepped), it is the clock right after the
 * wait; the counts say how often. Requests read at once share the stamp of the last of them.
 * Answered: the clock just before the answer is written: what comes later, the way back and the
 * client's wake-up, is the client's latency and not this server's.
 */
#ifndef CT_TARGET_DELAYER_H
#define CT_TARGET_DELAYER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "target/delay.h"

enum { CT_DELAYER_BODY_MAX = 1 << 20 };

/*
 * What lies between the socket and HTTP, TLS for one. The session of a connection reads and writes
 * the socket by ct_delayer_receive and ct_delayer_transmit alone (as recv and send: -1 and errno,
 * EAGAIN when nothing is there), so that what it reads is stamped. Called in the server's thread.
 */
struct ct_delayer_conn;
struct ct_delayer_wire {
    void *ctx;
    void *(*open)(void *ctx, struct ct_delayer_conn *socket); /* NULL: the connection is closed */
    ssize_t (*read)(void *session, void *to, size_t room);    /* as recv */
    ssize_t (*write)(void *session, const void *bytes, size_t len); /* all, or -1 */
    void (*close)(void *session);
};
ssize_t ct_delayer_receive(struct ct_delayer_conn *socket, void *to, size_t room);
ssize_t ct_delayer_transmit(struct ct_delayer_conn *socket, const void *bytes, size_t len);

struct ct_delayer_opts {
    const char *listen;      /* address, v4 or v6; NULL: 127.0.0.1 */
    uint16_t port;           /* 0: any free one */
    struct ct_delay delay;   /* from arrival to answer; zeroed: at once */
    struct ct_deafness deaf; /* nothing is read nor answered meanwhile; from the run's start on */
    uint64_t seed;           /* of the delays */
    size_t records_max;      /* later requests are answered and counted only */
    uint32_t body_len;       /* bytes of an answer's body, at most CT_DELAYER_BODY_MAX */
    const struct ct_delayer_wire *wire; /* borrowed until the server is freed; NULL: none */
};

struct ct_delayer_record {
    uint64_t index; /* what X-Ct-Index said; UINT64_MAX: nothing */
    uint64_t arrival_ns;
    uint64_t answered_ns; /* 0: not answered, the client had gone */
};

struct ct_delayer_counts {
    uint64_t connections;
    uint64_t requests, answered, refused; /* refused: not understood; 400 and closed */
    uint64_t kernel_stamps, clock_stamps; /* reads that were stamped by either */
    uint64_t open_max;                    /* most connections at once */
};

struct ct_delayer;

/* CT_EUSAGE: no such address. CT_EFAIL: port in use, no descriptors. */
int ct_delayer_new(const struct ct_delayer_opts *opts, struct ct_delayer **out, struct ct_err *err);
uint16_t ct_delayer_port(const struct ct_delayer *d);

/* Serves in the calling thread until stopped. May be called once. CT_EFAIL when the kernel refuses
 * to wait. */
int ct_delayer_run(struct ct_delayer *d, struct ct_err *err);

/* From any thread or signal handler, also before the run. */
void ct_delayer_stop(struct ct_delayer *d);

/* In the order of reading. Borrowed; valid while no run is under way. */
const struct ct_delayer_record *ct_delayer_records(const struct ct_delayer *d, size_t *count);
struct ct_delayer_counts ct_delayer_counts(const struct ct_delayer *d);

void ct_delayer_free(struct ct_delayer *d); /* NULL: nothing */

#endif

/*
 * A small HTTP server on loopback, on a thread of its own: every request is answered in the same
 * way, after the same time. For tests that look at who sends, not at what is answered.
 */
#ifndef CT_TESTS_ANSWERER_H
#define CT_TESTS_ANSWERER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

enum answerer_mode {
    ANSWERER_OK,     /* 200 */
    ANSWERER_503,    /* the same with another status */
    ANSWERER_SILENT, /* takes requests, never answers */
    ANSWERER_MOODY,  /* answers every other request only */
    ANSWERER_RESETS, /* resets the connection when a request has come */
    ANSWERER_DEAF,   /* never accepts, and its backlog is full */
};

enum { ANSWERER_ANSWER_LEN = 40 }; /* bytes of one answer, head and body */

struct answerer {
    enum answerer_mode mode;
    uint64_t hold_ns; /* from request to answer */
    uint16_t port;
    int listener, epoll, wake;
    int filler[8]; /* connections that fill the backlog of a deaf one */
    atomic_uint requests;
    pthread_t thread;
};

void answerer_start(struct answerer *a, enum answerer_mode mode, uint64_t hold_ns);
void answerer_stop(struct answerer *a); /* again: no effect */

unsigned answerer_requests(struct answerer *a);             /* that came, so far */
void answerer_await(struct answerer *a, unsigned at_least); /* blocks until so many came */

#endif

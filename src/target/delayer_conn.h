/* One connection of the delaying server: bytes in, a request at a time, its answer out. */
#ifndef CT_TARGET_DELAYER_CONN_H
#define CT_TARGET_DELAYER_CONN_H

#include <stdbool.h>

#include "target/delayer.h"
#include "target/due.h"
#include "target/head.h"

enum { CT_DELAYER_HEAD_MAX = 2048 };

/* How a read's bytes were stamped. */
struct ct_delayer_stamps {
    uint64_t now_ns;           /* right after the wait: what stands in for a missing stamp */
    int64_t mono_less_wall_ns; /* of the two clocks, just now */
    uint64_t kernel, clock;    /* counts */
};

struct ct_delayer_conn {
    struct ct_due due; /* first: the heap's entries are read back as connections */
    int fd;
    const struct ct_delayer_wire *wire; /* or NULL */
    void *session;                      /* the wire's */
    struct ct_delayer_stamps *stamps;
    bool waiting;  /* a request was taken and its answer is not due yet */
    bool unread;   /* the socket may hold bytes that found no room */
    bool gone;     /* the client has closed its side */
    size_t len;    /* bytes in in[] */
    uint64_t skip; /* bytes of a body that are still to come */
    uint64_t arrival_ns;
    struct ct_head head;              /* of the request that waits */
    struct ct_delayer_record *record; /* of it, or NULL: beyond records_max */
    struct ct_delayer_conn *next, *prev;
    char in[CT_DELAYER_HEAD_MAX];
};

/* The answers, complete; made once. */
struct ct_delayer_answers {
    char *bytes[3]; /* by enum ct_delayer_answer */
    size_t len[3];
};
enum ct_delayer_answer {
    CT_ANSWER_PLAIN,      /* the connection stays by itself */
    CT_ANSWER_KEEP_ALIVE, /* says so, to an HTTP/1.0 client */
    CT_ANSWER_CLOSE,
};
void ct_delayer_answers_init(struct ct_delayer_answers *a, uint32_t body_len);
void ct_delayer_answers_release(struct ct_delayer_answers *a);

/* Read what there is, up to the room. false: the connection is broken. Sets arrival_ns, gone,
 * unread. */
bool ct_delayer_conn_read(struct ct_delayer_conn *c);

/* Take the next request out of in[]: MORE, DONE (c->head) or BAD. */
enum ct_head_state ct_delayer_conn_take(struct ct_delayer_conn *c);

/* Write the whole answer to the request in c->head. false: it could not be written. */
bool ct_delayer_conn_answer(struct ct_delayer_conn *c, const struct ct_delayer_answers *a);

/* 400, for what was not understood. Best effort. */
void ct_delayer_conn_refuse(struct ct_delayer_conn *c);

#endif

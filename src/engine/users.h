/*
 * The closed model's side of what to do now: a user for each connection (HTTP/2: for each of its
 * streams), each of which sends its next request think time after its last answer. Decisions only,
 * like the pacer (engine/pacer.h), and in the pacer's words. All times are ns from t0.
 *
 * due = the same user's last end + think time, so the queue is in the order of due. A user whose
 * request failed before an answer waits CT_USERS_BACKOFF_NS at least: a dead target is not
 * hammered.
 */
#ifndef CT_ENGINE_USERS_H
#define CT_ENGINE_USERS_H

#include "engine/pacer.h"

#define CT_USERS_BACKOFF_NS (100 * CT_NS_PER_MS)

/* A queue of instants, ascending. */
struct ct_users_queue {
    uint64_t *due_ns;
    uint32_t first, count;
};

struct ct_users {
    struct ct_users_queue ready, sorry; /* sorry: after a failure */
    uint32_t users, threads;
    uint64_t think_ns, duration_ns;
    uint64_t next, most; /* index of the next request of this thread; the first not to be sent */
    bool stopped;
};

/* The share of one thread; all its users are ready at t0. */
void ct_users_init(struct ct_users *u, const struct ct_run_plan *plan, uint32_t thread);
void ct_users_release(struct ct_users *u);

/* BEGIN, WAIT (for wake_ns, or an answer) or END. A begun request's user is out until
 * ct_users_back. */
struct ct_pace ct_users_next(struct ct_users *u, uint64_t now_ns);

/* A request ended at now_ns; refused: without an answer. */
void ct_users_back(struct ct_users *u, uint64_t now_ns, bool refused);

/* Begin nothing more. */
void ct_users_stop(struct ct_users *u);

#endif

/*
 * The pings of one server, a question per sample: by echo where that is allowed, by the answer of
 * its port where nothing ever comes back (monitor/ping.h), else not at all.
 */
#ifndef CT_MONITOR_ECHO_H
#define CT_MONITOR_ECHO_H

#include <stdbool.h>

#include "monitor/ping.h"

struct ct_echo {
    bool due; /* asked, and not answered yet */

    /* private */
    struct ct_loop *loop;
    struct sockaddr_storage peer;
    socklen_t peer_len;
    struct ct_pinger *pinger; /* NULL: no way to ping */
    bool seen;                /* this pinger was answered */
    unsigned unanswered;      /* in a row */
    ct_pinger_fn *answered;
    void *ctx;
};

/* e is zeroed, or was opened before: begin with a server (anew). peer_len 0: its address is not
 * known. answered(ctx) is called from the loop, never from inside ct_echo_ask. */
void ct_echo_open(struct ct_echo *e, struct ct_loop *loop, const struct sockaddr *peer,
                  socklen_t peer_len, ct_pinger_fn *answered, void *ctx);
void ct_echo_ask(struct ct_echo *e);
bool ct_echo_result(const struct ct_echo *e, struct ct_ping *out); /* false: there is no way */
void ct_echo_close(struct ct_echo *e);

#endif

/*
 * Why a request did not count as ok, and why a planned one was never begun. Closed lists: every
 * outcome has exactly one of these names, everywhere (docs/architecture.md, section 6).
 */
#ifndef CT_MODEL_FAILURE_H
#define CT_MODEL_FAILURE_H

enum ct_failure {
    CT_FAILURE_NONE = 0, /* the request is ok */
    CT_FAILURE_CONNECT_REFUSED,
    CT_FAILURE_UNREACHABLE,
    CT_FAILURE_DNS,
    CT_FAILURE_CONNECT_TIMEOUT,
    CT_FAILURE_TLS_UNTRUSTED,
    CT_FAILURE_TLS_EXPIRED,
    CT_FAILURE_TLS_NAME,
    CT_FAILURE_TLS_HANDSHAKE,
    CT_FAILURE_TIMEOUT, /* detail says in which stage: waiting connect tls first_byte body */
    CT_FAILURE_RESET_BEFORE_RESPONSE,
    CT_FAILURE_RESET_IN_BODY,
    CT_FAILURE_TRUNCATED,
    CT_FAILURE_CLOSED_BEFORE_RESPONSE,
    CT_FAILURE_CLOSED_ON_REUSE, /* a kept connection was closed before a byte of the answer */
    CT_FAILURE_PROTOCOL_ERROR,
    CT_FAILURE_HEADER_TOO_LARGE,
    CT_FAILURE_BODY_TOO_LARGE,
    CT_FAILURE_HTTP_STATUS, /* a complete answer with a status that the test case does not take */
    CT_FAILURE_BAD_ANSWER,  /* a complete answer with a wrong body */
    CT_FAILURE_GEN_FD,      /* the generator's own: descriptors, local ports, memory */
    CT_FAILURE_GEN_PORTS,
    CT_FAILURE_GEN_MEMORY,
    CT_FAILURE_COUNT
};

/* Why a planned request was not begun. */
enum ct_skip {
    CT_SKIP_LATE,      /* it could not begin within the late limit */
    CT_SKIP_STALL,     /* it was due while the loop did not run (a gap of 50 ms or more) */
    CT_SKIP_IN_FLIGHT, /* it waited under the cap for longer than the time-out */
    CT_SKIP_STOPPED,   /* the run was stopped before it was due */
    CT_SKIP_COUNT
};

const char *ct_failure_name(enum ct_failure f); /* "connect_refused"; "ok" for NONE */
const char *ct_skip_name(enum ct_skip s);       /* "late" */
int ct_failure_parse(const char *name);         /* enum ct_failure, or -1 */
int ct_skip_parse(const char *name);

/* One sentence for people: what it means and what to look at. */
const char *ct_failure_meaning(enum ct_failure f);

#endif

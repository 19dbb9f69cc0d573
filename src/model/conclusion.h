/*
 * What a run with watched servers came to: one sentence, and the numbers that it rests on. Made by
 * analysis/conclusion.h, written by store, shown by report.
 */
#ifndef CT_MODEL_CONCLUSION_H
#define CT_MODEL_CONCLUSION_H

#include <stddef.h>

/* What a run can run into. */
enum ct_limit {
    CT_LIMIT_GENERATOR, /* ct itself, or the machine it runs on */
    CT_LIMIT_CPU,       /* of a server */
    CT_LIMIT_STEAL,     /* CPU of a server, a part of which its hypervisor withholds */
    CT_LIMIT_DISK,      /* of a server, by its iowait */
    CT_LIMIT_MEMORY,    /* of a server */
    CT_LIMIT_COUNT
};
const char *ct_limit_name(enum ct_limit l); /* "generator" ... */

enum { CT_LIMITS_MAX = 4, CT_EVIDENCE_MAX = 40, CT_CONCLUSION_TEXT = 1200, CT_EVIDENCE_HOST = 256 };

/* A number of the series: what it was before, what it became, and where that began. */
struct ct_evidence {
    char host[CT_EVIDENCE_HOST]; /* name in results; "": of the load */
    const char *metric;          /* static, with its unit: "cpu_percent" */
    double from, to;             /* NAN: none */
    double at_s;                 /* seconds from t0; NAN: no instant is meant */
    double at_rps;               /* requests per second that were sent then; NAN */
};

struct ct_conclusion {
    char text[CT_CONCLUSION_TEXT]; /* the sentence, without a full stop */
    struct {
        enum ct_limit what;
        char host[CT_EVIDENCE_HOST]; /* "" for the generator */
    } limits[CT_LIMITS_MAX];         /* what the sentence calls the limit */
    size_t n_limits;
    struct ct_evidence evidence[CT_EVIDENCE_MAX];
    size_t n_evidence;
};

#endif

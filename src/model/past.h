/*
 * Runs of the past, and the few figures by which runs are held against each other: what the history
 * keeps of an execution, and what a baseline is made of. Data only: store reads and keeps them,
 * analysis judges them.
 */
#ifndef CT_MODEL_PAST_H
#define CT_MODEL_PAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/units.h"
#include "model/summary.h"

/* Times are in ns, rates per second, shares 0..1. */
enum ct_figure {
    CT_FIGURE_SERVICE_P50, /* a baseline judges these */
    CT_FIGURE_RESPONSE_P90,
    CT_FIGURE_RESPONSE_P99,
    CT_FIGURE_ACHIEVED,
    CT_FIGURE_ERRORS,
    CT_FIGURE_RESPONSE_P50, /* these are kept beside them */
    CT_FIGURE_RESPONSE_MEAN,
    CT_FIGURE_CPU, /* of all servers per request: time of a whole server */
    CT_FIGURE_COUNT
};
enum { CT_FIGURES_JUDGED = 5 };

enum ct_figure_scale { CT_FIGURE_TIME, CT_FIGURE_RATE, CT_FIGURE_SHARE };

struct ct_figure_info {
    const char *name; /* for people: "service p50" */
    const char *key;  /* in JSON and SQL: "service_p50_ms" */
    enum ct_figure_scale scale;
    bool less_is_worse;
    double per_unit; /* of ours are one of the key's: 1e6 for ms */
};
extern const struct ct_figure_info ct_figures[CT_FIGURE_COUNT];

/* For people: "1.24 ms", "500/s", "0.1 %"; "-" for NAN. */
const char *ct_figure_text(enum ct_figure f, double value, char out[CT_UNIT_TEXT]);

/* The scale on which runs are compared: the logarithm; of shares themselves. NAN stays, as does
 * what has no logarithm. */
double ct_figure_scaled(enum ct_figure f, double value);

double ct_figure_unscaled(enum ct_figure f, double scaled);

enum { CT_PLAN_KEY = CT_HASH_TEXT };

/* One execution. Strings are owned by the struct and never NULL. */
struct ct_past_run {
    char *file;              /* path as it was read; in the history: relative to the storage */
    uint32_t position;       /* in its file, from 0 */
    uint64_t started_ns;     /* wall */
    char key[CT_PLAN_KEY];   /* 16 hex digits: runs with the same key can be compared */
    char *plan;              /* what the key stands for, for people and programs: one line */
    char *command;           /* "run" ... */
    enum ct_verdict verdict; /* invalid, too: one that ended before its plan */
    char *reason;            /* the first, when it is not valid; "" */
    char *commit;            /* "" when it is not known */
    char *hostname, *ct_version;
    uint64_t requests;               /* started */
    double steal_percent;            /* of the generator's machine; NAN */
    double figures[CT_FIGURE_COUNT]; /* NAN: not there, or withheld */
};

struct ct_past {
    struct ct_past_run *runs;
    size_t count;
};

void ct_past_run_init(struct ct_past_run *r); /* empty strings, no figures */
void ct_past_run_release(struct ct_past_run *r);
void ct_past_add(struct ct_past *p, struct ct_past_run *r); /* takes r over */
void ct_past_remove(struct ct_past *p, size_t i);
void ct_past_release(struct ct_past *p); /* accepts a zeroed struct */

/* True when that run is in it: one that began at the same instant on the same machine. */
bool ct_past_holds(const struct ct_past *p, const struct ct_past_run *r);

/* Index of the first of so many newest (0: of all) in runs by time. */
size_t ct_past_from(const struct ct_past *p, uint64_t newest);

/* One figure of the valid runs that have it, scaled, in their order. */
struct ct_figure_values {
    double *v;  /* owned */
    size_t *at; /* owned: which run */
    size_t count;
};
struct ct_figure_values ct_figure_values_of(const struct ct_past *past, enum ct_figure f);
void ct_figure_values_release(struct ct_figure_values *x);

/* By time, then file, then position. */
void ct_past_sort(struct ct_past *p);

/* The runs that later ones are held against. */
struct ct_baseline {
    struct ct_past runs; /* valid, of one plan, by time */
    bool drop_outliers;  /* runs beyond two deviations do not count (each figure for itself) */
};

/* The key of a plan's text (base/hash.h). */
void ct_plan_key_make(const char *plan, char key[CT_PLAN_KEY]);

#endif

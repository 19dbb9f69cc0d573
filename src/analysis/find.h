/*
 * The search for a capacity: the highest rate (or number of connections, or load) at which every
 * limit is kept, with an interval. A pure state machine: no clock, no network, no random numbers.
 * The owner does what it says and tells it what came of it.
 *
 *   f = ct_find_new(&opts);
 *   for (;;) {
 *       ct_find_next(f, &a);
 *       if (a.kind == CT_FIND_DONE)
 *           break;
 *       do it; (after each second: ct_find_hopeless(&a, &outcome so far) ends it early)
 *       ct_find_tell(f, &outcome);
 *   }
 *   ct_find_answer(f, &answer);
 *
 * Resumable: a fresh search with the same options, told the same outcomes in the same order (next,
 * tell, next, tell ...), is in the same state to the last bit. Nothing else is kept.
 *
 * Algorithm (docs/search.md; analysis/posterior.h has the mathematics). Calibrate: closed, one
 * connection: the base latency; longer than a limit: unreachable. Bracket: short probes, each 2 or
 * 4 times the last, to the first that breaks a limit. Localise: the geometric middle until the
 * bracket is narrow. Visits: one rate for 10 to 30 s, at the 20 % and the 80 % point of what is
 * known of the capacity by turns. Stop: precise enough, a cliff is seen, or the budget is spent.
 * Confirm: a monitored run at the lower end. Rates below 20/s, loads and connections are whole
 * numbers and are found by a ladder of probes (analysis/ladder.h); loads go up only so far that
 * none asks for more than twice what is allowed, should the work grow fourfold with each. An
 * invalid visit decides nothing: it is repeated, twice at most; then another rate is next (where
 * there is no other, on a ladder, and of the calibration the same again), until the budget is spent
 * or 30 in a row were invalid. When the generator can do no more (at_limit) before anything broke,
 * that is the end.
 */
#ifndef CT_ANALYSIS_FIND_H
#define CT_ANALYSIS_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CT_FIND_LIMITS_MAX = 8, CT_FIND_BLOCKS_MAX = 600, CT_FIND_CURVE_MAX = 64 };
enum { CT_FIND_RUN_MAX_S = 3600 }; /* no run of a search is longer */

/* What must be kept; all of them (a conjunction). Stability (the backlog does not grow) is a limit
 * of its own in every search and is not listed. */
enum ct_find_limit_kind {
    CT_FIND_SHARE, /* at most `share` of the requests are over it: a quantile limit p(99)<200ms has
                      share 0.01 and counts responses beyond 200 ms and failed ones; error_rate<1%
                      has 0.01 and counts failures; achieved>=99% has 0.01 and counts what was
                      planned and not ok */
    CT_FIND_MEAN,  /* a mean (of responses, a failed request entered at its time-out; of a server's
                      CPU) is at most limit_s */
};

struct ct_find_limit {
    enum ct_find_limit_kind kind;
    double share;   /* SHARE: 0 < share < 1 */
    double limit_s; /* MEAN: the limit (in whatever unit `sum` has). SHARE: the response time of a
                       quantile limit; 0: it has none (errors, delivery) */
};

enum ct_find_axis {
    CT_FIND_RATE,        /* open model, requests a second */
    CT_FIND_CONNECTIONS, /* closed model: 1, 5, 10, 20, 50, 100, 200, 500, then the breaking point
                          */
    CT_FIND_LOAD,        /* the load of a test case at a fixed rate: whole numbers from lowest up */
};

struct ct_find_opts {
    enum ct_find_axis axis;
    struct ct_find_limit limits[CT_FIND_LIMITS_MAX];
    size_t n_limits;    /* >= 1 */
    double precision;   /* wanted width of the interval, upper/lower - 1; 0.05 */
    double confidence;  /* 0.95 */
    double budget_s;    /* seconds of load, calibration included, confirmation not; 300 */
    double confirm_s;   /* length of the monitored run; 30; 0: none */
    double lowest;      /* RATE: not even this: unreachable; 1. LOAD: the smallest load */
    double highest;     /* RATE: "at least" beyond it; 1e7. LOAD, CONNECTIONS: the largest one */
    double first;       /* first rate (or load, or 0) to try; 0: from calibration */
    bool calibrate;     /* false: no calibration (first is needed) */
    double fixed_rate;  /* LOAD: the rate of every probe */
    bool whole_confirm; /* the monitored run has a whole number of requests a second */
};

enum ct_find_kind { CT_FIND_RUN, CT_FIND_DONE };
enum ct_find_phase {
    CT_FIND_CALIBRATE, /* closed model, one connection, until both `seconds` and `answers` */
    CT_FIND_BRACKET,
    CT_FIND_LOCALISE,
    CT_FIND_VISIT,
    CT_FIND_UPPER,   /* ladder: the neighbour above the answer, longer */
    CT_FIND_CONFIRM, /* monitored: its execution is kept */
};
const char *ct_find_phase_name(enum ct_find_phase p); /* "calibrate" "bracket" "localise" "visit"
                                                         "upper" "confirm" */

struct ct_find_action {
    enum ct_find_kind kind;
    enum ct_find_phase phase;
    enum ct_find_axis axis; /* CALIBRATE: CONNECTIONS, with connections 1 */
    double rate;            /* RATE, LOAD; whole below 20/s */
    uint32_t connections;   /* CONNECTIONS */
    uint64_t load;          /* LOAD */
    double seconds;         /* of load, the dropped beginning included; whole */
    double drop_s;          /* so much of the beginning is not in the outcome's blocks; whole */
    uint64_t answers;       /* CALIBRATE: go on beyond `seconds` until so many; else 0 */
    double patience_s;      /* CALIBRATE: but after so long a single one is enough */
    bool drain;             /* before it: wait until nothing is under way, drain_max_s at most */
    double drain_max_s;
    bool monitored;
    unsigned attempt;      /* 0; 1 and 2 repeat an invalid one */
    double hopeless_share; /* see ct_find_hopeless; INFINITY: never ends early */
    double hopeless_backlog;
};

/* One second of the counted part of a run, or as many each as make CT_FIND_BLOCKS_MAX do. A request
 * that has not ended when the outcome is told is over a limit if it has already waited longer than
 * that, and is left out otherwise. */
struct ct_find_block {
    uint32_t n;                        /* requests */
    uint32_t over[CT_FIND_LIMITS_MAX]; /* of them over each SHARE limit */
    double sum_s;                      /* of responses, a failed one at its time-out */
    double sum[CT_FIND_LIMITS_MAX];    /* for each MEAN limit: the mean is sum / n */
};

struct ct_find_outcome {
    bool valid;       /* false: the generator was at fault; only at_limit and spent_s are read */
    bool at_limit;    /* not valid: the generator can do no more (or there is nothing to judge by);
                         false: it was disturbed */
    bool stopped;     /* ended early (hopeless) */
    bool stuck;       /* with `drain`: something was still under way after drain_max_s */
    double spent_s;   /* seconds of load, the dropped beginning and the drain included */
    double counted_s; /* length of the counted part */
    uint64_t backlog_start, backlog_end; /* due and not ended: at the start of the counted part and
                                            at its end */
    const struct ct_find_block *blocks;  /* borrowed during the call */
    size_t n_blocks;                     /* at most CT_FIND_BLOCKS_MAX */
};

/* After each second of the counted part: is the rate so far above what the target can take that
 * going on would only hurt it? Reads blocks, counted_s and both backlogs of the outcome so far.
 * Pure. */
bool ct_find_hopeless(const struct ct_find_action *a, const struct ct_find_outcome *so_far);

/* What gave way first: 0..n_limits-1 is that limit, or one of these. */
enum { CT_FIND_NOTHING = -1, CT_FIND_STABILITY = -2, CT_FIND_GENERATOR = -3 };

enum ct_find_ending {
    CT_FIND_GOING_ON,    /* not done: the answer is what is known so far */
    CT_FIND_PRECISE,     /* the interval is as narrow as wanted */
    CT_FIND_CLIFF,       /* clean below, overload above, nothing between */
    CT_FIND_BUDGET,      /* the budget is spent; see needs_s */
    CT_FIND_WHOLE,       /* ladder: a whole number, its neighbour fails */
    CT_FIND_AT_LEAST,    /* never broke: `highest` reached, or the generator's limit (gave_way) */
    CT_FIND_UNREACHABLE, /* broken even by one connection, or at `lowest` */
    CT_FIND_NO_RECOVERY, /* after an overload the target did not come back */
};
const char *ct_find_ending_name(enum ct_find_ending e); /* "precise", "cliff", ... "at_least" */

/* Warnings; with the first three the figure is not the capacity of one target. */
enum {
    CT_FIND_DRIFTS = 1,        /* it gets slower or faster while it is measured (drift) */
    CT_FIND_NOT_MONOTONE = 2,  /* it keeps the limits at a rate above one at which it broke them */
    CT_FIND_NOT_CONFIRMED = 4, /* the monitored run at the lower end broke a limit: widened */
    CT_FIND_FEW_VISITS = 8,    /* the budget allowed too few visits to know the noise */
    CT_FIND_UNCONFIRMED = 16,  /* this machine could not send the monitored run on time */
    CT_FIND_HICCUPS = 32,      /* it broke down where it was well before and when tried again */
};

struct ct_find_answer {
    enum ct_find_ending ending;
    unsigned warnings;
    double capacity;    /* median; whole for a ladder; at_least: the highest that kept; NAN: none */
    double low, high;   /* interval of `confidence`; sustained = low; ladder: R and the lowest that
                           failed (low 0: the confirmation of the lowest failed); NAN: none (high if
                           at_least) */
    bool at_least;      /* nothing above was seen to break a limit */
    int gave_way;       /* which limit (see above) */
    bool confirmed;     /* the monitored run kept every limit */
    double recommended; /* RATE, LOAD: low. CONNECTIONS: 80 % of capacity. NAN: none */
    double spent_s;     /* of load, all */
    double needs_s;     /* BUDGET, GOING_ON: about so much more until `precision`; NAN: not known */
    double phi;         /* over-dispersion: 1 is Poisson; of the limit that gave way */
    double slope;       /* d ln(share, or mean) / d ln(rate) at the capacity */
    double drift;       /* relative change of capacity in 100 s of load; 0 unless DRIFTS */
    double base_s;      /* mean response of calibration; NAN: none */
    unsigned visits; /* that the interval is made of; 0: the highest that kept and the lowest that
                        broke */
};

/* What was done and found, one entry for each told outcome, in order. */
struct ct_find_trial {
    enum ct_find_phase phase;
    unsigned attempt;
    double at;      /* rate, connections or load */
    double seconds; /* as asked for */
    double spent_s;
    bool valid, stopped;
    bool overload; /* far beyond the limit: a bound, never a datum of the curve */
    bool hiccup;   /* and not when it was tried again: of no account */
    bool kept;     /* every limit, as counted here (point judgement) */
    int broke;     /* the limit that was exceeded most; CT_FIND_NOTHING; CT_FIND_STABILITY */
    uint64_t n;
    uint64_t over[CT_FIND_LIMITS_MAX];
    double mean_s; /* NAN without a request */
    double growth; /* of the backlog, as a share of the requests that were due */
};

/* One point of the posterior: for a chart. */
struct ct_find_density {
    double at;     /* rate */
    double weight; /* all add up to 1 */
};

/* The fitted curve: share over the limit (or mean) that was expected at a rate. */
struct ct_find_curve {
    double at;
    double value, low, high; /* median and interval, of the limit that gave way: share or seconds */
};

/* The rate to begin with, when one connection alone is answered in so long; NAN of NAN. */
double ct_find_first_rate(double mean_s);

/* Rates below it are whole numbers. */
enum { CT_FIND_WHOLE_BELOW = 20 };

struct ct_find; /* owned by caller through new/free */

struct ct_find *ct_find_new(const struct ct_find_opts *opts); /* opts are copied */
void ct_find_free(struct ct_find *f);
void ct_find_next(struct ct_find *f, struct ct_find_action *out); /* idempotent until told */
void ct_find_tell(struct ct_find *f, const struct ct_find_outcome *outcome);

/* What is told from here on was seen before (true): no number of invalid runs ends the search. It
 * is seen now (false): they are counted from none. */
void ct_find_seen_before(struct ct_find *f, bool before);
void ct_find_answer(const struct ct_find *f, struct ct_find_answer *out); /* at any time */

/* Defaults: RATE, no limit yet, 5 %, 95 %, 300 s, confirmation of 30 s, calibration. */
void ct_find_opts_init(struct ct_find_opts *opts);

/* Borrowed until the next tell. */
const struct ct_find_trial *ct_find_trials(const struct ct_find *f, size_t *count);

/* Copies at most `room` points; returns how many. 0 for a ladder and before the first visit. */
size_t ct_find_posterior(const struct ct_find *f, struct ct_find_density *out, size_t room);
size_t ct_find_fit(const struct ct_find *f, struct ct_find_curve *out, size_t room);

#endif

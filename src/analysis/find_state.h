/* The inside of a search: find_plan.c says what is next, find.c moves it, find_answer.c reads it.
 */
#ifndef CT_ANALYSIS_FIND_STATE_H
#define CT_ANALYSIS_FIND_STATE_H

#include "analysis/bracket.h"
#include "analysis/capacity.h"
#include "analysis/ladder.h"

enum ct_find_stage {
    CT_FIND_AT_BASE,
    CT_FIND_AT_LADDER,
    CT_FIND_AT_BRACKET,
    CT_FIND_AT_VISITS,
    CT_FIND_AT_CONFIRM,
    CT_FIND_AT_END,
};

struct ct_find {
    struct ct_find_opts opts;
    enum ct_find_stage stage;
    enum ct_find_ending ending;
    struct ct_find_trial *trials;
    size_t n_trials, trials_room;
    struct ct_bracket bracket;
    struct ct_ladder ladder;
    struct ct_capacity capacity;
    unsigned attempt, invalid; /* of this run; invalid ones in a row */
    bool seen_before;          /* what is told: no number of invalid ones is an end */
    unsigned visits, hiccups;  /* visits: that were believed */
    unsigned turn;             /* even: the lower point, odd: the upper one */
    struct ct_visit doubt; /* if doubted: an overload that is tried again before it is believed */
    size_t doubt_trial;    /* its index */
    bool doubted;
    bool elsewhere; /* a visit at the point whose turn it is was given up: the other one */
    bool drain;
    bool not_confirmed, unconfirmed, confirmed, generator;
    double base_s, spent_s, visits_from_s; /* visits_from_s: spent before the first visit */
    double low, high, middle;              /* fixed when the search ended */
};

/* --- what was tried --- */

void ct_find_note(struct ct_find *f, const struct ct_find_action *a, const struct ct_visit *v,
                  const struct ct_find_outcome *o);

/* One of the valid runs of bracket, localisation and visits. */
bool ct_find_of_the_curve(const struct ct_find_trial *t);

/* Every limit was kept there or beyond, in a run that saw enough to say so. */
bool ct_find_was_well_at(const struct ct_find *f, double at);

double ct_find_kept_below(const struct ct_find *f, double at);       /* the highest; 0: none */
double ct_find_lowest_broken(const struct ct_find *f, double above); /* NAN: none */
bool ct_find_spoilt_above(const struct ct_find *f, double at);       /* an invalid one */

/* --- what is known --- */

/* The shortest time that a limit speaks of: what a backlog is measured by. */
double ct_find_shortest(const struct ct_find_opts *o);

/* The rate, the number of connections or the load that it asks for. */
double ct_find_place(const struct ct_find_action *a);

/* The interval as it stands. */
void ct_find_interval(const struct ct_find *f, double *low, double *middle, double *high);
bool ct_find_is_precise(const struct ct_find *f);

/* Clean below, overload above, within the precision, nothing between: perhaps a cliff. It is one
 * when both were seen often enough. */
struct ct_find_edges {
    double low, high;      /* highest clean visit, lowest overloaded one */
    unsigned below, above; /* how many such visits there, within 2 % */
};
enum { CT_FIND_CLIFF_CLEAN = 4, CT_FIND_CLIFF_OVER = 2 };
bool ct_find_edge(const struct ct_find *f, struct ct_find_edges *e);
bool ct_find_cliff(const struct ct_find *f, double *low, double *high);

#endif

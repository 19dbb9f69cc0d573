/*
 * The first part of a search: from far below to a bracket around the capacity, by short probes. Up
 * by 2 or 4 to the first rate that breaks a limit; one more probe at twice that rate, and when that
 * keeps the limits the broken one again: it was noise, or the target is not monotone. When the
 * first already breaks, down by 4 (a lowest rate that keeps a limit it is near is where it begins).
 * Then the geometric middle until high / low <= 1.9. Pure.
 */
#ifndef CT_ANALYSIS_BRACKET_H
#define CT_ANALYSIS_BRACKET_H

#include <stdbool.h>

enum ct_bracket_stage {
    CT_BRACKET_CLIMB,
    CT_BRACKET_ABOVE, /* it broke: does it break at twice the rate? */
    CT_BRACKET_AGAIN, /* it was not: the broken rate once more */
    CT_BRACKET_SQUEEZE,
    CT_BRACKET_DONE,
    CT_BRACKET_TOP,    /* highest kept */
    CT_BRACKET_BOTTOM, /* lowest broke */
};

struct ct_bracket {
    enum ct_bracket_stage stage;
    double rate;      /* of the next probe */
    double low, high; /* low 0: none kept yet; high 0: none broke yet */
    double lowest, highest;
    bool dip; /* broke, kept above, broke again */
};

/* How a probe went. */
struct ct_bracket_probe {
    double ratio;  /* largest measured / allowed */
    bool overload; /* far beyond, or the backlog grew */
    bool idle;     /* nothing was over, and little was under way: climb faster */
};

void ct_bracket_init(struct ct_bracket *b, double first, double lowest, double highest);
void ct_bracket_tell(struct ct_bracket *b, const struct ct_bracket_probe *p);

/* The generator could not send the next probe, and there is an answer without it, if a wider one:
 * whether the limit is broken above, too; once more where it was (a dip then); how narrow the
 * bracket can be. True: it went on. */
bool ct_bracket_without(struct ct_bracket *b);

/* The generator was disturbed in the next probe of a climb: the next one lies between what was kept
 * and that; where this is too near, at twice what was kept again. False: it does not climb. */
bool ct_bracket_other(struct ct_bracket *b);

/* The generator could not send the next probe. Before anything was kept a quarter of it is next,
 * and true; else it can no more. */
bool ct_bracket_lower(struct ct_bracket *b);

#endif

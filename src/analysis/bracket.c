#include "analysis/bracket.h"

#include <math.h>

static const double narrow = 1.9; /* high / low at which visits begin */
static const double margin = 1.3; /* a probe of some seconds is sure of no more */
static const double apart = 1.2;  /* a probe nearer to what was kept teaches nothing */
static const double broken = 0.5; /* of what is allowed: the knee is near */

void ct_bracket_init(struct ct_bracket *b, double first, double lowest, double highest)
{
    double rate = fmin(fmax(first, lowest), highest);
    *b = (struct ct_bracket){.rate = rate, .lowest = lowest, .highest = highest};
}

static void squeeze(struct ct_bracket *b)
{
    b->stage = b->high / b->low <= narrow ? CT_BRACKET_DONE : CT_BRACKET_SQUEEZE;
    b->rate = sqrt(b->low * b->high);
}

static void descend(struct ct_bracket *b)
{
    b->high = b->rate;
    b->stage = b->rate <= b->lowest ? CT_BRACKET_BOTTOM : CT_BRACKET_CLIMB;
    b->rate = fmax(b->rate / 4, b->lowest);
}

static void enclose(struct ct_bracket *b, double high)
{
    b->high = high * margin;
    b->low /= margin;
    squeeze(b);
}

/* The lowest rate is near the limit and keeps it: from there, up to what was too near before. */
static void start_at_lowest(struct ct_bracket *b)
{
    b->low = b->rate;
    b->rate = fmin(2 * b->rate, b->highest);
    if (b->high > 0)
        enclose(b, b->high);
}

static void climb(struct ct_bracket *b, const struct ct_bracket_probe *p)
{
    bool broke = p->overload || p->ratio > broken;
    bool kept = !p->overload && p->ratio <= 1;
    if (broke && b->low <= 0 && kept && b->rate <= b->lowest) {
        start_at_lowest(b);
    } else if (broke && b->low <= 0) {
        descend(b);
    } else if (broke && b->rate >= b->highest) {
        enclose(b, b->rate);
    } else if (broke) {
        b->high = b->rate;
        b->rate = fmin(2 * b->rate, b->highest);
        b->stage = CT_BRACKET_ABOVE;
    } else if (b->high > 0) { /* on the way down */
        b->low = b->rate;
        enclose(b, b->high);
    } else if (b->rate >= b->highest) {
        b->low = b->rate;
        b->stage = CT_BRACKET_TOP;
    } else {
        b->low = b->rate;
        b->rate = fmin(b->rate * (p->idle ? 4 : 2), b->highest);
    }
}

static void above(struct ct_bracket *b, const struct ct_bracket_probe *p)
{
    if (p->overload || p->ratio > broken) {
        enclose(b, b->high);
        return;
    }
    b->stage = CT_BRACKET_AGAIN;
    b->rate = b->high;
}

static void again(struct ct_bracket *b, const struct ct_bracket_probe *p)
{
    if (p->overload || p->ratio > 1) {
        b->dip = true;
        enclose(b, b->high);
        return;
    }
    b->stage = CT_BRACKET_CLIMB;
    b->low = fmin(2 * b->high, b->highest);
    b->rate = fmin(2 * b->low, b->highest);
    b->high = 0;
}

static void middle(struct ct_bracket *b, const struct ct_bracket_probe *p)
{
    if (p->overload || p->ratio > 4) {
        b->high = b->rate * 1.1;
    } else if (p->ratio < 0.25) {
        b->low = b->rate / 1.1;
    } else {
        b->low = fmax(b->low, b->rate / margin);
        b->high = fmin(b->high, b->rate * margin);
    }
    squeeze(b);
}

bool ct_bracket_without(struct ct_bracket *b)
{
    b->dip = b->dip || b->stage == CT_BRACKET_AGAIN; /* what broke, and kept at twice that */
    if (b->stage == CT_BRACKET_ABOVE || b->stage == CT_BRACKET_AGAIN)
        enclose(b, b->high);
    else if (b->stage == CT_BRACKET_SQUEEZE)
        b->stage = CT_BRACKET_DONE;
    else
        return false;
    return true;
}

bool ct_bracket_other(struct ct_bracket *b)
{
    double between = sqrt(b->low * b->rate);
    if (b->stage != CT_BRACKET_CLIMB || b->low <= 0)
        return false;
    b->rate = between > apart * b->low ? between : fmin(2 * b->low, b->highest);
    return true;
}

bool ct_bracket_lower(struct ct_bracket *b)
{
    if (b->low > 0 || b->rate <= b->lowest)
        return false;
    b->rate = fmax(b->rate / 4, b->lowest);
    return true;
}

void ct_bracket_tell(struct ct_bracket *b, const struct ct_bracket_probe *p)
{
    switch (b->stage) {
    case CT_BRACKET_CLIMB:
        climb(b, p);
        break;
    case CT_BRACKET_ABOVE:
        above(b, p);
        break;
    case CT_BRACKET_AGAIN:
        again(b, p);
        break;
    case CT_BRACKET_SQUEEZE:
        middle(b, p);
        break;
    case CT_BRACKET_DONE:
    case CT_BRACKET_TOP:
    case CT_BRACKET_BOTTOM:
        break;
    }
}

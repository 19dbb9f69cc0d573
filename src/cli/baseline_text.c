#include "cli/baseline_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/baseline.h"
#include "report/table.h"

enum { CELL = 48, COLUMNS = 6 };

/* "+12.1 %"; of shares "+0.10 points". */
static const char *change_text(enum ct_figure f, double change, char text[CELL])
{
    if (isnan(change))
        (void)snprintf(text, CELL, "-");
    else if (ct_figures[f].scale == CT_FIGURE_SHARE)
        (void)snprintf(text, CELL, "%+.2f points", 100 * change);
    else
        (void)snprintf(text, CELL, "%+.1f %%", 100 * change);
    return text;
}

/* --- show --- */

static void print_outside(const struct ct_baseline *b, enum ct_figure f, const struct ct_level *l)
{
    char text[CT_UNIT_TEXT];
    for (size_t i = 0; i < l->n_outside; i++) {
        const struct ct_past_run *r = &b->runs.runs[l->outside[i]];
        (void)printf("    beyond 2 deviations: %s (%s)\n", ct_figure_text(f, r->figures[f], text),
                     r->file);
    }
    if (l->n_outside > 0 && !b->drop_outliers)
        (void)printf("    without %s: %s, deviation %.1f %%; all runs count unless --outliers "
                     "drop\n",
                     l->n_outside == 1 ? "it" : "them", ct_figure_text(f, l->typical_without, text),
                     100 * l->cv_without);
    else if (l->n_outside > 0)
        (void)printf("    left out (--outliers drop)\n");
    if (l->two_modes)
        (void)printf("    the dots lie in two groups: perhaps two kinds of runs\n");
}

/* What a check can show, and how many runs would do. */
static void print_reach(enum ct_figure f, const struct ct_baseline_result *r)
{
    char change[CELL];
    (void)printf("    a check of %zu %s shows a change from %s", r->new_count,
                 r->new_count == 1 ? "run" : "runs",
                 change_text(f, ct_figures[f].less_is_worse ? -r->detect : r->detect, change));
    (void)change_text(f, ct_figures[f].less_is_worse ? -r->least : r->least, change);
    if (r->runs_needed > r->new_count)
        (void)printf("; %zu runs show %s", r->runs_needed, change);
    else if (r->runs_needed == 0 && r->record_needed > 0)
        (void)printf("; for %s record %zu runs and check with 5", change, r->record_needed);
    else if (r->runs_needed == 0)
        (void)printf("; %s is out of reach", change);
    (void)printf("\n");
}

void ct_baseline_show(const struct ct_baseline *b,
                      const struct ct_baseline_result results[CT_FIGURES_JUDGED])
{
    const struct ct_past_run *first = &b->runs.runs[0];
    bool established = ct_baseline_established(results);
    (void)printf("plan %s: %s\n%zu runs on %s\n", first->key, first->plan, b->runs.count,
                 first->hostname);
    for (int f = 0; f < CT_FIGURES_JUDGED; f++) {
        const struct ct_baseline_result *r = &results[f];
        char dots[CT_DOTS_TEXT], typical[CT_UNIT_TEXT];
        if (r->old.count == 0)
            continue;
        (void)printf("\n%s: %s", ct_figures[f].name,
                     ct_figure_text((enum ct_figure)f, r->old.typical, typical));
        if (!isnan(r->old.cv))
            (void)printf(", deviation %.1f %% over %zu runs", 100 * r->old.cv, r->old.count);
        (void)printf("\n    %s\n", ct_dots_text(&b->runs, (enum ct_figure)f, dots));
        print_outside(b, (enum ct_figure)f, &r->old);
        if (!isnan(r->detect))
            print_reach((enum ct_figure)f, r);
    }
    (void)printf("\n%s\n", established
                               ? "established: service p50 and response p90 deviate by at most 15 %"
                               : "not established: service p50 or response p90 has fewer than five "
                                 "runs, or deviates by more than 15 %");
}

/* --- check --- */

static void fill_row(enum ct_figure f, const struct ct_baseline_result *r,
                     char cells[COLUMNS][CELL])
{
    char text[CT_UNIT_TEXT];
    (void)snprintf(cells[0], CELL, "%s", ct_figures[f].name);
    (void)snprintf(cells[1], CELL, "%s", ct_figure_text(f, r->old.typical, text));
    (void)snprintf(cells[2], CELL, "%s", ct_figure_text(f, r->new_typical, text));
    (void)change_text(f, r->change, cells[3]);
    (void)snprintf(cells[4], CELL, "%s", ct_figure_text(f, r->bound, text));
    (void)snprintf(cells[5], CELL, "%s",
                   r->status == CT_BASELINE_NONE ? "not judged"
                                                 : ct_baseline_status_name(r->status));
}

static void print_results(const struct ct_baseline_result results[CT_FIGURES_JUDGED])
{
    static const char *const header[COLUMNS] = {"figure", "baseline", "now",
                                                "change", "bound",    "verdict"};
    char text[CT_FIGURES_JUDGED][COLUMNS][CELL];
    const char *cells[(CT_FIGURES_JUDGED + 1) * COLUMNS];
    for (size_t k = 0; k < COLUMNS; k++)
        cells[k] = header[k];
    for (size_t f = 0; f < CT_FIGURES_JUDGED; f++) {
        fill_row((enum ct_figure)f, &results[f], text[f]);
        for (size_t k = 0; k < COLUMNS; k++)
            cells[(f + 1) * COLUMNS + k] = text[f][k];
    }
    struct ct_style style = ct_style_of(stdout);
    ct_print_table(stdout, &style, "lrrrrl", cells, COLUMNS, CT_FIGURES_JUDGED + 1);
}

void ct_baseline_answer(const struct ct_baseline_result results[CT_FIGURES_JUDGED])
{
    size_t worse = 0, judged = 0;
    print_results(results);
    for (int f = 0; f < CT_FIGURES_JUDGED; f++) {
        char change[CELL];
        judged += results[f].status != CT_BASELINE_NONE;
        if (results[f].status != CT_BASELINE_WORSE)
            continue;
        (void)printf("%s%s %s", worse++ > 0 ? ", " : "Worse: ", ct_figures[f].name,
                     change_text((enum ct_figure)f, results[f].change, change));
    }
    if (worse > 0) {
        (void)printf("\n");
        return;
    }
    if (judged == 0) {
        (void)printf("Nothing could be judged: the baseline has fewer than %d runs with these "
                     "figures ('ct baseline update' adds more)\n",
                     CT_BASELINE_RUNS_MIN);
        return;
    }
    (void)printf("Not worse than the baseline, as far as %s shows:\n",
                 results[0].new_count == 1 ? "a single run" : "this");
    for (int f = 0; f < CT_FIGURES_JUDGED; f++) {
        if (isnan(results[f].detect) || ct_figures[f].scale != CT_FIGURE_TIME)
            continue;
        (void)printf("  %s\n", ct_figures[f].name);
        print_reach((enum ct_figure)f, &results[f]);
    }
}

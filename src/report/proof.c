#include <math.h>

#include "base/units.h"
#include "report/checkup.h"
#include "report/page.h"

enum { LINES_MAX = 60, CELL = CT_UNIT_TEXT };

static const char *ns_text(double ns, char out[CELL])
{
    if (isfinite(ns))
        return ct_duration_format((uint64_t)llround(fmax(ns, 0)), out);
    (void)snprintf(out, CELL, "-");
    return out;
}

static void print_run(struct ct_page *p, const struct ct_proof_run *r)
{
    char rate[CT_UNIT_TEXT], client[CT_PROOF_QUANTILES][CELL], server[CT_PROOF_QUANTILES][CELL],
        late[CELL];
    for (int q = 0; q < CT_PROOF_QUANTILES; q++) {
        (void)ns_text(r->client_ns[q], client[q]);
        (void)ns_text(r->server_ns[q], server[q]);
    }
    ct_page_line(p, r->held ? CT_TONE_PLAIN : CT_TONE_DOUBT,
                 "%-9s %-16s %9s %9s %9s %9s %9s %9s %9s  %s", ct_rate_format(r->rate_rps, rate),
                 r->delay, client[CT_PROOF_P50], server[CT_PROOF_P50], client[CT_PROOF_P90],
                 server[CT_PROOF_P90], client[CT_PROOF_P99], server[CT_PROOF_P99],
                 ns_text(r->arrival_p99_ns, late), r->held ? "holds" : "does not hold");
}

static void print_conclusion(struct ct_page *p, const struct ct_proof *proof)
{
    char rate[CT_UNIT_TEXT], bad[CT_UNIT_TEXT], floor_text[CELL];
    if (isfinite(proof->why_rps))
        (void)ct_rate_format(proof->why_rps, bad);
    if (!proof->trusted) {
        ct_page_line(p, CT_TONE_BAD, "here not even %s can be trusted: %s", bad, proof->why);
        return;
    }
    ct_page_line(p, CT_TONE_GOOD, "here you can trust p99 down to %s up to %s",
                 ns_text(proof->p99_floor_ns, floor_text), ct_rate_format(proof->rate_rps, rate));
    if (isfinite(proof->why_rps))
        ct_page_line(p, CT_TONE_DOUBT, "  not %s: %s", bad, proof->why);
    else
        ct_page_line(p, CT_TONE_PLAIN, "  no higher rate was tried: the forecast ends there");
}

void ct_print_proof(FILE *to, const struct ct_style *style, const struct ct_proof *proof)
{
    struct ct_style wide = {.color = style->color,
                            .width = style->width > 280 ? style->width : 280};
    struct ct_page p = {.to = to, .style = &wide, .lines_left = LINES_MAX};
    ct_page_line(&p, CT_TONE_HEAD, "%-9s %-16s %9s %9s %9s %9s %9s %9s %9s", "proof", "delay",
                 "p50 ct", "server", "p90 ct", "server", "p99 ct", "server", "arrivals");
    for (size_t i = 0; i < proof->n_runs; i++)
        print_run(&p, &proof->runs[i]);
    print_conclusion(&p, proof);
}

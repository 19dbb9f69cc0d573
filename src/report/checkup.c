#include "report/checkup.h"

#include <math.h>

#include "base/units.h"
#include "report/page.h"

enum { LINES_MAX = 60 };

static void us_text(double us, char out[CT_UNIT_TEXT])
{
    if (isfinite(us))
        (void)ct_duration_format((uint64_t)llround(us * 1e3), out);
    else
        (void)snprintf(out, CT_UNIT_TEXT, "-");
}

/* Two digits: it is a forecast. */
static const char *about(double rps, char out[CT_UNIT_TEXT])
{
    double step = rps >= 10 ? pow(10, floor(log10(rps)) - 1) : 1;
    return ct_rate_format(floor(rps / step) * step, out);
}

static void print_forecast(struct ct_page *p, const struct ct_forecast *f)
{
    char one[CT_UNIT_TEXT], late[CT_UNIT_TEXT], all[CT_UNIT_TEXT], cost[CT_UNIT_TEXT];
    us_text(f->lateness_p99_us, late);
    us_text(f->request_cpu_us, cost);
    if (!f->on_time)
        ct_page_line(p, CT_TONE_HEAD,
                     "about %s on one thread, but not on time now: p99 lateness about %s",
                     about(f->one_rps, one), late);
    else
        ct_page_line(p, CT_TONE_HEAD, "up to about %s on one thread, p99 lateness about %s",
                     about(f->one_rps, one), late);
    ct_page_line(p, CT_TONE_PLAIN,
                 "  a request costs %s of CPU there (loopback, answered at once: the hardest case)",
                 cost);
    if (f->threads > 1)
        ct_page_line(p, CT_TONE_PLAIN,
                     "  the same again for each further core: about %s with --threads %u and the "
                     "target elsewhere",
                     about(f->all_rps, all), (unsigned)f->threads);
}

static void print_wakeups(struct ct_page *p, const struct ct_checkup *c)
{
    ct_page_line(p, CT_TONE_HEAD, "%-16s %9s %9s %9s %9s", "timers, late by", "p50", "p90", "p99",
                 "max");
    for (int i = 0; i < CT_WAKEUPS; i++) {
        const struct ct_wakeups *w = &c->wakeups[i];
        const double us[] = {w->p50_us, w->p90_us, w->p99_us, w->max_us};
        char rate[CT_UNIT_TEXT], cell[4][CT_UNIT_TEXT];
        for (int k = 0; k < 4; k++)
            us_text(us[k], cell[k]);
        ct_page_line(p, CT_TONE_PLAIN, "  %-14s %9s %9s %9s %9s", ct_rate_format(w->rate_rps, rate),
                     cell[0], cell[1], cell[2], cell[3]);
    }
}

static void print_finding(struct ct_page *p, const struct ct_finding *f)
{
    static const enum ct_tone tones[] = {CT_TONE_GOOD, CT_TONE_DOUBT, CT_TONE_BAD};
    ct_page_line(p, tones[f->mark], "%-5s %-9s %s", ct_mark_name(f->mark), f->topic, f->text);
    if (f->advice[0] != '\0')
        ct_page_line(p, CT_TONE_PLAIN, "%-5s %-9s -> %s", "", "", f->advice);
}

void ct_print_checkup(FILE *to, const struct ct_style *style, const struct ct_checkup *c,
                      const struct ct_diagnosis *d)
{
    struct ct_style wide = {.color = style->color,
                            .width = style->width > 200 ? style->width : 200};
    struct ct_page p = {.to = to, .style = &wide, .lines_left = LINES_MAX};
    print_forecast(&p, &d->forecast);
    print_wakeups(&p, c);
    for (size_t i = 0; i < d->n_findings; i++)
        print_finding(&p, &d->findings[i]);
}

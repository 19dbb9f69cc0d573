#include "report/progress.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"
#include "report/page.h"

/* Seconds between lines when stderr is not a terminal. */
#define LINE_EVERY_S 5.0

struct ct_progress {
    FILE *to;
    bool live, quiet;
    bool shown;         /* a live line stands on the terminal */
    double next_line_s; /* of the test's time */
    char title[256];
};

static void clear_line(void *ctx)
{
    struct ct_progress *p = ctx;

    if (p->shown)
        (void)fputs("\r\033[K", p->to);
    (void)fflush(p->to);
    p->shown = false;
}

struct ct_progress *ct_progress_new_to(FILE *to, bool live, bool quiet)
{
    struct ct_progress *p = ct_xcalloc(1, sizeof(*p));

    *p = (struct ct_progress){.to = to, .live = live, .quiet = quiet};
    if (live && !quiet)
        ct_log_hook(clear_line, p);
    return p;
}

struct ct_progress *ct_progress_new(bool quiet)
{
    const char *term = getenv("TERM");
    bool dumb = term != NULL && strcmp(term, "dumb") == 0;

    return ct_progress_new_to(stderr, isatty(STDERR_FILENO) && !dumb, quiet);
}

static void show(struct ct_progress *p, char *text)
{
    if (p->live) {
        ct_text_cut(text, ct_style_of(p->to).width - 1);
        (void)fprintf(p->to, "\r%s\033[K", text);
    } else {
        (void)fprintf(p->to, "%s\n", text);
    }
    (void)fflush(p->to);
    p->shown = p->live;
}

void ct_progress_test(struct ct_progress *p, const char *title)
{
    if (p->quiet)
        return;
    clear_line(p);
    ct_escape_text(p->title, sizeof(p->title), title, strlen(title));
    p->next_line_s = LINE_EVERY_S;
    (void)fprintf(p->to, "%s\n", p->title);
    (void)fflush(p->to);
}

static void ms_text(double ms, char out[CT_UNIT_TEXT])
{
    if (isfinite(ms) && ms >= 0)
        (void)ct_duration_format((uint64_t)(ms * 1e6), out);
    else
        (void)snprintf(out, CT_UNIT_TEXT, "-");
}

static void now_text(const struct ct_progress_now *now, char *out, size_t size)
{
    char sent[CT_UNIT_TEXT], planned[CT_UNIT_TEXT], p50[CT_UNIT_TEXT], p99[CT_UNIT_TEXT];
    char failed[CT_UNIT_TEXT], skipped[CT_UNIT_TEXT], flight[CT_UNIT_TEXT], trouble[96] = "";
    size_t used = 0;

    if (now->failed > 0)
        used = (size_t)snprintf(trouble, sizeof(trouble), ", %s failed",
                                ct_count_format(now->failed, failed));
    if (now->skipped > 0)
        (void)snprintf(trouble + used, sizeof(trouble) - used, ", %s skipped",
                       ct_count_format(now->skipped, skipped));
    ms_text(now->p50_ms, p50);
    ms_text(now->p99_ms, p99);
    char time[48], count[2 * CT_UNIT_TEXT + 8];
    int n = snprintf(time, sizeof(time), "%.0f", floor(now->elapsed_s));
    if (now->duration_s > 0)
        (void)snprintf(time + n, sizeof(time) - (size_t)n, " of %.0f", now->duration_s);
    n = snprintf(count, sizeof(count), "%s", ct_count_format(now->sent, sent));
    if (now->planned > 0)
        (void)snprintf(count + n, sizeof(count) - (size_t)n, " of %s",
                       ct_count_format(now->planned, planned));
    (void)snprintf(out, size, "  %s s: sent %s%s, p50 %s, p99 %s, in flight %s", time, count,
                   trouble, p50, p99, ct_count_format(now->in_flight, flight));
}

void ct_progress_update(struct ct_progress *p, const struct ct_progress_now *now)
{
    char text[320];

    if (p->quiet || (!p->live && now->elapsed_s < p->next_line_s))
        return;
    while (p->next_line_s <= now->elapsed_s)
        p->next_line_s += LINE_EVERY_S;
    now_text(now, text, sizeof(text));
    show(p, text);
}

void ct_progress_rest(struct ct_progress *p, double left_s)
{
    char text[64];

    if (p->quiet || !p->live)
        return;
    (void)snprintf(text, sizeof(text), "  resting, %.0f s left", ceil(left_s));
    show(p, text);
}

void ct_progress_end(struct ct_progress *p)
{
    clear_line(p);
}

void ct_progress_free(struct ct_progress *p)
{
    if (p == NULL)
        return;
    clear_line(p);
    if (p->live && !p->quiet)
        ct_log_hook(NULL, NULL);
    free(p);
}

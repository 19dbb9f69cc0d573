#include "report/watched.h"

#include <math.h>
#include <stdio.h>

#include "base/units.h"

enum { SERVERS_MAX = 3, CONCLUSION_LINES_MAX = 6 };

static void print_server(struct ct_page *p, const struct ct_server_summary *v, bool first)
{
    char host[256], cpu[32] = "-", memory[CT_UNIT_TEXT] = "-", ping[32] = "-";

    (void)snprintf(host, sizeof(host), "%s", v->host);
    ct_text_cut(host, 24);
    if (isfinite(v->cpu_percent_mean))
        (void)snprintf(cpu, sizeof(cpu), "%.1f %%", v->cpu_percent_mean);
    if (isfinite(v->memory_used_kib_mean))
        (void)ct_bytes_format((uint64_t)(v->memory_used_kib_mean * 1024), memory);
    if (isfinite(v->ping_ms_mean))
        (void)snprintf(ping, sizeof(ping), "%.2f ms", v->ping_ms_mean);
    ct_page_line(p, CT_TONE_PLAIN, "%-9s %s: cpu %s, memory %s, ping %s", first ? "servers" : "",
                 host, cpu, memory, ping);
}

void ct_page_servers(struct ct_page *p, const struct ct_summary *s)
{
    size_t shown_n = s->n_servers < p->lines_left ? s->n_servers : p->lines_left;

    if (s->n_servers > shown_n || shown_n > SERVERS_MAX)
        shown_n = SERVERS_MAX < p->lines_left ? SERVERS_MAX : p->lines_left;
    for (size_t i = 0; i < s->n_servers && i < shown_n; i++)
        if (i + 1 == shown_n && s->n_servers > shown_n)
            ct_page_line(p, CT_TONE_PLAIN, "%-9s and %zu more, see the result file", "",
                         s->n_servers - i);
        else
            print_server(p, &s->servers[i], i == 0);
}

static const char *sentence_of(const struct ct_summary *s)
{
    return s->conclusion != NULL ? s->conclusion->text : "";
}

unsigned ct_page_conclusion_lines(const struct ct_page *p, const struct ct_summary *s)
{
    unsigned lines = ct_page_paragraph_lines(p, sentence_of(s));
    return lines < CONCLUSION_LINES_MAX ? lines : CONCLUSION_LINES_MAX;
}

void ct_page_conclusion(struct ct_page *p, const struct ct_summary *s)
{
    ct_page_paragraph(p, CT_TONE_HEAD, "in short", sentence_of(s));
}

void ct_print_conclusion(FILE *to, const struct ct_style *style, const char *text)
{
    const struct ct_style narrow = {.color = style->color,
                                    .width = style->width < 80 ? style->width : 80};
    struct ct_page p = {.to = to, .style = &narrow, .lines_left = CONCLUSION_LINES_MAX};
    ct_page_paragraph(&p, CT_TONE_HEAD, "in short", text);
}

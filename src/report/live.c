#include "report/live.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"
#include "report/page.h"

enum { LINE = 2048, CELL = 64, CELL_TEXT = 4 * 120 + 1, NAME_MAX_COLUMNS = 24, HISTORY_MAX = 120 };

/* --- the model --- */

void ct_live_init(struct ct_live *l, const char *const *names, size_t count, uint64_t interval_ns)
{
    *l = (struct ct_live){.count = count, .interval_ns = interval_ns};
    l->rows = ct_xcalloc(count, sizeof(*l->rows));
    for (size_t i = 0; i < count; i++)
        l->rows[i].name = names[i];
}

void ct_live_release(struct ct_live *l)
{
    free(l->rows);
    l->rows = NULL;
    l->count = 0;
}

void ct_live_take(struct ct_live *l, const struct ct_snapshot *s)
{
    l->wall_ns = s->wall_ns;
    l->snapshots++;
    for (size_t i = 0; i < l->count && i < s->n_servers; i++) {
        struct ct_live_row *r = &l->rows[i];
        r->seen = true;
        r->now = s->servers[i];
        r->missed += r->now.gap[0] != '\0';
        r->history[r->n_history++ % CT_LIVE_HISTORY] =
            r->now.has_cpu ? ct_cpu_busy_percent(&r->now.cpu) : NAN;
    }
}

/* --- columns --- */

enum column {
    SERVER,
    STATE,
    CPU,
    HISTORY,
    USER,
    SYSTEM,
    IOWAIT,
    STEAL,
    MEMORY,
    LOAD,
    PING,
    COLUMNS
};

/* drop: columns of the lowest number go first when a line is too long; 0 stays. */
static const struct column_kind {
    const char *head;
    unsigned width, drop;
} kinds[COLUMNS] = {
    [SERVER] = {"server", 6, 0},   [STATE] = {"", 3, 5},       [CPU] = {"CPU %", 5, 0},
    [HISTORY] = {"history", 8, 0}, [USER] = {"user", 4, 3},    [SYSTEM] = {"sys", 4, 3},
    [IOWAIT] = {"iow", 4, 3},      [STEAL] = {"steal", 5, 3},  [MEMORY] = {"memory", 11, 4},
    [LOAD] = {"load", 5, 1},       [PING] = {"ping ms", 7, 2},
};

struct layout {
    unsigned width[COLUMNS]; /* 0: left out */
};

static unsigned name_columns(const struct ct_live *l)
{
    char text[NAME_MAX_COLUMNS * 4 + 1];
    unsigned most = kinds[SERVER].width;
    for (size_t i = 0; i < l->count; i++) {
        ct_escape_text(text, sizeof(text), l->rows[i].name, strlen(l->rows[i].name));
        unsigned columns = (unsigned)ct_text_columns(text);
        most = columns > most ? columns : most;
    }
    return most < NAME_MAX_COLUMNS ? most : NAME_MAX_COLUMNS;
}

static unsigned total_of(const struct layout *y)
{
    unsigned total = 0;
    for (int c = 0; c < COLUMNS; c++)
        total += y->width[c] > 0 ? y->width[c] + 1 : 0;
    return total - 1;
}

static struct layout lay_out(const struct ct_live *l, unsigned width)
{
    struct layout y;
    for (int c = 0; c < COLUMNS; c++)
        y.width[c] = kinds[c].width;
    y.width[SERVER] = name_columns(l);
    for (unsigned drop = 1; drop <= 5 && total_of(&y) > width; drop++)
        for (int c = 0; c < COLUMNS; c++)
            if (kinds[c].drop == drop)
                y.width[c] = 0;
    unsigned total = total_of(&y);
    if (total > width && y.width[SERVER] > kinds[SERVER].width) {
        unsigned over = total - width, spare = y.width[SERVER] - kinds[SERVER].width;
        y.width[SERVER] -= over < spare ? over : spare;
    }
    total = total_of(&y);
    if (total < width)
        y.width[HISTORY] += width - total;
    if (y.width[HISTORY] > HISTORY_MAX)
        y.width[HISTORY] = HISTORY_MAX;
    return y;
}

/* --- cells --- */

static double history_at(const struct ct_live_row *r, size_t back, bool *known)
{
    *known = back < r->n_history && back < CT_LIVE_HISTORY;
    return *known ? r->history[(r->n_history - 1 - back) % CT_LIVE_HISTORY] : NAN;
}

/* Eighths of 100 %, the newest on the right. */
static void draw_history(const struct ct_live_row *r, unsigned width, bool utf8, char *out)
{
    static const char *const blocks[] = {"\u2581", "\u2582", "\u2583", "\u2584",
                                         "\u2585", "\u2586", "\u2587", "\u2588"};
    static const char *const ascii[] = {".", ":", "-", "=", "+", "*", "%", "#"};
    size_t used = 0;
    for (unsigned i = 0; i < width; i++) {
        bool known;
        double v = history_at(r, width - 1 - i, &known);
        int level = isnan(v) || v < 0 ? 0 : v >= 100 ? 7 : (int)(v / 12.5);
        const char *mark = !known     ? " "
                           : isnan(v) ? (utf8 ? "\u00b7" : "x")
                           : utf8     ? blocks[level]
                                      : ascii[level];
        used += (size_t)snprintf(out + used, CELL_TEXT - used, "%s", mark);
    }
    out[used] = '\0';
}

/* Both in the unit of the total, in at most eleven characters. */
static void memory_cell(const struct ct_memory_kib *m, char out[CELL])
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
    double used = m->used, total = m->total;
    size_t unit = 0;
    for (; unit < 3 && total >= 1000; unit++) {
        used /= 1024;
        total /= 1024;
    }
    (void)snprintf(out, CELL, "%.*f/%.*f %s", unit > 1 && total < 99.5 ? 1 : 0, used,
                   unit > 1 && total < 9.95 ? 1 : 0, total, units[unit]);
}

static void percent_cell(double v, char out[CELL])
{
    (void)snprintf(out, CELL, "%.0f", v);
}

/* A number of the sample; "-" when it is not there. */
static void number_cell(const struct ct_server_sample *v, enum column c, char out[CELL])
{
    double load;
    (void)snprintf(out, CELL, "-");
    if (c == CPU && v->has_cpu)
        (void)snprintf(out, CELL, "%.1f", ct_cpu_busy_percent(&v->cpu));
    else if (c == USER && v->has_cpu)
        percent_cell(ct_cpu_user_percent(&v->cpu), out);
    else if (c == SYSTEM && v->has_cpu)
        percent_cell(v->cpu.sys + v->cpu.irq + v->cpu.soft, out);
    else if (c == IOWAIT && v->has_cpu)
        percent_cell(v->cpu.iowait, out);
    else if (c == STEAL && v->has_cpu)
        percent_cell(v->cpu.steal, out);
    else if (c == MEMORY && v->has_memory)
        memory_cell(&v->memory, out);
    else if (c == LOAD && ct_vital_get(&v->vitals, CT_VITAL_LOAD_1, &load))
        (void)snprintf(out, CELL, "%.*f", load < 100 ? 2 : 0, load);
    else if (c == PING && v->has_ping && v->ping.received > 0)
        (void)snprintf(out, CELL, "%.*f", v->ping.avg_ms < 100 ? 3 : 1, v->ping.avg_ms);
    else if (c == PING && v->has_ping)
        (void)snprintf(out, CELL, "lost");
}

/* --- lines --- */

/* Text cut and padded to width columns at out, which has room for CELL_TEXT; returns its bytes. */
static size_t put_cell(char *out, const char *text, unsigned width, bool right)
{
    char clean[CELL_TEXT];
    ct_escape_text(clean, sizeof(clean), text, strlen(text));
    ct_text_cut(clean, width);
    size_t pad = width - ct_text_columns(clean), before = right ? pad : 0;
    memset(out, ' ', before);
    size_t used = before + (size_t)snprintf(out + before, sizeof(clean), "%s", clean);
    memset(out + used, ' ', pad - before);
    return used + pad - before;
}

static void put_columns(const struct layout *y, const char cells[COLUMNS][CELL_TEXT],
                        char line[LINE])
{
    size_t used = 0;
    for (int c = 0; c < COLUMNS; c++) {
        if (y->width[c] == 0)
            continue;
        if (used > 0)
            line[used++] = ' ';
        used +=
            put_cell(line + used, cells[c], y->width[c], c != SERVER && c != STATE && c != HISTORY);
    }
    while (used > 0 && line[used - 1] == ' ')
        used--;
    line[used] = '\0';
}

static void draw_heads(struct ct_page *p, const struct layout *y)
{
    char cells[COLUMNS][CELL_TEXT], line[LINE];
    for (int c = 0; c < COLUMNS; c++)
        (void)snprintf(cells[c], sizeof(cells[c]), "%s", kinds[c].head);
    put_columns(y, (const char(*)[CELL_TEXT])cells, line);
    ct_page_line(p, CT_TONE_HEAD, "%s", line);
}

/* What there is to say instead of numbers; NULL: there are numbers. */
static const char *trouble_of(const struct ct_live_row *r)
{
    if (!r->seen)
        return "connecting";
    return r->now.gap[0] != '\0' ? r->now.gap : NULL;
}

static void draw_trouble(struct ct_page *p, const struct layout *y, const struct ct_live_row *r)
{
    char line[LINE];
    size_t used = put_cell(line, r->name, y->width[SERVER], false);
    (void)snprintf(line + used, sizeof(line) - used, " %s %s", r->seen ? "gap" : "...",
                   trouble_of(r));
    ct_page_line(p, r->seen ? CT_TONE_BAD : CT_TONE_DIM, "%s", line);
}

static void draw_row(struct ct_page *p, const struct layout *y, const struct ct_live_row *r,
                     bool utf8)
{
    char cells[COLUMNS][CELL_TEXT], line[LINE];
    if (trouble_of(r) != NULL) {
        draw_trouble(p, y, r);
        return;
    }
    for (int c = 0; c < COLUMNS; c++)
        number_cell(&r->now, (enum column)c, cells[c]);
    (void)snprintf(cells[SERVER], sizeof(cells[SERVER]), "%s", r->name);
    (void)snprintf(cells[STATE], sizeof(cells[STATE]), "ok");
    draw_history(r, y->width[HISTORY], utf8, cells[HISTORY]);
    put_columns(y, (const char(*)[CELL_TEXT])cells, line);
    bool hot = r->now.has_cpu && ct_cpu_busy_percent(&r->now.cpu) >= 90;
    ct_page_line(p, hot ? CT_TONE_DOUBT : CT_TONE_PLAIN, "%s", line);
}

static void draw_title(struct ct_page *p, const struct ct_live *l)
{
    char time[CT_TIME_TEXT] = "", interval[CT_UNIT_TEXT], count[CT_UNIT_TEXT];
    if (l->wall_ns != 0)
        (void)ct_time_local(l->wall_ns, time);
    const char *clock = strchr(time, 'T');
    ct_page_line(p, CT_TONE_HEAD, "%zu server%s, every %s%s%.8s, %s snapshot%s", l->count,
                 l->count == 1 ? "" : "s", ct_duration_write(l->interval_ns, interval),
                 clock != NULL ? ", " : "", clock != NULL ? clock + 1 : "",
                 ct_count_format(l->snapshots, count), l->snapshots == 1 ? "" : "s");
}

/* The last line: the keys, and what of the servers beyond the last that fits. */
static void draw_foot(struct ct_page *p, const struct ct_live *l, size_t shown)
{
    size_t missing = 0;
    double highest = NAN;
    for (size_t i = shown; i < l->count; i++) {
        const struct ct_live_row *r = &l->rows[i];
        missing += trouble_of(r) != NULL;
        if (r->now.has_cpu)
            highest = fmax(highest, ct_cpu_busy_percent(&r->now.cpu));
    }
    char more[96] = "";
    int n = 0;
    if (shown < l->count)
        n = snprintf(more, sizeof(more), "; %zu more", l->count - shown);
    if (!isnan(highest))
        n += snprintf(more + n, sizeof(more) - (size_t)n, ", CPU at most %.0f %%", highest);
    if (missing > 0)
        (void)snprintf(more + n, sizeof(more) - (size_t)n, ", %zu without a sample", missing);
    ct_page_line(p, missing > 0 ? CT_TONE_BAD : CT_TONE_DIM, "q quits%s", more);
}

void ct_live_draw(const struct ct_live *l, const struct ct_style *style, struct ct_live_size size,
                  FILE *to)
{
    const struct ct_style narrow = {.color = style->color, .width = size.width};
    struct ct_page p = {.to = to, .style = &narrow, .lines_left = size.height};
    struct layout y = lay_out(l, size.width);
    size_t room = size.height > 3 ? size.height - 3 : 0;
    size_t shown = l->count < room ? l->count : room;
    if (size.height >= 4)
        draw_title(&p, l);
    draw_heads(&p, &y);
    for (size_t i = 0; i < shown; i++)
        draw_row(&p, &y, &l->rows[i], size.utf8);
    draw_foot(&p, l, shown);
}

/* --- without a terminal --- */

static void print_line(struct ct_page *p, const struct ct_live_row *r, const char *time)
{
    char cpu[CELL], user[CELL], system[CELL], iowait[CELL], steal[CELL], memory[CELL], load[CELL],
        ping[CELL];
    const struct ct_server_sample *v = &r->now;
    if (trouble_of(r) != NULL) {
        ct_page_line(p, CT_TONE_PLAIN, "%.19s %s gap: %s", time, r->name, trouble_of(r));
        return;
    }
    number_cell(v, CPU, cpu);
    number_cell(v, USER, user);
    number_cell(v, SYSTEM, system);
    number_cell(v, IOWAIT, iowait);
    number_cell(v, STEAL, steal);
    number_cell(v, MEMORY, memory);
    number_cell(v, LOAD, load);
    number_cell(v, PING, ping);
    ct_page_line(p, CT_TONE_PLAIN,
                 "%.19s %s cpu %s %% (user %s, sys %s, iowait %s, steal %s), memory %s, load %s, "
                 "ping %s ms",
                 time, r->name, cpu, user, system, iowait, steal, memory, load, ping);
}

void ct_live_lines(const struct ct_live *l, FILE *to)
{
    const struct ct_style plain = {.color = false, .width = LINE};
    struct ct_page p = {.to = to, .style = &plain, .lines_left = (unsigned)l->count};
    char time[CT_TIME_TEXT];
    (void)ct_time_local(l->wall_ns, time);
    for (size_t i = 0; i < l->count; i++)
        print_line(&p, &l->rows[i], time);
}

bool ct_live_is_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const char *value = getenv(names[i]);
        if (value == NULL || value[0] == '\0')
            continue;
        const char *set = strchr(value, '.');
        return set != NULL &&
               (strncasecmp(set + 1, "utf-8", 5) == 0 || strncasecmp(set + 1, "utf8", 4) == 0);
    }
    return false;
}

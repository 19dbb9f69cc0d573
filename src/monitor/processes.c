#include "monitor/processes.h"

#include <string.h>

#include "base/lines.h"

/* The last ')' of the line: a name may hold any byte. */
static const char *end_of_name(const char *text, const char *end)
{
    const char *newline = memchr(text, '\n', (size_t)(end - text));
    return memrchr(text, ')', (size_t)((newline != NULL ? newline : end) - text));
}

static bool skip_words(const char **at, const char *end, int count)
{
    for (; count > 0; count--) {
        while (*at < end && **at == ' ')
            (*at)++;
        if (*at == end)
            return false;
        while (*at < end && **at != ' ')
            (*at)++;
    }
    return true;
}

bool ct_procfs_process(const char *text, size_t len, struct ct_process *out)
{
    enum { BEFORE_UTIME = 11, BEFORE_START = 6, BEFORE_RSS = 1 };
    const char *at = text, *end = text + len;
    struct ct_process p = {0};
    uint64_t user, system;
    if (!ct_line_number(&at, end, &p.pid) || end - at < 2 || memcmp(at, " (", 2) != 0)
        return false;
    const char *name = at + 2, *close = end_of_name(name, end);
    if (close == NULL || (size_t)(close - name) >= sizeof(p.name))
        return false;
    memcpy(p.name, name, (size_t)(close - name));
    at = close + 1;
    if (!skip_words(&at, end, BEFORE_UTIME) || !ct_line_number(&at, end, &user) ||
        !ct_line_number(&at, end, &system) || !skip_words(&at, end, BEFORE_START) ||
        !ct_line_number(&at, end, &p.started) || !skip_words(&at, end, BEFORE_RSS) ||
        !ct_line_number(&at, end, &p.rss_pages))
        return false;
    p.ticks = user + system;
    *out = p;
    return true;
}

/* What it had taken before: 0 for one that is new. */
static uint64_t ticks_before(const struct ct_processes *before, const struct ct_process *p)
{
    for (size_t i = 0; i < before->count; i++)
        if (before->items[i].pid == p->pid && before->items[i].started == p->started)
            return before->items[i].ticks;
    return 0;
}

void ct_processes_sum(const struct ct_processes *before, const struct ct_processes *after,
                      double core_ticks, uint64_t page_bytes, struct ct_watched *out)
{
    double ticks = 0, pages = 0;
    out->processes = 0;
    for (size_t i = 0; i < after->count; i++) {
        const struct ct_process *p = &after->items[i];
        if (strcmp(p->name, out->name) != 0)
            continue;
        uint64_t from = before != NULL ? ticks_before(before, p) : 0;
        out->processes++;
        pages += (double)p->rss_pages;
        ticks += p->ticks > from ? (double)(p->ticks - from) : 0;
    }
    out->has_cpu = before != NULL && core_ticks > 0;
    out->cpu_percent = out->has_cpu ? 100 * ticks / core_ticks : 0;
    out->has_rss = page_bytes > 0;
    out->rss_kib = pages * (double)page_bytes / 1024;
}

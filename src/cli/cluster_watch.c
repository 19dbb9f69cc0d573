#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "cli/cluster.h"
#include "report/live.h"
#include "report/terminal.h"
#include "services/secrets.h"
#include "services/watching.h"

/* ct cluster watch: the servers on a terminal, or line by line. */

struct view {
    const struct ct_config *config;
    enum ct_output output;
    struct ct_terminal *terminal; /* NULL: lines */
    struct ct_live live;
    struct ct_live_size size;
    struct ct_style style;
    bool interrupted; /* by Ctrl-C as a key */
};

static void draw(struct view *v)
{
    char *lines = NULL;
    size_t len;
    FILE *f = open_memstream(&lines, &len);
    if (f == NULL)
        return;
    ct_live_draw(&v->live, &v->style, v->size, f);
    (void)fclose(f);
    ct_terminal_show(v->terminal, lines);
    free(lines);
}

static void print_reports(const struct view *v, const struct ct_snapshot *s)
{
    struct ct_watch_report *reports = ct_xcalloc(s->n_servers, sizeof(*reports));
    for (size_t i = 0; i < s->n_servers; i++) {
        reports[i].server = &v->config->cluster.servers[i];
        reports[i].sample = s->servers[i];
        reports[i].reason = s->servers[i].gap;
        reports[i].code = s->servers[i].gap[0] != '\0' ? CT_EREACH : 0;
    }
    ct_cluster_print_json(reports, s->n_servers);
    free(reports);
}

/* Who reads it may be gone (a pipe into head): then there is nothing to go on for. */
static bool take_snapshot(void *ctx, const struct ct_snapshot *s)
{
    struct view *v = ctx;
    ct_live_take(&v->live, s);
    if (v->terminal != NULL)
        draw(v);
    else if (v->output == CT_OUTPUT_JSON)
        print_reports(v, s);
    else
        ct_live_lines(&v->live, stdout);
    return fflush(stdout) == 0 && ferror(stdout) == 0;
}

/* A terminal whose size has changed shows what there is in the new one. */
static void look_at_size(void *ctx)
{
    struct view *v = ctx;
    struct ct_live_size now = v->size;
    if (v->terminal == NULL)
        return;
    ct_terminal_size(v->terminal, &now.width, &now.height);
    if (now.width == v->size.width && now.height == v->size.height)
        return;
    v->size = now;
    draw(v);
}

static bool take_key(void *ctx, unsigned char key)
{
    struct view *v = ctx;
    v->interrupted = key == CT_KEY_INTERRUPT;
    return key != 'q' && key != 'Q' && !v->interrupted;
}

static void give_terminal_back(void *ctx)
{
    struct view *v = ctx;
    ct_terminal_close(v->terminal);
    v->terminal = NULL;
}

static void name_rows(struct view *v, uint64_t interval_ns)
{
    const struct ct_cluster *c = &v->config->cluster;
    const char **names = ct_xcalloc(c->count, sizeof(*names));
    for (size_t i = 0; i < c->count; i++)
        names[i] = c->servers[i].id;
    ct_live_init(&v->live, names, c->count, interval_ns);
    free((void *)names);
}

int ct_cluster_watch(struct ct_config *config, const struct ct_cluster_watch_opts *o,
                     struct ct_err *err)
{
    struct view v = {.config = config, .output = o->output, .style = ct_style_of(stdout)};
    int signum = 0, rc = ct_secrets_ask(config, err);
    if (rc < 0)
        return rc;
    name_rows(&v, o->interval_ns);
    v.size.utf8 = ct_live_is_utf8();
    if (o->output == CT_OUTPUT_TEXT && config->cluster.count > 0)
        v.terminal = ct_terminal_open();
    look_at_size(&v);
    struct ct_watching w = {
        .config = config,
        .interval_ns = o->interval_ns,
        .duration_ns = o->duration_ns,
        .count = o->count,
        .keys = v.terminal != NULL ? ct_terminal_keys(v.terminal) : -1,
        .snapshot = take_snapshot,
        .tick = look_at_size,
        .key = take_key,
        .ended = give_terminal_back,
        .ctx = &v,
    };
    rc = ct_watching_run(&w, &signum, err);
    give_terminal_back(&v);
    ct_live_release(&v.live);
    if (rc < 0)
        return rc;
    if (v.interrupted)
        signum = SIGINT;
    return signum != 0 ? 128 + signum : 0;
}

#include "services/history_json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "store/json_out.h"

/* "" is null. */
static void put_known(struct ct_json_out *o, const char *key, const char *text)
{
    ct_json_text(o, key, text[0] != '\0' ? text : NULL);
}

static void put_figures(struct ct_json_out *o, const double figures[CT_FIGURE_COUNT])
{
    ct_json_open(o, "figures", '{');
    for (int f = 0; f < CT_FIGURE_COUNT; f++)
        ct_json_number(o, ct_figures[f].key,
                       round(figures[f] / ct_figures[f].per_unit * 1e9) / 1e9);
    ct_json_close(o, '}');
}

static void put_run(struct ct_json_out *o, const struct ct_past_run *r, size_t number)
{
    char time[CT_TIME_TEXT];
    ct_json_break(o);
    ct_json_open(o, NULL, '{');
    if (number > 0)
        ct_json_count(o, "run", number);
    ct_json_text(o, "file", r->file);
    ct_json_count(o, "position", r->position);
    ct_json_text(o, "started", ct_time_utc(r->started_ns, time));
    ct_json_text(o, "plan_key", r->key);
    put_known(o, "command", r->command);
    ct_json_text(o, "verdict", ct_verdict_name(r->verdict));
    put_known(o, "reason", r->reason);
    put_known(o, "commit", r->commit);
    put_known(o, "hostname", r->hostname);
    put_known(o, "ct_version", r->ct_version);
    ct_json_count(o, "requests", r->requests);
    ct_json_number(o, "steal_percent", r->steal_percent);
    put_figures(o, r->figures);
    ct_json_close(o, '}');
}

void ct_past_run_json(const struct ct_past_run *r, struct ct_buf *out)
{
    struct ct_json_out o;
    ct_json_init(&o, out, -1);
    put_run(&o, r, 0);
    (void)ct_json_finish(&o);
}

static void put_change(struct ct_json_out *o, const struct ct_history_series *s,
                       const struct ct_history_change *c)
{
    const struct ct_figure_info *info = &ct_figures[c->figure];
    char text[300];
    ct_history_change_text(s, c, text, sizeof(text));
    ct_json_break(o);
    ct_json_open(o, NULL, '{');
    ct_json_text(o, "figure", info->key);
    ct_json_count(o, "before_run", c->before + 1);
    ct_json_count(o, "from_run", c->after + 1);
    ct_json_number(o, "from", c->from / info->per_unit);
    ct_json_number(o, "to", c->to / info->per_unit);
    ct_json_number(o, "change", c->change);
    ct_json_number(o, "p", c->p);
    ct_json_text(o, "text", text);
    ct_json_close(o, '}');
}

static void put_series(struct ct_json_out *o, const struct ct_history_series *s, bool with_runs)
{
    const struct ct_past_run *newest = &s->past.runs[s->past.count - 1];
    char time[CT_TIME_TEXT];
    ct_json_break(o);
    ct_json_open(o, NULL, '{');
    ct_json_text(o, "plan_key", newest->key);
    ct_json_text(o, "plan", newest->plan);
    put_known(o, "hostname", newest->hostname);
    ct_json_count(o, "n_runs", s->past.count);
    ct_json_text(o, "newest", ct_time_utc(newest->started_ns, time));
    if (with_runs) {
        ct_json_open(o, "runs", '[');
        for (size_t i = 0; i < s->past.count; i++)
            put_run(o, &s->past.runs[i], i + 1);
        ct_json_close(o, ']');
    }
    ct_json_open(o, "changes", '[');
    for (size_t i = 0; i < s->n_changes; i++)
        put_change(o, s, &s->changes[i]);
    ct_json_close(o, ']');
    ct_json_close(o, '}');
}

void ct_history_json(const struct ct_history_series *series, size_t count, bool with_runs,
                     struct ct_buf *out)
{
    struct ct_json_out o;
    ct_json_init(&o, out, -1);
    ct_json_open(&o, NULL, '{');
    ct_json_text(&o, "schema", "ct/history/1");
    ct_json_open(&o, "series", '[');
    for (size_t i = 0; i < count; i++)
        put_series(&o, &series[i], with_runs);
    ct_json_close(&o, ']');
    ct_json_close(&o, '}');
    (void)ct_json_finish(&o);
}

#include "services/history_json.h"

#include <stdio.h>

#include "base/clock.h"
#include "store/past_json.h"

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

static void put_series(struct ct_json_out *o, const struct ct_history_series *s, bool with_runs,
                       uint64_t last)
{
    const struct ct_past_run *newest = &s->past.runs[s->past.count - 1];
    char time[CT_TIME_TEXT];
    ct_json_break(o);
    ct_json_open(o, NULL, '{');
    ct_json_text(o, "plan_key", newest->key);
    ct_json_text(o, "plan", newest->plan);
    ct_json_known(o, "hostname", newest->hostname);
    ct_json_count(o, "n_runs", s->past.count);
    ct_json_text(o, "newest", ct_time_utc(newest->started_ns, time));
    if (with_runs) {
        ct_json_open(o, "runs", '[');
        for (size_t i = ct_past_from(&s->past, last); i < s->past.count; i++)
            ct_past_put(o, &s->past.runs[i], i + 1);
        ct_json_close(o, ']');
    }
    ct_json_open(o, "changes", '[');
    for (size_t i = 0; i < s->n_changes; i++)
        put_change(o, s, &s->changes[i]);
    ct_json_close(o, ']');
    ct_json_close(o, '}');
}

void ct_history_json(const struct ct_history_series *series, size_t count, bool with_runs,
                     uint64_t last, struct ct_buf *out)
{
    struct ct_json_out o;
    ct_json_init(&o, out, -1);
    ct_json_open(&o, NULL, '{');
    ct_json_text(&o, "schema", "ct/history/1");
    ct_json_open(&o, "series", '[');
    for (size_t i = 0; i < count; i++)
        put_series(&o, &series[i], with_runs, last);
    ct_json_close(&o, ']');
    ct_json_close(&o, '}');
    (void)ct_json_finish(&o);
}

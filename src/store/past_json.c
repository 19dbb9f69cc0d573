#include "store/past_json.h"

#include <math.h>

#include "base/clock.h"

static void put_figures(struct ct_json_out *o, const double figures[CT_FIGURE_COUNT])
{
    ct_json_open(o, "figures", '{');
    for (int f = 0; f < CT_FIGURE_COUNT; f++)
        ct_json_number(o, ct_figures[f].key,
                       round(figures[f] / ct_figures[f].per_unit * 1e9) / 1e9);
    ct_json_close(o, '}');
}

void ct_past_put(struct ct_json_out *o, const struct ct_past_run *r, size_t number)
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
    ct_json_known(o, "command", r->command);
    ct_json_text(o, "verdict", ct_verdict_name(r->verdict));
    ct_json_known(o, "reason", r->reason);
    ct_json_known(o, "commit", r->commit);
    ct_json_known(o, "hostname", r->hostname);
    ct_json_known(o, "ct_version", r->ct_version);
    ct_json_count(o, "requests", r->requests);
    ct_json_number(o, "steal_percent", r->steal_percent);
    put_figures(o, r->figures);
    ct_json_close(o, '}');
}

#include <math.h>
#include <string.h>

#include "store/past_tables.h"

/* " name VALUE", unless it is not there. Numbers in the shortest form that reads back. */
static void put(struct ct_buf *out, const char *name, double value)
{
    if (isnan(value))
        return;
    (void)ct_buf_printf(out, " %s ", name);
    (void)ct_buf_json_number(out, value);
}

/* What would end the line, or hide in it, does not stand in it. */
static void put_line(struct ct_buf *out, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        bool odd = (unsigned char)*c < ' ' || *c == 0x7f;
        const char *plain = odd ? "?" : c;
        (void)ct_buf_add(out, plain, 1);
    }
}

static void put_request(const struct ct_past_reading *d, struct ct_buf *out)
{
    put_line(out, d->method);
    (void)ct_buf_puts(out, " ");
    put_line(out, d->embedded ? "embedded" : d->base_url);
    put_line(out, d->path_text);
    if (d->request[0] != '\0') {
        (void)ct_buf_puts(out, " request ");
        put_line(out, d->request);
    }
    if (d->test_case[0] != '\0') {
        (void)ct_buf_puts(out, " case ");
        put_line(out, d->test_case);
    }
    if (d->load > 0)
        put(out, "load", d->load);
}

static void put_load(const struct ct_past_plan *p, struct ct_buf *out)
{
    (void)ct_buf_printf(out, ", %s %s", p->model, p->arrivals);
    if (p->instants[0] != '\0') {
        (void)ct_buf_puts(out, " of ");
        put_line(out, p->instants);
    }
    if (p->n_stages == 0)
        put(out, "rps", p->offered_rps);
    for (size_t i = 0; i < p->n_stages; i++) {
        (void)ct_buf_puts(out, i > 0 ? " then" : " stages");
        put(out, "from", p->stages[i].from_rps);
        put(out, "to", p->stages[i].to_rps);
        put(out, "in", p->stages[i].duration_s);
    }
    put(out, "seconds", p->duration_s);
    if (p->warm_up_s > 0)
        put(out, "warm-up", p->warm_up_s);
}

void ct_past_plan_text(const struct ct_past_reading *d, struct ct_buf *out)
{
    const struct ct_past_plan *p = &d->plan;
    put_request(d, out);
    put_load(p, out);
    put(out, "connections", p->connections);
    if (p->think_s > 0)
        put(out, "think", p->think_s);
    (void)ct_buf_printf(out, " HTTP/%s", p->http[0] != '\0' ? p->http : "1.1");
    put(out, "streams", p->streams);
    if (p->no_keep_alive)
        (void)ct_buf_puts(out, " no keep-alive");
    put(out, "lifetime", p->lifetime_s);
    put(out, "connection-requests", p->connection_requests);
    put(out, "new-connections", p->new_connections_rps);
    put(out, "timeout", p->timeout_s);
}

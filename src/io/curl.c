#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "io/curl_client.h"
#include "io/request_bytes.h"

static struct curl_client *of(struct ct_client *client)
{
    return (struct curl_client *)(void *)client;
}

/* --- opening --- */

static void add_header(struct curl_client *client, const char *line)
{
    struct curl_slist *list = curl_slist_append(client->headers, line);
    if (list != NULL)
        client->headers = list;
}

/* libcurl's own headers are switched off unless they are what http1 sends too. */
static void set_headers(struct curl_client *client, const struct ct_request *r)
{
    static const char *const unwanted[] = {"Accept", "Expect", "Content-Type"};
    for (size_t i = 0; i < sizeof(unwanted) / sizeof(unwanted[0]); i++) {
        char line[32];
        (void)snprintf(line, sizeof(line), "%s:", unwanted[i]);
        if (ct_request_header(r, unwanted[i]) == NULL)
            add_header(client, line);
    }
    if (ct_request_header(r, "User-Agent") == NULL)
        add_header(client, "User-Agent: " CT_USER_AGENT);
    if (!client->opts.keep_alive && ct_request_header(r, "Connection") == NULL)
        add_header(client, "Connection: close");
    for (size_t i = 0; i < r->n_headers; i++) {
        /* "Name;" is how libcurl is told of an empty value. */
        const struct ct_header *h = &r->headers[i];
        char *line = ct_xprintf(h->value[0] == '\0' ? "%s;" : "%s: %s", h->name, h->value);
        add_header(client, line);
        free(line);
    }
}

/* The address was looked up before the run: libcurl must not look again. */
static void pin_address(struct curl_client *client, const struct ct_endpoint *e)
{
    const char *colon = strrchr(e->addr_text, ':');
    char *entry =
        ct_xprintf("%s:%u:%.*s", e->host, e->port, (int)(colon - e->addr_text), e->addr_text);
    client->resolve = curl_slist_append(NULL, entry);
    free(entry);
}

static void set_request(struct curl_client *client, const struct ct_endpoint *e,
                        const struct ct_request *r)
{
    bool v6 = strchr(e->host, ':') != NULL;
    client->method = ct_xstrdup(r->method);
    client->target = ct_xprintf("%s%s", e->prefix, r->path);
    client->url = ct_xprintf(v6 ? "%s://[%s]:%u/" : "%s://%s:%u/", e->https ? "https" : "http",
                             e->host, e->port);
    client->sends_body = ct_request_sends_body(r);
    ct_buf_init(&client->body, r->body_len);
    if (r->body != NULL)
        (void)ct_buf_add(&client->body, r->body, r->body_len);
    set_headers(client, r);
    if (!v6)
        pin_address(client, e);
}

static void release(struct curl_client *client)
{
    for (struct curl_slot *slot = client->made, *next; slot != NULL; slot = next) {
        next = slot->next_made;
        curl_slot_free(slot);
    }
    curl_slist_free_all(client->headers);
    curl_slist_free_all(client->resolve);
    ct_buf_release(&client->body);
    free(client->method);
    free(client->target);
    free(client->url);
    free(client);
}

static void release_slot(void *conn)
{
    curl_slot_give(conn);
}

static int open_client(struct ct_loop *loop, const struct ct_endpoint *endpoint,
                       const struct ct_request *request, const struct ct_transport_opts *opts,
                       struct ct_client **out, struct ct_err *err)
{
    assert(endpoint->addr_len > 0 && opts->max_connections > 0);
    if (opts->mix != NULL)
        return ct_fail(err, CT_EUSAGE, "several requests and feeds go over HTTP/1.1 only");
    if (opts->connection_max_age_ns > 0 || opts->connection_max_requests > 0)
        return ct_fail(err, CT_EUSAGE, "libcurl cannot end connections by age or requests");
    int rc = ct_request_check(request, err);
    if (rc < 0)
        return rc;
    struct curl_client *client = ct_xcalloc(1, sizeof(*client));
    client->loop = loop;
    client->opts = *opts;
    set_request(client, endpoint, request);
    if ((rc = curl_loop_init(client, err)) < 0) {
        release(client);
        return rc;
    }
    ct_ended_init(&client->ended, loop, release_slot);
    *out = (struct ct_client *)(void *)client;
    return 0;
}

/* --- exchanges --- */

static void fail_memory(struct curl_client *client, struct ct_exchange *x)
{
    x->failure = CT_FAILURE_GEN_MEMORY;
    x->done_ns = ct_clock_ns();
    ct_ended_add(&client->ended, x);
}

static void start(struct ct_client *c, struct ct_exchange *x)
{
    struct curl_client *client = of(c);
    assert(client->closed_fn == NULL && x->done != NULL);
    ct_exchange_clear(x);
    struct curl_slot *slot = curl_slot_take(client);
    if (slot == NULL) {
        fail_memory(client, x);
        return;
    }
    slot->exchange = x;
    x->conn = slot;
    if (curl_multi_add_handle(client->multi, slot->easy) != CURLM_OK) {
        slot->exchange = NULL;
        fail_memory(client, x);
        return;
    }
    curl_loop_kick(client); /* on an idle connection the request is written now */
}

static void cancel(struct ct_client *c, struct ct_exchange *x)
{
    struct curl_client *client = of(c);
    struct curl_slot *slot = x->conn;
    if (slot == NULL || slot->exchange != x)
        return; /* done is on its way */
    x->stage = curl_slot_stage(slot);
    x->failure = CT_FAILURE_TIMEOUT;
    x->detail = ct_stage_name(x->stage);
    x->done_ns = ct_clock_ns();
    (void)curl_multi_remove_handle(client->multi, slot->easy); /* closes its connection */
    slot->exchange = NULL;
    ct_ended_add(&client->ended, x);
}

static void stats(const struct ct_client *c, struct ct_client_stats *out)
{
    const struct curl_client *client = (const struct curl_client *)(const void *)c;
    uint32_t busy = 0;
    for (const struct curl_slot *slot = client->made; slot != NULL; slot = slot->next_made)
        busy += slot->exchange != NULL;
    uint32_t open = (uint32_t)(client->opened - client->closed);
    *out = (struct ct_client_stats){.open = open,
                                    .idle = open > busy ? open - busy : 0,
                                    .opened = client->opened,
                                    .closed = client->closed};
}

/* --- closing: timer, list of the ended and watched sockets; the last one out frees the client ---
 */

void curl_loop_closed(struct curl_client *client)
{
    if (client->closed_fn == NULL || client->open_handles > 0 || client->watches.used > 0)
        return;
    void (*closed)(void *ctx) = client->closed_fn;
    void *ctx = client->closed_ctx;
    ct_pool_release(&client->watches);
    release(client);
    closed(ctx);
}

static void ended_close_done(struct ct_ended *ended)
{
    struct curl_client *client =
        (struct curl_client *)(void *)((char *)ended - offsetof(struct curl_client, ended));
    client->open_handles--;
    curl_loop_closed(client);
}

static void close_client(struct ct_client *c, void (*closed)(void *ctx), void *ctx)
{
    struct curl_client *client = of(c);
    assert(closed != NULL && client->closed_fn == NULL);
    client->closed_fn = closed;
    client->closed_ctx = ctx;
    client->open_handles = 1;
    ct_ended_close(&client->ended, ended_close_done);
    curl_loop_close(client);
}

const struct ct_transport ct_transport_curl = {
    .name = "curl",
    .open = open_client,
    .start = start,
    .cancel = cancel,
    .stats = stats,
    .close = close_client,
};

#include "base/clock.h"
#include "io/http1.h"

#define HUNG_NS (CT_NS_PER_S / 4)
enum { HUNG_MAX = 1024 };

void http1_list_add(struct http1_list *list, struct http1_conn *conn)
{
    conn->after = NULL;
    conn->before = list->last;
    *(list->last != NULL ? &list->last->after : &list->first) = conn;
    list->last = conn;
    list->count++;
}

void http1_list_remove(struct http1_list *list, struct http1_conn *conn)
{
    *(conn->before != NULL ? &conn->before->after : &list->first) = conn->after;
    *(conn->after != NULL ? &conn->after->before : &list->last) = conn->before;
    list->count--;
}

/* --- requests that wait --- */

static void unlink_waiting(struct http1 *client, struct ct_exchange *x)
{
    *(x->before != NULL ? &x->before->next : &client->waiting_first) = x->next;
    *(x->next != NULL ? &x->next->before : &client->waiting_last) = x->before;
    x->conn = NULL;
}

struct ct_exchange *http1_next_waiting(struct http1 *client)
{
    struct ct_exchange *x = client->waiting_first;
    if (x != NULL)
        unlink_waiting(client, x);
    return x;
}

bool http1_stop_waiting(struct http1 *client, struct ct_exchange *x)
{
    bool waits = x->conn == client;
    if (waits)
        unlink_waiting(client, x);
    return waits;
}

/* What came through in this second and in the one before. */
static uint32_t came_lately(struct http1 *client, uint64_t now_ns)
{
    uint64_t second = now_ns / CT_NS_PER_S;
    if (second != client->second) {
        client->came_before = second == client->second + 1 ? client->came : 0;
        client->came = 0;
        client->second = second;
    }
    return client->came + client->came_before;
}

static bool is_full(struct http1 *client)
{
    if (client->opening.count < HUNG_MAX)
        return false;
    uint64_t now_ns = ct_clock_ns();
    return now_ns - client->opening.first->opened_ns > HUNG_NS &&
           client->opening.count >= HUNG_MAX + came_lately(client, now_ns);
}

/* One that fails at once makes room for the next: not inside itself. */
static void let_in(struct http1 *client)
{
    if (client->letting_in)
        return;
    client->letting_in = true;
    while (client->waiting_first != NULL && !is_full(client))
        http1_conn_open(client, http1_next_waiting(client));
    client->letting_in = false;
}

void http1_wait(struct http1 *client, struct ct_exchange *x)
{
    x->stage = CT_STAGE_CONNECT;
    x->conn = client;
    x->next = NULL;
    x->before = client->waiting_last;
    *(client->waiting_last != NULL ? &client->waiting_last->next : &client->waiting_first) = x;
    client->waiting_last = x;
    let_in(client);
}

/* --- connections on their way --- */

void http1_opening(struct http1_conn *conn)
{
    conn->opened_ns = ct_clock_ns();
    http1_list_add(&conn->client->opening, conn);
}

void http1_opened(struct http1_conn *conn)
{
    struct http1 *client = conn->client;
    (void)came_lately(client, ct_clock_ns());
    client->came++;
    http1_not_opening(conn);
}

void http1_not_opening(struct http1_conn *conn)
{
    http1_list_remove(&conn->client->opening, conn);
    let_in(conn->client);
}

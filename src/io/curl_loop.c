#include "io/curl_client.h"

/* One registration of a socket with the loop. libcurl registers anew for each transfer, and the
 * same descriptor may come back while the handle before it is still closing: never reused. */
struct watch {
    uv_poll_t poll;
    struct curl_client *client;
    curl_socket_t fd;
};

/* Move the ended transfers to the list; their done is called by the caller or in the next turn. */
static void collect(struct curl_client *client)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(client->multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        struct curl_slot *slot = NULL;
        CURLcode code = message->data.result;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &slot);
        (void)curl_multi_remove_handle(client->multi, slot->easy);
        struct ct_exchange *x = slot->exchange;
        curl_slot_result(slot, code);
        slot->exchange = NULL; /* the slot is given back when done has seen its body */
        ct_ended_add(&client->ended, x);
    }
}

void curl_loop_kick(struct curl_client *client)
{
    int running;
    (void)curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    collect(client);
}

static void timer_done(uv_timer_t *timer)
{
    struct curl_client *client = timer->data;
    curl_loop_kick(client);
    ct_ended_deliver(&client->ended);
}

static int timer_wanted(CURLM *multi, long timeout_ms, void *ctx)
{
    struct curl_client *client = ctx;
    (void)multi;
    if (uv_is_closing((uv_handle_t *)&client->timer))
        return 0;
    if (timeout_ms < 0)
        (void)uv_timer_stop(&client->timer);
    else
        (void)uv_timer_start(&client->timer, timer_done, (uint64_t)timeout_ms, 0);
    return 0;
}

static void poll_done(uv_poll_t *poll, int status, int events)
{
    struct watch *w = poll->data;
    struct curl_client *client = w->client;
    /* Readable too: what came before the error is part of the answer, and libcurl does not read it
     * when there is nothing but an error. */
    int flags = status < 0 ? CURL_CSELECT_ERR | CURL_CSELECT_IN : 0;
    flags |= (events & UV_READABLE) != 0 ? CURL_CSELECT_IN : 0;
    flags |= (events & UV_WRITABLE) != 0 ? CURL_CSELECT_OUT : 0;
    if (status < 0) /* libuv stopped watching; libcurl decides whether that is the end */
        (void)uv_poll_start(poll, UV_READABLE, poll_done);
    int running;
    (void)curl_multi_socket_action(client->multi, w->fd, flags, &running);
    collect(client);
    ct_ended_deliver(&client->ended);
}

static void watch_close_done(uv_handle_t *handle)
{
    struct watch *w = handle->data;
    struct curl_client *client = w->client;
    ct_pool_give(&client->watches, w);
    curl_loop_closed(client);
}

static struct watch *watch_new(struct curl_client *client, curl_socket_t fd)
{
    struct watch *w = ct_pool_take(&client->watches);
    if (w == NULL)
        return NULL;
    w->client = client;
    w->fd = fd;
    if (uv_poll_init_socket(ct_loop_uv(client->loop), &w->poll, fd) < 0) {
        ct_pool_give(&client->watches, w);
        return NULL;
    }
    w->poll.data = w;
    (void)curl_multi_assign(client->multi, fd, w);
    return w;
}

static int socket_wanted(CURL *easy, curl_socket_t fd, int what, void *ctx, void *assigned)
{
    struct curl_client *client = ctx;
    struct watch *w = assigned;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (w != NULL) {
            (void)curl_multi_assign(client->multi, fd, NULL);
            uv_close((uv_handle_t *)&w->poll, watch_close_done);
        }
        return 0;
    }
    if (w == NULL && (w = watch_new(client, fd)) == NULL)
        return -1; /* libcurl ends its transfers with an error */
    int events = ((what & CURL_POLL_IN) != 0 ? UV_READABLE : 0) |
                 ((what & CURL_POLL_OUT) != 0 ? UV_WRITABLE : 0);
    (void)uv_poll_start(&w->poll, events, poll_done);
    return 0;
}

int curl_loop_init(struct curl_client *client, struct ct_err *err)
{
    client->multi = curl_multi_init();
    if (client->multi == NULL)
        return ct_fail(err, CT_EFAIL, "cannot initialise libcurl: out of memory");
    (void)curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, socket_wanted);
    (void)curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
    (void)curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, timer_wanted);
    (void)curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
    (void)curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS,
                            (long)client->opts.max_connections);
    (void)curl_multi_setopt(client->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    (void)uv_timer_init(ct_loop_uv(client->loop), &client->timer);
    client->timer.data = client;
    /* Twice as many as open, and more: those that close in this turn of the loop are still there.
     */
    size_t max = 4 * (size_t)client->opts.max_connections + 64;
    ct_pool_init(&client->watches, sizeof(struct watch), 64, max);
    return 0;
}

static void timer_close_done(uv_handle_t *handle)
{
    struct curl_client *client = handle->data;
    client->open_handles--;
    curl_loop_closed(client);
}

void curl_loop_close(struct curl_client *client)
{
    client->open_handles++;
    uv_close((uv_handle_t *)&client->timer, timer_close_done);
    (void)curl_multi_cleanup(client->multi); /* calls socket_wanted for what is still watched */
}

#include "monitor/echo.h"

#include <string.h>

enum { IN_VAIN = 3 };

static void pinger_answered(void *ctx)
{
    struct ct_echo *e = ctx;
    e->due = false;
    e->seen = true;
    e->unanswered = 0;
    e->answered(e->ctx);
}

/* The best way from a kind on: an echo, else the answer of the port (a server that is this machine
 * has none), else none. */
static void choose(struct ct_echo *e, enum ct_ping_kind from)
{
    ct_pinger_free(e->pinger);
    e->pinger = NULL;
    e->seen = false;
    e->unanswered = 0;
    for (enum ct_ping_kind k = from; k <= CT_PING_TCP && e->pinger == NULL && e->peer_len > 0; k++)
        e->pinger = ct_pinger_new(e->loop, k, (const struct sockaddr *)&e->peer, e->peer_len,
                                  pinger_answered, e);
}

void ct_echo_open(struct ct_echo *e, struct ct_loop *loop, const struct sockaddr *peer,
                  socklen_t peer_len, ct_pinger_fn *answered, void *ctx)
{
    e->loop = loop;
    e->answered = answered;
    e->ctx = ctx;
    e->peer_len = peer_len;
    memcpy(&e->peer, peer, peer_len);
    choose(e, CT_PING_ICMP);
}

/* Where nothing ever comes back, a firewall is on the way: the next way says more than samples that
 * are all lost. A port that stops answering beside a connection that lives is a firewall that
 * counts connections, which only silence calms. */
void ct_echo_ask(struct ct_echo *e)
{
    if (e->pinger != NULL && e->unanswered >= IN_VAIN) {
        if (ct_pinger_kind(e->pinger) == CT_PING_TCP)
            choose(e, CT_PING_TCP + 1);
        else if (!e->seen)
            choose(e, CT_PING_TCP);
    }
    e->due = e->pinger != NULL;
    if (e->pinger == NULL)
        return;
    e->unanswered++;
    ct_pinger_send(e->pinger);
}

bool ct_echo_result(const struct ct_echo *e, struct ct_ping *out)
{
    if (e->pinger != NULL)
        ct_pinger_result(e->pinger, out);
    return e->pinger != NULL;
}

void ct_echo_close(struct ct_echo *e)
{
    ct_pinger_free(e->pinger);
    e->pinger = NULL;
}

#include "engine/users.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

static void push(struct ct_users_queue *q, uint32_t cap, uint64_t due_ns)
{
    assert(q->count < cap);
    q->due_ns[(q->first + q->count++) % cap] = due_ns;
}

static void pop(struct ct_users_queue *q, uint32_t cap)
{
    q->first = (q->first + 1) % cap;
    q->count--;
}

static uint64_t head(const struct ct_users_queue *q)
{
    return q->count > 0 ? q->due_ns[q->first] : UINT64_MAX;
}

void ct_users_init(struct ct_users *u, const struct ct_run_plan *plan, uint32_t thread)
{
    uint32_t each = ct_run_plan_users(plan) / plan->connections;
    *u = (struct ct_users){.users = ct_plan_connections(plan, thread) * each,
                           .threads = plan->threads,
                           .think_ns = plan->think_ns,
                           .duration_ns = plan->duration_ns,
                           .next = thread,
                           .most = plan->most != 0 ? plan->most : UINT64_MAX};
    u->ready.due_ns = ct_xcalloc(u->users, sizeof(uint64_t));
    u->sorry.due_ns = ct_xcalloc(u->users, sizeof(uint64_t));
    u->ready.count = u->users;
}

void ct_users_release(struct ct_users *u)
{
    free(u->ready.due_ns);
    free(u->sorry.due_ns);
}

struct ct_pace ct_users_next(struct ct_users *u, uint64_t now_ns)
{
    struct ct_users_queue *q = head(&u->sorry) < head(&u->ready) ? &u->sorry : &u->ready;
    uint64_t due_ns = head(q);
    if (u->stopped || u->next >= u->most || now_ns >= u->duration_ns)
        return (struct ct_pace){.act = CT_PACE_END};
    if (due_ns > now_ns)
        return (struct ct_pace){.act = CT_PACE_WAIT,
                                .wake_ns = due_ns < u->duration_ns ? due_ns : u->duration_ns};
    struct ct_pace begin = {
        .act = CT_PACE_BEGIN, .i = u->next, .due_ns = due_ns, .begun_ns = now_ns};
    pop(q, u->users);
    u->next += u->threads;
    return begin;
}

void ct_users_back(struct ct_users *u, uint64_t now_ns, bool refused)
{
    if (refused && u->think_ns < CT_USERS_BACKOFF_NS)
        push(&u->sorry, u->users, now_ns + CT_USERS_BACKOFF_NS);
    else
        push(&u->ready, u->users, now_ns + u->think_ns);
}

void ct_users_stop(struct ct_users *u)
{
    u->stopped = true;
}

#include "engine/opening.h"

#define LOOK_NS (20 * CT_NS_PER_MS)

static void look(void *ctx)
{
    struct ct_opening *o = ctx;
    uint64_t now_ns = ct_clock_ns();
    if (now_ns >= o->give_up_ns || atomic_load(o->stop) != 0)
        ct_loop_stop(o->loop);
    else
        ct_alarm_set(o->look, now_ns + LOOK_NS);
}

static void opened(void *ctx)
{
    struct ct_opening *o = ctx;
    if (o->done)
        return; /* that was too late */
    o->done = true;
    if (o->waits)
        ct_loop_stop(o->loop);
}

int ct_opening_init(struct ct_opening *o, struct ct_loop *loop, const atomic_int *stop,
                    struct ct_err *err)
{
    o->loop = loop;
    o->stop = stop;
    return ct_alarm_new(loop, look, o, &o->look, err);
}

void ct_opening_wait(struct ct_opening *o, struct ct_flight *f, uint32_t connections,
                     uint64_t longest_ns)
{
    ct_flight_prepare(f, connections, opened, o);
    o->waits = !o->done;
    if (o->waits) {
        o->give_up_ns = ct_clock_ns() + longest_ns;
        ct_alarm_set(o->look, ct_clock_ns() + LOOK_NS);
        ct_loop_run(o->loop);
        ct_alarm_unset(o->look);
    }
    o->done = true;
}

void ct_opening_release(struct ct_opening *o)
{
    if (o->look)
        ct_alarm_free(o->look);
}

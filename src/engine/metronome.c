#include "engine/metronome.h"

#include "base/clock.h"

/* How long before an instant it begins to spin. Alarms come 40 to 60 us late at p99 on a virtual
 * machine that is busy enough to stay awake, 200 us on one that sleeps between requests: so the
 * lead follows what alarms show, within these bounds. */
#define LEAD_MIN_NS (100 * CT_NS_PER_US)
#define LEAD_MAX_NS (250 * CT_NS_PER_US)

/* Twice the lateness that was seen; it goes back by a part in 256 with each alarm. */
static void learn_lead(struct ct_metronome *m, uint64_t late_ns)
{
    uint64_t wanted_ns = 2 * late_ns < LEAD_MAX_NS ? 2 * late_ns : LEAD_MAX_NS;
    uint64_t before_ns = m->lead_ns - m->lead_ns / 256;
    m->lead_ns = wanted_ns > before_ns ? wanted_ns : before_ns;
    if (m->lead_ns < LEAD_MIN_NS)
        m->lead_ns = LEAD_MIN_NS;
}

static void stop_spinning(struct ct_metronome *m)
{
    if (m->spinning)
        ct_loop_spin(m->loop, NULL, NULL);
    m->spinning = false;
}

/* Once a turn of the loop while it does not wait. */
static void turned(void *ctx)
{
    struct ct_metronome *m = ctx;
    uint64_t now_ns = ct_clock_ns();
    if (!m->worked)
        m->spin_ns += now_ns - m->spun_ns;
    m->worked = false;
    m->spun_ns = now_ns;
    if (now_ns >= m->at_ns)
        m->fn(m->ctx);
}

static void start_spinning(struct ct_metronome *m, uint64_t now_ns)
{
    if (m->spinning)
        return;
    m->spinning = true;
    m->worked = false;
    m->spun_ns = now_ns;
    ct_loop_spin(m->loop, turned, m);
}

static void alarm_fired(void *ctx)
{
    struct ct_metronome *m = ctx;
    uint64_t now_ns = ct_clock_ns();
    if (m->alarm_ns != 0 && now_ns > m->alarm_ns)
        learn_lead(m, now_ns - m->alarm_ns);
    m->alarm_ns = 0;
    if (m->spins && now_ns < m->at_ns)
        start_spinning(m, now_ns);
    else
        m->fn(m->ctx);
}

int ct_metronome_init(struct ct_metronome *m, struct ct_loop *loop, bool spins,
                      void (*fn)(void *ctx), void *ctx, struct ct_err *err)
{
    *m = (struct ct_metronome){.loop = loop,
                               .fn = fn,
                               .ctx = ctx,
                               .spins = spins,
                               .at_ns = UINT64_MAX,
                               .lead_ns = LEAD_MIN_NS};
    return ct_alarm_new(loop, alarm_fired, m, &m->alarm, err);
}

void ct_metronome_set(struct ct_metronome *m, uint64_t at_ns, uint64_t now_ns)
{
    m->at_ns = at_ns;
    if (m->spins && at_ns <= now_ns + m->lead_ns) {
        start_spinning(m, now_ns);
        return;
    }
    stop_spinning(m);
    uint64_t alarm_ns = m->spins ? at_ns - m->lead_ns : at_ns;
    /* Under the cap every answer ends up here, and what waits expires later and later: the earlier
     * alarm will do and costs no system call. */
    if (m->alarm_ns > now_ns && m->alarm_ns <= alarm_ns)
        return;
    m->alarm_ns = alarm_ns;
    ct_alarm_set(m->alarm, alarm_ns);
}

void ct_metronome_unset(struct ct_metronome *m)
{
    m->at_ns = UINT64_MAX;
    m->alarm_ns = 0;
    ct_alarm_unset(m->alarm);
    stop_spinning(m);
}

void ct_metronome_release(struct ct_metronome *m)
{
    if (m->alarm)
        ct_alarm_free(m->alarm);
    m->alarm = NULL;
}

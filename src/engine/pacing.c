#include "engine/pacing.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "engine/cgroup.h"
#include "engine/metronome.h"
#include "engine/self.h"

enum { TRIALS = 100 };

bool ct_pacing_may_spin(const struct ct_pacing_facts *facts)
{
    return facts->cpus >= facts->threads + 2 && !facts->colocated &&
           (isnan(facts->quota_cpus) || facts->quota_cpus >= facts->cpus);
}

bool ct_pacing_gains(uint64_t sleep_p99_ns, uint64_t spin_p99_ns)
{
    return 2 * spin_p99_ns <= sleep_p99_ns;
}

/* --- the trial --- */

struct trial {
    struct ct_loop *loop;
    struct ct_metronome metronome;
    uint64_t due_ns, late_ns[TRIALS];
    unsigned count;
};

static void due(void *ctx)
{
    struct trial *t = ctx;
    uint64_t now_ns = ct_clock_ns();
    if (now_ns < t->due_ns)
        return;
    t->late_ns[t->count++] = now_ns - t->due_ns;
    if (t->count == TRIALS) {
        ct_metronome_unset(&t->metronome);
        ct_loop_stop(t->loop);
        return;
    }
    t->due_ns += CT_NS_PER_MS;
    ct_metronome_set(&t->metronome, t->due_ns, now_ns);
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

int ct_pacing_try(bool spins, uint64_t *out_p99_ns, struct ct_err *err)
{
    struct trial t = {.count = 0};
    int rc = ct_loop_new(&t.loop, err);
    if (rc < 0)
        return rc;
    rc = ct_metronome_init(&t.metronome, t.loop, spins, due, &t, err);
    if (rc == 0) {
        uint64_t now_ns = ct_clock_ns();
        t.due_ns = now_ns + CT_NS_PER_MS;
        ct_metronome_set(&t.metronome, t.due_ns, now_ns);
        ct_loop_run(t.loop);
        qsort(t.late_ns, TRIALS, sizeof(t.late_ns[0]), by_size);
        *out_p99_ns = t.late_ns[TRIALS * 99 / 100 - 1];
    }
    ct_metronome_release(&t.metronome);
    ct_loop_free(t.loop);
    return rc;
}

/* --- the choice --- */

static struct ct_pacing_facts facts_of(const struct ct_run_plan *plan,
                                       const struct ct_endpoint *endpoint)
{
    struct ct_cgroup_cpu cgroup;
    ct_cgroup_read(&cgroup);
    return (struct ct_pacing_facts){.cpus = ct_self_cpus(),
                                    .quota_cpus = cgroup.quota_cpus,
                                    .colocated = ct_endpoint_is_local(endpoint),
                                    .threads = plan->threads};
}

enum ct_pacing ct_pacing_choose(const struct ct_run_plan *plan, const struct ct_endpoint *endpoint)
{
    struct ct_err ignored;
    uint64_t sleep_ns, spin_ns;
    if (plan->closed)
        return CT_PACING_SLEEP;
    if (plan->pacing != CT_PACING_AUTO)
        return plan->pacing;
    const struct ct_pacing_facts facts = facts_of(plan, endpoint);
    bool spin = ct_pacing_may_spin(&facts) && ct_pacing_try(false, &sleep_ns, &ignored) == 0 &&
                ct_pacing_try(true, &spin_ns, &ignored) == 0 && ct_pacing_gains(sleep_ns, spin_ns);
    return spin ? CT_PACING_SPIN : CT_PACING_SLEEP;
}

#include "engine/plan.h"

#include <assert.h>
#include <math.h>

#define RATE_MIN_PER_NS 1e-9 /* what a cursor says of a pause */

static double mass_double(ct_mass m)
{
    return (double)(uint64_t)(m >> 64) + ldexp((double)(uint64_t)m, -64);
}

/* --- stages --- */

static uint32_t stages_of(const struct ct_run_plan *plan)
{
    return plan->n_stages > 0 ? plan->n_stages : 1;
}

static struct ct_plan_stage stage_at(const struct ct_run_plan *plan, uint32_t k)
{
    if (plan->n_stages > 0)
        return plan->stages[k];
    return (struct ct_plan_stage){
        .from = plan->rate, .to = plan->rate, .duration_ns = plan->duration_ns};
}

/* Requests of a constant rate in a time. */
static ct_mass mass_of(struct ct_rate rate, uint64_t ns)
{
    ct_mass product = (ct_mass)rate.num * ns;
    return (product / rate.den_ns << 64) + (product % rate.den_ns << 64) / rate.den_ns;
}

static bool is_constant(const struct ct_plan_stage *s)
{
    return s->from.num == s->to.num && s->from.den_ns == s->to.den_ns;
}

static ct_mass stage_mass(const struct ct_plan_stage *s)
{
    if (is_constant(s))
        return mass_of(s->from, s->duration_ns);
    return mass_of(s->from, s->duration_ns) / 2 + mass_of(s->to, s->duration_ns) / 2;
}

static double per_ns(struct ct_rate rate)
{
    return (double)rate.num / (double)rate.den_ns;
}

/* When a stage has reached m, from its begin: the root of a t + (b - a) t^2 / 2D = m, in the form
 * that loses no digits. */
static uint64_t line_ns(const struct ct_plan_stage *s, ct_mass m)
{
    double a = per_ns(s->from), b = per_ns(s->to), goal = mass_double(m);
    if (m == 0)
        return 0;
    double square = a * a + 2 * (b - a) * goal / (double)s->duration_ns;
    double t = 2 * goal / (a + sqrt(square > 0 ? square : 0));
    return t < (double)(s->duration_ns - 1) ? (uint64_t)t : s->duration_ns - 1;
}

/* The same of a constant rate: exact. The whole requests and the rest of one are divided apart. */
static uint64_t constant_ns(struct ct_rate rate, ct_mass m)
{
    ct_mass rest = (ct_mass)(uint64_t)m * rate.den_ns >> 64;
    return (uint64_t)(((m >> 64) * rate.den_ns + rest) / rate.num);
}

static struct ct_plan_place place_begin(const struct ct_run_plan *plan)
{
    const struct ct_plan_stage first = stage_at(plan, 0);
    return (struct ct_plan_place){.to = stage_mass(&first)};
}

static void place_step(const struct ct_run_plan *plan, struct ct_plan_place *p)
{
    p->from_ns += stage_at(plan, p->stage).duration_ns;
    p->from = p->to;
    const struct ct_plan_stage s = stage_at(plan, ++p->stage);
    p->to += stage_mass(&s);
}

/* When the plan has reached m; p is moved on to there. False: never. */
static bool place_reach(const struct ct_run_plan *plan, struct ct_plan_place *p, ct_mass m,
                        uint64_t *out_ns)
{
    while (m >= p->to && p->stage + 1 < stages_of(plan))
        place_step(plan, p);
    if (m >= p->to)
        return false;
    const struct ct_plan_stage s = stage_at(plan, p->stage);
    *out_ns = p->from_ns +
              (is_constant(&s) ? constant_ns(s.from, m - p->from) : line_ns(&s, m - p->from));
    return true;
}

static ct_mass whole_mass(const struct ct_run_plan *plan)
{
    struct ct_plan_place p = place_begin(plan);
    while (p.stage + 1 < stages_of(plan))
        place_step(plan, &p);
    return p.to;
}

static uint64_t round_up(ct_mass m)
{
    return (uint64_t)(m >> 64) + ((uint64_t)m != 0);
}

uint64_t ct_plan_due_ns(const struct ct_run_plan *plan, uint64_t i)
{
    assert(plan->arrivals == CT_ARRIVALS_EVEN);
    struct ct_plan_place p = place_begin(plan);
    uint64_t due_ns;
    if (place_reach(plan, &p, (ct_mass)i << 64, &due_ns))
        return due_ns;
    const struct ct_plan_stage last =
        stage_at(plan, p.stage); /* beyond the end: as if it went on */
    return last.to.num > 0 ? p.from_ns + constant_ns(last.to, ((ct_mass)i << 64) - p.from)
                           : UINT64_MAX;
}

/* --- the cursor --- */

/* The next exponential number, exact to 2^-64 of its fraction. */
static ct_mass exponential(struct ct_rng *rng)
{
    double e = ct_rng_exponential(rng), whole = floor(e);
    return ((ct_mass)(uint64_t)whole << 64) + (uint64_t)((e - whole) * 0x1p64);
}

static uint64_t replay_count(const struct ct_run_plan *plan)
{
    uint64_t lo = 0, hi = plan->n_replay;
    while (lo < hi) {
        uint64_t mid = lo + (hi - lo) / 2;
        if (plan->replay_ns[mid] < plan->duration_ns)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static uint64_t walk_count(const struct ct_run_plan *plan)
{
    struct ct_rng rng;
    ct_rng_init(&rng, plan->seed);
    ct_mass whole = whole_mass(plan), mass = exponential(&rng);
    uint64_t count = 0;
    for (; mass < whole; mass += exponential(&rng))
        count++;
    return count;
}

uint64_t ct_plan_count(const struct ct_run_plan *plan)
{
    assert(!plan->closed);
    switch (plan->arrivals) {
    case CT_ARRIVALS_POISSON:
        return walk_count(plan);
    case CT_ARRIVALS_REPLAY:
        return replay_count(plan);
    case CT_ARRIVALS_EVEN:
        break;
    }
    return round_up(whole_mass(plan));
}

void ct_plan_set_count(struct ct_run_plan *plan)
{
    if (!plan->closed && plan->planned == 0)
        plan->planned = ct_plan_count(plan);
}

/* due_ns of the index c stands at. */
static void settle(struct ct_plan_cursor *c)
{
    if (c->next >= c->count)
        return;
    if (c->plan->arrivals == CT_ARRIVALS_REPLAY) {
        c->due_ns = c->plan->replay_ns[c->next];
        return;
    }
    ct_mass m = c->plan->arrivals == CT_ARRIVALS_POISSON ? c->mass : (ct_mass)c->next << 64;
    bool reached = place_reach(c->plan, &c->place, m, &c->due_ns);
    assert(reached);
    (void)reached;
}

static void step(struct ct_plan_cursor *c, uint64_t indices)
{
    c->next += indices;
    for (uint64_t k = 0; c->plan->arrivals == CT_ARRIVALS_POISSON && k < indices; k++)
        c->mass += exponential(&c->rng);
}

void ct_plan_cursor_init(struct ct_plan_cursor *c, const struct ct_run_plan *plan, uint32_t thread)
{
    assert(thread < plan->threads && plan->rate.den_ns > 0);
    *c = (struct ct_plan_cursor){.plan = plan,
                                 .count = plan->planned != 0 ? plan->planned : ct_plan_count(plan)};
    if (plan->arrivals != CT_ARRIVALS_REPLAY)
        c->place = place_begin(plan);
    ct_rng_init(&c->rng, plan->seed);
    if (plan->arrivals == CT_ARRIVALS_POISSON)
        c->mass = exponential(&c->rng);
    step(c, thread);
    settle(c);
}

bool ct_plan_peek(const struct ct_plan_cursor *c, uint64_t *i, uint64_t *due_ns)
{
    if (c->next >= c->count)
        return false;
    *i = c->next;
    *due_ns = c->due_ns;
    return true;
}

bool ct_plan_next(struct ct_plan_cursor *c, uint64_t *i, uint64_t *due_ns)
{
    if (!ct_plan_peek(c, i, due_ns))
        return false;
    step(c, c->plan->threads);
    settle(c);
    return true;
}

double ct_plan_cursor_rate(const struct ct_plan_cursor *c)
{
    const struct ct_run_plan *plan = c->plan;
    if (plan->arrivals == CT_ARRIVALS_REPLAY)
        return fmax((double)c->count / (double)plan->duration_ns, RATE_MIN_PER_NS);
    const struct ct_plan_stage s = stage_at(plan, c->place.stage);
    double done = (double)(c->due_ns - c->place.from_ns) / (double)s.duration_ns;
    return fmax(per_ns(s.from) + (per_ns(s.to) - per_ns(s.from)) * done, RATE_MIN_PER_NS);
}

uint64_t ct_plan_abandon(struct ct_plan_cursor *c)
{
    if (c->next >= c->count)
        return 0;
    uint64_t passed = (c->count - c->next - 1) / c->plan->threads + 1;
    c->next += passed * c->plan->threads;
    return passed;
}

/* --- what falls to a thread --- */

static uint32_t share(uint32_t whole, uint32_t thread, uint32_t threads)
{
    return whole / threads + (thread < whole % threads ? 1 : 0);
}

uint32_t ct_plan_connections(const struct ct_run_plan *plan, uint32_t thread)
{
    return share(plan->connections, thread, plan->threads);
}

/* With HTTP/2 it goes with the thread's connections, each of which has its streams. */
uint32_t ct_plan_in_flight(const struct ct_run_plan *plan, uint32_t thread)
{
    if (plan->http2 && plan->connections > 0)
        return ct_plan_connections(plan, thread) * (plan->max_in_flight / plan->connections);
    return share(plan->max_in_flight, thread, plan->threads);
}

#include <math.h>
#include <stdio.h>

#include "analysis/draft.h"
#include "base/units.h"

/* Whose wait it is: the clauses before have named the server, if they had a CPU to tell of. */
static const char *subject(const struct ct_server_findings *f)
{
    return isnan(f->cpu_max) ? f->server->host : "it";
}

static const char *owner(const struct ct_server_findings *f, char text[CT_DRAFT_NAME + 3])
{
    (void)snprintf(text, CT_DRAFT_NAME + 3, "%.*s%s", CT_DRAFT_NAME,
                   isnan(f->cpu_max) ? f->server->host : "its", isnan(f->cpu_max) ? "'s" : "");
    return text;
}

static void describe_waits(struct ct_draft *d, const struct ct_server_findings *f)
{
    const char *host = f->server->host;
    char where[CT_DRAFT_WHEN], whose[CT_DRAFT_NAME + 3];
    if (f->wait_memory.found) {
        ct_draft_say(d, "%s%.*s waited for memory %.0f %% of the time (PSI)%s", ct_draft_joint(d),
                     CT_DRAFT_NAME, subject(f), f->wait_memory.to,
                     ct_draft_when(d, &f->wait_memory, where));
        ct_draft_prove_span(d, host, "pressure_memory_percent", &f->wait_memory);
    }
    if (f->wait_io.found && !f->iowait.found)
        ct_draft_say(d, "%s%.*s waited for its disks %.0f %% of the time (PSI)%s",
                     ct_draft_joint(d), CT_DRAFT_NAME, subject(f), f->wait_io.to,
                     ct_draft_when(d, &f->wait_io, where));
    if (f->wait_io.found)
        ct_draft_prove_span(d, host, "pressure_io_percent", &f->wait_io);
    if (f->wait_cpu.found) {
        ct_draft_say(d, "%s%s tasks waited for a CPU %.0f %% of the time (PSI)%s",
                     ct_draft_joint(d), owner(f, whose), f->wait_cpu.to,
                     ct_draft_when(d, &f->wait_cpu, where));
        ct_draft_prove_span(d, host, "pressure_cpu_percent", &f->wait_cpu);
    }
}

static void describe_swap(struct ct_draft *d, const struct ct_server_findings *f)
{
    char from[CT_UNIT_TEXT], to[CT_UNIT_TEXT], where[CT_DRAFT_WHEN], whose[CT_DRAFT_NAME + 3];
    if (!f->swap.found)
        return;
    ct_draft_say(d, "%s%s swap grew from %s to %s%s", ct_draft_joint(d), owner(f, whose),
                 ct_bytes_format((uint64_t)(f->swap.from * 1024), from),
                 ct_bytes_format((uint64_t)(f->swap.to * 1024), to),
                 ct_draft_when(d, &f->swap, where));
    ct_draft_prove_span(d, f->server->host, "swap_used_kib", &f->swap);
}

static void describe_network(struct ct_draft *d, const struct ct_server_findings *f)
{
    const char *host = f->server->host;
    char count[CT_UNIT_TEXT], where[CT_DRAFT_WHEN], whose[CT_DRAFT_NAME + 3];
    if (f->network_errors.found) {
        ct_draft_say(d, "%s%s network had %s errors/s%s", ct_draft_joint(d), owner(f, whose),
                     ct_count_format((uint64_t)round(f->network_errors.to), count),
                     ct_draft_when(d, &f->network_errors, where));
        ct_draft_prove_span(d, host, "network_errors_per_s", &f->network_errors);
    }
    if (f->network_drops.found) {
        ct_draft_say(d, "%s%s network dropped %s packets/s%s", ct_draft_joint(d), owner(f, whose),
                     ct_count_format((uint64_t)round(f->network_drops.to), count),
                     ct_draft_when(d, &f->network_drops, where));
        ct_draft_prove_span(d, host, "network_drops_per_s", &f->network_drops);
    }
}

static void describe_bounds(struct ct_draft *d, const struct ct_server_findings *f)
{
    const char *host = f->server->host;
    char where[CT_DRAFT_WHEN];
    if (f->core.found) {
        ct_draft_say(d, "%sone core of %.*s is full (single-threaded?)%s", ct_draft_joint(d),
                     CT_DRAFT_NAME, host, ct_draft_when(d, &f->core, where));
        ct_draft_prove_span(d, host, "cpu_core_percent", &f->core);
    }
    if (f->throttled.found) {
        ct_draft_say(d, "%sthe CPU quota of %s stopped it in %.0f %% of its periods%s",
                     ct_draft_joint(d), f->server->group, f->throttled.to,
                     ct_draft_when(d, &f->throttled, where));
        ct_draft_prove_span(d, host, "cgroup_throttled_percent", &f->throttled);
    }
}

/* A full CPU has a queue; beside one that is not, it tells something. */
static void describe_queue(struct ct_draft *d, const struct ct_server_findings *f)
{
    char where[CT_DRAFT_WHEN];
    if (!f->run_queue.found)
        return;
    if (!f->cpu.found && (d->load.slower.found || d->load.failing.found))
        ct_draft_say(d, "%sup to %.0f tasks ran or waited for a CPU%s", ct_draft_joint(d),
                     f->run_queue.to, ct_draft_when(d, &f->run_queue, where));
    ct_draft_prove_span(d, f->server->host, "run_queue", &f->run_queue);
}

void ct_draft_waits(struct ct_draft *d, const struct ct_server_findings *f)
{
    describe_bounds(d, f);
    describe_waits(d, f);
    describe_queue(d, f);
    describe_swap(d, f);
    describe_network(d, f);
}

bool ct_draft_has_waits(const struct ct_server_findings *f)
{
    return f->wait_memory.found || f->wait_io.found || f->wait_cpu.found || f->swap.found ||
           f->network_errors.found || f->network_drops.found || f->core.found || f->throttled.found;
}

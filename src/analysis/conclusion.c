#include "analysis/conclusion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/draft.h"
#include "base/mem.h"

/* --- what is used up --- */

/* The run was in trouble at the same time. Memory has no instant: it was full at the end. */
static bool hurt(const struct ct_draft *d, const struct ct_span *span)
{
    const struct ct_load_findings *l = &d->load;
    if (!span->found)
        return l->pressing || l->slower.found || l->failing.found;
    return l->pressing || ct_spans_meet(&l->slower, span) || ct_spans_meet(&l->failing, span);
}

static void name_limit(const struct ct_draft *d, const struct ct_server_findings *f,
                       enum ct_limit what, char *text, size_t size)
{
    static const char *const names[CT_LIMIT_COUNT] = {
        [CT_LIMIT_CPU] = "CPU on",
        [CT_LIMIT_STEAL] = "the CPU that the hypervisor leaves",
        [CT_LIMIT_DISK] = "the disks of",
        [CT_LIMIT_MEMORY] = "memory on",
    };
    bool foreign = f->this_machine && !d->summary->colocated;
    (void)snprintf(text, size, "%s %.*s%s", names[what], CT_DRAFT_NAME, f->server->host,
                   foreign ? " (ct's own machine, not the target's)" : "");
}

static void add_limit(struct ct_draft *d, const struct ct_server_findings *f, enum ct_limit what)
{
    struct ct_conclusion *c = d->out;
    if (c->n_limits == CT_LIMITS_MAX)
        return;
    bool foreign = f->this_machine && !d->summary->colocated;
    c->limits[c->n_limits].what = foreign ? CT_LIMIT_GENERATOR : what;
    (void)snprintf(c->limits[c->n_limits++].host, CT_EVIDENCE_HOST, "%s",
                   foreign ? "" : f->server->host);
}

/* --- what follows --- */

/* The generator accuses itself first. */
static bool accuse_generator(struct ct_draft *d)
{
    const struct ct_summary *s = d->summary;
    char codes[120] = "";
    size_t used = 0;
    if (s->verdict == CT_VERDICT_INVALID) {
        for (size_t i = 0; i < s->n_reasons && used + 40 < sizeof(codes); i++) {
            const char *code = s->reasons[i].code;
            if (strcmp(code, "threshold") != 0 && strcmp(code, "interrupted") != 0 &&
                strcmp(code, "aborted") != 0 && strcmp(code, "truncated") != 0)
                used += (size_t)snprintf(codes + used, sizeof(codes) - used, "%s%s",
                                         used > 0 ? ", " : "", code);
        }
        ct_draft_say(d, "ct itself was the limit (%s), so no limit of the target follows", codes);
    } else if (s->limited_by_generator) {
        ct_draft_say(d, "ct itself was busy: the target may take more");
    } else {
        return false;
    }
    d->out->n_limits = 1;
    d->out->limits[0].what = CT_LIMIT_GENERATOR;
    d->out->limits[0].host[0] = '\0';
    return true;
}

static void say_shared(struct ct_draft *d)
{
    if (!d->summary->colocated)
        return;
    ct_draft_say(d, "%sct and the target share a machine", ct_draft_joint(d));
    for (size_t i = 0; i < d->n_servers; i++)
        if (d->servers[i].this_machine) {
            ct_draft_say(d, " (%.*s)", CT_DRAFT_NAME, d->servers[i].server->host);
            return;
        }
}

/* Everything that is used up, joined; hurting: only what was so while the run was in trouble. */
static size_t list_used_up(struct ct_draft *d, bool hurting, char *text, size_t size)
{
    size_t count = 0, used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < d->n_servers && count < CT_LIMITS_MAX; i++) {
        struct ct_span span;
        char name[CT_DRAFT_NAME + 80];
        enum ct_limit what = ct_findings_used_up(&d->servers[i], &span);
        if (what == CT_LIMIT_COUNT || (hurting && !hurt(d, &span)))
            continue;
        name_limit(d, &d->servers[i], what, name, sizeof(name));
        used += (size_t)snprintf(text + used, size - used, "%s%s",
                                 count == 0 ? ""
                                 : hurting  ? " or "
                                            : " and ",
                                 name);
        if (hurting)
            add_limit(d, &d->servers[i], what);
        count++;
    }
    return count;
}

/* iowait and memory are hints: what they slow down is not in the series. */
static bool sure(const struct ct_conclusion *c)
{
    for (size_t i = 0; i < c->n_limits; i++)
        if (c->limits[i].what == CT_LIMIT_DISK || c->limits[i].what == CT_LIMIT_MEMORY)
            return false;
    return true;
}

static const struct ct_server_findings *first_with(const struct ct_draft *d, bool unseen)
{
    for (size_t i = 0; i < d->n_servers; i++) {
        const struct ct_server_findings *f = &d->servers[i];
        if (unseen ? f->unseen : f->ping.kind == CT_DRIFT_UP)
            return f;
    }
    return NULL;
}

/* What was not used up, but was so while the run was in trouble: the first of a server, by how much
 * it tells. false: nothing. */
static bool suspect(const struct ct_draft *d, char *text, size_t size)
{
    for (size_t i = 0; i < d->n_servers; i++) {
        const struct ct_server_findings *f = &d->servers[i];
        const struct {
            const struct ct_span *span;
            const char *what;
        } rows[] = {
            {&f->wait_memory, "memory on"},
            {&f->swap, "memory on"},
            {&f->throttled, "a CPU quota on"},
            {&f->core, "one core of"},
            {&f->wait_cpu, "a CPU quota or a few cores of"},
            {&f->wait_io, "the disks of"},
            {&f->steal, "the hypervisor of"},
            {&f->network_errors, "the network of"},
            {&f->network_drops, "the network of"},
        };
        bool foreign = f->this_machine && !d->summary->colocated;
        for (size_t k = 0; k < sizeof(rows) / sizeof(*rows) && !foreign; k++)
            if (rows[k].span->found && hurt(d, rows[k].span)) {
                (void)snprintf(text, size, "%s %.*s", rows[k].what, CT_DRAFT_NAME, f->server->host);
                return true;
            }
    }
    return false;
}

/* In trouble, and nothing is used up. */
static void conclude_elsewhere(struct ct_draft *d)
{
    char suspicion[CT_DRAFT_NAME + 40];
    if (suspect(d, suspicion, sizeof(suspicion))) {
        ct_draft_say(d, ": %s may be the limit", suspicion);
        return;
    }
    const struct ct_server_findings *unseen = first_with(d, true), *far = first_with(d, false);
    if (unseen != NULL)
        ct_draft_say(d, ": nothing that was seen explains it, and too little was seen of %.*s",
                     CT_DRAFT_NAME, unseen->server->host);
    else if (far != NULL)
        ct_draft_say(d, ": the network to %.*s may be the limit", CT_DRAFT_NAME, far->server->host);
    else
        ct_draft_say(d, ": no watched server was used up as a whole; a single core, a lock or "
                        "something that was not watched may be the limit");
}

static void conclude(struct ct_draft *d)
{
    char names[4 * (CT_DRAFT_NAME + 90)], suspicion[CT_DRAFT_NAME + 40];
    const struct ct_load_findings *l = &d->load;
    bool trouble = l->slower.found || l->failing.found;
    if (list_used_up(d, true, names, sizeof(names)) > 0) {
        ct_draft_say(d, ": the limit is %s%s", sure(d->out) ? "" : "probably ", names);
        return;
    }
    if (trouble)
        ct_draft_load(d);
    size_t full = list_used_up(d, false, names, sizeof(names));
    if (full > 0 && trouble)
        ct_draft_say(d, ": not at the time when %s %s used up", names, full == 1 ? "was" : "were");
    else if (full > 0)
        ct_draft_say(d, ": %s %s used up, but responses did not slow down", names,
                     full == 1 ? "is" : "are");
    else if (trouble)
        conclude_elsewhere(d);
    else if (l->pressing && suspect(d, suspicion, sizeof(suspicion)))
        ct_draft_say(d, ": %s may be the limit, or more connections bring more", suspicion);
    else if (l->pressing)
        ct_draft_say(d,
                     ": more connections may bring more, or the limit is a single core, a lock or "
                     "something that was not watched");
    else if (!l->known)
        ct_draft_say(d, ": too few answers to say more");
    else if (first_with(d, true) != NULL)
        ct_draft_say(d, ": responses stayed as they were");
    else
        ct_draft_say(d, ": no resource was used up");
}

static bool seen_enough(const struct ct_draft *d)
{
    for (size_t i = 0; i < d->n_servers; i++)
        if (d->servers[i].samples >= CT_FINDING_SAMPLES)
            return true;
    return false;
}

static void say_too_few(struct ct_draft *d)
{
    uint64_t most = 0;
    for (size_t i = 0; i < d->n_servers; i++)
        most = d->servers[i].samples > most ? d->servers[i].samples : most;
    ct_draft_say(d, "%s%llu sample%s of the servers: too few to say what the limit is",
                 ct_draft_joint(d), (unsigned long long)most, most == 1 ? "" : "s");
    for (size_t i = 0; i < d->n_servers && i < 2; i++)
        if (d->servers[i].missed > 0)
            ct_draft_server(d, &d->servers[i]);
}

static bool is_this_machine(const struct ct_summary *s, const char *host)
{
    for (size_t i = 0; i < s->n_servers; i++)
        if (strcmp(s->servers[i].host, host) == 0)
            return s->servers[i].this_machine;
    return false;
}

struct ct_conclusion *ct_conclusion_draw(const struct ct_trace *t, const struct ct_summary *s)
{
    if (t->n_servers == 0)
        return NULL;
    struct ct_draft d = {.trace = t, .summary = s, .n_servers = t->n_servers};
    d.out = ct_xcalloc(1, sizeof(*d.out));
    d.servers = ct_xcalloc(t->n_servers, sizeof(*d.servers));
    ct_findings_load(t, &s->plan, &d.load);
    for (size_t i = 0; i < t->n_servers; i++) {
        ct_findings_server(t, i, &d.servers[i]);
        d.servers[i].this_machine = is_this_machine(s, t->servers[i].host);
    }
    bool accused = accuse_generator(&d);
    say_shared(&d);
    if (!seen_enough(&d)) {
        say_too_few(&d);
    } else {
        ct_draft_servers(&d);
        if (!accused)
            conclude(&d);
    }
    ct_draft_prove_load(&d);
    free(d.servers);
    return d.out;
}

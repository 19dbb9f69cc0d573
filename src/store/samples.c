#include "store/samples.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/journal_format.h"
#include "store/journal_pass.h"

/* One thread's samples: a pass of its own, and the batch it has come to. */
struct lane {
    struct ct_pass *pass;
    size_t count, at;
    struct ct_sample samples[CT_JOURNAL_BATCH_MAX];
};

static int on_samples(void *ctx, unsigned thread, const struct ct_sample *samples, size_t count)
{
    struct lane *l = ctx;
    (void)thread;
    memcpy(l->samples, samples, count * sizeof(*samples));
    l->count = count;
    l->at = 0;
    return 0;
}

/* Make sure that the lane has a sample, unless it has come to its end. */
static int fill(struct lane *l, struct ct_err *err)
{
    const struct ct_journal_reader reader = {.samples = on_samples, .ctx = l};
    bool more = true;
    int rc = 0;
    while (rc == 0 && more && l->at == l->count)
        rc = ct_pass_step(l->pass, &reader, &more, err);
    return rc;
}

static const struct ct_sample *head_of(const struct lane *l)
{
    return l->at < l->count ? &l->samples[l->at] : NULL;
}

/* The lane whose next sample was done first; NULL when all have ended. */
static struct lane *earliest(struct lane *lanes, unsigned count)
{
    struct lane *first = NULL;
    for (unsigned k = 0; k < count; k++) {
        const struct ct_sample *s = head_of(&lanes[k]);
        if (s != NULL && (first == NULL || s->done_ns < head_of(first)->done_ns))
            first = &lanes[k];
    }
    return first;
}

static int merge(struct lane *lanes, unsigned count, ct_samples_fn *fn, void *ctx,
                 struct ct_err *err)
{
    int rc = 0;
    for (unsigned k = 0; k < count && rc == 0; k++)
        rc = fill(&lanes[k], err);
    struct lane *l;
    while (rc == 0 && (l = earliest(lanes, count)) != NULL) {
        fn(ctx, head_of(l));
        l->at++;
        rc = fill(l, err);
    }
    return rc;
}

int ct_samples_read(const char *journal_path, uint64_t from, uint64_t to, unsigned threads,
                    ct_samples_fn *fn, void *ctx, struct ct_err *err)
{
    enum { LANES_MAX = 256 }; /* files open at a time; the last lane takes all that is left */
    unsigned count = threads < 1 ? 1 : threads > LANES_MAX ? LANES_MAX : threads;
    struct lane *lanes = ct_xcalloc(count, sizeof(*lanes));
    int rc = 0;
    for (unsigned k = 0; k < count && rc == 0; k++) {
        rc = ct_pass_open(journal_path, from, to, NULL, &lanes[k].pass, err);
        if (rc == 0)
            ct_pass_threads(lanes[k].pass, k, k + 1 < count ? k : UINT_MAX);
    }
    if (rc == 0)
        rc = merge(lanes, count, fn, ctx, err);
    for (unsigned k = 0; k < count; k++)
        ct_pass_close(lanes[k].pass);
    free(lanes);
    return rc;
}

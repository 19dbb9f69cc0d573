#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "services/benchmark.h"

/* The place of the extension, or the end. */
static size_t stem_of(const char *path)
{
    const char *dot = strrchr(path, '.'), *slash = strrchr(path, '/');
    return dot != NULL && (slash == NULL || dot > slash) ? (size_t)(dot - path) : strlen(path);
}

static char *name_of(const struct ct_benchmark_case *c, const struct ct_benchmark_leg *l,
                     const char *path)
{
    size_t stem = stem_of(path);
    if (!c->testcase->has_load)
        return ct_xprintf("%.*s-%s%s", (int)stem, path, c->testcase->name, path + stem);
    return ct_xprintf("%.*s-%s-load-%u%s", (int)stem, path, c->testcase->name, (unsigned)l->load,
                      path + stem);
}

int ct_benchmark_charts(const struct ct_benchmark_case *c, const char *path, struct ct_buf *drawn,
                        struct ct_err *err)
{
    int rc = 0;
    for (size_t i = 0; i < c->n_legs && rc == 0; i++) {
        const struct ct_benchmark_leg *l = &c->legs[i];
        if (l->opts.find.axis == CT_FIND_LOAD || l->found.n_trials == 0)
            continue;
        char *name = name_of(c, l, path);
        rc = ct_finding_chart(&l->found, &l->opts, name, err);
        if (rc == 0)
            (void)ct_buf_printf(drawn, "%s\n", name);
        free(name);
    }
    return rc;
}

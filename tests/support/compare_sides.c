#include "compare_sides.h"

#include <math.h>

#include "base/mem.h"

static void side_make(const double *service_ms, size_t count, struct ct_compare_side *out)
{
    *out = (struct ct_compare_side){ct_xcalloc(count, sizeof(*out->runs)), count};
    for (size_t i = 0; i < count; i++) {
        struct ct_compare_run *r = &out->runs[i];
        for (int m = 0; m < CT_COMPARE_METRICS; m++)
            r->value[m] = r->variance[m] = r->df[m] = NAN;
        r->value[CT_COMPARE_SERVICE_P50] = service_ms[i] * 1e6;
        r->value[CT_COMPARE_ERRORS] = 0;
        r->value[CT_COMPARE_ACHIEVED] = 100;
        r->requests = 1000;
        r->lateness_p50_ns = 4e4;
    }
}

void sides_make(struct ct_comparison *c, const double *a, size_t n, const double *b, size_t m)
{
    *c = (struct ct_comparison){.min_effect = 0.05, .n_points = 1};
    c->points = ct_xcalloc(1, sizeof(*c->points));
    side_make(a, n, &c->points[0].a);
    side_make(b, m, &c->points[0].b);
}

void side_set(struct ct_compare_side *s, enum ct_compare_metric m, double value)
{
    for (size_t i = 0; i < s->count; i++)
        s->runs[i].value[m] = value;
}

void side_requests(struct ct_compare_side *s, double requests)
{
    for (size_t i = 0; i < s->count; i++)
        s->runs[i].requests = requests;
}

#include "services/knee.h"

#include <stdio.h>
#include <string.h>

double ct_knee_unit(const struct ct_threshold *t, const struct ct_find_limit *l)
{
    if (l->kind == CT_FIND_SHARE)
        return 100;
    return t->measure == CT_MEASURE_TIME ? 1e3 : t->measure == CT_MEASURE_SHARE ? 100 : 1;
}

void ct_knee_label(const struct ct_threshold *t, const struct ct_find_limit *l,
                   char label[CT_KNEE_LABEL])
{
    int name = (int)strcspn(t->text, "<>");
    if (l->kind == CT_FIND_SHARE)
        (void)snprintf(label, CT_KNEE_LABEL, "Requests beyond %.200s, %%", t->text);
    else
        (void)snprintf(label, CT_KNEE_LABEL, "%.*s, %s", name, t->text,
                       t->measure == CT_MEASURE_TIME    ? "ms"
                       : t->measure == CT_MEASURE_SHARE ? "%"
                                                        : "bytes");
}

double ct_knee_limit(const struct ct_find_limit *l)
{
    return l->kind == CT_FIND_SHARE ? l->share : l->limit_s;
}

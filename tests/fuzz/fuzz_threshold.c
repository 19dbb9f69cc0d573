#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/threshold.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ct_criteria criteria, again;

/* A text is refused with a line, or what it says can be written and reads back as the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    struct ct_err err = {0};
    criteria.count = again.count = 0;
    if (ct_threshold_parse(text, &criteria, &err) < 0) {
        assert(err.code == CT_EUSAGE && err.msg[0] != '\0' && criteria.count == 0);
        free(text);
        return 0;
    }
    assert(criteria.count >= 1 && criteria.count <= CT_THRESHOLDS_MAX);
    char *joined = ct_threshold_join(&criteria);
    assert(ct_threshold_parse(joined, &again, &err) == 0 && again.count == criteria.count);
    for (size_t i = 0; i < criteria.count; i++) {
        const struct ct_threshold *a = &criteria.list[i], *b = &again.list[i];
        assert(strcmp(a->text, b->text) == 0 && strcmp(a->host, b->host) == 0);
        assert(a->limit == b->limit && a->quantile == b->quantile && a->over_s == b->over_s);
        assert(a->metric != CT_METRIC_QUANTILE || ct_threshold_needs(a) >= 20);
    }
    free(joined);
    free(text);
    return 0;
}

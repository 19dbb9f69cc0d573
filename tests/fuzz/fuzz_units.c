#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* 0, or CT_EUSAGE with a line. */
static int sane(int rc, const struct ct_err *err)
{
    assert(rc == 0 || (rc == CT_EUSAGE && err->code == CT_EUSAGE && err->msg[0] != '\0'));
    return rc;
}

/* What each parser takes lies in the range that its header gives. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    struct ct_err err = {0};
    double number, share;
    uint64_t count, ns;
    struct ct_rate rate;
    int is_number = sane(ct_number_parse(text, &number, &err), &err);
    if (is_number == 0)
        assert(isfinite(number) && number >= 0);
    if (sane(ct_count_parse(text, &count, &err), &err) == 0)
        assert(is_number == 0 && fabs((double)count - number) <= number * 1e-15);
    if (sane(ct_duration_parse(text, &ns, &err), &err) == 0)
        assert(ns <= UINT64_C(365) * 86400 * 1000000000);
    if (sane(ct_rate_parse(text, &rate, &err), &err) == 0)
        assert(rate.num >= 1 && rate.den_ns >= 1 && ct_rate_rps(rate) <= 1e7);
    if (sane(ct_percent_parse(text, &share, &err), &err) == 0)
        assert(share >= 0 && share <= 1);
    if (sane(ct_bytes_parse(text, &count, &err), &err) == 0)
        assert(count <= UINT64_C(1) << 60);
    free(text);
    return 0;
}

/* A baseline file from anywhere: refused with one line, or read into runs that can be judged. */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "store/baseline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ct_baseline b = {0};
    struct ct_err err = {0};
    int rc = ct_baseline_parse((const char *)data, size, "f", &b, &err);
    if (rc != 0) {
        assert(rc == CT_EUSAGE && strncmp(err.msg, "f:", 2) == 0 && strchr(err.msg, '\n') == NULL);
        return 0;
    }
    assert(b.runs.count > 0);
    for (size_t i = 0; i < b.runs.count; i++) {
        assert(strcmp(b.runs.runs[i].key, b.runs.runs[0].key) == 0);
        for (int f = 0; f < CT_FIGURE_COUNT; f++)
            assert(isnan(b.runs.runs[i].figures[f]) || b.runs.runs[i].figures[f] >= 0);
    }
    ct_past_release(&b.runs);
    return 0;
}

/* A result document as runs of the past: refused with one line, or read with its promises kept. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "store/past.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ct_past past = {0};
    struct ct_err err = {0};
    int rc = ct_past_parse((const char *)data, size, "f", &past, &err);
    assert(rc == 0 ||
           (rc == CT_EUSAGE && strncmp(err.msg, "f:", 2) == 0 && strchr(err.msg, '\n') == NULL));
    for (size_t i = 0; i < past.count; i++) {
        const struct ct_past_run *r = &past.runs[i];
        assert(r->verdict <= CT_VERDICT_NO_DATA && r->started_ns > 0);
        assert(strlen(r->key) == CT_PLAN_KEY - 1 && strpbrk(r->plan, "\r\n\t\033") == NULL);
        assert(r->reason != NULL && r->commit != NULL && r->hostname != NULL);
    }
    ct_past_sort(&past);
    ct_past_release(&past);
    return 0;
}

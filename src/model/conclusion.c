#include "model/conclusion.h"

#include <assert.h>

const char *ct_limit_name(enum ct_limit l)
{
    static const char *const names[CT_LIMIT_COUNT] = {
        [CT_LIMIT_GENERATOR] = "generator", [CT_LIMIT_CPU] = "cpu",
        [CT_LIMIT_STEAL] = "steal",         [CT_LIMIT_DISK] = "disk",
        [CT_LIMIT_MEMORY] = "memory",
    };
    assert(l >= 0 && l < CT_LIMIT_COUNT);
    return names[l];
}

#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/cgroup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_place(const char *groups, const char *mounts)
{
    struct ct_cgroup_place place;
    if (!ct_cgroup_place(groups, mounts, &place))
        return;
    assert(place.version == 1 || place.version == 2);
    assert(place.path[0] == '/' && memchr(place.path, '\0', sizeof(place.path)) != NULL);
    assert(place.top > 0 && place.top <= strlen(place.path));
    assert(strstr(place.path + place.top, "..") == NULL);
}

static void check_numbers(const char *a, const char *b)
{
    double cpus;
    struct ct_cgroup_stat s;
    if (ct_cgroup_quota_v1(a, b, &cpus) || ct_cgroup_quota_v2(a, &cpus))
        assert(isfinite(cpus) && cpus > 0);
    if (ct_cgroup_stat(a, &s))
        assert(strstr(a, "nr_periods") != NULL);
}

/* Two texts, split at the first byte that is 1. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *mark = size > 0 ? memchr(data, 1, size) : NULL;
    size_t first = mark != NULL ? (size_t)(mark - data) : size;
    char *a = ct_xstrndup((const char *)data, first);
    char *b = mark != NULL ? ct_xstrndup((const char *)mark + 1, size - first - 1) : ct_xstrdup("");
    check_place(a, b);
    check_numbers(a, b);
    free(a);
    free(b);
    return 0;
}

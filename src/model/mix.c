#include "model/mix.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

const char *const *ct_feed_row(const struct ct_feed *feed, uint64_t i)
{
    return (const char *const *)&feed->cells[i % feed->n_rows * feed->n_columns];
}

int ct_feed_column(const struct ct_feed *feed, const char *name, size_t len)
{
    for (size_t k = 0; k < feed->n_columns; k++)
        if (strlen(feed->names[k]) == len && memcmp(feed->names[k], name, len) == 0)
            return (int)k;
    return -1;
}

void ct_feed_release(struct ct_feed *feed)
{
    for (size_t k = 0; k < feed->n_columns; k++)
        free(feed->names[k]);
    for (size_t k = 0; k < feed->n_columns * feed->n_rows; k++)
        free(feed->cells[k]);
    free(feed->names);
    free(feed->cells);
    memset(feed, 0, sizeof(*feed));
}

void ct_mix_add(struct ct_mix *mix, struct ct_request *request, uint32_t weight)
{
    mix->requests = ct_xrealloc(mix->requests, mix->count + 1, sizeof(*mix->requests));
    mix->weights = ct_xrealloc(mix->weights, mix->count + 1, sizeof(*mix->weights));
    mix->requests[mix->count] = *request;
    mix->weights[mix->count++] = weight;
    memset(request, 0, sizeof(*request));
}

static uint32_t shared_divisor(const struct ct_mix *mix)
{
    uint32_t a = 0;
    for (size_t k = 0; k < mix->count; k++)
        for (uint32_t b = mix->weights[k]; b != 0;) {
            uint32_t r = a % b;
            a = b;
            b = r;
        }
    return a;
}

int ct_mix_set_order(struct ct_mix *mix)
{
    uint32_t divisor = shared_divisor(mix);
    assert(divisor > 0); /* there is a request, and weights are */
    uint64_t total = 0;
    for (size_t k = 0; k < mix->count; k++)
        total += mix->weights[k] / divisor;
    if (total > CT_MIX_ORDER_MAX || total * mix->count > CT_MIX_STEPS_MAX)
        return -1;
    int64_t *current = ct_xcalloc(mix->count, sizeof(*current));
    mix->n_order = total;
    mix->order = ct_xcalloc(total, sizeof(*mix->order));
    for (size_t at = 0; at < mix->n_order; at++) {
        size_t best = 0;
        for (size_t k = 0; k < mix->count; k++) {
            current[k] += mix->weights[k] / divisor;
            if (current[k] > current[best])
                best = k;
        }
        current[best] -= (int64_t)total;
        mix->order[at] = (uint32_t)best;
    }
    free(current);
    return 0;
}

size_t ct_mix_at(const struct ct_mix *mix, uint64_t i)
{
    return mix->order[i % mix->n_order];
}

void ct_mix_release(struct ct_mix *mix)
{
    for (size_t k = 0; k < mix->count; k++)
        ct_request_release(&mix->requests[k]);
    free(mix->requests);
    free(mix->weights);
    free(mix->order);
    ct_feed_release(&mix->feed);
    memset(mix, 0, sizeof(*mix));
}

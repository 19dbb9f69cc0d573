#include "model/mix.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
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

/* --- digests --- */

/* With the NUL: "ab", "c" is not "a", "bc". */
static uint64_t add_text(uint64_t hash, const char *text)
{
    return ct_hash_add(hash, text, strlen(text) + 1);
}

static uint64_t add_request(uint64_t hash, const struct ct_request *r)
{
    hash = add_text(add_text(hash, r->method), r->path);
    for (size_t i = 0; i < r->n_headers; i++)
        hash = add_text(hash, r->headers[i].name);
    return ct_hash_add_number(hash, r->body != NULL ? r->body_len + 1 : 0);
}

static char *text_of(uint64_t hash)
{
    char text[CT_HASH_TEXT];
    return ct_xstrdup(ct_hash_text(hash, text));
}

char *ct_request_digest(const struct ct_request *r)
{
    if (r->n_headers == 0 && r->body == NULL)
        return ct_xstrdup("");
    return text_of(add_request(CT_HASH_START, r));
}

char *ct_mix_digest(const struct ct_mix *mix)
{
    uint64_t hash = CT_HASH_START;
    for (size_t i = 0; i < mix->count; i++)
        hash = ct_hash_add_number(add_request(hash, &mix->requests[i]), mix->weights[i]);
    hash = ct_hash_add_number(hash, mix->feed.n_rows);
    for (size_t k = 0; mix->feed.n_rows > 0 && k < mix->feed.n_columns; k++)
        hash = add_text(hash, mix->feed.names[k]);
    return text_of(hash);
}

#include "model/block.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const char *const names[CT_SERIES_COUNT] = {
    [CT_SERIES_RESPONSE] = "response",
    [CT_SERIES_SERVING] = "serving",
    [CT_SERIES_SETUP] = "setup",
    [CT_SERIES_SERVICE] = "service",
    [CT_SERIES_SERVER_PROCESSING] = "server_processing",
    [CT_SERIES_LATENESS] = "lateness",
    [CT_SERIES_RECEIVE_LAG] = "receive_lag",
};

const char *ct_series_name(enum ct_series s)
{
    assert(s < CT_SERIES_COUNT);
    return names[s];
}

void ct_block_init(struct ct_block *b, uint64_t second)
{
    memset(b, 0, sizeof(*b));
    b->second = second;
}

void ct_block_clear(struct ct_block *b, uint64_t second)
{
    memset(b, 0, offsetof(struct ct_block, series));
    b->second = second;
    for (int i = 0; i < CT_SERIES_COUNT; i++)
        ct_histogram_clear(&b->series[i]);
}

static void add(uint64_t *into, const uint64_t *from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        into[i] += from[i];
}

/* Threads of one second add up; of a later second its own state is what counts. */
static void merge_in_flight(struct ct_block *into, const struct ct_block *from)
{
    bool same = into->second == from->second;
    into->in_flight = same ? into->in_flight + from->in_flight : from->in_flight;
    if (same)
        into->in_flight_max += from->in_flight_max;
    else if (from->in_flight_max > into->in_flight_max)
        into->in_flight_max = from->in_flight_max;
}

void ct_block_merge(struct ct_block *into, const struct ct_block *from)
{
    into->due += from->due;
    into->started += from->started;
    into->ok += from->ok;
    into->ok_due_in_window += from->ok_due_in_window;
    into->ok_done_in_window += from->ok_done_in_window;
    add(into->failed, from->failed, CT_FAILURE_COUNT);
    add(into->skipped, from->skipped, CT_SKIP_COUNT);
    into->cancelled += from->cancelled;
    into->wire_attempts += from->wire_attempts;
    into->bytes_sent += from->bytes_sent;
    into->bytes_received += from->bytes_received;
    into->connections_opened += from->connections_opened;
    into->connections_closed += from->connections_closed;
    merge_in_flight(into, from);
    into->loop_ns += from->loop_ns;
    into->wait_ns += from->wait_ns;
    into->spin_ns += from->spin_ns;
    into->gaps += from->gaps;
    into->gap_ns += from->gap_ns;
    if (from->gap_max_ns > into->gap_max_ns)
        into->gap_max_ns = from->gap_max_ns;
    for (int i = 0; i < CT_STATUS_MAX; i++)
        into->status[i] += from->status[i];
    for (int i = 0; i < CT_SERIES_COUNT; i++)
        ct_histogram_merge(&into->series[i], &from->series[i]);
}

static uint64_t sum(const uint64_t *values, size_t count)
{
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += values[i];
    return total;
}

uint64_t ct_block_failed(const struct ct_block *b)
{
    return sum(b->failed, CT_FAILURE_COUNT);
}

uint64_t ct_block_skipped(const struct ct_block *b)
{
    return sum(b->skipped, CT_SKIP_COUNT);
}

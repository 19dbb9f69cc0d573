/* A journal from anywhere: refused with one line, or read to where it makes no sense any more. An
 * input whose first byte is odd gets right checksums first, so that the records themselves are
 * reached; the byte itself is not part of the journal. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "store/journal.h"
#include "store/samples.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAGIC = 8, FRAME = 9 };

static void mend(uint8_t *bytes, size_t size)
{
    for (size_t at = MAGIC; at + FRAME <= size;) {
        size_t len = bytes[at] | (size_t)bytes[at + 1] << 8 | (size_t)bytes[at + 2] << 16;
        bytes[at + 3] = 0;
        if (len > size - at - FRAME)
            return;
        uint32_t crc = (uint32_t)crc32(0, bytes + at + 8, (uInt)len + 1);
        for (int i = 0; i < 4; i++)
            bytes[at + 4 + (size_t)i] = (uint8_t)(crc >> (8 * i));
        at += FRAME + len;
    }
}

static int on_begin(void *ctx, uint64_t offset, const struct ct_journal_begin *b)
{
    (void)ctx;
    assert(offset >= MAGIC + FRAME);
    assert(b->plan.rate.num > 0 && b->plan.rate.den_ns > 0 && b->plan.duration_ns > 0);
    assert(b->subject.path != NULL && b->environment.command != NULL);
    return 0;
}

static int on_block(void *ctx, unsigned thread, const struct ct_block *block)
{
    (void)ctx;
    (void)thread;
    for (int i = 0; i < CT_SERIES_COUNT; i++) {
        uint64_t sum = 0, ns;
        const struct ct_histogram *h = &block->series[i];
        for (uint32_t k = h->slot_lo; k < h->slot_hi; k++)
            sum += h->slots[k];
        assert(sum == h->count);
        assert(h->count == 0 || ct_histogram_quantile(h, 0.99, h->count, &ns) == 0);
    }
    return 0;
}

static int on_samples(void *ctx, unsigned thread, const struct ct_sample *samples, size_t count)
{
    (void)thread;
    for (size_t k = 0; k < count; k++) {
        assert(samples[k].failure < CT_FAILURE_COUNT);
        *(uint64_t *)ctx += 1 + (samples[k].detail != NULL ? strlen(samples[k].detail) : 0);
    }
    return 0;
}

static void on_sample(void *ctx, const struct ct_sample *s)
{
    *(uint64_t *)ctx += 1 + (s->detail != NULL ? strlen(s->detail) : 0);
}

static int on_snapshot(void *ctx, const struct ct_snapshot *s)
{
    (void)ctx;
    for (size_t i = 0; i < s->n_servers; i++)
        assert(s->servers[i].host != NULL && memchr(s->servers[i].gap, '\0', 96) != NULL);
    return 0;
}

static int on_end(void *ctx, const struct ct_journal_end *end)
{
    (void)ctx;
    (void)end;
    return 0;
}

static int on_trial(void *ctx, const char *json, size_t len)
{
    (void)ctx;
    return memchr(json, 0xff, len) == json ? 1 : 0; /* all of it can be read */
}

static void read_whole(const char *path, size_t size)
{
    struct ct_err err = {0};
    struct ct_journal_head head;
    uint64_t streamed = 0, merged = 0, end = 0;
    bool torn;
    const struct ct_journal_reader reader = {.begin = on_begin,
                                             .block = on_block,
                                             .samples = on_samples,
                                             .snapshot = on_snapshot,
                                             .end = on_end,
                                             .trial = on_trial,
                                             .ctx = &streamed};
    int rc = ct_journal_read(path, 0, UINT64_MAX, &reader, &head, &torn, &end, &err);
    assert(rc == 0 || (rc == CT_EUSAGE && strchr(err.msg, '\n') == NULL));
    if (rc < 0)
        return;
    assert(end <= size && memchr(head.result_path, '\0', sizeof(head.result_path)) != NULL);
    assert(ct_samples_read(path, 0, end, 3, on_sample, &merged, &err) == 0);
    assert(merged == streamed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    if (size == 0)
        return 0;
    uint8_t *bytes = malloc(size);
    assert(bytes != NULL);
    memcpy(bytes, data + 1, size - 1);
    if ((data[0] & 1) != 0)
        mend(bytes, size - 1);
    int fd = memfd_create("journal", MFD_CLOEXEC);
    if (fd < 0 || write(fd, bytes, size - 1) != (ssize_t)size - 1)
        abort();
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    read_whole(path, size - 1);
    (void)close(fd);
    free(bytes);
    return 0;
}

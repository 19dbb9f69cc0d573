/* Seeds of the fuzzers that must be of today's form: one that is refused at its first bytes reaches
 * nothing. With CT_GOLDEN_WRITE set they are made anew. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "made_run.h"

static struct made_run r;

static void seed_path(const char *name, char out[512])
{
    (void)snprintf(out, 512, "%s/fuzz/corpus/journal/%s", CT_TESTS_DIR, name);
}

/* What fuzz_journal.c takes: a byte, odd when checksums are to be mended, and a journal. */
static void write_seed(const char *name, char first, const struct ct_buf *journal, size_t len)
{
    char path[512];
    seed_path(name, path);
    FILE *f = fopen(path, "we");
    cr_assert(f != NULL && fputc(first, f) == first && fwrite(journal->data, 1, len, f) == len);
    (void)fclose(f);
}

static void write_seeds(void)
{
    struct ct_buf journal;
    struct ct_err err;
    ct_buf_init(&journal, 1 << 20);
    made_run_sample(&r, CT_JOURNAL_FIND);
    ct_journal_trial(r.journal, "{\"phase\": \"visit\"}");
    cr_assert(zero(int, ct_journal_flush(r.journal, &err)));
    cr_assert(zero(int, ct_buf_read_file(&journal, r.journal_path, &err)));
    made_run_close(&r);
    write_seed("whole", '0', &journal, journal.len);
    write_seed("mended", '1', &journal, journal.len);
    write_seed("torn", '0', &journal, journal.len * 3 / 5);
    journal.data[journal.len / 8] ^= 0x15;
    write_seed("flipped", '0', &journal, journal.len);
    write_seed("mended-flipped", '1', &journal, journal.len);
    journal.data[journal.len / 8] ^= 0x15;
    journal.data[journal.len / 2] ^= 0x15;
    write_seed("mended-sample", '1', &journal, journal.len);
    journal.data[6]++; /* of the magic: its form */
    write_seed("magic", '0', &journal, 8);
    ct_buf_release(&journal);
}

/* --- what is in it --- */

static unsigned begins, blocks, samples, snapshots, trials, ends;

static int on_begin(void *ctx, uint64_t offset, const struct ct_journal_begin *b)
{
    (void)ctx;
    (void)offset;
    (void)b;
    begins++;
    return 0;
}

static int on_block(void *ctx, unsigned thread, const struct ct_block *block)
{
    (void)ctx;
    (void)thread;
    (void)block;
    blocks++;
    return 0;
}

static int on_samples(void *ctx, unsigned thread, const struct ct_sample *s, size_t count)
{
    (void)ctx;
    (void)thread;
    (void)s;
    samples += (unsigned)count;
    return 0;
}

static int on_snapshot(void *ctx, const struct ct_snapshot *s)
{
    (void)ctx;
    (void)s;
    snapshots++;
    return 0;
}

static int on_trial(void *ctx, const char *json, size_t len)
{
    (void)ctx;
    (void)json;
    (void)len;
    trials++;
    return 0;
}

static int on_end(void *ctx, const struct ct_journal_end *end)
{
    (void)ctx;
    (void)end;
    ends++;
    return 0;
}

Test(seeds, the_whole_journal_is_read_to_its_end)
{
    const struct ct_journal_reader reader = {.begin = on_begin,
                                             .block = on_block,
                                             .samples = on_samples,
                                             .snapshot = on_snapshot,
                                             .trial = on_trial,
                                             .end = on_end};
    char path[512], copy[] = "/tmp/ct-seed-XXXXXX";
    struct ct_buf seed;
    struct ct_err err;
    bool torn;
    if (getenv("CT_GOLDEN_WRITE") != NULL)
        write_seeds();
    seed_path("whole", path);
    ct_buf_init(&seed, 1 << 20);
    cr_assert(zero(int, ct_buf_read_file(&seed, path, &err)), "%s", err.msg);
    int fd = mkstemp(copy);
    cr_assert(eq(sz, (size_t)write(fd, seed.data + 1, seed.len - 1), seed.len - 1));
    (void)close(fd);
    cr_expect(zero(int, ct_journal_read(copy, 0, UINT64_MAX, &reader, NULL, &torn, NULL, &err)),
              "%s: unit_store_seeds with CT_GOLDEN_WRITE=1 makes it anew", err.msg);
    (void)unlink(copy);
    cr_expect(not(torn), "unit_store_seeds with CT_GOLDEN_WRITE=1 makes it anew");
    cr_expect(begins > 0 && blocks > 0 && samples > 0 && snapshots > 0 && trials > 0 && ends > 0);
    ct_buf_release(&seed);
}

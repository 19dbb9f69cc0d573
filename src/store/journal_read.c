#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/mem.h"
#include "store/journal_format.h"
#include "store/journal_pass.h"

struct ct_pass {
    FILE *file;
    const struct ct_journal_reader *reader;
    uint64_t at, to; /* offset of the next record; where to end */
    bool torn;
    unsigned first, last;   /* threads whose samples are wanted */
    unsigned char *payload; /* type byte, then the payload */
    size_t len, cap;
    struct ct_intern intern;
    struct ct_block block; /* scratch, large */
    struct ct_sample samples[CT_JOURNAL_BATCH_MAX];
    struct ct_server_sample servers[CT_JOURNAL_SERVERS_MAX];
};

static uint32_t get_u32(const unsigned char *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* Read the next record; false at the end or where the file is torn or corrupt. */
static bool next_record(struct ct_pass *p)
{
    unsigned char frame[CT_JOURNAL_FRAME_BYTES - 1];
    if (fread(frame, 1, sizeof(frame), p->file) != sizeof(frame))
        return false;
    uint32_t len = get_u32(frame);
    if (len > CT_JOURNAL_RECORD_MAX)
        return false;
    if (len + 1 > p->cap) {
        p->cap = len + 1;
        p->payload = ct_xrealloc(p->payload, p->cap, 1);
    }
    p->len = len;
    return fread(p->payload, 1, len + 1, p->file) == len + 1 &&
           crc32(0, p->payload, len + 1) == get_u32(frame + 4);
}

static int give_begin(const struct ct_pass *p, struct ct_cursor *c)
{
    struct ct_journal_begin begin;
    int rc = 0;
    ct_record_get_begin(c, &begin);
    if (!c->failed && p->reader->begin != NULL)
        rc = p->reader->begin(p->reader->ctx, p->at, &begin);
    ct_run_subject_release(&begin.subject);
    ct_environment_release(&begin.environment);
    free(begin.thresholds);
    return rc;
}

static int give_block(struct ct_pass *p, struct ct_cursor *c)
{
    unsigned thread;
    if (p->reader->block == NULL)
        return 0;
    ct_record_get_block(c, &thread, &p->block);
    return c->failed ? 0 : p->reader->block(p->reader->ctx, thread, &p->block);
}

static int give_samples(struct ct_pass *p, struct ct_cursor *c)
{
    struct ct_cursor ahead = *c;
    uint64_t thread_ahead = ct_get_u64(&ahead);
    unsigned thread;
    if (p->reader->samples == NULL || thread_ahead < p->first || thread_ahead > p->last)
        return 0;
    size_t n = ct_record_get_samples(c, &p->intern, &thread, p->samples);
    return c->failed ? 0 : p->reader->samples(p->reader->ctx, thread, p->samples, n);
}

static int give_snapshot(struct ct_pass *p, struct ct_cursor *c)
{
    struct ct_snapshot s;
    if (p->reader->snapshot == NULL)
        return 0;
    ct_record_get_snapshot(c, &p->intern, &s, p->servers);
    return c->failed ? 0 : p->reader->snapshot(p->reader->ctx, &s);
}

static int give_small(const struct ct_pass *p, struct ct_cursor *c, enum ct_record type)
{
    const struct ct_journal_reader *r = p->reader;
    struct ct_journal_end end;
    struct ct_instant t0;
    if (type == CT_RECORD_TRIAL && r->trial != NULL)
        return r->trial(r->ctx, (const char *)c->at, (size_t)(c->end - c->at));
    if (type == CT_RECORD_STARTED && r->started != NULL) {
        t0.mono_ns = ct_get_u64(c);
        t0.wall_ns = ct_get_u64(c);
        return c->failed ? 0 : r->started(r->ctx, &t0);
    }
    if (type == CT_RECORD_END && r->end != NULL) {
        ct_record_get_end(c, &end);
        return c->failed ? 0 : r->end(r->ctx, &end);
    }
    return 0;
}

/* Hand the record to the reader; sets *bad when its payload makes no sense. */
static int give(struct ct_pass *p, bool *bad)
{
    struct ct_cursor c = {.at = p->payload + 1, .end = p->payload + 1 + p->len};
    enum ct_record type = (enum ct_record)p->payload[0];
    int rc;
    if (type == CT_RECORD_BEGIN)
        rc = give_begin(p, &c);
    else if (type == CT_RECORD_BLOCK)
        rc = give_block(p, &c);
    else if (type == CT_RECORD_SAMPLES)
        rc = give_samples(p, &c);
    else if (type == CT_RECORD_SNAPSHOT)
        rc = give_snapshot(p, &c);
    else
        rc = give_small(p, &c, type);
    *bad = c.failed;
    return rc;
}

static int read_head(struct ct_pass *p, const char *path, struct ct_journal_head *head,
                     struct ct_err *err)
{
    char magic[CT_JOURNAL_MAGIC_BYTES] = {0};
    struct ct_journal_head h = {0};
    bool ours = fread(magic, 1, sizeof(magic), p->file) == sizeof(magic) &&
                memcmp(magic, CT_JOURNAL_MAGIC, sizeof(magic)) == 0 && next_record(p) &&
                p->payload[0] == CT_RECORD_HEAD;
    if (ours) {
        struct ct_cursor c = {.at = p->payload + 1, .end = p->payload + 1 + p->len};
        ct_record_get_head(&c, &h);
        ours = !c.failed;
    }
    if (!ours && memcmp(magic, CT_JOURNAL_MAGIC, CT_JOURNAL_NAME_BYTES) == 0 &&
        memcmp(magic, CT_JOURNAL_MAGIC, sizeof(magic)) != 0)
        return ct_fail(err, CT_EUSAGE, "'%s' is a journal of another version of ct", path);
    if (!ours)
        return ct_fail(err, CT_EUSAGE, "'%s' is not a journal of ct", path);
    p->at = CT_JOURNAL_MAGIC_BYTES + CT_JOURNAL_FRAME_BYTES + p->len;
    if (head != NULL)
        *head = h;
    return 0;
}

int ct_pass_open(const char *path, uint64_t from, uint64_t to, struct ct_journal_head *out_head,
                 struct ct_pass **out, struct ct_err *err)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return ct_fail_errno(err, errno == ENOENT ? CT_EUSAGE : CT_EFAIL, "'%s'", path);
    struct ct_pass *p = ct_xcalloc(1, sizeof(*p));
    p->file = file;
    p->to = to;
    p->last = UINT_MAX;
    int rc = read_head(p, path, out_head, err);
    if (rc == 0 && from > p->at) {
        p->at = from;
        if (fseeko(file, (off_t)from, SEEK_SET) != 0)
            rc = ct_fail_errno(err, CT_EFAIL, "reading '%s'", path);
    }
    if (rc < 0)
        ct_pass_close(p);
    else
        *out = p;
    return rc;
}

void ct_pass_threads(struct ct_pass *p, unsigned first, unsigned last)
{
    p->first = first;
    p->last = last;
}

int ct_pass_step(struct ct_pass *p, const struct ct_journal_reader *reader, bool *out_more,
                 struct ct_err *err)
{
    *out_more = false;
    if (p->at >= p->to || p->torn)
        return 0;
    if (!next_record(p)) {
        if (ferror(p->file))
            return ct_fail(err, CT_EFAIL, "the journal cannot be read behind byte %llu",
                           (unsigned long long)p->at);
        p->torn = !feof(p->file) || ftello(p->file) != (off_t)p->at;
        return 0;
    }
    p->reader = reader;
    int rc = give(p, &p->torn);
    if (p->torn)
        return rc;
    p->at += CT_JOURNAL_FRAME_BYTES + p->len;
    *out_more = true;
    return rc;
}

uint64_t ct_pass_offset(const struct ct_pass *p)
{
    return p->at;
}

bool ct_pass_torn(const struct ct_pass *p)
{
    return p->torn;
}

void ct_pass_close(struct ct_pass *p)
{
    if (p == NULL)
        return;
    ct_intern_release(&p->intern);
    (void)fclose(p->file);
    free(p->payload);
    free(p);
}

int ct_journal_read(const char *path, uint64_t from, uint64_t to,
                    const struct ct_journal_reader *reader, struct ct_journal_head *out_head,
                    bool *out_torn, uint64_t *out_end, struct ct_err *err)
{
    struct ct_pass *p = NULL;
    int rc = ct_pass_open(path, from, to, out_head, &p, err);
    if (rc < 0)
        return rc;
    assert(p != NULL);
    bool more = true;
    while (rc == 0 && more)
        rc = ct_pass_step(p, reader, &more, err);
    if (out_torn != NULL)
        *out_torn = p->torn;
    if (out_end != NULL)
        *out_end = p->at;
    ct_pass_close(p);
    return rc;
}

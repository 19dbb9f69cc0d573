#include "store/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/mem.h"
#include "store/journal_format.h"
#include "store/journal_pass.h"

enum { PENDING_MAX = 1 << 30 };

struct ct_journal {
    int fd;
    char *path;
    pthread_mutex_t lock;   /* of pending and appended */
    struct ct_buf pending;  /* whole records that are not written yet */
    uint64_t appended;      /* offset of the next record */
    pthread_mutex_t writer; /* one flush at a time; of what follows */
    struct ct_buf writing;
    struct ct_err first; /* code 0: nothing was lost */
};

static void put_u32(char *at, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        at[i] = (char)(v >> (8 * i));
}

/* A record is built in place behind the room for its frame. */
static size_t begin_record(struct ct_journal *j)
{
    static const char room[CT_JOURNAL_FRAME_BYTES] = {0};
    (void)pthread_mutex_lock(&j->lock);
    size_t at = j->pending.len;
    (void)ct_buf_add(&j->pending, room, sizeof(room));
    return at;
}

static void end_record(struct ct_journal *j, size_t at, enum ct_record type)
{
    size_t len = j->pending.failed ? 0 : j->pending.len - at - CT_JOURNAL_FRAME_BYTES;
    if (j->pending.failed || len > CT_JOURNAL_RECORD_MAX) {
        /* the writer is a gigabyte behind, or no reader would take it: drop this record */
        j->pending.len = at;
        j->pending.failed = false;
    } else {
        char *frame = j->pending.data + at;
        frame[8] = (char)type;
        uLong crc = crc32(0, (const Bytef *)frame + 8, (uInt)len + 1);
        put_u32(frame, (uint32_t)len);
        put_u32(frame + 4, (uint32_t)crc);
        j->appended += len + CT_JOURNAL_FRAME_BYTES;
    }
    (void)pthread_mutex_unlock(&j->lock);
}

static struct ct_journal *journal_new(int fd, const char *path)
{
    struct ct_journal *j = ct_xcalloc(1, sizeof(*j));
    j->fd = fd;
    j->path = ct_xstrdup(path);
    (void)pthread_mutex_init(&j->lock, NULL);
    (void)pthread_mutex_init(&j->writer, NULL);
    ct_buf_init(&j->pending, PENDING_MAX);
    ct_buf_init(&j->writing, PENDING_MAX);
    (void)ct_buf_add(&j->pending, CT_JOURNAL_MAGIC, CT_JOURNAL_MAGIC_BYTES);
    j->appended = CT_JOURNAL_MAGIC_BYTES;
    return j;
}

int ct_journal_create(const char *path, const struct ct_journal_head *head, struct ct_journal **out,
                      bool *out_taken, struct ct_err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    *out_taken = fd < 0 && errno == EEXIST;
    if (fd < 0)
        return ct_fail_errno(err, CT_EFAIL, "creating '%s'", path);
    while (flock(fd, LOCK_EX) != 0 && errno == EINTR) /* who looks at it holds it for a moment */
        continue;
    struct ct_journal *j = journal_new(fd, path);
    size_t at = begin_record(j);
    ct_record_put_head(&j->pending, head);
    end_record(j, at, CT_RECORD_HEAD);
    if (ct_journal_flush(j, err) < 0) {
        (void)ct_journal_close(j, true, NULL);
        return CT_EFAIL;
    }
    *out = j;
    return 0;
}

void ct_journal_begin(struct ct_journal *j, const struct ct_journal_begin *begin)
{
    size_t at = begin_record(j);
    ct_record_put_begin(&j->pending, begin);
    end_record(j, at, CT_RECORD_BEGIN);
}

void ct_journal_started(struct ct_journal *j, const struct ct_instant *t0)
{
    size_t at = begin_record(j);
    ct_put_u64(&j->pending, t0->mono_ns);
    ct_put_u64(&j->pending, t0->wall_ns);
    end_record(j, at, CT_RECORD_STARTED);
}

void ct_journal_block(struct ct_journal *j, unsigned thread, const struct ct_block *block)
{
    size_t at = begin_record(j);
    ct_record_put_block(&j->pending, thread, block);
    end_record(j, at, CT_RECORD_BLOCK);
}

void ct_journal_samples(struct ct_journal *j, unsigned thread, const struct ct_sample *samples,
                        size_t count)
{
    while (count > 0) {
        size_t n = count < CT_JOURNAL_BATCH_MAX ? count : CT_JOURNAL_BATCH_MAX;
        size_t at = begin_record(j);
        ct_record_put_samples(&j->pending, thread, samples, n);
        end_record(j, at, CT_RECORD_SAMPLES);
        samples += n;
        count -= n;
    }
}

void ct_journal_snapshot(struct ct_journal *j, const struct ct_snapshot *snapshot)
{
    size_t at = begin_record(j);
    ct_record_put_snapshot(&j->pending, snapshot);
    end_record(j, at, CT_RECORD_SNAPSHOT);
}

void ct_journal_end(struct ct_journal *j, const struct ct_journal_end *end)
{
    size_t at = begin_record(j);
    ct_record_put_end(&j->pending, end);
    end_record(j, at, CT_RECORD_END);
}

void ct_journal_trial(struct ct_journal *j, const char *json)
{
    size_t at = begin_record(j);
    (void)ct_buf_puts(&j->pending, json);
    end_record(j, at, CT_RECORD_TRIAL);
}

/* The bytes of a file in [from, to), to the end of what is pending. */
static int add_bytes(struct ct_journal *j, int fd, uint64_t from, uint64_t to)
{
    char bytes[1 << 14];
    while (from < to) {
        size_t want = to - from < sizeof(bytes) ? (size_t)(to - from) : sizeof(bytes);
        ssize_t n = pread(fd, bytes, want, (off_t)from);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || !ct_buf_add(&j->pending, bytes, (size_t)n))
            return -1;
        j->appended += (uint64_t)n;
        from += (uint64_t)n;
    }
    return 0;
}

int ct_journal_take_over(struct ct_journal *j, const char *path, uint64_t to, struct ct_err *err)
{
    struct ct_pass *pass = NULL;
    int rc = ct_pass_open(path, 0, to, NULL, &pass, err);
    if (rc < 0)
        return rc;
    uint64_t from = ct_pass_offset(pass);
    ct_pass_close(pass);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    (void)pthread_mutex_lock(&j->lock);
    if (fd < 0 || add_bytes(j, fd, from, to) != 0)
        rc = ct_fail_errno(err, CT_EFAIL, "copying '%s'", path);
    (void)pthread_mutex_unlock(&j->lock);
    if (fd >= 0)
        (void)close(fd);
    return rc;
}

uint64_t ct_journal_offset(struct ct_journal *j)
{
    (void)pthread_mutex_lock(&j->lock);
    uint64_t offset = j->appended;
    (void)pthread_mutex_unlock(&j->lock);
    return offset;
}

/* --- to the file --- */

static int write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

int ct_journal_flush(struct ct_journal *j, struct ct_err *err)
{
    (void)pthread_mutex_lock(&j->writer);
    (void)pthread_mutex_lock(&j->lock);
    struct ct_buf full = j->pending;
    j->pending = j->writing;
    j->writing = full;
    (void)pthread_mutex_unlock(&j->lock);
    if (j->first.code == 0 && write_all(j->fd, full.data, full.len) != 0)
        (void)ct_fail_errno(&j->first, CT_EFAIL, "writing '%s'", j->path);
    ct_buf_clear(&j->writing);
    int rc = j->first.code;
    if (rc < 0 && err != NULL)
        *err = j->first;
    (void)pthread_mutex_unlock(&j->writer);
    return rc;
}

int ct_journal_close(struct ct_journal *j, bool remove, struct ct_err *err)
{
    int rc = ct_journal_flush(j, err);
    if (rc == 0 && !remove && fsync(j->fd) != 0)
        rc = ct_fail_errno(err, CT_EFAIL, "writing '%s'", j->path);
    if (remove)
        (void)unlink(j->path);
    (void)close(j->fd);
    (void)pthread_mutex_destroy(&j->lock);
    (void)pthread_mutex_destroy(&j->writer);
    ct_buf_release(&j->pending);
    ct_buf_release(&j->writing);
    free(j->path);
    free(j);
    return rc;
}

bool ct_journal_held(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool held = flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    (void)close(fd);
    return held;
}

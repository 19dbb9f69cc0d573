/*
 * The journal: the only file written while a command runs. After a magic word: length, CRC-32, type
 * and payload of each record, appended in order; one journal per result document, ".{stem}.journal"
 * beside it, locked (flock) while its writer lives.
 *
 * Appends are thread-safe (one lock, held while a record is encoded into memory): the engine's
 * writer thread and the monitor's thread share it. Nothing reaches the file before
 * ct_journal_flush, which the writer thread calls each second and which writes outside the lock.
 */
#ifndef CT_STORE_JOURNAL_H
#define CT_STORE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/block.h"
#include "model/host.h"
#include "model/run.h"
#include "model/sample.h"
#include "model/snapshot.h"

/* What the command is; written first. */
enum ct_journal_kind {
    CT_JOURNAL_EXECUTION,
    CT_JOURNAL_BENCHMARK, /* by the classic search, or a side of ct compare --live */
    CT_JOURNAL_FIND,
    CT_JOURNAL_SWEEP, /* a benchmark by the search of ct find: it can go on */
};

struct ct_journal_head {
    enum ct_journal_kind kind;
    char result_path[4096];   /* the document that will be made from it */
    char test_case_name[128]; /* file_name of the case (benchmark, find) */
};

/* An execution begins. */
struct ct_journal_begin {
    struct ct_run_plan plan;
    struct ct_run_subject subject;
    struct ct_environment environment;
    char *thresholds; /* owned; as text, the criteria of the run; "" when there are none */
    bool want_samples;
    bool kept; /* it goes into the document; a benchmark's trials do not */
};

/* An execution ended. */
struct ct_journal_end {
    struct ct_run_times times;
    uint64_t samples_dropped;
    bool interrupted, stopped, aborted;
    double cpu_percent;
    struct ct_host_change host;
    uint64_t rss_bytes_max;
};

struct ct_journal;

/* Create (O_EXCL, mode 0600) and lock. CT_EFAIL; out_taken (not NULL) tells that the name is taken.
 */
int ct_journal_create(const char *path, const struct ct_journal_head *head, struct ct_journal **out,
                      bool *out_taken, struct ct_err *err);

/* Records. After a failed write the journal keeps its first error, drops what follows and goes on:
 * a measurement is not ended by a full disk (exit status 94 at the end). */
void ct_journal_begin(struct ct_journal *j, const struct ct_journal_begin *begin);
void ct_journal_started(struct ct_journal *j, const struct ct_instant *t0);
void ct_journal_block(struct ct_journal *j, unsigned thread, const struct ct_block *block);
void ct_journal_samples(struct ct_journal *j, unsigned thread, const struct ct_sample *samples,
                        size_t count);
void ct_journal_snapshot(struct ct_journal *j, const struct ct_snapshot *snapshot);
void ct_journal_end(struct ct_journal *j, const struct ct_journal_end *end);
void ct_journal_trial(struct ct_journal *j, const char *json); /* one object, made by services */

/* All records of another journal behind its head and before `to`, as they are: a search that goes
 * on in a new journal. CT_EUSAGE when it is no journal, CT_EFAIL. */
int ct_journal_take_over(struct ct_journal *j, const char *path, uint64_t to, struct ct_err *err);

int ct_journal_flush(struct ct_journal *j,
                     struct ct_err *err); /* to the kernel; the first error so far */

/* Flush, and fsync; frees in any case. remove: the document stands, the journal goes. */
int ct_journal_close(struct ct_journal *j, bool remove, struct ct_err *err);

/* Offset of the next record: bounds of an execution for ct_journal_read. */
uint64_t ct_journal_offset(struct ct_journal *j);

/* --- reading: the same pass for a finished run and for recover --- */

/* Callbacks of a reader, in file order; each may be NULL. Non-zero ends the reading with that
 * value. Borrowed arguments live during the call. */
struct ct_journal_reader {
    int (*begin)(void *ctx, uint64_t offset, const struct ct_journal_begin *begin);
    int (*started)(void *ctx, const struct ct_instant *t0);
    int (*block)(void *ctx, unsigned thread, const struct ct_block *block);
    int (*samples)(void *ctx, unsigned thread, const struct ct_sample *samples, size_t count);
    int (*snapshot)(void *ctx, const struct ct_snapshot *snapshot);
    int (*end)(void *ctx, const struct ct_journal_end *end);
    int (*trial)(void *ctx, const char *json, size_t len);
    void *ctx;
};

/* Read the records in [from, to); from 0: the first, to UINT64_MAX: the end. A torn or corrupt tail
 * ends the reading quietly and sets *out_torn; *out_end is where the last whole record ended. The
 * three outputs may be NULL. CT_EUSAGE when the file is no journal, CT_EFAIL when it cannot be
 * read. */
int ct_journal_read(const char *path, uint64_t from, uint64_t to,
                    const struct ct_journal_reader *reader, struct ct_journal_head *out_head,
                    bool *out_torn, uint64_t *out_end, struct ct_err *err);

/* True when a living process holds the journal. */
bool ct_journal_held(const char *path);

#endif

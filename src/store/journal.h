/*
 * The journal: the only file written while a command runs. Length + CRC-32 + type + payload,
 * appended in order; one per command, ".{stem}.journal" beside the result, locked (flock) while its
 * writer lives. Appends are thread-safe (one lock, held for a memory copy): the writer thread and
 * the monitor thread share it. A thread of the journal's own is not needed: flush is called each
 * second by the writer.
 */
#ifndef CT_STORE_JOURNAL_H
#define CT_STORE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/block.h"
#include "model/run.h"
#include "model/sample.h"
#include "model/snapshot.h"

/* What the command is; written first. */
enum ct_journal_kind { CT_JOURNAL_EXECUTION, CT_JOURNAL_BENCHMARK };

struct ct_journal_head {
    enum ct_journal_kind kind;
    char result_path[4096];   /* the document that will be made from it */
    char test_case_name[128]; /* file_name of the case (benchmark) */
};

struct ct_journal;

/* Create (O_EXCL) and lock. CT_EFAIL: storage missing or not writable, no space. */
int ct_journal_create(const char *path, const struct ct_journal_head *head, struct ct_journal **out,
                      struct ct_err *err);

/* Records. After a failed write the journal keeps its first error, drops what follows and goes on:
 * a measurement is not ended by a full disk (exit status 94 at the end). */
void ct_journal_begin(struct ct_journal *j, const struct ct_run_plan *plan,
                      const struct ct_run_subject *subject, const struct ct_environment *env,
                      bool want_samples,
                      bool kept); /* an execution begins; kept: it goes into the result */
void ct_journal_started(struct ct_journal *j, const struct ct_instant *t0);
void ct_journal_block(struct ct_journal *j, unsigned thread, const struct ct_block *block);
void ct_journal_samples(struct ct_journal *j, unsigned thread, const struct ct_sample *samples,
                        size_t count);
void ct_journal_snapshot(struct ct_journal *j, const struct ct_snapshot *snapshot);

struct ct_journal_end {
    struct ct_run_times times;
    uint64_t samples_dropped;
    bool interrupted, stopped;
    double cpu_percent;
    uint64_t rss_bytes_max;
};
void ct_journal_end(struct ct_journal *j, const struct ct_journal_end *end); /* fsync too */

/* A trial of a search, as JSON text made by services (one object). */
void ct_journal_trial(struct ct_journal *j, const char *json);

int ct_journal_flush(struct ct_journal *j,
                     struct ct_err *err); /* to the kernel; the first error so far */
int ct_journal_close(struct ct_journal *j, bool remove, struct ct_err *err); /* frees in any case */

/* --- reading: the same pass for a finished run and for recover --- */

/* Callbacks of a reader, in file order; each may be NULL. Non-zero ends the reading with that
 * value. Borrowed arguments live during the call. */
struct ct_journal_reader {
    int (*begin)(void *ctx, const struct ct_run_plan *plan, const struct ct_run_subject *subject,
                 const struct ct_environment *env, bool want_samples, bool kept);
    int (*started)(void *ctx, const struct ct_instant *t0);
    int (*block)(void *ctx, unsigned thread, const struct ct_block *block);
    int (*samples)(void *ctx, unsigned thread, const struct ct_sample *samples, size_t count);
    int (*snapshot)(void *ctx, const struct ct_snapshot *snapshot);
    int (*end)(void *ctx, const struct ct_journal_end *end);
    int (*trial)(void *ctx, const char *json, size_t len);
    void *ctx;
};

/* Read from offset from (0: the first record) up to offset to (UINT64_MAX: the end); a torn or
 * corrupt tail ends the reading quietly and sets *out_torn (may be NULL). CT_EUSAGE when the file
 * is no journal. */
int ct_journal_read(const char *path, uint64_t from, uint64_t to,
                    const struct ct_journal_reader *reader, struct ct_journal_head *out_head,
                    bool *out_torn, struct ct_err *err);

/* Offset where the next record will be written: bounds of an execution for ct_journal_read. */
uint64_t ct_journal_offset(const struct ct_journal *j);

/* True when a living process holds the journal. */
bool ct_journal_held(const char *path);

#endif

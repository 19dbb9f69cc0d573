/* The records of the journal as bytes: shared by its writer and its reader, nobody else. */
#ifndef CT_STORE_JOURNAL_FORMAT_H
#define CT_STORE_JOURNAL_FORMAT_H

#include "store/journal.h"
#include "store/wire.h"

#define CT_JOURNAL_MAGIC "ctjrnl2\n"
enum {
    CT_JOURNAL_MAGIC_BYTES = 8,
    CT_JOURNAL_NAME_BYTES = 6,  /* of these; the rest says which form */
    CT_JOURNAL_FRAME_BYTES = 9, /* length (4), crc (4), type (1) */
    CT_JOURNAL_RECORD_MAX = 16 << 20,
    CT_JOURNAL_BATCH_MAX = 1024, /* samples in one record */
    CT_JOURNAL_SERVERS_MAX = 1024,
    CT_JOURNAL_SECOND_MAX = 400 * 86400, /* a plan lasts a year at most */
};

enum ct_record {
    CT_RECORD_HEAD = 1,
    CT_RECORD_BEGIN,
    CT_RECORD_STARTED,
    CT_RECORD_BLOCK,
    CT_RECORD_SAMPLES,
    CT_RECORD_SNAPSHOT,
    CT_RECORD_END,
    CT_RECORD_TRIAL,
};

void ct_record_put_head(struct ct_buf *b, const struct ct_journal_head *h);
void ct_record_put_begin(struct ct_buf *b, const struct ct_journal_begin *r);
void ct_record_put_block(struct ct_buf *b, unsigned thread, const struct ct_block *block);
void ct_record_put_samples(struct ct_buf *b, unsigned thread, const struct ct_sample *samples,
                           size_t count);
void ct_record_put_snapshot(struct ct_buf *b, const struct ct_snapshot *s);
void ct_record_put_end(struct ct_buf *b, const struct ct_journal_end *e);

/* The few texts that records repeat (hosts, details), kept once for as long as the reader lives. */
struct ct_intern {
    char **texts;
    size_t count;
};
const char *ct_intern(struct ct_intern *in, const char *text,
                      size_t len); /* "" beyond 4,096 texts */
void ct_intern_release(struct ct_intern *in);

void ct_record_get_head(struct ct_cursor *c, struct ct_journal_head *h);
void ct_record_get_begin(struct ct_cursor *c, struct ct_journal_begin *r); /* release its parts */
void ct_record_get_block(struct ct_cursor *c, unsigned *thread, struct ct_block *block);
size_t ct_record_get_samples(struct ct_cursor *c, struct ct_intern *in, unsigned *thread,
                             struct ct_sample samples[CT_JOURNAL_BATCH_MAX]);
void ct_record_get_snapshot(struct ct_cursor *c, struct ct_intern *in, struct ct_snapshot *s,
                            struct ct_server_sample servers[CT_JOURNAL_SERVERS_MAX]);
void ct_record_get_end(struct ct_cursor *c, struct ct_journal_end *e);

#endif

/*
 * As much of SFTP (version 3, draft-ietf-secsh-filexfer-02) as it takes to read a few small files
 * again and again: they are opened once, and all of them are asked for in one go; files that come
 * and go are opened anew. Pure: bytes in, bytes out; fuzzed. The answers are bounded: 256 KiB for
 * all files of a reading, packets of 40 KB.
 */
#ifndef CT_IO_SFTP_H
#define CT_IO_SFTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct ct_sftp;

enum ct_sftp_answer {
    CT_SFTP_MORE,    /* go on: send what is to be sent, take what comes */
    CT_SFTP_DONE,    /* all files are open, or have been read */
    CT_SFTP_ANOTHER, /* these first bytes are not of SFTP: another program speaks */
    CT_SFTP_BROKEN,  /* a packet that makes no sense */
    CT_SFTP_LARGE,   /* more than 256 KiB */
};

/* paths are borrowed. The first of them, as many as lasting says, are opened by the opening; the
 * others come and go, as control groups do: each reading tries to open those that are not. */
struct ct_sftp *ct_sftp_new(const char *const *paths, size_t count, size_t lasting);
void ct_sftp_free(struct ct_sftp *s); /* NULL allowed */

/* Append to out what opens the session and the files; what begins a reading (after DONE). When the
 * first path has ten bytes, as "/proc/stat" has, then the opening has one newline, so that a
 * program that waits for a line, as a forced command may be, answers it once and at once. */
void ct_sftp_open(struct ct_sftp *s, struct ct_buf *out);
void ct_sftp_read(struct ct_sftp *s, struct ct_buf *out);

/* Bytes came; requests that follow from them are appended to out. */
enum ct_sftp_answer ct_sftp_take(struct ct_sftp *s, const char *bytes, size_t len,
                                 struct ct_buf *out);

/* That file could be opened. */
bool ct_sftp_has(const struct ct_sftp *s, size_t file);

/* Append each file that was read under the heading "==> PATH <==". */
void ct_sftp_text(const struct ct_sftp *s, struct ct_buf *out);

#endif

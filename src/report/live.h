/*
 * The table of "ct cluster watch", as lines: what is known of the servers now, and of each a short
 * history of its CPU. Pure: the same model, size and style give the same lines. Who shows them
 * (report/terminal.h, or plain lines) is not known here.
 */
#ifndef CT_REPORT_LIVE_H
#define CT_REPORT_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "model/snapshot.h"
#include "report/table.h"

enum { CT_LIVE_HISTORY = 256 };

struct ct_live_row {
    const char *name; /* borrowed */
    bool seen;        /* there was a snapshot */
    struct ct_server_sample now;
    double history[CT_LIVE_HISTORY]; /* CPU in percent, a ring; NAN: missed */
    size_t n_history;                /* ever added */
    uint64_t missed;
};

struct ct_live {
    struct ct_live_row *rows; /* owned */
    size_t count;
    uint64_t interval_ns, wall_ns; /* of the newest snapshot; 0: none yet */
    uint64_t snapshots;
};

/* names are borrowed. */
void ct_live_init(struct ct_live *l, const char *const *names, size_t count, uint64_t interval_ns);
void ct_live_release(struct ct_live *l);

/* Servers of the snapshot stand in the order of the names. */
void ct_live_take(struct ct_live *l, const struct ct_snapshot *s);

struct ct_live_size {
    unsigned width, height; /* columns and lines of the terminal */
    bool utf8;              /* histories in block characters; else in ASCII */
};

/* At most height lines of at most width columns, each ended by a newline: a title, the heads, a
 * line for each server as far as they fit, the keys. Columns that do not fit are left out, the
 * least telling first; what is left over becomes history. */
void ct_live_draw(const struct ct_live *l, const struct ct_style *style, struct ct_live_size size,
                  FILE *to);

/* One line for each server: for logs and pipes. */
void ct_live_lines(const struct ct_live *l, FILE *to);

/* LC_ALL, else LC_CTYPE, else LANG says UTF-8. */
bool ct_live_is_utf8(void);

#endif

/*
 * The answer before: one that is byte for byte the same is not parsed again, since what it says is
 * a function of its bytes. Most of what a client of ours does for an answer in user space is
 * parsing (2,000 of 4,000 instructions, callgrind), and a server under test says the same thing all
 * day, or for a second, until its Date changes. Pure.
 */
#ifndef CT_IO_HTTP1_MEMO_H
#define CT_IO_HTTP1_MEMO_H

#include "io/http1_parse.h"

enum { CT_H1_MEMO_MAX = 4096 };

struct ct_h1_memo {
    size_t len; /* 0: nothing remembered */
    size_t body_at, body_len;
    int status;
    bool is_head, keep_alive;
    char bytes[CT_H1_MEMO_MAX];
};

/* bytes are the first of an answer, p is initialised. True: they are the whole answer again, and p
 * is complete (its body function was called). */
bool ct_h1_recall(const struct ct_h1_memo *m, struct ct_h1_parser *p, const char *bytes,
                  size_t len);

/* p became complete by these bytes alone. */
void ct_h1_remember(struct ct_h1_memo *m, const struct ct_h1_parser *p, const char *bytes,
                    size_t len);

#endif

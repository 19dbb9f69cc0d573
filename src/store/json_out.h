/*
 * JSON out, as a stream: commas and nesting are kept here, numbers and strings are right by
 * construction. To a buffer, or through it to a descriptor with flat memory. Errors stick: look
 * once, at the end.
 */
#ifndef CT_STORE_JSON_OUT_H
#define CT_STORE_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { CT_JSON_OUT_DEPTH_MAX = 32 };

struct ct_json_out {
    struct ct_buf *buf; /* borrowed */
    int fd;             /* -1: all stays in buf */
    int write_errno;    /* 0: nothing went wrong */
    unsigned depth;
    bool any[CT_JSON_OUT_DEPTH_MAX]; /* the value of this depth has a member */
};

void ct_json_init(struct ct_json_out *o, struct ct_buf *buf, int fd);
int ct_json_finish(struct ct_json_out *o); /* writes what is left; 0, or -1 with write_errno set */

/* key is NULL inside arrays and for the outermost value. */
void ct_json_open(struct ct_json_out *o, const char *key, char bracket);      /* '{' or '[' */
void ct_json_close(struct ct_json_out *o, char bracket);                      /* '}' or ']' */
void ct_json_text(struct ct_json_out *o, const char *key, const char *text);  /* NULL: null */
void ct_json_known(struct ct_json_out *o, const char *key, const char *text); /* so is "" */
void ct_json_number(struct ct_json_out *o, const char *key, double v);        /* NAN: null */
void ct_json_count(struct ct_json_out *o, const char *key, uint64_t v);
void ct_json_bool(struct ct_json_out *o, const char *key, bool v);
void ct_json_null(struct ct_json_out *o, const char *key);
void ct_json_raw(struct ct_json_out *o, const char *key,
                 const char *json);        /* a value made elsewhere */
void ct_json_break(struct ct_json_out *o); /* the next member begins on a line of its own */

/* A measurement of v ns in units of unit_ns, without digits below one ns. */
void ct_json_ns(struct ct_json_out *o, const char *key, double v_ns, double unit_ns);

#endif

/*
 * A feed from CSV (RFC 4180): the first line names the columns, each further one is a row of values
 * for {{name}} in paths, header values and bodies. Quoted fields may hold commas, quotes ("") and
 * line ends. Pure but for ct_feed_read.
 */
#ifndef CT_SERVICES_FEED_H
#define CT_SERVICES_FEED_H

#include "base/err.h"
#include "model/mix.h"

/* Fills *out: release it. CT_EUSAGE names the line. */
int ct_feed_parse(const char *text, size_t len, struct ct_feed *out, struct ct_err *err);
int ct_feed_read(const char *path, struct ct_feed *out, struct ct_err *err);

#endif

/* Histograms in HdrHistogram's text form, as they stand in result documents. */
#ifndef CT_STORE_HDR_H
#define CT_STORE_HDR_H

#include <stddef.h>

#include "base/err.h"
#include "base/histogram.h"

/* Read "HISTFAAA...": V2 compressed by zlib, base64; at most 1 MiB of it unpacked. CT_EUSAGE; h is
 * then empty. */
int ct_hdr_parse(const char *text, size_t len, struct ct_histogram *h, struct ct_err *err);

#endif

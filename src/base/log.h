/*
 * Lines on stderr for the person who runs ct: "ct: warning: ...", "ct: note: ...", and with -v
 * "ct: debug: module: ...". Called by cli and services only; the line that ends a command is
 * printed by cli itself. Thread-safe: one write(2) a line. Control bytes from outside are escaped.
 * While a live progress block is shown, report/progress.h registers a hook that clears it first.
 */
#ifndef CT_BASE_LOG_H
#define CT_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum ct_log_level { CT_LOG_QUIET, CT_LOG_NORMAL, CT_LOG_VERBOSE };

void ct_log_set(enum ct_log_level level);
void ct_log_hook(void (*before_line)(void *ctx), void *ctx); /* NULL removes it */

void ct_error_line(const char *fmt, ...) CT_PRINTF(1, 2); /* "ct: ..."; always printed */
void ct_warn(const char *fmt, ...) CT_PRINTF(1, 2);       /* always printed */
void ct_note(const char *fmt, ...) CT_PRINTF(1, 2);       /* not with --quiet */
void ct_debug(const char *module, const char *fmt, ...) CT_PRINTF(2, 3);

/* Copy text with C0, DEL, C1 and invalid UTF-8 escaped as \xNN; always NUL-terminated; cut to fit.
 */
void ct_escape_text(char *out, size_t out_size, const char *text, size_t len);

#endif

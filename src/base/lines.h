/*
 * Texts of lines that begin with a name, as the kernel writes them in /proc and in cgroups. Pure;
 * fuzzed with their callers. What is not in a text is missing, never 0.
 */
#ifndef CT_BASE_LINES_H
#define CT_BASE_LINES_H

#include <stdbool.h>
#include <stdint.h>

/* What follows the name in the first line that begins with it and goes on, or NULL; *line_end is
 * that line's end. name says where it ends itself: "cpu " is not "cpu0 ". */
const char *ct_line_find(const char *text, const char *end, const char *name,
                         const char **line_end);

/* Digits at *at, after spaces; *at moves behind them. false: there are none, or more than 19. */
bool ct_line_number(const char **at, const char *end, uint64_t *out);

#endif

/*
 * A terminal taken for a live picture: another screen, no cursor, keys without their echo. It is
 * given back as it was by close, and also when a signal ends the program meanwhile (those that ct
 * does not take itself: hang-up, quit, abort, segmentation fault). One at a time.
 */
#ifndef CT_REPORT_TERMINAL_H
#define CT_REPORT_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

struct ct_terminal;

/* NULL: stdout is no terminal, or one that cannot move its cursor (TERM=dumb). */
struct ct_terminal *ct_terminal_open(void);
void ct_terminal_close(struct ct_terminal *t); /* NULL allowed */

/* A descriptor to poll and read single bytes from, non-blocking; -1: there are no keys. Ctrl-C
 * comes as a byte, CT_KEY_INTERRUPT. Not to be closed. */
int ct_terminal_keys(const struct ct_terminal *t);
enum { CT_KEY_INTERRUPT = 3 };

/* As it is now; 80 x 24 when it does not say. */
void ct_terminal_size(const struct ct_terminal *t, unsigned *out_width, unsigned *out_height);

/* Show lines, each ended by a newline, from the top; what was there before goes. */
void ct_terminal_show(struct ct_terminal *t, const char *lines);

#endif

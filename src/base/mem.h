/*
 * Small start-up allocations. They end the program with a message when memory is gone: a branch
 * that has no answer is not worth its line. Sizes from outside are checked by the caller first.
 * The hot path uses pools instead (base/pool.h).
 */
#ifndef CT_BASE_MEM_H
#define CT_BASE_MEM_H

#include <stddef.h>

void *ct_xcalloc(size_t count, size_t size);             /* zeroed; owned by caller; free() */
void *ct_xrealloc(void *old, size_t count, size_t size); /* as reallocarray */
char *ct_xstrdup(const char *text);                      /* NULL gives NULL */
char *ct_xstrndup(const char *text, size_t len);
char *ct_xprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *or_die(void *p, size_t size)
{
    if (p != NULL)
        return p;
    (void)fprintf(stderr, "ct: out of memory: %zu bytes\n", size);
    abort();
}

void *ct_xcalloc(size_t count, size_t size)
{
    return or_die(calloc(count > 0 ? count : 1, size > 0 ? size : 1), count * size);
}

void *ct_xrealloc(void *old, size_t count, size_t size)
{
    return or_die(reallocarray(old, count > 0 ? count : 1, size > 0 ? size : 1), count * size);
}

char *ct_xstrdup(const char *text)
{
    return text == NULL ? NULL : or_die(strdup(text), strlen(text) + 1);
}

char *ct_xstrndup(const char *text, size_t len)
{
    return text == NULL ? NULL : or_die(strndup(text, len), len + 1);
}

char *ct_xprintf(const char *fmt, ...)
{
    char *text = NULL;
    va_list ap;
    va_start(ap, fmt);
    int n = vasprintf(&text, fmt, ap);
    va_end(ap);
    return or_die(n < 0 ? NULL : text, 0);
}

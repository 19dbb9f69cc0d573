#include "base/lines.h"

#include <string.h>

bool ct_line_number(const char **at, const char *end, uint64_t *out)
{
    enum { DIGITS_MAX = 19 };
    while (*at < end && **at == ' ')
        (*at)++;
    const char *begin = *at;
    uint64_t v = 0;
    while (*at < end && **at >= '0' && **at <= '9' && *at - begin <= DIGITS_MAX)
        v = v * 10 + (uint64_t)(*(*at)++ - '0');
    *out = v;
    return *at > begin && *at - begin <= DIGITS_MAX;
}

const char *ct_line_find(const char *text, const char *end, const char *name, const char **line_end)
{
    size_t len = strlen(name);
    for (const char *at = text; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        *line_end = newline != NULL ? newline : end;
        if ((size_t)(*line_end - at) > len && memcmp(at, name, len) == 0)
            return at + len;
        at = *line_end + 1;
    }
    return NULL;
}

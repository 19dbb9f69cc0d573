#include "base/buf.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

void ct_buf_init(struct ct_buf *b, size_t max)
{
    memset(b, 0, sizeof(*b));
    b->max = max;
    b->cap = max < 64 ? max : 64;
    b->data = ct_xcalloc(b->cap + 1, 1);
}

void ct_buf_release(struct ct_buf *b)
{
    free(b->data);
    memset(b, 0, sizeof(*b));
}

void ct_buf_clear(struct ct_buf *b)
{
    b->len = 0;
    b->failed = false;
    b->data[0] = '\0';
}

static bool reserve(struct ct_buf *b, size_t more)
{
    if (b->failed || more > b->max - b->len) {
        b->failed = true;
        return false;
    }
    size_t need = b->len + more;
    if (need <= b->cap)
        return true;
    size_t cap = b->cap > b->max / 2 ? b->max : b->cap * 2;
    b->cap = cap < need ? need : cap;
    b->data = ct_xrealloc(b->data, b->cap + 1, 1);
    return true;
}

bool ct_buf_add(struct ct_buf *b, const void *bytes, size_t len)
{
    if (!reserve(b, len))
        return false;
    if (len > 0)
        memcpy(b->data + b->len, bytes, len);
    b->len += len;
    b->data[b->len] = '\0';
    return true;
}

bool ct_buf_puts(struct ct_buf *b, const char *text)
{
    return ct_buf_add(b, text, strlen(text));
}

bool ct_buf_printf(struct ct_buf *b, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    bool fits = n >= 0 && reserve(b, (size_t)n);
    if (fits) {
        (void)vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    }
    va_end(again);
    return fits;
}

bool ct_buf_json_string(struct ct_buf *b, const char *text, size_t len)
{
    static const char short_of[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
                                    ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\'};
    (void)ct_buf_add(b, "\"", 1);
    for (size_t i = 0; i < len;) {
        unsigned char c = (unsigned char)text[i];
        size_t n = ct_utf8_len(text + i, len - i);
        if (n == 0)
            (void)ct_buf_puts(b, "\xef\xbf\xbd");
        else if (c < sizeof(short_of) && short_of[c] != 0)
            (void)ct_buf_printf(b, "\\%c", short_of[c]);
        else if (c < 0x20 || c == 0x7f)
            (void)ct_buf_printf(b, "\\u%04x", c);
        else
            (void)ct_buf_add(b, text + i, n);
        i += n > 0 ? n : 1;
    }
    return ct_buf_add(b, "\"", 1);
}

bool ct_buf_json_number(struct ct_buf *b, double value)
{
    if (!isfinite(value))
        return ct_buf_puts(b, "null");
    if (value == floor(value) && fabs(value) < 9007199254740992.0)
        return ct_buf_printf(b, "%lld", (long long)value);
    char text[32];
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    return ct_buf_puts(b, text);
}

void ct_buf_consume(struct ct_buf *b, size_t n)
{
    assert(n <= b->len);
    memmove(b->data, b->data + n, b->len - n + 1);
    b->len -= n;
}

int ct_buf_read_file(struct ct_buf *b, const char *path, struct ct_err *err)
{
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return ct_fail_errno(err, errno == ENOENT ? CT_EUSAGE : CT_EFAIL, "'%s'", path);
    int rc = 0;
    char chunk[16384];
    size_t n;
    while (rc == 0 && (n = fread(chunk, 1, sizeof(chunk), f)) > 0)
        if (!ct_buf_add(b, chunk, n))
            rc = ct_fail(err, CT_EUSAGE, "'%s' is larger than %zu bytes", path, b->max);
    if (rc == 0 && ferror(f))
        rc = ct_fail_errno(err, CT_EFAIL, "reading '%s'", path);
    (void)fclose(f);
    return rc;
}

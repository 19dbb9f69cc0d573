#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"

enum { LINE_MAX_BYTES = 2048 };

static enum ct_log_level level = CT_LOG_NORMAL;
static pthread_mutex_t hook_lock = PTHREAD_MUTEX_INITIALIZER;
static void (*hook)(void *ctx);
static void *hook_ctx;

void ct_log_set(enum ct_log_level new_level)
{
    level = new_level;
}

void ct_log_hook(void (*before_line)(void *ctx), void *ctx)
{
    (void)pthread_mutex_lock(&hook_lock);
    hook = before_line;
    hook_ctx = ctx;
    (void)pthread_mutex_unlock(&hook_lock);
}

void ct_escape_text(char *out, size_t out_size, const char *text, size_t len)
{
    size_t used = 0;
    for (size_t i = 0; i < len;) {
        unsigned char c = (unsigned char)text[i];
        size_t n = ct_utf8_len(text + i, len - i);
        bool c1 = n == 2 && c == 0xc2 && (unsigned char)text[i + 1] < 0xa0;
        bool plain = n > 0 && c >= 0x20 && c != 0x7f && !c1;
        size_t need = plain ? n : 4;
        if (used + need >= out_size)
            break;
        if (plain)
            memcpy(out + used, text + i, n);
        else
            (void)snprintf(out + used, out_size - used, "\\x%02x", c);
        used += need;
        i += plain ? n : 1;
    }
    out[used] = '\0';
}

static void CT_PRINTF(2, 0) put_line(const char *prefix, const char *fmt, va_list ap)
{
    char raw[LINE_MAX_BYTES], line[LINE_MAX_BYTES + 64];
    (void)vsnprintf(raw, sizeof(raw), fmt, ap);
    size_t n = (size_t)snprintf(line, sizeof(line), "%s", prefix);
    ct_escape_text(line + n, sizeof(line) - n - 1, raw, strlen(raw));
    n = strlen(line);
    line[n++] = '\n';
    (void)pthread_mutex_lock(&hook_lock);
    if (hook != NULL)
        hook(hook_ctx);
    ssize_t ignored = write(STDERR_FILENO, line, n);
    (void)ignored;
    (void)pthread_mutex_unlock(&hook_lock);
}

void ct_error_line(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    put_line("ct: ", fmt, ap);
    va_end(ap);
}

void ct_warn(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    put_line("ct: warning: ", fmt, ap);
    va_end(ap);
}

void ct_note(const char *fmt, ...)
{
    if (level < CT_LOG_NORMAL)
        return;
    va_list ap;
    va_start(ap, fmt);
    put_line("ct: note: ", fmt, ap);
    va_end(ap);
}

void ct_debug(const char *module, const char *fmt, ...)
{
    if (level < CT_LOG_VERBOSE)
        return;
    char prefix[64];
    (void)snprintf(prefix, sizeof(prefix), "ct: debug: %s: ", module);
    va_list ap;
    va_start(ap, fmt);
    put_line(prefix, fmt, ap);
    va_end(ap);
}

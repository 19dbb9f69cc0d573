#include "base/err.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int CT_PRINTF(3, 0) set(struct ct_err *err, int code, const char *fmt, va_list ap)
{
    assert(code < 0);
    if (err == NULL)
        return code;
    char msg[sizeof(err->msg)]; /* an argument may be err->msg itself */
    (void)vsnprintf(msg, sizeof(msg), fmt, ap);
    memcpy(err->msg, msg, sizeof(msg));
    err->code = code;
    return code;
}

static void append(struct ct_err *err, const char *text)
{
    size_t len = strlen(err->msg);
    (void)snprintf(err->msg + len, sizeof(err->msg) - len, ": %s", text);
}

int ct_fail(struct ct_err *err, int code, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void)set(err, code, fmt, ap);
    va_end(ap);
    return code;
}

int ct_fail_errno(struct ct_err *err, int code, const char *fmt, ...)
{
    int saved = errno;
    va_list ap;
    va_start(ap, fmt);
    (void)set(err, code, fmt, ap);
    va_end(ap);
    if (err != NULL)
        append(err, strerror(saved));
    return code;
}

int ct_fail_while(struct ct_err *err, const char *fmt, ...)
{
    if (err == NULL)
        return CT_EFAIL;
    assert(err->code < 0);
    char cause[sizeof(err->msg)];
    memcpy(cause, err->msg, sizeof(cause));
    va_list ap;
    va_start(ap, fmt);
    (void)set(err, err->code, fmt, ap);
    va_end(ap);
    append(err, cause);
    return err->code;
}

#include "store/json_out.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { DRAIN_BYTES = 64 * 1024 };

void ct_json_init(struct ct_json_out *o, struct ct_buf *buf, int fd)
{
    memset(o, 0, sizeof(*o));
    o->buf = buf;
    o->fd = fd;
}

static void drain(struct ct_json_out *o)
{
    const char *at = o->buf->data;
    size_t len = o->buf->len;
    while (len > 0 && o->write_errno == 0) {
        ssize_t n = write(o->fd, at, len);
        if (n < 0 && errno != EINTR)
            o->write_errno = errno;
        if (n > 0) {
            at += n;
            len -= (size_t)n;
        }
    }
    ct_buf_clear(o->buf);
}

int ct_json_finish(struct ct_json_out *o)
{
    assert(o->depth == 0);
    if (o->buf->failed && o->write_errno == 0)
        o->write_errno = EFBIG;
    if (o->fd >= 0)
        drain(o);
    return o->write_errno == 0 ? 0 : -1;
}

/* What goes before a value: comma, key. */
static void begin(struct ct_json_out *o, const char *key)
{
    if (o->fd >= 0 && o->buf->len >= DRAIN_BYTES)
        drain(o);
    if (o->any[o->depth])
        (void)ct_buf_puts(o->buf, ", ");
    o->any[o->depth] = true;
    if (key == NULL)
        return;
    (void)ct_buf_json_string(o->buf, key, strlen(key));
    (void)ct_buf_puts(o->buf, ": ");
}

void ct_json_open(struct ct_json_out *o, const char *key, char bracket)
{
    begin(o, key);
    (void)ct_buf_add(o->buf, &bracket, 1);
    o->depth++;
    assert(o->depth < CT_JSON_OUT_DEPTH_MAX);
    o->any[o->depth] = false;
}

void ct_json_close(struct ct_json_out *o, char bracket)
{
    assert(o->depth > 0);
    o->depth--;
    (void)ct_buf_add(o->buf, &bracket, 1);
}

void ct_json_text(struct ct_json_out *o, const char *key, const char *text)
{
    begin(o, key);
    if (text == NULL)
        (void)ct_buf_puts(o->buf, "null");
    else
        (void)ct_buf_json_string(o->buf, text, strlen(text));
}

void ct_json_known(struct ct_json_out *o, const char *key, const char *text)
{
    ct_json_text(o, key, text != NULL && text[0] != '\0' ? text : NULL);
}

void ct_json_number(struct ct_json_out *o, const char *key, double v)
{
    begin(o, key);
    (void)ct_buf_json_number(o->buf, v);
}

void ct_json_count(struct ct_json_out *o, const char *key, uint64_t v)
{
    begin(o, key);
    (void)ct_buf_printf(o->buf, "%llu", (unsigned long long)v);
}

void ct_json_bool(struct ct_json_out *o, const char *key, bool v)
{
    begin(o, key);
    (void)ct_buf_puts(o->buf, v ? "true" : "false");
}

void ct_json_null(struct ct_json_out *o, const char *key)
{
    begin(o, key);
    (void)ct_buf_puts(o->buf, "null");
}

void ct_json_raw(struct ct_json_out *o, const char *key, const char *json)
{
    begin(o, key);
    (void)ct_buf_puts(o->buf, json);
}

void ct_json_break(struct ct_json_out *o)
{
    if (o->any[o->depth])
        (void)ct_buf_puts(o->buf, ",");
    (void)ct_buf_puts(o->buf, "\n");
    o->any[o->depth] = false;
}

void ct_json_ns(struct ct_json_out *o, const char *key, double v_ns, double unit_ns)
{
    begin(o, key);
    if (!isfinite(v_ns)) {
        (void)ct_buf_puts(o->buf, "null");
        return;
    }
    int digits = unit_ns >= 1e9 ? 9 : unit_ns >= 1e6 ? 6 : unit_ns >= 1e3 ? 3 : 0;
    char text[64];
    size_t len = (size_t)snprintf(text, sizeof(text), "%.*f", digits, v_ns / unit_ns);
    if (digits > 0 && len < sizeof(text)) {
        while (text[len - 1] == '0')
            len--;
        len -= text[len - 1] == '.';
    }
    (void)ct_buf_add(o->buf, text, len < sizeof(text) ? len : sizeof(text) - 1);
}

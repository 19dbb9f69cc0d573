#include "target/head.h"

#include <string.h>
#include <strings.h>

struct reading {
    struct ct_head head;
    bool is_1_0, close, keep_alive; /* what the first line and Connection said */
};

struct text {
    const char *at;
    size_t len;
};

static bool is(struct text t, const char *word)
{
    return t.len == strlen(word) && strncasecmp(t.at, word, t.len) == 0;
}

/* The part up to the separator, or all; *rest begins behind it. */
static struct text cut(struct text *rest, const char *separator)
{
    const char *end = memmem(rest->at, rest->len, separator, strlen(separator));
    struct text part = {rest->at, end != NULL ? (size_t)(end - rest->at) : rest->len};
    size_t gone = end != NULL ? part.len + strlen(separator) : part.len;
    rest->at += gone;
    rest->len -= gone;
    return part;
}

static struct text trim(struct text t)
{
    while (t.len > 0 && (t.at[0] == ' ' || t.at[0] == '\t')) {
        t.at++;
        t.len--;
    }
    while (t.len > 0 && (t.at[t.len - 1] == ' ' || t.at[t.len - 1] == '\t'))
        t.len--;
    return t;
}

static bool read_number(struct text t, uint64_t *out)
{
    uint64_t n = 0;
    if (t.len == 0 || t.len > 18)
        return false;
    for (size_t i = 0; i < t.len; i++) {
        if (t.at[i] < '0' || t.at[i] > '9')
            return false;
        n = n * 10 + (uint64_t)(t.at[i] - '0');
    }
    *out = n;
    return true;
}

static bool read_first_line(struct text line, struct reading *r)
{
    struct text method = cut(&line, " "), path = cut(&line, " ");
    r->is_1_0 = is(line, "HTTP/1.0");
    return method.len > 0 && path.len > 0 && (r->is_1_0 || is(line, "HTTP/1.1"));
}

static bool read_header(struct text line, struct reading *r)
{
    struct text value = line, name = cut(&value, ":");
    if (name.len == 0 || name.len == line.len)
        return false;
    value = trim(value);
    if (is(name, "Content-Length"))
        return read_number(value, &r->head.body_len);
    if (is(name, "X-Ct-Index"))
        return read_number(value, &r->head.index);
    if (is(name, "Transfer-Encoding"))
        return false;
    if (is(name, "Connection")) {
        r->close |= is(value, "close");
        r->keep_alive |= is(value, "keep-alive");
    }
    return true;
}

enum ct_head_state ct_head_parse(const char *bytes, size_t len, struct ct_head *out)
{
    struct text rest = {bytes, len}, all = cut(&rest, "\r\n\r\n");
    struct reading r = {.head.index = CT_HEAD_NO_INDEX};
    if (all.len == len)
        return CT_HEAD_MORE;
    r.head.len = all.len + strlen("\r\n\r\n");
    if (!read_first_line(cut(&all, "\r\n"), &r))
        return CT_HEAD_BAD;
    while (all.len > 0) {
        if (!read_header(cut(&all, "\r\n"), &r))
            return CT_HEAD_BAD;
    }
    r.head.keep_alive = !r.close && (!r.is_1_0 || r.keep_alive);
    r.head.say_so = r.head.keep_alive && r.is_1_0;
    *out = r.head;
    return CT_HEAD_DONE;
}

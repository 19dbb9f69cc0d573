#include "target/head.h"

#include <string.h>
#include <strings.h>

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

static bool read_first_line(struct text line, struct ct_head *head)
{
    struct text method = cut(&line, " "), path = cut(&line, " ");
    bool is_1_0 = is(line, "HTTP/1.0");
    head->keep_alive = !is_1_0;
    return method.len > 0 && path.len > 0 && (is_1_0 || is(line, "HTTP/1.1"));
}

static bool read_header(struct text line, struct ct_head *head)
{
    struct text value = line, name = cut(&value, ":");
    if (name.len == 0 || name.len == line.len)
        return false;
    value = trim(value);
    if (is(name, "Content-Length"))
        return read_number(value, &head->body_len);
    if (is(name, "X-Ct-Index"))
        return read_number(value, &head->index);
    if (is(name, "Transfer-Encoding"))
        return false;
    if (is(name, "Connection") && is(value, "close"))
        head->keep_alive = false;
    if (is(name, "Connection") && is(value, "keep-alive") && !head->keep_alive)
        head->keep_alive = head->say_so = true;
    return true;
}

enum ct_head_state ct_head_parse(const char *bytes, size_t len, struct ct_head *out)
{
    struct text rest = {bytes, len}, all = cut(&rest, "\r\n\r\n");
    struct ct_head head = {.index = CT_HEAD_NO_INDEX};
    if (all.len == len)
        return CT_HEAD_MORE;
    head.len = all.len + strlen("\r\n\r\n");
    if (!read_first_line(cut(&all, "\r\n"), &head))
        return CT_HEAD_BAD;
    while (all.len > 0) {
        if (!read_header(cut(&all, "\r\n"), &head))
            return CT_HEAD_BAD;
    }
    *out = head;
    return CT_HEAD_DONE;
}

#include "base/jsonscan.h"

#include <string.h>

#include "base/utf8.h"

enum { DEPTH_MAX = 64 };

struct scan {
    const char *at, *end;
};

static bool value(struct scan *s, int depth);

static void space(struct scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r'))
        s->at++;
}

static bool take(struct scan *s, char c)
{
    if (s->at == s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

static bool hex4(struct scan *s)
{
    for (int i = 0; i < 4; i++, s->at++) {
        char c = '\0';
        if (s->at < s->end)
            c = *s->at;
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')))
            return false;
    }
    return true;
}

static bool escape(struct scan *s)
{
    if (s->at == s->end)
        return false;
    char c = *s->at++;
    return c == 'u' ? hex4(s) : c != '\0' && strchr("\"\\/bfnrt", c) != NULL;
}

static bool string(struct scan *s)
{
    if (!take(s, '"'))
        return false;
    while (s->at < s->end) {
        unsigned char c = (unsigned char)*s->at;
        if (c == '"') {
            s->at++;
            return true;
        }
        size_t n = ct_utf8_len(s->at, (size_t)(s->end - s->at));
        if (c < 0x20 || n == 0)
            return false;
        s->at += n;
        if (c == '\\' && !escape(s))
            return false;
    }
    return false;
}

static bool digits(struct scan *s)
{
    const char *begin = s->at;
    while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
        s->at++;
    return s->at > begin;
}

static bool number(struct scan *s)
{
    (void)take(s, '-');
    if (!take(s, '0') && !digits(s))
        return false;
    if (take(s, '.') && !digits(s))
        return false;
    if (take(s, 'e') || take(s, 'E')) {
        if (!take(s, '+'))
            (void)take(s, '-');
        return digits(s);
    }
    return true;
}

static bool literal(struct scan *s, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(s->end - s->at) < n || memcmp(s->at, word, n) != 0)
        return false;
    s->at += n;
    return true;
}

static bool array(struct scan *s, int depth)
{
    s->at++;
    space(s);
    if (take(s, ']'))
        return true;
    do {
        if (!value(s, depth + 1))
            return false;
    } while (take(s, ','));
    return take(s, ']');
}

static void remember(struct ct_json_want *wants, size_t n_wants, const struct scan *name,
                     const struct scan *found)
{
    size_t len = (size_t)(name->end - name->at);
    for (size_t i = 0; i < n_wants; i++) {
        struct ct_json_want *w = &wants[i];
        if (strlen(w->name) != len || memcmp(w->name, name->at, len) != 0)
            continue;
        bool quoted = *found->at == '"';
        w->kind = quoted                                                          ? CT_JSON_STRING
                  : *found->at == '-' || (*found->at >= '0' && *found->at <= '9') ? CT_JSON_NUMBER
                                                                                  : CT_JSON_OTHER;
        w->text = found->at + quoted;
        w->len = (size_t)(found->end - found->at) - 2 * quoted;
    }
}

static bool object(struct scan *s, int depth, struct ct_json_want *wants, size_t n_wants)
{
    s->at++;
    space(s);
    if (take(s, '}'))
        return true;
    do {
        space(s);
        struct scan name = {.at = s->at};
        if (!string(s))
            return false;
        name.at++;
        name.end = s->at - 1;
        space(s);
        if (!take(s, ':'))
            return false;
        space(s);
        struct scan found = {.at = s->at};
        if (!value(s, depth + 1))
            return false;
        found.end = s->at;
        while (found.end[-1] == ' ' || found.end[-1] == '\t' || found.end[-1] == '\n' ||
               found.end[-1] == '\r')
            found.end--;
        remember(wants, n_wants, &name, &found);
    } while (take(s, ','));
    return take(s, '}');
}

/* One value with the white space around it. */
static bool value(struct scan *s, int depth)
{
    space(s);
    if (s->at == s->end)
        return false;
    bool ok;
    switch (*s->at) {
    case '{':
        ok = depth <= DEPTH_MAX && object(s, depth, NULL, 0);
        break;
    case '[':
        ok = depth <= DEPTH_MAX && array(s, depth);
        break;
    case '"':
        ok = string(s);
        break;
    case 't':
        ok = literal(s, "true");
        break;
    case 'f':
        ok = literal(s, "false");
        break;
    case 'n':
        ok = literal(s, "null");
        break;
    default:
        ok = number(s);
        break;
    }
    space(s);
    return ok;
}

bool ct_json_scan(const char *text, size_t len, struct ct_json_want *wants, size_t n_wants)
{
    struct scan s = {.at = text, .end = text + len};
    for (size_t i = 0; i < n_wants; i++)
        wants[i].kind = CT_JSON_NONE;
    space(&s);
    if (s.at == s.end || *s.at != '{' || !object(&s, 1, wants, n_wants))
        return false;
    space(&s);
    return s.at == s.end;
}

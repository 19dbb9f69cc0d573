#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "testcases/testcases.h"

/*
 * expression = term { ("+" | "-") term }     term = power { ("*" | "/") power }
 * power = atom [ "^" power ]                 atom = digits | "load" | "(" expression ")"
 */

enum { DEPTH_MAX = 32, TEXT_MAX = 64 << 20 };
#define VALUE_MAX INT64_MAX

struct eval {
    const char *at, *end;
    uint64_t load;
    int depth;
    const char *wrong; /* static text; NULL while all is well */
};

static uint64_t expression(struct eval *e);

static uint64_t fail(struct eval *e, const char *what)
{
    if (e->wrong == NULL)
        e->wrong = what;
    return 0;
}

static bool take(struct eval *e, char c)
{
    while (e->at < e->end && *e->at == ' ')
        e->at++;
    if (e->wrong != NULL || e->at == e->end || *e->at != c)
        return false;
    e->at++;
    return true;
}

static uint64_t times(struct eval *e, uint64_t a, uint64_t b)
{
    return b != 0 && a > VALUE_MAX / b ? fail(e, "the value is too large") : a * b;
}

static uint64_t digits(struct eval *e)
{
    uint64_t v = 0;
    while (e->at < e->end && *e->at >= '0' && *e->at <= '9') {
        uint64_t digit = (uint64_t)(*e->at++ - '0');
        if (v > (VALUE_MAX - digit) / 10)
            return fail(e, "the value is too large");
        v = v * 10 + digit;
    }
    return v;
}

static uint64_t atom(struct eval *e)
{
    if (take(e, '(')) {
        if (++e->depth > DEPTH_MAX)
            return fail(e, "too many parentheses");
        uint64_t v = expression(e);
        e->depth--;
        return take(e, ')') ? v : fail(e, "a ')' is missing");
    }
    if (e->at < e->end && *e->at >= '0' && *e->at <= '9')
        return digits(e);
    if (e->end - e->at >= 4 && memcmp(e->at, "load", 4) == 0) {
        e->at += 4;
        return e->load;
    }
    return fail(e, "a number, 'load' or '(' is missing");
}

static uint64_t power(struct eval *e)
{
    uint64_t base = atom(e);
    if (!take(e, '^'))
        return base;
    if (++e->depth > DEPTH_MAX)
        return fail(e, "too many powers");
    uint64_t exponent = power(e);
    e->depth--;
    uint64_t v = 1;
    if (base <= 1)
        return exponent == 0 ? 1 : base;
    for (uint64_t i = 0; i < exponent && e->wrong == NULL; i++)
        v = times(e, v, base);
    return v;
}

static uint64_t term(struct eval *e)
{
    uint64_t v = power(e);
    for (;;) {
        if (take(e, '*')) {
            v = times(e, v, power(e));
        } else if (take(e, '/')) {
            uint64_t by = power(e);
            v = by == 0 ? fail(e, "division by zero") : v / by;
        } else {
            return v;
        }
    }
}

static uint64_t expression(struct eval *e)
{
    uint64_t v = term(e);
    for (;;) {
        if (take(e, '+')) {
            uint64_t more = term(e);
            v = more > VALUE_MAX - v ? fail(e, "the value is too large") : v + more;
        } else if (take(e, '-')) {
            uint64_t less = term(e);
            v = less > v ? fail(e, "the value is negative") : v - less;
        } else {
            return v;
        }
    }
}

int ct_template_eval(const char *text, size_t len, uint64_t load, uint64_t *out, struct ct_err *err)
{
    struct eval e = {.at = text, .end = text + len, .load = load};
    uint64_t v = expression(&e);
    (void)take(&e, '\0'); /* steps over trailing spaces */
    if (e.at != e.end)
        (void)fail(&e, "an operator is missing");
    if (e.wrong != NULL)
        return ct_fail(err, CT_EUSAGE, "{%.*s}: %s", len < 80 ? (int)len : 80, text, e.wrong);
    *out = v;
    return 0;
}

/* Length of the expression that begins after text[0] == '{', or -1 when these braces hold anything
 * else. */
static ptrdiff_t braces(const char *text)
{
    static const char allowed[] = "0123456789+-*/^() load";
    size_t len = strspn(text + 1, allowed);
    if (len == strspn(text + 1, " ") || text[1 + len] != '}')
        return -1;
    for (const char *at = text + 1; at < text + 1 + len; at++) {
        if (strchr("load", *at) == NULL)
            continue;
        if (strncmp(at, "load", 4) != 0)
            return -1;
        at += 3;
    }
    return (ptrdiff_t)len;
}

int ct_template_expand(const char *text, uint64_t load, char **out, struct ct_err *err)
{
    struct ct_buf b;
    ct_buf_init(&b, TEXT_MAX);
    int rc = 0;
    while (*text != '\0' && rc == 0) {
        ptrdiff_t len = *text == '{' ? braces(text) : -1;
        uint64_t v = 0;
        if (len < 0) {
            (void)ct_buf_add(&b, text++, 1);
            continue;
        }
        rc = ct_template_eval(text + 1, (size_t)len, load, &v, err);
        (void)ct_buf_printf(&b, "%llu", (unsigned long long)v);
        text += len + 2;
    }
    if (rc == 0 && b.failed)
        rc = ct_fail(err, CT_EUSAGE, "the text is too long");
    if (rc == 0)
        *out = ct_xstrdup(b.data);
    ct_buf_release(&b);
    return rc;
}

bool ct_template_uses_load(const char *text)
{
    for (; text != NULL && *text != '\0'; text++) {
        ptrdiff_t len = *text == '{' ? braces(text) : -1;
        for (ptrdiff_t i = 0; i < len; i++)
            if (text[1 + i] == 'l')
                return true;
    }
    return false;
}

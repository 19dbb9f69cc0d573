#include "store/config_check.h"

#include <stdbool.h>
#include <string.h>

#include "io/transport.h"

static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
static const char digits[] = "0123456789";

static bool has_control(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++)
        if (*c < ' ' || *c == 0x7f)
            return true;
    return false;
}

/* True when text begins with a byte of first and all others are in first or rest. */
static bool made_of(const char *text, const char *first, const char *rest)
{
    if (*text == '\0' || strchr(first, *text) == NULL)
        return false;
    for (const char *c = text; *c != '\0'; c++)
        if (strchr(first, *c) == NULL && strchr(rest, *c) == NULL)
            return false;
    return true;
}

int ct_config_check_text(const char *text, struct ct_err *err)
{
    if (*text == '\0')
        return ct_fail(err, CT_EUSAGE, "this is empty: write a text or leave the key out");
    if (has_control(text))
        return ct_fail(err, CT_EUSAGE, "a control character stands in it: write one line of text");
    return 0;
}

int ct_config_check_url(const char *text, struct ct_err *err)
{
    if (strcmp(text, "embedded") == 0)
        return 0;
    const char *authority = strstr(text, "://");
    if (authority == NULL)
        return ct_fail(
            err, CT_EUSAGE,
            "expected \"http://HOST\", \"https://HOST\" or \"embedded\", found \"%.60s\"", text);
    /* not quoted: what stands before the @ is a secret */
    authority += 3;
    if (memchr(authority, '@', strcspn(authority, "/?#")) != NULL)
        return ct_fail(err, CT_EUSAGE,
                       "a user or password in the URL is not taken: write an Authorization header "
                       "in a test case");
    struct ct_endpoint endpoint;
    return ct_endpoint_parse(text, &endpoint, NULL, err) == 0 ? 0 : CT_EUSAGE;
}

int ct_config_check_host(const char *text, struct ct_err *err)
{
    if (*text == '\0' || has_control(text))
        return ct_fail(err, CT_EUSAGE, "expected a host such as \"192.168.1.100\"");
    if (strstr(text, "://") != NULL)
        return ct_fail(err, CT_EUSAGE, "expected a host, found a URL: write \"192.168.1.100\"");
    if (strchr(text, '@') != NULL)
        return ct_fail(err, CT_EUSAGE,
                       "expected a host only: write the user as \"username\" under "
                       "\"authentication\"");
    const char *colon = strchr(text, ':');
    if (colon != NULL && strchr(colon + 1, ':') == NULL)
        return ct_fail(err, CT_EUSAGE,
                       "expected a host only: write \"host\": \"%.*s\", \"port\": %s",
                       (int)(colon - text), text, colon + 1);
    if (*text == '-' || strpbrk(text, " /[]\"'") != NULL || strlen(text) > 253)
        return ct_fail(
            err, CT_EUSAGE,
            "expected a host name or an address such as \"192.168.1.100\" or \"fe80::1\", "
            "found \"%.60s\"",
            text);
    return 0;
}

int ct_config_check_case(const char *text, struct ct_err *err)
{
    char rest[sizeof(digits) + 1];
    memcpy(rest, digits, sizeof(digits));
    memcpy(rest + sizeof(digits) - 1, "-", 2);
    if (made_of(text, lower, rest) && strlen(text) <= 64)
        return 0;
    return ct_fail(
        err, CT_EUSAGE,
        "expected a name of a-z, 0-9 and '-' that begins with a letter, at most 64 long, "
        "such as \"checkout\", found \"%.64s\"",
        text);
}

int ct_config_check_method(const char *text, struct ct_err *err)
{
    if (made_of(text, upper, "-") && strlen(text) <= 32)
        return 0;
    return ct_fail(err, CT_EUSAGE,
                   "expected a method in capitals such as \"GET\" or \"POST\", found \"%.32s\"",
                   text);
}

int ct_config_check_path(const char *text, struct ct_err *err)
{
    if (*text != '/')
        return ct_fail(err, CT_EUSAGE,
                       "expected a path that begins with '/' such as \"/cart/{load}\", found "
                       "\"%.60s\"",
                       text);
    for (const char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f || *c == '#')
            return ct_fail(err, CT_EUSAGE,
                           "a path holds no spaces, '#', control or non-ASCII characters: write "
                           "them as %%20 (byte %zu of \"%.60s\")",
                           (size_t)(c - text) + 1, text);
    return 0;
}

int ct_config_check_header(const char *name, const char *value, struct ct_err *err)
{
    for (const char *c = name; *c != '\0' || c == name; c++)
        if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f ||
            strchr("\"(),/:;<=>?@[\\]{}", *c) != NULL)
            return ct_fail(err, CT_EUSAGE,
                           "this is no header name: write one such as "
                           "\"Content-Type\"");
    if (has_control(value))
        return ct_fail(err, CT_EUSAGE, "a header's value is one line without control characters");
    return 0;
}

int ct_config_check_allow(const char *text, struct ct_err *err)
{
    if (*text != '\0' && strpbrk(text, " /@\t") == NULL && !has_control(text))
        return 0;
    return ct_fail(
        err, CT_EUSAGE,
        "expected a host or a pattern such as \"*.staging.example.net\", found \"%.60s\"", text);
}

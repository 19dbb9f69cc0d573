#include <arpa/inet.h>
#include <ctype.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "io/transport.h"

/* --- taking a URL apart; each step eats its part of *rest --- */

static int parse_scheme(const char **rest, struct ct_endpoint *e, struct ct_err *err)
{
    static const struct {
        const char *text;
        bool https;
        uint16_t port;
    } schemes[] = {{"http://", false, 80}, {"https://", true, 443}};
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t len = strlen(schemes[i].text);
        if (strncasecmp(*rest, schemes[i].text, len) != 0)
            continue;
        *rest += len;
        e->https = schemes[i].https;
        e->port = schemes[i].port;
        return 0;
    }
    return ct_fail(err, CT_EUSAGE, "a URL begins with http:// or https://");
}

static bool is_host_byte(char c, bool v6)
{
    return isalnum((unsigned char)c) || c == '.' || (v6 ? c == ':' : c == '-' || c == '_');
}

/* host or [v6]; text is not NUL-terminated. */
static int set_host(struct ct_endpoint *e, const char *text, size_t len, bool v6,
                    struct ct_err *err)
{
    if (len == 0)
        return ct_fail(err, CT_EUSAGE, "the host is missing");
    if (len >= sizeof(e->host))
        return ct_fail(err, CT_EUSAGE, "the host is longer than %zu bytes", sizeof(e->host) - 1);
    for (size_t i = 0; i < len; i++)
        if (!is_host_byte(text[i], v6))
            return ct_fail(err, CT_EUSAGE, "the host has a byte that no host has (byte %zu)",
                           i + 1);
    memcpy(e->host, text, len);
    e->host[len] = '\0';
    struct in6_addr any;
    if (v6 && inet_pton(AF_INET6, e->host, &any) != 1)
        return ct_fail(err, CT_EUSAGE, "'[%s]' is no IPv6 address", e->host);
    return 0;
}

static int set_port(struct ct_endpoint *e, const char *text, size_t len, struct ct_err *err)
{
    unsigned port = 0;
    bool good = len >= 1 && len <= 5;
    for (size_t i = 0; good && i < len; i++) {
        good = isdigit((unsigned char)text[i]) != 0;
        port = 10 * port + (unsigned)(text[i] - '0');
    }
    if (!good || port < 1 || port > 65535)
        return ct_fail(err, CT_EUSAGE, "the port is a number from 1 to 65535");
    e->port = (uint16_t)port;
    return 0;
}

static int parse_authority(const char **rest, struct ct_endpoint *e, struct ct_err *err)
{
    const char *begin = *rest;
    const char *end = begin + strcspn(begin, "/?#");
    if (memchr(begin, '@', (size_t)(end - begin)) != NULL)
        return ct_fail(err, CT_EUSAGE, "a user name or password does not belong into the URL");
    bool v6 = *begin == '[';
    const char *host = v6 ? begin + 1 : begin;
    const char *host_end = memchr(host, v6 ? ']' : ':', (size_t)(end - host));
    if (host_end == NULL && v6)
        return ct_fail(err, CT_EUSAGE, "']' is missing after the IPv6 address");
    if (host_end == NULL)
        host_end = end;
    int rc = set_host(e, host, (size_t)(host_end - host), v6, err);
    if (rc < 0)
        return rc;
    const char *after = v6 ? host_end + 1 : host_end;
    *rest = end;
    if (after == end)
        return 0;
    if (*after != ':')
        return ct_fail(err, CT_EUSAGE, "only a port can follow the host");
    return set_port(e, after + 1, (size_t)(end - after - 1), err);
}

/* Bytes that may stand in a request line. */
static int check_path(const char *text, struct ct_err *err)
{
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '#')
            return ct_fail(err, CT_EUSAGE, "a fragment ('#...') is not sent to a server");
        if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f)
            return ct_fail(err, CT_EUSAGE,
                           "write spaces, control and non-ASCII bytes of the path as %%XX");
    }
    return 0;
}

static int set_prefix(struct ct_endpoint *e, const char *text, struct ct_err *err)
{
    if (strchr(text, '?') != NULL)
        return ct_fail(err, CT_EUSAGE, "a query ('?...') does not belong into a base URL");
    size_t len = strlen(text);
    while (len > 0 && text[len - 1] == '/')
        len--;
    if (len >= sizeof(e->prefix))
        return ct_fail(err, CT_EUSAGE, "the path is longer than %zu bytes", sizeof(e->prefix) - 1);
    memcpy(e->prefix, text, len);
    e->prefix[len] = '\0';
    return 0;
}

static int parse(const char *url, struct ct_endpoint *e, bool want_path, const char **path,
                 struct ct_err *err)
{
    const char *rest = url;
    int rc;
    if ((rc = parse_scheme(&rest, e, err)) < 0 || (rc = parse_authority(&rest, e, err)) < 0 ||
        (rc = check_path(rest, err)) < 0)
        return rc;
    *path = rest;
    return want_path ? 0 : set_prefix(e, rest, err);
}

int ct_endpoint_parse(const char *url, struct ct_endpoint *out, char **path_out, struct ct_err *err)
{
    struct ct_endpoint e = {0};
    const char *path = NULL;
    struct ct_err why = {0};
    int rc = parse(url, &e, path_out != NULL, &path, &why);
    if (rc < 0) /* the URL itself is not quoted: it may hold a password */
        return ct_fail(err, rc, "%s, for example http://127.0.0.1:8080", why.msg);
    if (path_out != NULL)
        *path_out = ct_xprintf("%s%s", path[0] == '/' ? "" : "/", path);
    *out = e;
    return 0;
}

/* --- addresses --- */

static void set_addr(struct ct_endpoint *e, const struct addrinfo *info)
{
    char text[INET6_ADDRSTRLEN] = "";
    memcpy(&e->addr, info->ai_addr, info->ai_addrlen);
    e->addr_len = info->ai_addrlen;
    if (info->ai_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&e->addr;
        (void)inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
        (void)snprintf(e->addr_text, sizeof(e->addr_text), "[%s]:%u", text, e->port);
    } else {
        const struct sockaddr_in *in4 = (const struct sockaddr_in *)&e->addr;
        (void)inet_ntop(AF_INET, &in4->sin_addr, text, sizeof(text));
        (void)snprintf(e->addr_text, sizeof(e->addr_text), "%s:%u", text, e->port);
    }
}

/* The system's first choice; but when a name means this machine, IPv4: most servers that are tried
 * out listen on 127.0.0.1 only. */
static const struct addrinfo *choose(const struct addrinfo *list)
{
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)list->ai_addr;
    if (list->ai_family != AF_INET6 || !IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr))
        return list;
    for (const struct addrinfo *i = list; i != NULL; i = i->ai_next)
        if (i->ai_family == AF_INET)
            return i;
    return list;
}

int ct_endpoint_resolve(struct ct_endpoint *e, struct ct_err *err)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    char port[8];
    (void)snprintf(port, sizeof(port), "%u", e->port);
    hints.ai_flags = AI_NUMERICSERV;
    int rc = getaddrinfo(e->host, port, &hints, &list);
    if (rc == EAI_SYSTEM)
        return ct_fail_errno(err, CT_EREACH, "cannot find the address of '%s'", e->host);
    if (rc != 0)
        return ct_fail(err, CT_EREACH, "cannot find the address of '%s': %s", e->host,
                       gai_strerror(rc));
    set_addr(e, choose(list));
    freeaddrinfo(list);
    return 0;
}

/* An address as IPv4 in host order when it is one, also when written as ::ffff:a.b.c.d. */
static bool as_v4(const struct sockaddr *addr, uint32_t *out)
{
    if (addr->sa_family == AF_INET) {
        *out = ntohl(((const struct sockaddr_in *)addr)->sin_addr.s_addr);
        return true;
    }
    const struct in6_addr *in6 = &((const struct sockaddr_in6 *)addr)->sin6_addr;
    if (addr->sa_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(in6))
        return false;
    uint32_t v4;
    memcpy(&v4, &in6->s6_addr[12], sizeof(v4));
    *out = ntohl(v4);
    return true;
}

/* Loopback, or the unspecified address, which connects to loopback. */
static bool is_loopback(const struct sockaddr *addr)
{
    uint32_t v4;
    if (as_v4(addr, &v4))
        return v4 >> 24 == 127 || v4 == 0;
    const struct in6_addr *in6 = &((const struct sockaddr_in6 *)addr)->sin6_addr;
    return addr->sa_family == AF_INET6 &&
           (IN6_IS_ADDR_LOOPBACK(in6) || IN6_IS_ADDR_UNSPECIFIED(in6));
}

static bool same_addr(const struct sockaddr *a, const struct sockaddr *b)
{
    uint32_t a4, b4;
    if (as_v4(a, &a4))
        return as_v4(b, &b4) && a4 == b4;
    return a->sa_family == AF_INET6 && b->sa_family == AF_INET6 &&
           memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr,
                  &((const struct sockaddr_in6 *)b)->sin6_addr, sizeof(struct in6_addr)) == 0;
}

bool ct_endpoint_is_local(const struct ct_endpoint *e)
{
    const struct sockaddr *addr = (const struct sockaddr *)&e->addr;
    if (is_loopback(addr))
        return true;
    struct ifaddrs *list = NULL;
    if (getifaddrs(&list) < 0)
        return false;
    bool found = false;
    for (const struct ifaddrs *i = list; i != NULL && !found; i = i->ifa_next)
        found = i->ifa_addr != NULL && same_addr(addr, i->ifa_addr);
    freeifaddrs(list);
    return found;
}

bool ct_endpoint_is_private(const struct ct_endpoint *e)
{
    const struct sockaddr *addr = (const struct sockaddr *)&e->addr;
    uint32_t v4;
    if (is_loopback(addr))
        return true;
    if (as_v4(addr, &v4))
        return v4 >> 24 == 10 || v4 >> 20 == 0xac1 || v4 >> 16 == 0xc0a8 || v4 >> 16 == 0xa9fe;
    if (addr->sa_family != AF_INET6)
        return false;
    const uint8_t *byte = ((const struct sockaddr_in6 *)addr)->sin6_addr.s6_addr;
    return (byte[0] & 0xfe) == 0xfc || (byte[0] == 0xfe && (byte[1] & 0xc0) == 0x80);
}

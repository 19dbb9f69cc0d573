#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>

#include "io/transport.h"

struct good {
    char url[64];
    bool https;
    char host[32];
    int port;
    char prefix[16];
};

ParameterizedTestParameters(endpoint, a_base_url_is_taken_apart)
{
    static struct good table[] = {
        {"http://127.0.0.1:8080", false, "127.0.0.1", 8080, ""},
        {"http://example.test", false, "example.test", 80, ""},
        {"https://example.test/", true, "example.test", 443, ""},
        {"HTTPS://Example.test:8443/api/", true, "Example.test", 8443, "/api"},
        {"http://a_b-c.test/a/b///", false, "a_b-c.test", 80, "/a/b"},
        {"http://[::1]:8080/x", false, "::1", 8080, "/x"},
        {"http://[fd00::2]", false, "fd00::2", 80, ""},
        {"http://h:65535//", false, "h", 65535, ""},
    };
    return cr_make_param_array(struct good, table, sizeof(table) / sizeof(table[0]));
}

ParameterizedTest(struct good *g, endpoint, a_base_url_is_taken_apart)
{
    struct ct_endpoint e;
    struct ct_err err = {0};
    cr_assert(zero(int, ct_endpoint_parse(g->url, &e, NULL, &err)), "%s: %s", g->url, err.msg);
    cr_assert(eq(int, e.https, g->https));
    cr_assert(eq(str, e.host, g->host));
    cr_assert(eq(int, e.port, g->port));
    cr_assert(eq(str, e.prefix, g->prefix));
    cr_assert(zero(u32, e.addr_len));
}

struct bad {
    char url[64];
    char says[32];
};

ParameterizedTestParameters(endpoint, a_wrong_url_is_refused_with_a_reason)
{
    static struct bad table[] = {
        {"", "http://"},
        {"example.test", "http://"},
        {"ftp://example.test", "http://"},
        {"http://", "host is missing"},
        {"http://:80", "host is missing"},
        {"http:///path", "host is missing"},
        {"http://user:secret@example.test", "user name"},
        {"http://a b", "host has a byte"},
        {"http://a%41", "host has a byte"},
        {"http://h:0", "port"},
        {"http://h:65536", "port"},
        {"http://h:", "port"},
        {"http://h:8x", "port"},
        {"http://h:000080", "port"},
        {"http://[::1", "']' is missing"},
        {"http://[::1]x", "only a port"},
        {"http://[12345]", "no IPv6"},
        {"http://[fe80::1%eth0]", "host has a byte"},
        {"http://h/a b", "%XX"},
        {"http://h/\x01", "%XX"},
        {"http://h/\xc3\xa9", "%XX"},
        {"http://h/a#b", "fragment"},
        {"http://h/a?b=1", "query"},
    };
    return cr_make_param_array(struct bad, table, sizeof(table) / sizeof(table[0]));
}

ParameterizedTest(struct bad *b, endpoint, a_wrong_url_is_refused_with_a_reason)
{
    struct ct_endpoint e;
    struct ct_err err = {0};
    cr_assert(eq(int, ct_endpoint_parse(b->url, &e, NULL, &err), CT_EUSAGE), "%s", b->url);
    cr_assert(ne(ptr, strstr(err.msg, b->says), NULL), "%s: %s", b->url, err.msg);
    cr_assert(eq(ptr, strstr(err.msg, "secret"), NULL), "a password was shown");
}

Test(endpoint, a_url_of_the_line_keeps_its_path_and_query)
{
    struct ct_endpoint e;
    char *path = NULL;
    cr_assert(zero(int, ct_endpoint_parse("http://h/a/?b=1", &e, &path, NULL)));
    cr_assert(zero(int, strcmp(path, "/a/?b=1")));
    cr_assert(zero(int, strcmp(e.prefix, "")));
    free(path);
    cr_assert(zero(int, ct_endpoint_parse("http://h?b=1", &e, &path, NULL)));
    cr_assert(zero(int, strcmp(path, "/?b=1")));
    free(path);
    cr_assert(zero(int, ct_endpoint_parse("http://h", &e, &path, NULL)));
    cr_assert(zero(int, strcmp(path, "/")));
    free(path);
}

struct place {
    char url[40];
    bool local, private;
};

ParameterizedTestParameters(endpoint, it_is_known_whose_an_address_is)
{
    static struct place table[] = {
        {"http://127.0.0.1", true, true},
        {"http://127.255.0.9", true, true},
        {"http://0.0.0.0", true, true},
        {"http://[::1]", true, true},
        {"http://[::]", true, true},
        {"http://[::ffff:127.0.0.1]", true, true},
        {"http://localhost", true, true},
        {"http://10.255.255.254", false, true},
        {"http://172.16.0.1", false, true},
        {"http://172.31.255.255", false, true},
        {"http://172.32.0.1", false, false},
        {"http://172.15.255.255", false, false},
        {"http://192.168.255.1", false, true},
        {"http://192.169.0.1", false, false},
        {"http://169.254.1.1", false, true},
        {"http://8.8.8.8", false, false},
        {"http://[::ffff:8.8.8.8]", false, false},
        {"http://[fd12::1]", false, true},
        {"http://[fe80::1]", false, true},
        {"http://[fec0::1]", false, false},
        {"http://[2001:db8::1]", false, false},
    };
    return cr_make_param_array(struct place, table, sizeof(table) / sizeof(table[0]));
}

ParameterizedTest(struct place *p, endpoint, it_is_known_whose_an_address_is)
{
    struct ct_endpoint e;
    struct ct_err err = {0};
    cr_assert(zero(int, ct_endpoint_parse(p->url, &e, NULL, &err)), "%s", err.msg);
    cr_assert(zero(int, ct_endpoint_resolve(&e, &err)), "%s", err.msg);
    cr_assert(eq(int, ct_endpoint_is_local(&e), p->local), "%s", p->url);
    cr_assert(eq(int, ct_endpoint_is_private(&e), p->private), "%s", p->url);
}

Test(endpoint, the_address_is_written_with_its_port)
{
    struct ct_endpoint e;
    cr_assert(zero(int, ct_endpoint_parse("http://[::1]:81", &e, NULL, NULL)));
    cr_assert(zero(int, ct_endpoint_resolve(&e, NULL)));
    cr_assert(zero(int, strcmp(e.addr_text, "[::1]:81")));
    cr_assert(zero(int, ct_endpoint_parse("http://localhost:82", &e, NULL, NULL)));
    cr_assert(zero(int, ct_endpoint_resolve(&e, NULL)));
    cr_assert(zero(int, strcmp(e.addr_text, "127.0.0.1:82")));
}

Test(endpoint, a_name_that_nobody_has_is_out_of_reach)
{
    struct ct_endpoint e;
    struct ct_err err = {0};
    cr_assert(zero(int, ct_endpoint_parse("http://nobody.invalid", &e, NULL, NULL)));
    cr_assert(eq(int, ct_endpoint_resolve(&e, &err), CT_EREACH));
    cr_assert(ne(ptr, strstr(err.msg, "nobody.invalid"), NULL));
}

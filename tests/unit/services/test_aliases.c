#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "services/aliases.h"

static struct ct_list list;
static struct ct_aliases aliases;

static void release(void)
{
    ct_list_release(&list);
    ct_aliases_release(&aliases);
}

TestSuite(aliases, .fini = release);

static int parse(const char *first, const char *second, struct ct_err *err)
{
    ct_list_add(&list, first, strlen(first));
    if (second != NULL)
        ct_list_add(&list, second, strlen(second));
    return ct_aliases_parse(&list, &aliases, err);
}

static void assert_name(const char *host, const char *name)
{
    cr_assert(eq(str, (char *)ct_aliases_name(&aliases, host), (char *)name));
}

Test(aliases, host_becomes_its_alias_and_others_stay)
{
    struct ct_err err = {0};

    cr_assert(eq(int, parse("192.168.1.100:node-1", "b:node-2", &err), 0), "%s", err.msg);
    assert_name("192.168.1.100", "node-1");
    assert_name("b", "node-2");
    assert_name("c", "c");
}

Test(aliases, host_with_a_port_is_named_by_the_last_colon)
{
    cr_assert(eq(int, parse("localhost:2222:node-1", NULL, NULL), 0));
    assert_name("localhost:2222", "node-1");
    assert_name("localhost", "localhost");
}

Test(aliases, brackets_hold_an_ipv6_host)
{
    cr_assert(eq(int, parse("[fe80::1]:node-1", "[fe80::2]:22:node-2", NULL), 0));
    assert_name("fe80::1", "node-1");
    assert_name("[fe80::2]:22", "node-2");
}

Test(aliases, used_ones_are_marked)
{
    cr_assert(eq(int, parse("a:x", "b:y", NULL), 0));
    assert_name("a", "x");
    cr_assert(aliases.items[0].used);
    cr_assert(not(aliases.items[1].used));
}

Test(aliases, what_is_no_pair_is_refused)
{
    static const char *const bad[] = {"host", ":x", "host:", "[fe80::1:x", ""};

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct ct_err err = {0};
        cr_assert(eq(int, parse(bad[i], NULL, &err), CT_EUSAGE), "'%s' was taken", bad[i]);
        cr_assert(ne(ptr, strstr(err.msg, "is not host:alias"), NULL));
        release();
    }
}

Test(aliases, a_name_stands_for_one_host_only)
{
    struct ct_err err = {0};

    cr_assert(eq(int, parse("a:x", "b:x", &err), CT_EUSAGE));
    cr_assert(ne(ptr, strstr(err.msg, "two hosts are called 'x'"), NULL));
    release();
    cr_assert(eq(int, parse("a:x", "a:y", &err), CT_EUSAGE));
}

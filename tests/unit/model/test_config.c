#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "base/mem.h"
#include "model/config.h"

Test(config, zeroed_one_can_be_released)
{
    struct ct_config c = {0}, empty = {0};
    ct_config_release(&c);
    cr_assert(zero(int, memcmp(&c, &empty, sizeof(c))));
}

/* A leak fails the test under the address sanitizer. */
Test(config, everything_in_it_is_released)
{
    struct ct_config c = {0}, empty = {0};
    c.path = ct_xstrdup("config.json");
    c.app_name = ct_xstrdup("app");
    c.app_url = ct_xstrdup("embedded");
    c.cluster.count = 2;
    c.cluster.servers = ct_xcalloc(2, sizeof(*c.cluster.servers));
    struct ct_server *s = &c.cluster.servers[1];
    char **texts[] = {&s->name,         &s->host,        &s->id,
                      &s->username,     &s->password,    &s->password_file,
                      &s->password_env, &s->private_key, &s->known_hosts};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        *texts[i] = ct_xstrdup("text");
    c.n_cases = 1;
    c.cases = ct_xcalloc(1, sizeof(*c.cases));
    c.cases->name = ct_xstrdup("case");
    ct_request_init(&c.cases->request, "GET", "/");
    c.cases->expect_status = ct_xcalloc(2, sizeof(int));
    c.cases->expect_body_contains = ct_xstrdup("ok");
    c.cases->span_start = ct_xstrdup("start");
    c.cases->span_end = ct_xstrdup("end");
    c.n_allow = 1;
    c.allow = ct_xcalloc(1, sizeof(*c.allow));
    c.allow[0] = ct_xstrdup("*.example.test");
    c.n_defaults = 1;
    c.defaults = ct_xcalloc(1, sizeof(*c.defaults));
    c.defaults->option = ct_xstrdup("rest-time");
    c.defaults->value = ct_xstrdup("0");
    ct_config_release(&c);
    cr_assert(zero(int, memcmp(&c, &empty, sizeof(c))));
}

Test(config, defaults_are_found_by_the_options_exact_name)
{
    struct ct_default defaults[] = {{(char *)"rest-time", (char *)"0", 3},
                                    {(char *)"load", (char *)"12", 4}};
    struct ct_config c = {.defaults = defaults, .n_defaults = 2};
    cr_assert_str_eq(ct_config_default(&c, "load"), "12");
    cr_assert_str_eq(ct_config_default(&c, "rest-time"), "0");
    cr_assert(ct_config_default(&c, "rest") == NULL);
    cr_assert(ct_config_default(&c, "") == NULL);
}

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/config.h"

static const char *const options[] = {"duration-per-test", "rest-time", "keep-alive"};
enum { N_OPTIONS = sizeof(options) / sizeof(options[0]) };

static int parse(const char *text, struct ct_config *c, struct ct_err *err)
{
    return ct_config_parse(text, strlen(text), "config.json", options, N_OPTIONS, c, err);
}

static struct ct_config golden(const char *name)
{
    char path[512];
    struct ct_config c = {0};
    struct ct_err err = {0};
    (void)snprintf(path, sizeof(path), "%s/golden/config/%s", CT_TESTS_DIR, name);
    cr_assert(eq(int, ct_config_load(path, options, N_OPTIONS, &c, &err), 0), "%s", err.msg);
    cr_assert(eq(str, c.path, path));
    return c;
}

Test(config, cluster_testers_file_loads_unchanged)
{
    struct ct_config c = golden("cluster-tester.json");
    cr_assert(eq(str, c.app_name, "lab-k3s"));
    cr_assert(eq(str, c.app_url, "http://192.168.1.240"));
    cr_assert(eq(sz, c.cluster.count, 2));
    const struct ct_server *s = &c.cluster.servers[1];
    cr_assert(eq(str, s->name, "node-2"));
    cr_assert(eq(str, s->host, "192.168.1.101"));
    cr_assert(eq(str, s->id, "192.168.1.101"));
    cr_assert(eq(int, s->port, 22));
    cr_assert(eq(int, s->auth, CT_AUTH_PASSWORD));
    cr_assert(eq(int, s->host_key, CT_HOST_KEY_STRICT));
    cr_assert(eq(str, s->username, "root"));
    cr_assert(eq(str, s->password, "secret"));
    cr_assert(c.has_clear_password);
    ct_config_release(&c);
}

Test(config, every_server_key_arrives)
{
    struct ct_config c = golden("all-keys.json");
    const struct ct_server *s = c.cluster.servers;
    cr_assert(eq(sz, c.cluster.count, 6));
    cr_assert(not(c.has_clear_password));
    cr_assert(eq(int, s[0].auth, CT_AUTH_LOCAL));
    cr_assert(eq(str, s[0].name, "this machine"));
    cr_assert(eq(str, s[0].id, "localhost:22"));
    cr_assert(eq(str, s[1].id, "localhost:2222"));
    cr_assert(eq(str, s[1].name, "localhost"));
    cr_assert(eq(int, s[1].auth, CT_AUTH_KEY));
    cr_assert(eq(int, s[1].host_key, CT_HOST_KEY_ACCEPT_NEW));
    cr_assert(eq(str, s[1].known_hosts, "/etc/known"));
    cr_assert(eq(str, s[1].private_key, "~/.ssh/id_lab"));
    cr_assert(eq(str, s[1].username, "ct"));
    cr_assert(eq(int, s[2].auth, CT_AUTH_PASSWORD));
    cr_assert(eq(str, s[2].password_file, "/run/secrets/seven"));
    cr_assert(eq(ptr, s[2].username, NULL));
    cr_assert(eq(int, s[3].auth, CT_AUTH_KEY));
    cr_assert(eq(str, s[3].id, "fe80::1"));
    cr_assert(eq(int, s[4].auth, CT_AUTH_PASSWORD));
    cr_assert(eq(str, s[4].password_env, "NODE_4_PASSWORD"));
    cr_assert(eq(int, s[5].auth, CT_AUTH_AGENT));
    cr_assert(eq(int, s[5].port, 22));
    ct_config_release(&c);
}

Test(config, every_case_key_arrives)
{
    struct ct_config c = golden("all-keys.json");
    cr_assert(eq(sz, c.n_cases, 2));
    const struct ct_case_decl *d = &c.cases[0];
    cr_assert(eq(str, d->name, "checkout"));
    cr_assert(eq(str, d->request.method, "POST"));
    cr_assert(eq(str, d->request.path, "/cart/{load}"));
    cr_assert(eq(sz, d->request.n_headers, 2));
    cr_assert(eq(str, d->request.headers[1].name, "X-Load"));
    cr_assert(eq(str, d->request.headers[1].value, "{load*2}"));
    cr_assert(eq(str, d->request.body, "n={load}"));
    cr_assert(eq(sz, d->request.body_len, 8));
    cr_assert(eq(sz, d->n_expect_status, 2));
    cr_assert(eq(int, d->expect_status[1], 201));
    cr_assert(eq(str, d->expect_body_contains, "ok"));
    cr_assert(eq(str, d->span_start, "begin"));
    cr_assert(eq(str, d->span_end, "finish"));
    cr_assert(eq(u32, d->load_min, 5));
    cr_assert(eq(u32, d->load_max, 1000));
    cr_assert(eq(u32, d->line, 11));
    d = &c.cases[1];
    cr_assert(eq(str, d->name, "home-2"));
    cr_assert(eq(str, d->request.method, "GET"));
    cr_assert(eq(ptr, d->request.body, NULL));
    cr_assert(eq(ptr, d->expect_status, NULL));
    cr_assert(eq(ptr, d->span_start, NULL));
    cr_assert(eq(u32, d->load_min, 1));
    cr_assert(eq(u32, d->load_max, 1000000));
    ct_config_release(&c);
}

Test(config, targets_and_defaults_arrive_as_text)
{
    struct ct_config c = golden("all-keys.json");
    cr_assert(eq(str, c.app_url, "embedded"));
    cr_assert(eq(sz, c.n_allow, 2));
    cr_assert(eq(str, c.allow[0], "*.staging.example.net"));
    cr_assert(eq(str, c.allow[1], "10.1.2.3"));
    cr_assert(eq(sz, c.n_defaults, 3));
    cr_assert(eq(str, (char *)ct_config_default(&c, "duration-per-test"), "10s"));
    cr_assert(eq(str, (char *)ct_config_default(&c, "rest-time"), "0"));
    cr_assert(eq(str, (char *)ct_config_default(&c, "keep-alive"), "true"));
    cr_assert(eq(u32, c.defaults[2].line, 20));
    ct_config_release(&c);
}

/* --- small files, good and bad side by side --- */

struct good {
    const char *text;
    const char *url; /* app_url, NULL: none */
};

static const struct good good[] = {
    {"{}", NULL},
    {"{\"app\": {}}", NULL},
    {"{\"app\": {\"url\": \"http://h\"}}", "http://h"},
    {"{\"app\": {\"url\": \"http://h///\"}}", "http://h"},
    {"{\"app\": {\"url\": \"https://h:8443/api/v1/\"}}", "https://h:8443/api/v1"},
    {"{\"app\": {\"url\": \"http://[::1]:80\"}}", "http://[::1]:80"},
    {"{\"app\": {\"url\": \"embedded\"}}", "embedded"},
    {"{\"monitorServers\": [], \"testCases\": [], \"targets\": {}, \"defaults\": {}}", NULL},
    {"{\"monitorServers\": [{\"host\": \"a\"}, {\"host\": \"b\"}]}", NULL},
    {"{\"targets\": {\"allow\": [\"*\"]}}", NULL},
    {"{\"defaults\": {\"rest-time\": 1.5, \"keep-alive\": \"off\"}}", NULL},
};

Test(config, good_files_load)
{
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct ct_config c = {0};
        struct ct_err err = {0};
        cr_expect(eq(int, parse(good[i].text, &c, &err), 0), "%s: %s", good[i].text, err.msg);
        if (good[i].url == NULL)
            cr_expect(eq(ptr, c.app_url, NULL));
        else
            cr_expect(eq(str, c.app_url, (char *)good[i].url));
        ct_config_release(&c);
    }
}

struct bad {
    const char *text;
    const char *line; /* the whole message after "config.json:" */
};

#define SERVER(keys) "{\"monitorServers\": [\n{" keys "}]}"
#define CASE(keys) "{\"testCases\": [\n{" keys "}]}"
#define REQUEST(keys) CASE("\"name\": \"a\", \"request\": {" keys "}")

static const struct bad bad[] = {
    {"", ""},
    {"[]", ""},
    {"{\"app\": {},\n\"monitorServer\": []}", ""},
    {"{\"frobnicate\": 1}", ""},
    {"{\"app\": {\"nam\": \"x\"}}", ""},
    {"{\"app\": {},\n\n\"app\": {}}", ""},
    {"{\"app\": {\"name\": \"a\",\n\"name\": \"b\"}}", ""},
    {"{\"app\": []}", ""},
    {"{\"app\": null}", ""},
    {"{\"app\": {\"name\": 7}}", ""},
    {"{\"app\": {\"name\": \"\"}}", ""},
    {"{\"app\": {\"name\": \"a\\nb\"}}", ""},
    {"{\"app\": {\"name\": \"a\\u0000b\"}}", ""},
    {"{\"app\": {\"url\": \"localhost:8080\"}}", ""},
    {"{\"app\": {\"url\": \"ftp://h\"}}", ""},
    {"{\"app\": {\"url\": \"http://\"}}", ""},
    {"{\"app\": {\"url\": \"http://h:99999\"}}", ""},
    {"{\"app\": {\"url\": \"http://u:geheim@h/\"}}", ""},
    {"{\"app\": {\"url\": \"http://h/?q=1\"}}", ""},
    {"{\"monitorServers\": {}}", ""},
    {"{\"monitorServers\": [\"a\"]}", ""},
    {SERVER(""), ""},
    {SERVER("\"host\": \"a\", \"ports\": 22"), ""},
    {SERVER("\"host\": \"a\", \"port\": \"22\""), ""},
    {SERVER("\"host\": \"a\", \"port\": 0"), ""},
    {SERVER("\"host\": \"a\", \"port\": 70000"), ""},
    {SERVER("\"host\": \"a\", \"port\": 22.5"), ""},
    {SERVER("\"host\": \"\""), ""},
    {SERVER("\"host\": \"root@a\""), ""},
    {SERVER("\"host\": \"a:2222\""), ""},
    {SERVER("\"host\": \"http://a\""), ""},
    {SERVER("\"host\": \"a b\""), ""},
    {SERVER("\"host\": \"a\", \"sshAuthMethod\": \"passwort\""), ""},
    {SERVER("\"host\": \"a\", \"sshAuthMethod\": \"password\""), ""},
    {SERVER("\"host\": \"a\", \"authentication\": {\"user\": \"x\"}"), ""},
    {SERVER("\"host\": \"a\",\n\"authentication\": {\"password\": \"p\",\n\"passwordEnv\": \"E\"}"),
     ""},
    {SERVER("\"host\": \"a\", \"authentication\": {\"password\": 1234}"), ""},
    {SERVER("\"host\": \"a\", \"hostKey\": \"yes\""), ""},
    {SERVER("\"host\": \"a\", \"transport\": \"openssh\""), ""},
    {SERVER("\"host\": \"a\"},\n{\"host\": \"a\""), ""},
    {CASE("\"name\": \"Check\", \"request\": {\"path\": \"/\"}"), ""},
    {CASE("\"request\": {\"path\": \"/\"}"), ""},
    {CASE("\"name\": \"a\""), ""},
    {REQUEST("\"method\": \"GET\""), ""},
    {REQUEST("\"path\": \"cart\""), ""},
    {REQUEST("\"path\": \"/a b\""), ""},
    {REQUEST("\"path\": \"/\", \"method\": \"post\""), ""},
    {REQUEST("\"path\": \"/\", \"headers\": {\"A\": \"1\",\n\"a\": \"2\"}"), ""},
    {REQUEST("\"path\": \"/\", \"headers\": {\"A b\": \"1\"}"), ""},
    {REQUEST("\"path\": \"/\", \"headers\": {\"A\": \"1\\r\\nB: 2\"}"), ""},
    {REQUEST("\"path\": \"/\", \"headers\": {\"A\": 1}"), ""},
    {REQUEST("\"path\": \"/\", \"body\": {}"), ""},
    {REQUEST("\"path\": \"/\"}, \"expect\": {\"status\": 200"), ""},
    {REQUEST("\"path\": \"/\"}, \"expect\": {\"status\": []"), ""},
    {REQUEST("\"path\": \"/\"}, \"expect\": {\"status\": [200,\n99]"), ""},
    {REQUEST("\"path\": \"/\"}, \"serverSpan\": {\"start\": \"s\""), ""},
    {REQUEST("\"path\": \"/\"}, \"maxLoad\": 0, \"x\": {"), ""},
    {REQUEST("\"path\": \"/\"}, \"minRecommendedLoad\": 9, \"maxLoad\": 3, \"expect\": {"), ""},
    {"{\"targets\": {\"allow\": [\"a\", \"http://b\"]}}", ""},
    {"{\"defaults\": {\"rest-tim\": 1}}", ""},
    {"{\"defaults\": {\"--rest-time\": 1}}", ""},
    {"{\"defaults\": {\"zzzzzz\": 1}}", ""},
    {"{\"defaults\": {\"rest-time\": 1,\n\"rest-time\": 2}}", ""},
    {"{\"defaults\": {\"rest-time\": [1]}}", ""},
    {"{\"app\": {\"name\": \"a\"}", ""},
};

Test(config, bad_files_are_answered_with_line_key_and_what_to_write)
{
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ct_config c = {0};
        struct ct_err err = {0};
        cr_expect(eq(int, parse(bad[i].text, &c, &err), CT_EUSAGE), "%s", bad[i].text);
        cr_expect(eq(ptr, c.cluster.servers, NULL), "untouched on failure");
        printf("GOT\t%s\n", err.msg);
        cr_expect(eq(str, err.msg, (char *)bad[i].line));
    }
}

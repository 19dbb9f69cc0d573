#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
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
    cr_assert(eq(str, (char *)c.path, (char *)path));
    return c;
}

Test(config, cluster_testers_file_loads_unchanged)
{
    struct ct_config c = golden("cluster-tester.json");
    cr_assert(eq(str, (char *)c.app_name, (char *)"lab-k3s"));
    cr_assert(eq(str, (char *)c.app_url, (char *)"http://192.168.1.240"));
    cr_assert(eq(sz, c.cluster.count, 2));
    const struct ct_server *s = &c.cluster.servers[1];
    cr_assert(eq(str, (char *)s->name, (char *)"node-2"));
    cr_assert(eq(str, (char *)s->host, (char *)"192.168.1.101"));
    cr_assert(eq(str, (char *)s->id, (char *)"192.168.1.101"));
    cr_assert(eq(int, s->port, 22));
    cr_assert(eq(int, s->auth, CT_AUTH_PASSWORD));
    cr_assert(eq(int, s->host_key, CT_HOST_KEY_STRICT));
    cr_assert(eq(str, (char *)s->username, (char *)"root"));
    cr_assert(eq(str, (char *)s->password, (char *)"secret"));
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
    cr_assert(eq(str, (char *)s[0].name, (char *)"this machine"));
    cr_assert(eq(str, (char *)s[0].id, (char *)"localhost:22"));
    cr_assert(eq(str, (char *)s[1].id, (char *)"localhost:2222"));
    cr_assert(eq(str, (char *)s[1].name, (char *)"localhost"));
    cr_assert(eq(int, s[1].auth, CT_AUTH_KEY));
    cr_assert(eq(int, s[1].host_key, CT_HOST_KEY_ACCEPT_NEW));
    cr_assert(eq(str, (char *)s[1].known_hosts, (char *)"/etc/known"));
    cr_assert(eq(str, (char *)s[1].private_key, (char *)"~/.ssh/id_lab"));
    cr_assert(eq(str, (char *)s[1].username, (char *)"ct"));
    cr_assert(eq(int, s[2].auth, CT_AUTH_PASSWORD));
    cr_assert(eq(str, (char *)s[2].password_file, (char *)"/run/secrets/seven"));
    cr_assert(eq(ptr, s[2].username, NULL));
    cr_assert(eq(int, s[3].auth, CT_AUTH_KEY));
    cr_assert(eq(str, (char *)s[3].id, (char *)"fe80::1"));
    cr_assert(eq(int, s[4].auth, CT_AUTH_PASSWORD));
    cr_assert(eq(str, (char *)s[4].password_env, (char *)"NODE_4_PASSWORD"));
    cr_assert(eq(int, s[5].auth, CT_AUTH_AGENT));
    cr_assert(eq(int, s[5].port, 22));
    ct_config_release(&c);
}

Test(config, every_case_key_arrives)
{
    struct ct_config c = golden("all-keys.json");
    cr_assert(eq(sz, c.n_cases, 2));
    const struct ct_case_decl *d = &c.cases[0];
    cr_assert(eq(str, (char *)d->name, (char *)"checkout"));
    cr_assert(eq(str, (char *)d->request.method, (char *)"POST"));
    cr_assert(eq(str, (char *)d->request.path, (char *)"/cart/{load}"));
    cr_assert(eq(sz, d->request.n_headers, 2));
    cr_assert(eq(str, (char *)d->request.headers[1].name, (char *)"X-Load"));
    cr_assert(eq(str, (char *)d->request.headers[1].value, (char *)"{load*2}"));
    cr_assert(eq(str, (char *)d->request.body, (char *)"n={load}"));
    cr_assert(eq(sz, d->request.body_len, 8));
    cr_assert(eq(sz, d->n_expect_status, 2));
    cr_assert(eq(int, d->expect_status[1], 201));
    cr_assert(eq(str, (char *)d->expect_body_contains, (char *)"ok"));
    cr_assert(eq(str, (char *)d->span_start, (char *)"begin"));
    cr_assert(eq(str, (char *)d->span_end, (char *)"finish"));
    cr_assert(eq(u32, d->load_min, 5));
    cr_assert(eq(u32, d->load_max, 1000));
    cr_assert(eq(u32, d->line, 11));
    d = &c.cases[1];
    cr_assert(eq(str, (char *)d->name, (char *)"home-2"));
    cr_assert(eq(str, (char *)d->request.method, (char *)"GET"));
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
    cr_assert(eq(str, (char *)c.app_url, (char *)"embedded"));
    cr_assert(eq(sz, c.n_allow, 2));
    cr_assert(eq(str, (char *)c.allow[0], (char *)"*.staging.example.net"));
    cr_assert(eq(str, (char *)c.allow[1], (char *)"10.1.2.3"));
    cr_assert(eq(sz, c.n_defaults, 3));
    cr_assert(eq(str, (char *)ct_config_default(&c, "duration-per-test"), (char *)"10s"));
    cr_assert(eq(str, (char *)ct_config_default(&c, "rest-time"), (char *)"0"));
    cr_assert(eq(str, (char *)ct_config_default(&c, "keep-alive"), (char *)"true"));
    cr_assert(eq(u32, c.defaults[2].line, 19));
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
            cr_expect(eq(str, (char *)c.app_url, (char *)good[i].url));
        ct_config_release(&c);
    }
}

struct bad {
    const char *text;
    const char *line; /* the whole message after "config.json:" */
};

#define SERVER(keys) "{\"monitorServers\": [\n{" keys "}]}"
#define CASE(keys) "{\"testCases\": [\n{" keys "}]}"
#define GROUP                                                                                      \
    "expected a control group's path below /sys/fs/cgroup, without a slash in front and without "  \
    "'..', of letters, digits and _ - . @ : \\ /, at most 255 bytes: "                             \
    "\"cgroup:system.slice/nginx.service\""
#define REQUEST(keys) CASE("\"name\": \"a\", \"request\": {" keys "}")

static const struct bad bad[] = {
    {"", "1:1: the text ends too early"},
    {"[]", "1: expected an object, found an array"},
    {"{\"app\": {},\n\"monitorServer\": []}",
     "2: unknown key 'monitorServer': did you mean 'monitorServers'?"},
    {"{\"frobnicate\": 1}", "1: unknown key 'frobnicate': known here: 'app', 'monitorServers', "
                            "'testCases', 'targets', 'defaults'"},
    {"{\"app\": {\"nam\": \"x\"}}", "1: app: unknown key 'nam': did you mean 'name'?"},
    {"{\"app\": {},\n\n\"app\": {}}", "3: app: this key stands twice: remove one"},
    {"{\"app\": {\"name\": \"a\",\n\"name\": \"b\"}}",
     "2: app.name: this key stands twice: remove one"},
    {"{\"app\": []}", "1: app: expected an object, found an array: write \"app\": {\"name\": "
                      "\"my-app\", \"url\": \"http://127.0.0.1:8080\"}"},
    {"{\"app\": null}", "1: app: expected an object, found null: write \"app\": {\"name\": "
                        "\"my-app\", \"url\": \"http://127.0.0.1:8080\"}"},
    {"{\"app\": {\"name\": 7}}",
     "1: app.name: expected a string, found a number: write \"name\": \"lab-k3s\""},
    {"{\"app\": {\"name\": \"\"}}",
     "1: app.name: this is empty: write a text or leave the key out"},
    {"{\"app\": {\"name\": \"a\\nb\"}}",
     "1: app.name: a control character stands in it: write one line of text"},
    {"{\"app\": {\"name\": \"a\\u0000b\"}}", "1: app.name: a \\u0000 is no text: remove it"},
    {"{\"app\": {\"url\": \"localhost:8080\"}}",
     "1: app.url: expected \"http://HOST\", \"https://HOST\" or \"embedded\", found "
     "\"localhost:8080\""},
    {"{\"app\": {\"url\": \"ftp://h\"}}",
     "1: app.url: a URL begins with http:// or https://, for example http://127.0.0.1:8080"},
    {"{\"app\": {\"url\": \"http://\"}}",
     "1: app.url: the host is missing, for example http://127.0.0.1:8080"},
    {"{\"app\": {\"url\": \"http://h:99999\"}}",
     "1: app.url: the port is a number from 1 to 65535, for example http://127.0.0.1:8080"},
    {"{\"app\": {\"url\": \"http://u:geheim@h/\"}}",
     "1: app.url: a user or password in the URL is not taken: write an Authorization header in a "
     "test case"},
    {"{\"app\": {\"url\": \"http://h/?q=1\"}}", "1: app.url: a query ('?...') does not belong into "
                                                "a base URL, for example http://127.0.0.1:8080"},
    {"{\"monitorServers\": {}}", "1: monitorServers: expected an array, found an object: write "
                                 "\"monitorServers\": [{\"host\": \"192.168.1.100\"}]"},
    {"{\"monitorServers\": [\"a\"]}", "1: monitorServers[0]: expected an object, found a string: "
                                      "write \"monitorServers\": [{\"host\": \"192.168.1.100\"}]"},
    {SERVER(""), "2: monitorServers[0]: missing key 'host': write \"host\": \"192.168.1.100\""},
    {SERVER("\"host\": \"a\", \"ports\": 22"),
     "2: monitorServers[0]: unknown key 'ports': did you mean 'port'?"},
    {SERVER("\"host\": \"a\", \"port\": \"22\""),
     "2: monitorServers[0].port: expected a number, found a string: write \"port\": 22"},
    {SERVER("\"host\": \"a\", \"port\": 0"),
     "2: monitorServers[0].port: expected a whole number from 1 to 65535, found 0"},
    {SERVER("\"host\": \"a\", \"port\": 70000"),
     "2: monitorServers[0].port: expected a whole number from 1 to 65535, found 70000"},
    {SERVER("\"host\": \"a\", \"port\": 22.5"),
     "2: monitorServers[0].port: expected a whole number from 1 to 65535, found 22.5"},
    {SERVER("\"host\": \"\""),
     "2: monitorServers[0].host: expected a host such as \"192.168.1.100\""},
    {SERVER("\"host\": \"root@a\""), "2: monitorServers[0].host: expected a host only: write the "
                                     "user as \"username\" under \"authentication\""},
    {SERVER("\"host\": \"a:2222\""),
     "2: monitorServers[0].host: expected a host only: write \"host\": \"a\", \"port\": 2222"},
    {SERVER("\"host\": \"http://a\""),
     "2: monitorServers[0].host: expected a host, found a URL: write \"192.168.1.100\""},
    {SERVER("\"host\": \"a b\""), "2: monitorServers[0].host: expected a host name or an address "
                                  "such as \"192.168.1.100\" or \"fe80::1\", found \"a b\""},
    {SERVER("\"host\": \"a\", \"sshAuthMethod\": \"passwort\""),
     "2: monitorServers[0].sshAuthMethod: expected one of \"agent\", \"key\", \"password\", "
     "\"local\", found \"passwort\""},
    {SERVER("\"host\": \"a\", \"authentication\": {\"user\": \"x\"}"),
     "2: monitorServers[0].authentication: unknown key 'user': known here: 'username', 'password', "
     "'passwordFile', 'passwordEnv', 'privateKey'"},
    {SERVER("\"host\": \"a\",\n\"authentication\": {\"password\": \"p\",\n\"passwordEnv\": \"E\"}"),
     "3: monitorServers[0].authentication: write one of 'password', 'passwordFile' and "
     "'passwordEnv', found 2"},
    {SERVER("\"host\": \"a\", \"authentication\": {\"password\": 1234}"),
     "2: monitorServers[0].authentication.password: expected a string, found a number: write "
     "\"password\": \"...\""},
    {SERVER("\"host\": \"a\", \"hostKey\": \"yes\""),
     "2: monitorServers[0].hostKey: expected one of \"strict\", \"accept-new\", found \"yes\""},
    {SERVER("\"host\": \"-oProxyCommand=id\""),
     "2: monitorServers[0].host: expected a host name or an address such as \"192.168.1.100\" or "
     "\"fe80::1\", found \"-oProxyCommand=id\""},
    {SERVER("\"host\": \"a\", \"watch\": [\"a-name-of-16-byte\"]"),
     "2: monitorServers[0].watch[0]: a process's name has 1 to 15 bytes: the kernel cuts longer "
     "ones (see /proc/PID/comm)"},
    {SERVER("\"host\": \"a\", \"watch\": [\"/bin/nginx\"]"),
     "2: monitorServers[0].watch[0]: a process's name without a folder, as in /proc/PID/comm"},
    {SERVER("\"host\": \"a\", \"watch\": [\"sbin/nginx\"]"),
     "2: monitorServers[0].watch[0]: a process's name without a folder, as in /proc/PID/comm"},
    {SERVER("\"host\": \"a\", \"watch\": [\"cgroup:../etc\"]"),
     "2: monitorServers[0].watch[0]: " GROUP},
    {SERVER("\"host\": \"a\", \"watch\": [\"cgroup:a/../b\"]"),
     "2: monitorServers[0].watch[0]: " GROUP},
    {SERVER("\"host\": \"a\", \"watch\": [\"cgroup:a/..\"]"),
     "2: monitorServers[0].watch[0]: " GROUP},
    {SERVER("\"host\": \"a\", \"watch\": [\"cgroup:a/./b\"]"),
     "2: monitorServers[0].watch[0]: " GROUP},
    {SERVER("\"host\": \"a\", \"watch\": [\"cgroup:/a\"]"),
     "2: monitorServers[0].watch[0]: " GROUP},
    {SERVER("\"host\": \"a\", \"watch\": [\"cgroup:a/\"]"),
     "2: monitorServers[0].watch[0]: " GROUP},
    {SERVER("\"host\": \"a\", \"watch\": [\"cgroup:a//b\"]"),
     "2: monitorServers[0].watch[0]: " GROUP},
    {SERVER("\"host\": \"a\", \"watch\": [\"cgroup:\"]"), "2: monitorServers[0].watch[0]: " GROUP},
    {SERVER("\"host\": \"a\", \"watch\": [\"ok\", \"cgroup:$(id)\"]"),
     "2: monitorServers[0].watch[1]: " GROUP},
    {SERVER("\"host\": \"a\", \"watch\": [\"cgroup:a b\"]"),
     "2: monitorServers[0].watch[0]: " GROUP},
    {SERVER("\"host\": \"a\", \"watch\": [\"cgroup:a*\"]"),
     "2: monitorServers[0].watch[0]: " GROUP},
    {SERVER("\"host\": \"a\", \"watch\": [\"cgroup:a\\nb\"]"),
     "2: monitorServers[0].watch[0]: " GROUP},
    {SERVER("\"host\": \"a\", \"watch\": [\"cgroup:a\\u0000b\"]"),
     "2: monitorServers[0].watch[0]: " GROUP},
    {SERVER("\"host\": \"a\", \"watch\": [\"cgroup:gr\u00fcn\"]"),
     "2: monitorServers[0].watch[0]: " GROUP},
    {SERVER("\"host\": \"a\", \"watch\": [\"a\", \"b\", \"c\", \"d\", \"cgroup:e\", \"cgroup:f\", "
            "\"g\", \"h\", \"i\"]"),
     "2: monitorServers[0].watch[8]: at most 8 names"},
    {SERVER("\"host\": \"a\", \"cores\": \"yes\""),
     "2: monitorServers[0].cores: expected true or false, found a string: write \"cores\": true"},
    {SERVER("\"host\": \"a;id\", \"transport\": \"openssh\""),
     "2: monitorServers[0]: host \"a;id\" cannot be given to ssh: letters, digits and . _ : % - "
     "only, not beginning with '-'"},
    {SERVER("\"host\": \"a\", \"transport\": \"openssh\",\n\"authentication\": {\"username\": "
            "\"-lroot\"}"),
     "2: monitorServers[0]: username \"-lroot\" cannot be given to ssh: letters, digits and . _ @ "
     "+ - only, not beginning with '-'"},
    {SERVER("\"host\": \"a\", \"transport\": \"openssh\",\n\"authentication\": {\"privateKey\": "
            "\"${HOME}/k\"}"),
     "2: monitorServers[0]: privateKey \"${HOME}/k\" cannot be given to ssh: a path without "
     "quotes, backslashes and '${'"},
    {SERVER("\"host\": \"a\", \"transport\": \"openssh\",\n\"authentication\": {\"password\": "
            "\"p\"}"),
     "2: monitorServers[0]: transport \"openssh\" logs in by agent or key only (ssh runs with "
     "BatchMode=yes): leave \"transport\" out for a password"},
    {SERVER("\"host\": \"a\"},\n{\"host\": \"a\""),
     "3: monitorServers[1]: host \"a\" with port 22 stands twice, first as monitorServers[0]: "
     "remove one"},
    {CASE("\"name\": \"Check\", \"request\": {\"path\": \"/\"}"),
     "2: testCases[0].name: expected a name of a-z, 0-9 and '-' that begins with a letter, at most "
     "64 long, such as \"checkout\", found \"Check\""},
    {CASE("\"request\": {\"path\": \"/\"}"),
     "2: testCases[0]: missing key 'name': write \"name\": \"checkout\""},
    {CASE("\"name\": \"a\""),
     "2: testCases[0]: missing key 'request': write \"request\": {\"path\": \"/cart/{load}\"}"},
    {REQUEST("\"method\": \"GET\""),
     "2: testCases[0].request: missing key 'path': write \"path\": \"/cart/{load}\""},
    {REQUEST("\"path\": \"cart\""), "2: testCases[0].request.path: expected a path that begins "
                                    "with '/' such as \"/cart/{load}\", found \"cart\""},
    {REQUEST("\"path\": \"/a b\""),
     "2: testCases[0].request.path: a path holds no spaces, '#', control or non-ASCII characters: "
     "write them as %20 (byte 3 of \"/a b\")"},
    {REQUEST("\"path\": \"/\", \"method\": \"post\""),
     "2: testCases[0].request.method: expected a method in capitals such as \"GET\" or \"POST\", "
     "found \"post\""},
    {REQUEST("\"path\": \"/\", \"headers\": {\"A\": \"1\",\n\"a\": \"2\"}"),
     "3: testCases[0].request.headers.a: this header stands twice: remove one"},
    {REQUEST("\"path\": \"/\", \"headers\": {\"A b\": \"1\"}"),
     "2: testCases[0].request.headers.A b: this is no header name: write one such as "
     "\"Content-Type\""},
    {REQUEST("\"path\": \"/\", \"headers\": {\"A\": \"1\\r\\nB: 2\"}"),
     "2: testCases[0].request.headers.A: a header's value is one line without control characters"},
    {REQUEST("\"path\": \"/\", \"headers\": {\"A\": 1}"),
     "2: testCases[0].request.headers.A: expected a string, found a number: write "
     "\"A\": \"application/json\""},
    {REQUEST("\"path\": \"/\", \"body\": {}"), "2: testCases[0].request.body: expected a string, "
                                               "found an object: write \"body\": \"items={load}\""},
    {REQUEST("\"path\": \"/\"}, \"expect\": {\"status\": 200"),
     "2: testCases[0].expect.status: expected an array, found a number: write \"status\": [200, "
     "201]"},
    {REQUEST("\"path\": \"/\"}, \"expect\": {\"status\": []"),
     "2: testCases[0].expect: 'status' is empty, nothing could pass: write \"status\": [200] or "
     "leave the key out"},
    {REQUEST("\"path\": \"/\"}, \"expect\": {\"status\": [200,\n99]"),
     "3: testCases[0].expect.status[1]: expected a whole number from 100 to 599, found 99"},
    {REQUEST("\"path\": \"/\"}, \"serverSpan\": {\"start\": \"s\""),
     "2: testCases[0].serverSpan: missing key 'end': write \"end\": \"end\""},
    {REQUEST("\"path\": \"/\"}, \"maxLoad\": 0, \"x\": {"),
     "2: testCases[0].maxLoad: expected a whole number from 1 to 1000000000, found 0"},
    {REQUEST("\"path\": \"/\"}, \"minRecommendedLoad\": 9, \"maxLoad\": 3, \"expect\": {"),
     "2: testCases[0]: minRecommendedLoad is 9, but maxLoad is 3: write a larger \"maxLoad\""},
    {CASE("\"name\": \"a\\n\""),
     "2: testCases[0].name: expected a name of a-z, 0-9 and '-' that begins with a letter, at most "
     "64 long, such as \"checkout\", found \"a?\""},
    {"{\"targets\": {\"allow\": [\"a\", \"http://b\"]}}",
     "1: targets.allow[1]: expected a host or a pattern such as \"*.staging.example.net\", found "
     "\"http://b\""},
    {"{\"defaults\": {\"rest-tim\": 1}}",
     "1: defaults.rest-tim: unknown option: did you mean 'rest-time'?"},
    {"{\"defaults\": {\"--rest-time\": 1}}",
     "1: defaults.--rest-time: an option is named without dashes here: write \"rest-time\""},
    {"{\"defaults\": {\"zzzzzz\": 1}}", "1: defaults.zzzzzz: unknown option: write one of those "
                                        "that a command's --help lists, without dashes"},
    {"{\"defaults\": {\"rest-time\": 1,\n\"rest-time\": 2}}",
     "2: defaults.rest-time: this key stands twice, first in line 1: remove one"},
    {"{\"defaults\": {\"rest-time\": [1]}}",
     "1: defaults.rest-time: expected true or false, a number or a string, found an array: "
     "write \"rest-time\": \"10s\""},
    {"{\"app\": {\"name\": \"a\"}", "1:22: the text ends too early"},
};

Test(config, bad_files_are_answered_with_line_key_and_what_to_write)
{
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ct_config c = {0};
        struct ct_err err = {0};
        cr_expect(eq(int, parse(bad[i].text, &c, &err), CT_EUSAGE), "%s", bad[i].text);
        cr_expect(eq(ptr, c.cluster.servers, NULL), "untouched on failure");
        cr_expect(eq(str, err.msg + strlen("config.json:"), (char *)bad[i].line));
    }
}

Test(config, a_missing_file_is_answered_with_one_that_loads)
{
    struct ct_config c = {0};
    struct ct_err err = {0};
    cr_assert(eq(int, ct_config_load("/nonexistent/config.json", NULL, 0, &c, &err), CT_EUSAGE));
    cr_assert(ne(ptr, strstr(err.msg, "there is no '/nonexistent/config.json'"), NULL));
    const char *minimal = strchr(err.msg, '\n');
    cr_assert(ne(ptr, (char *)minimal, NULL));
    cr_assert(eq(int, parse(minimal + 1, &c, NULL), 0));
    cr_assert(eq(str, c.app_url, (char *)"http://127.0.0.1:8080"));
    ct_config_release(&c);
}

Test(config, a_folder_is_no_config)
{
    struct ct_config c = {0};
    struct ct_err err = {0};
    cr_assert(lt(int, ct_config_load("/tmp", NULL, 0, &c, &err), 0));
    cr_assert(ne(ptr, strstr(err.msg, "/tmp"), NULL));
}

Test(config, without_known_options_any_default_is_taken)
{
    struct ct_config c = {0};
    static const char text[] = "{\"defaults\": {\"anything\": \"x\"}}";
    cr_assert(eq(int, ct_config_parse(text, strlen(text), "f", NULL, 0, &c, NULL), 0));
    cr_assert(eq(str, (char *)ct_config_default(&c, "anything"), (char *)"x"));
    ct_config_release(&c);
}

Test(config, a_list_ends_at_1000_entries)
{
    struct ct_buf text;
    struct ct_config c = {0};
    struct ct_err err = {0};
    ct_buf_init(&text, 1 << 20);
    ct_buf_puts(&text, "{\"monitorServers\": [");
    for (int i = 0; i <= 1000; i++)
        ct_buf_printf(&text, "%s\n{\"host\": \"n%d\"}", i > 0 ? "," : "", i);
    ct_buf_puts(&text, "]}");
    cr_assert(eq(int, parse(text.data, &c, &err), CT_EUSAGE));
    cr_assert(
        eq(str, err.msg, (char *)"config.json:1002: monitorServers[1000]: more than 1000 entries"));
    ct_buf_release(&text);
}

/* The examples of the manual, one by one. */
Test(config, every_example_in_the_manual_loads)
{
    static const char fence[] = "```json\n";
    struct ct_buf manual;
    ct_buf_init(&manual, 1 << 20);
    cr_assert(
        eq(int, ct_buf_read_file(&manual, CT_TESTS_DIR "/../docs/configuration.md", NULL), 0));
    unsigned n = 0;
    for (char *at = manual.data; (at = strstr(at, fence)) != NULL; n++) {
        at += strlen(fence);
        char *end = strstr(at, "```");
        cr_assert(ne(ptr, end, NULL));
        struct ct_config c = {0};
        struct ct_err err = {0};
        int rc = ct_config_parse(at, (size_t)(end - at), "manual", NULL, 0, &c, &err);
        cr_expect(eq(int, rc, 0), "%s", err.msg);
        ct_config_release(&c);
        at = end;
    }
    cr_assert(ge(int, (int)n, 7));
    ct_buf_release(&manual);
}

Test(config, the_projects_own_file_watches_this_machine)
{
    struct ct_config c = {0};
    struct ct_err err = {0};
    int rc = ct_config_load(CT_TESTS_DIR "/../config.json", NULL, 0, &c, &err);
    cr_assert(eq(int, rc, 0), "%s", err.msg);
    cr_assert(eq(str, c.app_url, (char *)"embedded"));
    cr_assert(eq(int, c.cluster.servers[0].auth, CT_AUTH_LOCAL));
    ct_config_release(&c);
}

Test(config, what_is_watched_is_told_apart)
{
    struct ct_config c;
    struct ct_err err = {0};
    cr_assert(eq(int,
                 parse("{\"app\": {\"name\": \"a\", \"url\": \"http://h\"}, \"monitorServers\": "
                       "[{\"host\": \"a\", \"cores\": true, \"watch\": [\"nginx\", "
                       "\"cgroup:system.slice/a@b:c\\\\x2d1.service\", \"cgroups: x\", "
                       "\"cgroup:..a\"]}, {\"host\": \"b\", \"cores\": false}]}",
                       &c, &err),
                 0),
              "%s", err.msg);
    const struct ct_server *s = c.cluster.servers;
    cr_assert(eq(sz, s->n_watch, 2));
    cr_expect(eq(str, s->watch[0], (char *)"nginx"));
    cr_expect(eq(str, s->watch[1], (char *)"cgroups: x"));
    cr_assert(eq(sz, s->n_cgroups, 2));
    cr_expect(eq(str, s->cgroups[0], (char *)"system.slice/a@b:c\\x2d1.service"));
    cr_expect(eq(str, s->cgroups[1], (char *)"..a"));
    cr_expect(s[0].cores);
    cr_expect(not(s[1].cores));
    ct_config_release(&c);
}

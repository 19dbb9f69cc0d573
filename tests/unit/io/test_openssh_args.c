#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "io/openssh_args.h"

static char host[64] = "node-1", name[64], path[64], file[64];

static struct ct_server server_of(const char *user, const char *key, const char *known)
{
    struct ct_server s = {.host = host, .port = 22, .transport = CT_SSH_OPENSSH};
    (void)snprintf(name, sizeof(name), "%s", user != NULL ? user : "");
    (void)snprintf(path, sizeof(path), "%s", key != NULL ? key : "");
    (void)snprintf(file, sizeof(file), "%s", known != NULL ? known : "");
    s.username = user != NULL ? name : NULL;
    s.private_key = key != NULL ? path : NULL;
    s.known_hosts = known != NULL ? file : NULL;
    s.auth = key != NULL ? CT_AUTH_KEY : CT_AUTH_AGENT;
    return s;
}

static bool holds(const struct ct_openssh_args *a, const char *item)
{
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->items[i], item) == 0)
            return true;
    return false;
}

static struct ct_openssh_args args_of(const struct ct_server *s)
{
    struct ct_openssh_args a;
    struct ct_err err = {0};
    cr_assert(zero(int, ct_openssh_args_init(&a, s, 10, false, "the command", &err)), "%s",
              err.msg);
    return a;
}

Test(openssh_args, the_host_and_the_command_stand_behind_two_dashes)
{
    struct ct_server s = server_of("me", "/k", "/h");
    struct ct_openssh_args a = args_of(&s);
    cr_assert(zero(int, strcmp(a.items[0], "ssh")));
    cr_assert(zero(int, strcmp(a.items[a.count - 3], "--")));
    cr_assert(zero(int, strcmp(a.items[a.count - 2], "node-1")));
    cr_assert(zero(int, strcmp(a.items[a.count - 1], "the command")));
    cr_assert(zero(ptr, a.items[a.count]));
    cr_assert(holds(&a, "-oBatchMode=yes"));
    cr_assert(holds(&a, "-oStrictHostKeyChecking=yes"));
    cr_assert(holds(&a, "-lme"));
    ct_openssh_args_release(&a);
}

Test(openssh_args, what_is_left_out_is_for_the_configuration_of_ssh_to_say)
{
    struct ct_server s = server_of(NULL, NULL, NULL);
    struct ct_openssh_args a = args_of(&s);
    for (size_t i = 1; i < a.count; i++) {
        cr_assert(ne(int, strncmp(a.items[i], "-p", 2), 0));
        cr_assert(ne(int, strncmp(a.items[i], "-l", 2), 0));
        cr_assert(zero(ptr, strstr(a.items[i], "KnownHostsFile")));
        cr_assert(zero(ptr, strstr(a.items[i], "Identit")));
    }
    ct_openssh_args_release(&a);
}

Test(openssh_args, paths_are_quoted_and_nothing_in_them_is_expanded)
{
    struct ct_server s = server_of(NULL, "/a b/%h", "~/kn own");
    s.port = 2222;
    s.host_key = CT_HOST_KEY_ACCEPT_NEW;
    struct ct_openssh_args a = args_of(&s);
    cr_assert(holds(&a, "-oIdentityFile=\"/a b/%%h\""));
    cr_assert(holds(&a, "-oIdentitiesOnly=yes"));
    cr_assert(holds(&a, "-oUserKnownHostsFile=\"./~/kn own\""));
    cr_assert(holds(&a, "-oGlobalKnownHostsFile=/dev/null"));
    cr_assert(holds(&a, "-oStrictHostKeyChecking=accept-new"));
    cr_assert(holds(&a, "-p2222"));
    ct_openssh_args_release(&a);
}

Test(openssh_args, what_could_be_taken_for_something_else_is_refused)
{
    static const char *const hosts[] = {
        "-oProxyCommand=id", "a;id", "a b", "$(id)", "", "a`id`", "a/b", "ssh://a", "a\nb", "me@a"};
    static const char *const users[] = {"-oProxyCommand=id", "a;id", "a b", "$(id)", "", "a'b"};
    static const char *const paths[] = {"a\"b", "a\\b", "${HOME}/k", "a\nb"};
    struct ct_err err;
    for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
        struct ct_server s = server_of(NULL, NULL, NULL);
        (void)snprintf(host, sizeof(host), "%s", hosts[i]);
        cr_assert(eq(int, ct_openssh_check(&s, &err), CT_EUSAGE), "%s", hosts[i]);
    }
    (void)snprintf(host, sizeof(host), "node-1");
    for (size_t i = 0; i < sizeof(users) / sizeof(*users); i++) {
        struct ct_server s = server_of(users[i], NULL, NULL);
        cr_assert(eq(int, ct_openssh_check(&s, &err), CT_EUSAGE), "%s", users[i]);
    }
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        struct ct_server s = server_of(NULL, paths[i], NULL);
        cr_assert(eq(int, ct_openssh_check(&s, &err), CT_EUSAGE), "%s", paths[i]);
        s = server_of(NULL, NULL, paths[i]);
        cr_assert(eq(int, ct_openssh_check(&s, &err), CT_EUSAGE), "%s", paths[i]);
    }
}

Test(openssh_args, a_password_needs_the_other_transport)
{
    struct ct_server s = server_of(NULL, NULL, NULL);
    struct ct_err err;
    s.auth = CT_AUTH_PASSWORD;
    cr_assert(eq(int, ct_openssh_check(&s, &err), CT_EUSAGE));
}

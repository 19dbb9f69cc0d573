#include "model/config.h"

#include <stdlib.h>
#include <string.h>

static void wipe(char *secret)
{
    if (secret != NULL)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}

static void server_release(struct ct_server *s)
{
    free(s->name);
    free(s->host);
    free(s->id);
    free(s->username);
    wipe(s->password);
    wipe(s->secret);
    free(s->password_file);
    free(s->password_env);
    free(s->private_key);
    free(s->known_hosts);
    for (size_t i = 0; i < s->n_watch; i++)
        free(s->watch[i]);
    for (size_t i = 0; i < s->n_cgroups; i++)
        free(s->cgroups[i]);
}

static void case_release(struct ct_case_decl *c)
{
    free(c->name);
    ct_request_release(&c->request);
    free(c->expect_status);
    free(c->expect_body_contains);
    free(c->span_start);
    free(c->span_end);
}

void ct_config_release(struct ct_config *c)
{
    for (size_t i = 0; i < c->cluster.count; i++)
        server_release(&c->cluster.servers[i]);
    for (size_t i = 0; i < c->n_cases; i++)
        case_release(&c->cases[i]);
    for (size_t i = 0; i < c->n_allow; i++)
        free(c->allow[i]);
    for (size_t i = 0; i < c->n_defaults; i++) {
        free(c->defaults[i].option);
        free(c->defaults[i].value);
    }
    free(c->cluster.servers);
    free(c->cases);
    free(c->allow);
    free(c->defaults);
    free(c->path);
    free(c->app_name);
    free(c->app_url);
    memset(c, 0, sizeof(*c));
}

const char *ct_config_default(void *ctx, const char *option)
{
    const struct ct_config *c = ctx;
    for (size_t i = 0; i < c->n_defaults; i++)
        if (strcmp(c->defaults[i].option, option) == 0)
            return c->defaults[i].value;
    return NULL;
}

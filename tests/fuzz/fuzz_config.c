/* config.json from anywhere: refused with one line, or a config that keeps its promises. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "store/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const options[] = {"duration-per-test", "rest-time", "load"};

static void check_good(const struct ct_config *c)
{
    for (size_t i = 0; i < c->cluster.count; i++) {
        const struct ct_server *s = &c->cluster.servers[i];
        assert(s->name != NULL && s->host != NULL && s->port > 0);
        for (size_t k = 0; k < i; k++)
            assert(strcmp(s->id, c->cluster.servers[k].id) != 0);
        assert(s->password == NULL || c->has_clear_password);
    }
    for (size_t i = 0; i < c->n_cases; i++) {
        const struct ct_case_decl *d = &c->cases[i];
        assert(d->name != NULL && d->request.path[0] == '/' && d->line > 0);
        assert(d->load_min >= 1 && d->load_min <= d->load_max);
        assert((d->span_start == NULL) == (d->span_end == NULL));
        for (size_t k = 0; k < d->request.n_headers; k++)
            assert(strpbrk(d->request.headers[k].value, "\r\n") == NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ct_config c = {0};
    struct ct_err err = {0};
    int rc = ct_config_parse((const char *)data, size, "f", options, 3, &c, &err);
    if (rc == 0)
        check_good(&c);
    else
        assert(rc == CT_EUSAGE && strncmp(err.msg, "f:", 2) == 0 && strchr(err.msg, '\n') == NULL);
    ct_config_release(&c);
    return 0;
}

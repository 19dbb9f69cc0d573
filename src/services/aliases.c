#include "services/aliases.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static int split(const char *item, struct ct_alias *out, struct ct_err *err)
{
    const char *colon = strrchr(item, ':');
    size_t len = colon != NULL ? (size_t)(colon - item) : 0;

    *out = (struct ct_alias){0};
    if (colon == NULL || len == 0 || colon[1] == '\0' ||
        (item[0] == '[' && strchr(item, ']') == NULL))
        return ct_fail(err, CT_EUSAGE,
                       "--alias-hosts: '%s' is not host:alias (an IPv6 host: [fe80::1]:alias)",
                       item);
    if (item[0] == '[' && item[len - 1] == ']')
        out->host = ct_xstrndup(item + 1, len - 2);
    else
        out->host = ct_xstrndup(item, len);
    out->alias = ct_xstrdup(colon + 1);
    return 0;
}

static int check_new(const struct ct_aliases *a, const struct ct_alias *item, struct ct_err *err)
{
    for (size_t i = 0; i < a->count; i++) {
        if (strcmp(a->items[i].host, item->host) == 0)
            return ct_fail(err, CT_EUSAGE, "--alias-hosts: '%s' has two aliases", item->host);
        if (strcmp(a->items[i].alias, item->alias) == 0)
            return ct_fail(err, CT_EUSAGE, "--alias-hosts: two hosts are called '%s'", item->alias);
    }
    return 0;
}

int ct_aliases_parse(const struct ct_list *list, struct ct_aliases *out, struct ct_err *err)
{
    int rc = 0;

    *out = (struct ct_aliases){.items = ct_xcalloc(list->count + 1, sizeof(*out->items))};
    for (size_t i = 0; i < list->count && rc == 0; i++) {
        struct ct_alias item;
        if ((rc = split(list->items[i], &item, err)) < 0)
            break;
        rc = check_new(out, &item, err);
        out->items[out->count++] = item;
    }
    if (rc < 0)
        ct_aliases_release(out);
    return rc;
}

void ct_aliases_release(struct ct_aliases *a)
{
    for (size_t i = 0; i < a->count; i++) {
        free(a->items[i].host);
        free(a->items[i].alias);
    }
    free(a->items);
    *a = (struct ct_aliases){0};
}

const char *ct_aliases_name(struct ct_aliases *a, const char *host)
{
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->items[i].host, host) == 0) {
            a->items[i].used = true;
            return a->items[i].alias;
        }
    return host;
}

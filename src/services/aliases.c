#include "services/aliases.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* The caller owns both of its strings. */
static bool split(const char *item, struct ct_alias *out)
{
    const char *colon = strrchr(item, ':');

    if (colon == NULL || colon == item || colon[1] == '\0' ||
        (item[0] == '[' && strchr(item, ']') == NULL))
        return false;
    bool bare = item[0] != '[' || colon[-1] != ']';
    *out = (struct ct_alias){
        .host = bare ? ct_xstrndup(item, (size_t)(colon - item))
                     : ct_xstrndup(item + 1, (size_t)(colon - item) - 2),
        .alias = ct_xstrdup(colon + 1),
    };
    return true;
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
        if (!split(list->items[i], &item)) {
            rc = ct_fail(err, CT_EUSAGE,
                         "--alias-hosts: '%s' is not host:alias (an IPv6 host: [fe80::1]:alias)",
                         list->items[i]);
            break;
        }
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

/* Names that people give to hosts: "host:alias", "[v6]:alias". Private to the analyze service. */
#ifndef CT_SERVICES_ALIASES_H
#define CT_SERVICES_ALIASES_H

#include <stdbool.h>

#include "base/opt.h"

struct ct_alias {
    char *host, *alias;
    bool used;
};

struct ct_aliases {
    struct ct_alias *items;
    size_t count;
};

/* The last colon separates; brackets around all of a host are taken off. CT_EUSAGE for an item that
 * is no pair, a host that is named twice or an alias that is given twice. */
int ct_aliases_parse(const struct ct_list *list, struct ct_aliases *out, struct ct_err *err);
void ct_aliases_release(struct ct_aliases *a); /* accepts a zeroed struct */

/* The alias, which is then used, or host itself. Borrowed. */
const char *ct_aliases_name(struct ct_aliases *a, const char *host);

#endif

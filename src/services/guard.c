#include "services/guard.h"

#include <fnmatch.h>

int ct_guard_target(const struct ct_endpoint *endpoint, const struct ct_config *config,
                    struct ct_err *err)
{
    if (ct_endpoint_is_private(endpoint))
        return 0;
    for (size_t i = 0; config != NULL && i < config->n_allow; i++)
        if (fnmatch(config->allow[i], endpoint->host, FNM_CASEFOLD) == 0)
            return 0;
    return ct_fail(err, CT_EREFUSED,
                   "%s (%s) is outside loopback and the private ranges: allow it in %s with "
                   "\"targets\": {\"allow\": [\"%s\"]}",
                   endpoint->host, endpoint->addr_text,
                   config != NULL && config->path != NULL ? config->path : "config.json",
                   endpoint->host);
}

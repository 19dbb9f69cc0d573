/* Who may be loaded: loopback and private addresses, else only what "targets.allow" lists. */
#ifndef CT_SERVICES_GUARD_H
#define CT_SERVICES_GUARD_H

#include "base/err.h"
#include "io/transport.h"
#include "model/config.h"

/* endpoint is resolved; config may be NULL. CT_EREFUSED with what to write where. */
int ct_guard_target(const struct ct_endpoint *endpoint, const struct ct_config *config,
                    struct ct_err *err);

#endif

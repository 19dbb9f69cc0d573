/* What of a run is on the machine that ct itself runs on. */
#ifndef CT_SERVICES_OWN_H
#define CT_SERVICES_OWN_H

#include <stdbool.h>

#include "services/session.h"

/* Ids of the watched servers that are this machine, one a line; owned by the caller. */
char *ct_own_servers(const struct ct_session *s);

/* The target's address is one of this machine's, or that of a watched server which proved to be
 * this machine: one that is reached by an address of the outside. */
bool ct_own_target(const struct ct_session *s);

#endif

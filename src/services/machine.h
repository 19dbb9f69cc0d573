/* The facts of this machine that files tell: "ct doctor" reads them once. */
#ifndef CT_SERVICES_MACHINE_H
#define CT_SERVICES_MACHINE_H

#include "model/checkup.h"

/* Fills what does not need measuring; what this machine does not tell stays unknown. The soft limit
 * of descriptors is raised to the hard one (it is noted before). */
void ct_machine_read(struct ct_checkup *out);

#endif

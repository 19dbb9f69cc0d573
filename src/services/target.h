/* "ct target": serve until a signal, or until standard input ends. */
#ifndef CT_SERVICES_TARGET_H
#define CT_SERVICES_TARGET_H

#include <stdbool.h>

#include "target/target.h"

/* announce is called once, when requests are answered. Returns 0 after a clean end. */
int ct_target_serve(const struct ct_target_opts *opts, bool exit_with_stdin,
                    void (*announce)(void *ctx, const char *url), void *ctx, struct ct_err *err);

#endif

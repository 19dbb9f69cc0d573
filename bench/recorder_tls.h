/* TLS for the recorder: a wire of the delaying server (src/target/delayer.h). */
#ifndef CT_BENCH_RECORDER_TLS_H
#define CT_BENCH_RECORDER_TLS_H

#include "target/delayer.h"

/* TLS 1.3 with the certificate and key of two PEM files. wire->ctx is owned by the caller.
 * CT_EUSAGE when they cannot be read. */
int recorder_tls_init(struct ct_delayer_wire *wire, const char *certificate, const char *key,
                      struct ct_err *err);
void recorder_tls_release(struct ct_delayer_wire *wire); /* zeroed: nothing */

#endif

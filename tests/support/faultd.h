/*
 * A scripted fault server on 127.0.0.1 for tests, in a thread of its own. The path of a request
 * chooses what happens (faultd.c has the table); anything else is answered "ok". It counts what it
 * saw, so that a client's numbers can be checked from the other side.
 *
 * Also a program, faultd [CERTIFICATE]: with a file to write its certificate to, over TLS. Prints
 * "listening on http://127.0.0.1:PORT", ends at SIGTERM; GET /stats tells the counts as JSON.
 */
#ifndef CT_TEST_FAULTD_H
#define CT_TEST_FAULTD_H

#include <stdint.h>

struct faultd;

struct faultd *faultd_start(void);     /* on a free port; ends the program when it cannot */
struct faultd *faultd_start_tls(void); /* the same over TLS, with a certificate for 127.0.0.1 */
void faultd_stop(struct faultd *f);
uint16_t faultd_port(const struct faultd *f);

/* From any thread. */
uint64_t faultd_requests(const struct faultd *f); /* whole requests read; /stats is not counted */
uint64_t faultd_connections(const struct faultd *f); /* accepted */

/* Write the certificate of one with TLS to path, as PEM. */
void faultd_save_certificate(const struct faultd *f, const char *path);

/* Requests after which /race and /race-reset end a connection instead of answering. */
enum { FAULTD_RACE_AFTER = 3 };

#endif

/*
 * From what the system or a library reports to the closed list of failure classes. Both transports
 * and the preflight use these, so that one fault has one name. docs: architecture, section 6.
 */
#ifndef CT_IO_CLASSIFY_H
#define CT_IO_CLASSIFY_H

#include <stdbool.h>

#include "model/failure.h"

/* socket(), bind() or connect() failed with errnum (positive errno). */
enum ct_failure ct_classify_connect(int errnum);

/* A read or write on an established connection failed with errnum; in_answer: a byte of the answer
 * had come. */
enum ct_failure ct_classify_broken(int errnum, bool in_answer);

/* An end of file on a socket was a reset. libuv calls one that comes right behind the last bytes an
 * end of file: it looks no further once the poll says that the peer hung up. The socket knows. */
bool ct_classify_was_reset(int fd);

/* A certificate was refused with OpenSSL's X509_V_ERR_... result. */
enum ct_failure ct_classify_verify(long verify_result);

#endif

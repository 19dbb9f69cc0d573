#include "io/classify.h"

#include <errno.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

/* What is the generator's own, whatever the call; NONE when it is not. */
static enum ct_failure own_fault(int errnum)
{
    switch (errnum) {
    case EMFILE:
    case ENFILE:
        return CT_FAILURE_GEN_FD;
    case EADDRNOTAVAIL:
        return CT_FAILURE_GEN_PORTS;
    case ENOMEM:
    case ENOBUFS:
        return CT_FAILURE_GEN_MEMORY;
    default:
        return CT_FAILURE_NONE;
    }
}

enum ct_failure ct_classify_connect(int errnum)
{
    enum ct_failure own = own_fault(errnum);
    if (own != CT_FAILURE_NONE)
        return own;
    switch (errnum) {
    case ECONNREFUSED:
        return CT_FAILURE_CONNECT_REFUSED;
    case ETIMEDOUT:
        return CT_FAILURE_CONNECT_TIMEOUT;
    case ECONNRESET:
    case EPIPE:
        return CT_FAILURE_RESET_BEFORE_RESPONSE;
    default: /* no route, network down, forbidden by a filter, blackhole */
        return CT_FAILURE_UNREACHABLE;
    }
}

enum ct_failure ct_classify_broken(int errnum, bool in_answer)
{
    enum ct_failure own = own_fault(errnum);
    if (own != CT_FAILURE_NONE)
        return own;
    return in_answer ? CT_FAILURE_RESET_IN_BODY : CT_FAILURE_RESET_BEFORE_RESPONSE;
}

bool ct_classify_was_reset(int fd)
{
    int error = 0;
    socklen_t len = sizeof(error);
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == ECONNRESET;
}

enum ct_failure ct_classify_verify(long verify_result)
{
    switch (verify_result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return CT_FAILURE_TLS_EXPIRED;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return CT_FAILURE_TLS_NAME;
    default:
        return CT_FAILURE_TLS_UNTRUSTED;
    }
}

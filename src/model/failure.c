#include "model/failure.h"

#include <assert.h>
#include <string.h>

static const struct {
    const char *name, *meaning;
} failures[CT_FAILURE_COUNT] = {
    [CT_FAILURE_NONE] = {"ok", "answered as expected"},
    [CT_FAILURE_CONNECT_REFUSED] = {"connect_refused", "nothing listens on the target's port"},
    [CT_FAILURE_UNREACHABLE] = {"unreachable", "no route to the target"},
    [CT_FAILURE_DNS] = {"dns", "the target's name does not resolve"},
    [CT_FAILURE_CONNECT_TIMEOUT] = {"connect_timeout", "no connection within the time-out"},
    [CT_FAILURE_TLS_UNTRUSTED] = {"tls_untrusted", "the certificate's issuer is not trusted"},
    [CT_FAILURE_TLS_EXPIRED] = {"tls_expired", "the certificate is out of date"},
    [CT_FAILURE_TLS_NAME] = {"tls_name", "the certificate is for another name"},
    [CT_FAILURE_TLS_HANDSHAKE] = {"tls_handshake", "TLS could not be agreed"},
    [CT_FAILURE_TIMEOUT] = {"timeout", "no complete answer within the time-out"},
    [CT_FAILURE_RESET_BEFORE_RESPONSE] = {"reset_before_response",
                                          "connection reset before any answer"},
    [CT_FAILURE_RESET_IN_BODY] = {"reset_in_body", "connection reset inside an answer"},
    [CT_FAILURE_TRUNCATED] = {"truncated", "connection closed inside an answer"},
    [CT_FAILURE_CLOSED_BEFORE_RESPONSE] = {"closed_before_response",
                                           "connection closed before any answer"},
    [CT_FAILURE_CLOSED_ON_REUSE] = {"closed_on_reuse",
                                    "a kept connection was closed as it was used again"},
    [CT_FAILURE_PROTOCOL_ERROR] = {"protocol_error",
                                   "the answer is not HTTP, or not the version asked for"},
    [CT_FAILURE_HEADER_TOO_LARGE] = {"header_too_large", "the answer's head is too large"},
    [CT_FAILURE_BODY_TOO_LARGE] = {"body_too_large", "the answer's body is too large"},
    [CT_FAILURE_HTTP_STATUS] = {"http_status", "a status that is not expected"},
    [CT_FAILURE_BAD_ANSWER] = {"bad_answer", "a body that is not expected"},
    [CT_FAILURE_GEN_FD] = {"gen_fd", "this machine ran out of file descriptors"},
    [CT_FAILURE_GEN_PORTS] = {"gen_ports", "this machine ran out of local ports"},
    [CT_FAILURE_GEN_MEMORY] = {"gen_memory", "this machine ran out of memory"},
};

static const char *const skips[CT_SKIP_COUNT] = {
    [CT_SKIP_LATE] = "late",
    [CT_SKIP_STALL] = "stall",
    [CT_SKIP_IN_FLIGHT] = "in_flight",
    [CT_SKIP_STOPPED] = "stopped",
};

const char *ct_failure_name(enum ct_failure f)
{
    assert(f < CT_FAILURE_COUNT);
    return failures[f].name;
}

const char *ct_failure_meaning(enum ct_failure f)
{
    assert(f < CT_FAILURE_COUNT);
    return failures[f].meaning;
}

const char *ct_skip_name(enum ct_skip s)
{
    assert(s < CT_SKIP_COUNT);
    return skips[s];
}

int ct_failure_parse(const char *name)
{
    for (int i = 0; i < CT_FAILURE_COUNT; i++)
        if (strcmp(name, failures[i].name) == 0)
            return i;
    return -1;
}

int ct_skip_parse(const char *name)
{
    for (int i = 0; i < CT_SKIP_COUNT; i++)
        if (strcmp(name, skips[i]) == 0)
            return i;
    return -1;
}

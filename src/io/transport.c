#include "io/transport.h"

#include <assert.h>
#include <curl/curl.h>

const char *ct_stage_name(enum ct_stage s)
{
    static const char *const names[] = {"waiting", "connect", "tls", "first_byte", "body"};
    assert((unsigned)s < sizeof(names) / sizeof(names[0]));
    return names[s];
}

const struct ct_transport *ct_transport_for(bool http2)
{
    return http2 ? &ct_transport_http2 : &ct_transport_http1;
}

int ct_io_init(struct ct_err *err)
{
    CURLcode rc = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (rc != CURLE_OK)
        return ct_fail(err, CT_EFAIL, "cannot initialise libcurl: %s", curl_easy_strerror(rc));
    return 0;
}

void ct_io_exit(void)
{
    curl_global_cleanup();
}

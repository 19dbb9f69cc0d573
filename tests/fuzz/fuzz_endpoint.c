#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "io/transport.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A URL is refused with a reason, or gives a host and a path that can stand in a request. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *url = malloc(size + 1);
    memcpy(url, data, size);
    url[size] = '\0';
    for (int want_path = 0; want_path < 2; want_path++) {
        struct ct_endpoint e;
        struct ct_err err = {0};
        char *path = NULL;
        if (ct_endpoint_parse(url, &e, want_path ? &path : NULL, &err) < 0) {
            assert(err.code == CT_EUSAGE && err.msg[0] != '\0' && path == NULL);
            continue;
        }
        assert(e.host[0] != '\0' && e.port > 0 && strpbrk(e.host, "/@# \r\n") == NULL);
        const char *target = want_path ? path : e.prefix;
        assert(strpbrk(target, "# \r\n\t") == NULL && (target[0] == '/' || target[0] == '\0'));
        free(path);
    }
    free(url);
    return 0;
}

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "io/openssh_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Lines as they come. Once the host key is trusted or refused, no line changes what it was. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ct_openssh_log log, before;
    ct_openssh_log_init(&log);
    for (const char *at = (const char *)data, *end = at + size; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *last = newline != NULL ? newline : end;
        before = log;
        ct_openssh_log_line(&log, at, (size_t)(last - at));
        at = newline != NULL ? newline + 1 : end;
        assert(log.step >= before.step);
        assert(!before.refused || log.step < CT_OPENSSH_TRUSTED);
        if (before.step < CT_OPENSSH_TRUSTED)
            continue;
        assert(log.refused == before.refused && log.known == before.known);
        assert(strcmp(log.info.fingerprint, before.info.fingerprint) == 0);
        assert(strcmp(log.info.address, before.info.address) == 0);
    }
    return 0;
}

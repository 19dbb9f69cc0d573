#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "io/known_hosts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Behind whatever stands in a file, the line that is written for a host makes its key known. */
static void append(const char *host, uint16_t port, const char *text, size_t len, bool hashed,
                   const struct ct_host_key_text *key)
{
    struct ct_buf all;
    ct_buf_init(&all, 1 << 20);
    if (ct_buf_add(&all, text, len) && ct_buf_puts(&all, "\n") &&
        ct_known_hosts_line(&all, host, port, hashed, key)) {
        enum ct_known known = ct_known_hosts_find(all.data, all.len, host, port, key);
        assert(known == CT_KNOWN_YES || known == CT_KNOWN_REVOKED);
        assert(!hashed || ct_known_hosts_is_hashed(all.data, all.len));
    }
    ct_buf_release(&all);
}

/* The host's name up to a NUL, then the file. Whatever stands in a file, an @revoked line for all
 * hosts below it holds, and no line of another key makes the key known. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char revoked[] = "\n@revoked * ssh-ed25519 AAAAours\n";
    const struct ct_host_key_text ours = {.type = "ssh-ed25519", .base64 = "AAAAours"};
    const uint8_t *nul = memchr(data, '\0', size);
    if (nul == NULL)
        return 0;
    const char *host = (const char *)data;
    size_t len = size - (size_t)(nul + 1 - data);
    char *text = malloc(len + sizeof(revoked));
    memcpy(text, nul + 1, len);
    for (int i = 0; i < 2; i++) {
        uint16_t port = i == 0 ? 22 : 2222;
        enum ct_known known = ct_known_hosts_find(text, len, host, port, &ours);
        assert(known != CT_KNOWN_YES || memmem(text, len, "AAAAours", 8) != NULL);
        (void)ct_known_hosts_has_type(text, len, host, port, "ssh-rsa");
        if (*host != '\0' && strpbrk(host, " \t\r\n,!|#@*?") == NULL) {
            append(host, port, text, len, false, &ours);
            append(host, port, text, len, true, &ours);
        }
        memcpy(text + len, revoked, sizeof(revoked));
        assert(ct_known_hosts_find(text, len + sizeof(revoked) - 1, host, port, &ours) ==
               CT_KNOWN_REVOKED);
    }
    free(text);
    return 0;
}

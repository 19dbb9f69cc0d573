#include "io/ssh_methods.h"

#include <libssh2.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "io/ssh_trust.h"

/* In the order of preference. libssh2 before 1.11 has no rsa-sha2 and passes over the names that it
 * does not know; ssh-rsa itself (SHA-1) is not offered. */
static const struct key_type {
    const char *name, *algorithms;
    int number;
} key_types[] = {
    {"ssh-ed25519", "ssh-ed25519", LIBSSH2_HOSTKEY_TYPE_ED25519},
    {"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", LIBSSH2_HOSTKEY_TYPE_ECDSA_256},
    {"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", LIBSSH2_HOSTKEY_TYPE_ECDSA_384},
    {"ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521", LIBSSH2_HOSTKEY_TYPE_ECDSA_521},
    {"ssh-rsa", "rsa-sha2-512,rsa-sha2-256", LIBSSH2_HOSTKEY_TYPE_RSA},
};
enum { KEY_TYPES = sizeof(key_types) / sizeof(*key_types) };

static void add_types(struct ct_buf *list, const struct ct_server *server, bool known)
{
    for (size_t i = 0; i < KEY_TYPES; i++)
        if (ct_ssh_knows_type(server, key_types[i].name) == known)
            (void)ct_buf_printf(list, "%s%s", list->len > 0 ? "," : "", key_types[i].algorithms);
}

static bool is_one_of(const char *name, size_t len, const char *const *all, int count)
{
    for (int i = 0; i < count; i++)
        if (strlen(all[i]) == len && memcmp(all[i], name, len) == 0)
            return true;
    return false;
}

/* Offer those of the names that the library has. It would pass over the others by itself, but 1.10
 * does so with a memcpy of overlapping bytes, which may spoil the names that are left. */
static void prefer(LIBSSH2_SESSION *session, int method, const char *names)
{
    const char **all = NULL;
    struct ct_buf list;
    int count = libssh2_session_supported_algs(session, method, &all);
    ct_buf_init(&list, 1024);
    for (const char *at = names; *at != '\0'; at += *at == ',') {
        size_t len = strcspn(at, ",");
        if (is_one_of(at, len, all, count))
            (void)ct_buf_printf(&list, "%s%.*s", list.len > 0 ? "," : "", (int)len, at);
        at += len;
    }
    (void)libssh2_session_method_pref(session, method, list.data);
    if (count > 0)
        libssh2_free(session, all);
    ct_buf_release(&list);
}

void ct_ssh_methods_set(LIBSSH2_SESSION *session, const struct ct_server *server)
{
    static const char ciphers[] = "aes256-ctr,aes192-ctr,aes128-ctr";
    static const char macs[] = "hmac-sha2-256,hmac-sha2-512";
    struct ct_buf host_keys;
    ct_buf_init(&host_keys, 512);
    add_types(&host_keys, server, true);
    add_types(&host_keys, server, false);
    const struct {
        int method;
        const char *names;
    } prefs[] = {
        {LIBSSH2_METHOD_KEX,
         "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
         "ecdh-sha2-nistp521,diffie-hellman-group16-sha512,diffie-hellman-group14-sha256"},
        {LIBSSH2_METHOD_HOSTKEY, host_keys.data},
        {LIBSSH2_METHOD_CRYPT_CS, ciphers},
        {LIBSSH2_METHOD_CRYPT_SC, ciphers},
        {LIBSSH2_METHOD_MAC_CS, macs},
        {LIBSSH2_METHOD_MAC_SC, macs},
    };
    for (size_t i = 0; i < sizeof(prefs) / sizeof(*prefs); i++)
        prefer(session, prefs[i].method, prefs[i].names);
    ct_buf_release(&host_keys);
}

/* libssh2_version(n) is NULL below version n. */
bool ct_ssh_methods_has_rsa_sha2(void)
{
    enum { HAS_RSA_SHA2 = 0x010b00 };
    return libssh2_version(HAS_RSA_SHA2) != NULL;
}

const char *ct_ssh_methods_hint(void)
{
    return ct_ssh_methods_has_rsa_sha2()
               ? "no algorithm in common with the server: ct offers modern ones only; write "
                 "\"transport\": \"openssh\" to let the system's ssh decide"
               : "no algorithm in common: this libssh2 is older than 1.11 and cannot check "
                 "RSA host keys safely (rsa-sha2): give the server an ed25519 or ecdsa host key, "
                 "or write "
                 "\"transport\": \"openssh\"";
}

static const char *type_name(LIBSSH2_SESSION *session)
{
    size_t len;
    int number = LIBSSH2_HOSTKEY_TYPE_UNKNOWN;
    (void)libssh2_session_hostkey(session, &len, &number);
    for (size_t i = 0; i < KEY_TYPES; i++)
        if (key_types[i].number == number)
            return key_types[i].name;
    return "unknown";
}

static void read_method(LIBSSH2_SESSION *session, int method, char *out, size_t size)
{
    const char *name = libssh2_session_methods(session, method);
    (void)snprintf(out, size, "%s", name != NULL ? name : "");
}

/* "SSH-2.0-OpenSSH_9.2p1 Debian-2" without what stands before the second dash. */
static void read_software(LIBSSH2_SESSION *session, struct ct_ssh_info *out)
{
    const char *banner = libssh2_session_banner_get(session);
    const char *dash = banner != NULL ? strchr(banner, '-') : NULL;
    dash = dash != NULL ? strchr(dash + 1, '-') : NULL;
    (void)snprintf(out->software, sizeof(out->software), "%s", dash != NULL ? dash + 1 : "");
}

void ct_ssh_methods_read(LIBSSH2_SESSION *session, struct ct_ssh_info *out)
{
    enum { SHA256_BYTES = 32 };
    struct ct_buf text;
    ct_buf_init(&text, 128);
    const char *hash = libssh2_hostkey_hash(session, LIBSSH2_HOSTKEY_HASH_SHA256);
    if (hash != NULL)
        (void)ct_base64_encode(&text, hash, SHA256_BYTES);
    (void)snprintf(out->fingerprint, sizeof(out->fingerprint), "SHA256:%.*s",
                   (int)strcspn(text.data, "="), text.data);
    ct_buf_release(&text);
    out->transport = "libssh2";
    (void)snprintf(out->key_type, sizeof(out->key_type), "%s", type_name(session));
    read_method(session, LIBSSH2_METHOD_KEX, out->kex, sizeof(out->kex));
    read_method(session, LIBSSH2_METHOD_CRYPT_SC, out->cipher, sizeof(out->cipher));
    read_method(session, LIBSSH2_METHOD_MAC_SC, out->mac, sizeof(out->mac));
    read_software(session, out);
}

#include "io/key_file.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/mem.h"

enum { FILE_MAX_BYTES = 64 << 10 };

void ct_key_file_init(struct ct_key_file *k)
{
    k->locked = false;
    k->type[0] = '\0';
    ct_buf_init(&k->public_key, FILE_MAX_BYTES);
}

void ct_key_file_release(struct ct_key_file *k)
{
    ct_buf_release(&k->public_key);
}

/* A string of SSH's wire format: 32 bits of length, then the bytes. */
struct wire {
    const unsigned char *at;
    size_t len;
};

static bool take_u32(struct wire *w, uint32_t *out)
{
    if (w->len < 4)
        return false;
    *out = (uint32_t)w->at[0] << 24 | (uint32_t)w->at[1] << 16 | (uint32_t)w->at[2] << 8 | w->at[3];
    w->at += 4;
    w->len -= 4;
    return true;
}

static bool take_string(struct wire *w, struct wire *out)
{
    uint32_t len;
    if (!take_u32(w, &len) || len > w->len)
        return false;
    *out = (struct wire){w->at, len};
    w->at += len;
    w->len -= len;
    return true;
}

/* The blob of a public key begins with its type. */
static void set_public(struct ct_key_file *k, struct wire blob)
{
    struct wire all = blob, type;
    if (!take_string(&blob, &type) || type.len == 0 || type.len >= sizeof(k->type) ||
        memchr(type.at, '\0', type.len) != NULL)
        return;
    (void)snprintf(k->type, sizeof(k->type), "%.*s", (int)type.len, (const char *)type.at);
    ct_buf_clear(&k->public_key);
    (void)ct_buf_add(&k->public_key, all.at, all.len);
}

/* "openssh-key-v1", cipher, kdf, its options, number of keys, the public one, the private ones. */
static void read_openssh(struct ct_key_file *k, const char *bytes, size_t len)
{
    static const char magic[] = "openssh-key-v1"; /* with its NUL */
    struct wire w = {(const unsigned char *)bytes, len};
    struct wire cipher, kdf, options, blob;
    uint32_t n;
    if (len < sizeof(magic) || memcmp(bytes, magic, sizeof(magic)) != 0)
        return;
    w.at += sizeof(magic);
    w.len -= sizeof(magic);
    if (!take_string(&w, &cipher) || !take_string(&w, &kdf) || !take_string(&w, &options) ||
        !take_u32(&w, &n) || n != 1 || !take_string(&w, &blob))
        return;
    k->locked = cipher.len != 4 || memcmp(cipher.at, "none", 4) != 0;
    set_public(k, blob);
}

static bool has(const char *text, size_t len, const char *word)
{
    return memmem(text, len, word, strlen(word)) != NULL;
}

static void wipe_release(struct ct_buf *b)
{
    explicit_bzero(b->data, b->cap);
    ct_buf_release(b);
}

void ct_key_file_parse(struct ct_key_file *k, const char *text, size_t len)
{
    static const char begin[] = "-----BEGIN OPENSSH PRIVATE KEY-----";
    const char *at = memmem(text, len, begin, sizeof(begin) - 1);
    if (at == NULL) {
        k->locked = has(text, len, "-----BEGIN ENCRYPTED PRIVATE KEY-----") ||
                    has(text, len, "Proc-Type: 4,ENCRYPTED");
        if (has(text, len, "-----BEGIN RSA PRIVATE KEY-----"))
            (void)snprintf(k->type, sizeof(k->type), "ssh-rsa");
        return;
    }
    struct ct_buf packed, bytes;
    ct_buf_init(&packed, FILE_MAX_BYTES);
    ct_buf_init(&bytes, FILE_MAX_BYTES);
    for (at += sizeof(begin) - 1; at < text + len && *at != '-'; at++)
        if (strchr(" \t\r\n", *at) == NULL)
            (void)ct_buf_add(&packed, at, 1);
    if (ct_base64_decode(&bytes, packed.data, packed.len) == 0)
        read_openssh(k, bytes.data, bytes.len);
    wipe_release(&packed);
    wipe_release(&bytes);
}

void ct_key_file_parse_public(struct ct_key_file *k, const char *text, size_t len)
{
    struct ct_buf bytes;
    const char *space = memchr(text, ' ', len);
    if (space == NULL)
        return;
    const char *key = space + 1;
    size_t key_len = 0;
    while (key + key_len < text + len && strchr(" \t\r\n", key[key_len]) == NULL)
        key_len++;
    ct_buf_init(&bytes, FILE_MAX_BYTES);
    if (ct_base64_decode(&bytes, key, key_len) == 0)
        set_public(k, (struct wire){(const unsigned char *)bytes.data, bytes.len});
    ct_buf_release(&bytes);
}

int ct_key_file_read(struct ct_key_file *k, const char *path, struct ct_err *err)
{
    struct ct_buf text;
    ct_buf_init(&text, FILE_MAX_BYTES);
    int rc = ct_buf_read_file(&text, path, err);
    if (rc == 0)
        ct_key_file_parse(k, text.data, text.len);
    wipe_release(&text);
    if (rc < 0 || k->public_key.len > 0)
        return rc;
    char *beside = ct_xprintf("%s.pub", path);
    ct_buf_init(&text, FILE_MAX_BYTES);
    if (ct_buf_read_file(&text, beside, NULL) == 0)
        ct_key_file_parse_public(k, text.data, text.len);
    ct_buf_release(&text);
    free(beside);
    return 0;
}

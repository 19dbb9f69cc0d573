#include "io/known_hosts.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"

enum { NAME_MAX_BYTES = 300, SHA1_BYTES = 20, SSH_PORT = 22 };

/* A piece of the text. */
struct word {
    const char *at;
    size_t len;
};

static struct word next_word(const char **at, const char *end)
{
    while (*at < end && (**at == ' ' || **at == '\t'))
        (*at)++;
    struct word w = {.at = *at};
    while (*at < end && **at != ' ' && **at != '\t')
        (*at)++;
    w.len = (size_t)(*at - w.at);
    return w;
}

/* * and ?, without regard to case; iterative, so that no pattern is slow. */
static bool pattern_matches(struct word p, const char *name)
{
    size_t i = 0, star = SIZE_MAX;
    const char *retry = name;
    while (*name != '\0') {
        if (i < p.len && p.at[i] == '*') {
            star = i++;
            retry = name;
        } else if (i < p.len && (p.at[i] == '?' || tolower((unsigned char)p.at[i]) ==
                                                       tolower((unsigned char)*name))) {
            i++;
            name++;
        } else if (star != SIZE_MAX) {
            i = star + 1;
            name = ++retry;
        } else {
            return false;
        }
    }
    while (i < p.len && p.at[i] == '*')
        i++;
    return i == p.len;
}

/* |1|salt|hash: HMAC-SHA1 of the name. */
static bool hash_matches(struct word w, const char *name)
{
    struct ct_buf salt, hash;
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned mac_len = 0;
    const char *second = w.len > 3 ? memchr(w.at + 3, '|', w.len - 3) : NULL;
    if (second == NULL || strncmp(w.at, "|1|", 3) != 0)
        return false;
    ct_buf_init(&salt, 256);
    ct_buf_init(&hash, 256);
    bool ok = ct_base64_decode(&salt, w.at + 3, (size_t)(second - w.at) - 3) == 0 &&
              ct_base64_decode(&hash, second + 1, (size_t)(w.at + w.len - second) - 1) == 0 &&
              HMAC(EVP_sha1(), salt.data, (int)salt.len, (const unsigned char *)name, strlen(name),
                   mac, &mac_len) != NULL &&
              hash.len == SHA1_BYTES && mac_len == SHA1_BYTES &&
              memcmp(hash.data, mac, SHA1_BYTES) == 0;
    ct_buf_release(&salt);
    ct_buf_release(&hash);
    return ok;
}

/* One comma-separated list: a negated match rules the line out. */
static bool hosts_match(struct word list, const char *name)
{
    bool found = false;
    if (list.len > 0 && list.at[0] == '|')
        return hash_matches(list, name);
    for (const char *at = list.at, *end = list.at + list.len; at < end;) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        struct word p = {at, (size_t)((comma != NULL ? comma : end) - at)};
        at = comma != NULL ? comma + 1 : end;
        bool negated = p.len > 0 && p.at[0] == '!';
        if (negated) {
            p.at++;
            p.len--;
        }
        if (!pattern_matches(p, name))
            continue;
        if (negated)
            return false;
        found = true;
    }
    return found;
}

enum marker { PLAIN, REVOKED, AUTHORITY };

/* A line of the file in its parts. */
struct line {
    enum marker marker;
    struct word hosts, type, key;
};

static bool word_is(struct word w, const char *text)
{
    return w.len == strlen(text) && memcmp(w.at, text, w.len) == 0;
}

/* false: a comment, an empty line, or none that makes sense. */
static bool read_line(const char *at, const char *end, struct line *out)
{
    struct word first = next_word(&at, end);
    out->marker = word_is(first, "@revoked")          ? REVOKED
                  : word_is(first, "@cert-authority") ? AUTHORITY
                                                      : PLAIN;
    out->hosts = out->marker == PLAIN ? first : next_word(&at, end);
    out->type = next_word(&at, end);
    out->key = next_word(&at, end);
    return out->key.len > 0 && out->hosts.at[0] != '#';
}

/* The same bytes; a word that is no base64 is nobody's key. */
static bool same_key(struct word w, const char *base64)
{
    enum { KEY_MAX = 64 << 10 };
    struct ct_buf a, b;
    if (word_is(w, base64))
        return true;
    ct_buf_init(&a, KEY_MAX);
    ct_buf_init(&b, KEY_MAX);
    bool same = ct_base64_decode(&a, w.at, w.len) == 0 &&
                ct_base64_decode(&b, base64, strlen(base64)) == 0 && a.len == b.len &&
                memcmp(a.data, b.data, a.len) == 0;
    ct_buf_release(&a);
    ct_buf_release(&b);
    return same;
}

static enum ct_known judge(const struct line *l, const struct ct_host_key_text *key)
{
    bool same = same_key(l->key, key->base64);
    if (l->marker == AUTHORITY)
        return CT_KNOWN_AUTHORITY;
    if (l->marker == REVOKED)
        return same ? CT_KNOWN_REVOKED : CT_KNOWN_NOT;
    if (same)
        return CT_KNOWN_YES;
    return word_is(l->type, key->type) ? CT_KNOWN_CHANGED : CT_KNOWN_OTHER_TYPE;
}

/* The name under which OpenSSH writes a host down, in lower case. */
static void write_name(const char *host, uint16_t port, char name[NAME_MAX_BYTES])
{
    if (port == SSH_PORT)
        (void)snprintf(name, NAME_MAX_BYTES, "%.255s", host);
    else
        (void)snprintf(name, NAME_MAX_BYTES, "[%.255s]:%u", host, (unsigned)port);
    for (char *c = name; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
}

/* The next line that is for the host, from *at on; false at the end. */
static bool next_line(const char **at, const char *end, const char *name, struct line *out)
{
    while (*at < end) {
        const char *begin = *at;
        const char *newline = memchr(begin, '\n', (size_t)(end - begin));
        const char *last = newline != NULL ? newline : end;
        *at = newline != NULL ? newline + 1 : end;
        if (last > begin && last[-1] == '\r')
            last--;
        if (read_line(begin, last, out) && hosts_match(out->hosts, name))
            return true;
    }
    return false;
}

enum ct_known ct_known_hosts_find(const char *text, size_t len, const char *host, uint16_t port,
                                  const struct ct_host_key_text *key)
{
    char name[NAME_MAX_BYTES];
    struct line line;
    enum ct_known found = CT_KNOWN_NOT;
    write_name(host, port, name);
    for (const char *at = text; next_line(&at, text + len, name, &line);) {
        enum ct_known known = judge(&line, key);
        if (known > found)
            found = known;
    }
    if (port != SSH_PORT && found != CT_KNOWN_REVOKED &&
        ct_known_hosts_find(text, len, host, SSH_PORT, key) == CT_KNOWN_REVOKED)
        return CT_KNOWN_REVOKED;
    return found;
}

bool ct_known_hosts_has_type(const char *text, size_t len, const char *host, uint16_t port,
                             const char *type)
{
    char name[NAME_MAX_BYTES];
    struct line line;
    write_name(host, port, name);
    for (const char *at = text; next_line(&at, text + len, name, &line);)
        if (line.marker == PLAIN && word_is(line.type, type))
            return true;
    return false;
}

bool ct_known_hosts_is_hashed(const char *text, size_t len)
{
    struct line line;
    for (const char *at = text, *end = text + len; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *last = newline != NULL ? newline : end;
        if (read_line(at, last, &line) && line.hosts.at[0] == '|')
            return true;
        at = newline != NULL ? newline + 1 : end;
    }
    return false;
}

static bool put_hashed(struct ct_buf *out, const char *name)
{
    unsigned char salt[SHA1_BYTES], mac[EVP_MAX_MD_SIZE];
    unsigned mac_len = 0;
    return RAND_bytes(salt, sizeof(salt)) == 1 &&
           HMAC(EVP_sha1(), salt, sizeof(salt), (const unsigned char *)name, strlen(name), mac,
                &mac_len) != NULL &&
           ct_buf_puts(out, "|1|") && ct_base64_encode(out, salt, sizeof(salt)) &&
           ct_buf_puts(out, "|") && ct_base64_encode(out, mac, mac_len);
}

bool ct_known_hosts_line(struct ct_buf *out, const char *host, uint16_t port, bool hashed,
                         const struct ct_host_key_text *key)
{
    char name[NAME_MAX_BYTES];
    write_name(host, port, name);
    return (hashed ? put_hashed(out, name) : ct_buf_puts(out, name)) &&
           ct_buf_printf(out, " %s %s\n", key->type, key->base64);
}

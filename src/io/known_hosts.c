#include "io/known_hosts.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"

enum { NAME_MAX_BYTES = 300, SHA1_BYTES = 20 };

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

static enum ct_known judge_line(const char *at, const char *end, const char *name, const char *key)
{
    struct word first = next_word(&at, end);
    bool revoked = first.len == 8 && memcmp(first.at, "@revoked", 8) == 0;
    bool authority = first.len == 15 && memcmp(first.at, "@cert-authority", 15) == 0;
    struct word hosts = revoked || authority ? next_word(&at, end) : first;
    struct word type = next_word(&at, end);
    struct word line_key = next_word(&at, end);
    if (hosts.len == 0 || hosts.at[0] == '#' || type.len == 0 || line_key.len == 0 ||
        !hosts_match(hosts, name))
        return CT_KNOWN_NOT;
    bool same = line_key.len == strlen(key) && memcmp(line_key.at, key, line_key.len) == 0;
    if (authority)
        return CT_KNOWN_AUTHORITY;
    if (revoked)
        return same ? CT_KNOWN_REVOKED : CT_KNOWN_NOT;
    return same ? CT_KNOWN_YES : CT_KNOWN_CHANGED;
}

enum ct_known ct_known_worse(enum ct_known a, enum ct_known b)
{
    static const int rank[] = {[CT_KNOWN_NOT] = 0,
                               [CT_KNOWN_AUTHORITY] = 1,
                               [CT_KNOWN_CHANGED] = 2,
                               [CT_KNOWN_YES] = 3,
                               [CT_KNOWN_REVOKED] = 4};
    return rank[a] >= rank[b] ? a : b;
}

enum ct_known ct_known_hosts_find(const char *text, size_t len, const char *host, uint16_t port,
                                  const char *key_base64)
{
    enum { SSH_PORT = 22 };
    char name[NAME_MAX_BYTES];
    enum ct_known found = CT_KNOWN_NOT;
    if (port == SSH_PORT)
        (void)snprintf(name, sizeof(name), "%.255s", host);
    else
        (void)snprintf(name, sizeof(name), "[%.255s]:%u", host, (unsigned)port);
    for (const char *at = text, *end = text + len; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *line_end = newline != NULL ? newline : end;
        const char *last = line_end > at && line_end[-1] == '\r' ? line_end - 1 : line_end;
        found = ct_known_worse(found, judge_line(at, last, name, key_base64));
        at = line_end + 1;
    }
    return found;
}

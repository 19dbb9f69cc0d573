#include "io/openssh_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ct_openssh_log_init(struct ct_openssh_log *log)
{
    memset(log, 0, sizeof(*log));
    log->info.transport = "openssh";
    log->info.how = "shell loop";
}

/* --- pieces of a line (NUL-terminated) --- */

/* What follows prefix; NULL when the line does not begin with it. */
static const char *after(const char *line, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncmp(line, prefix, len) == 0 ? line + len : NULL;
}

/* The text at from up to a byte of stop, once only: what ssh says first holds. */
static void take(const char *from, const char *stop, char *out, size_t size)
{
    if (out[0] == '\0')
        (void)snprintf(out, size, "%.*s", (int)strcspn(from, stop), from);
}

#define TAKE(from, stop, member) take(from, stop, member, sizeof(member))

/* "TYPE SHA256:...", and for a certificate more behind a comma. */
static void take_host_key(struct ct_openssh_log *log, const char *text)
{
    const char *space = strchr(text, ' ');
    if (space == NULL)
        return;
    TAKE(text, " ", log->info.key_type);
    TAKE(space + 1, " ,", log->info.fingerprint);
}

/* "CIPHER MAC: NAME compression: none"; the name is "<implicit>" where the cipher has its own. */
static void take_cipher(struct ct_openssh_log *log, const char *text)
{
    const char *mac = strstr(text, " MAC: ");
    TAKE(text, " ", log->info.cipher);
    if (mac != NULL && mac[6] != '<')
        TAKE(mac + 6, " ", log->info.mac);
}

/* "HOST [ADDRESS] port N." */
static void take_address(struct ct_openssh_log *log, const char *text)
{
    const char *bracket = strchr(text, '['), *port = strstr(text, "] port ");
    log->info.address[0] = '\0'; /* the one before did not answer */
    if (bracket != NULL)
        TAKE(bracket + 1, "]", log->info.address);
    unsigned long number = port != NULL ? strtoul(port + strlen("] port "), NULL, 10) : 0;
    log->port = number <= UINT16_MAX ? (uint16_t)number : 0;
}

static void read_debug(struct ct_openssh_log *log, const char *line)
{
    static const char remote[] = "remote software version ";
    const char *rest;
    if (log->step < CT_OPENSSH_CONNECTED && (rest = after(line, "Connecting to ")) != NULL)
        take_address(log, rest);
    else if (strcmp(line, "Connection established.") == 0 && log->step < CT_OPENSSH_CONNECTED)
        log->step = CT_OPENSSH_CONNECTED;
    else if (after(line, "Remote protocol version ") != NULL && strstr(line, remote) != NULL)
        TAKE(strstr(line, remote) + sizeof(remote) - 1, "", log->info.software);
    else if ((rest = after(line, "kex: algorithm: ")) != NULL)
        TAKE(rest, " ", log->info.kex);
    else if ((rest = after(line, "kex: server->client cipher: ")) != NULL)
        take_cipher(log, rest);
    else if ((rest = after(line, "Server host key: ")) != NULL ||
             (rest = after(line, "Server host certificate: ")) != NULL)
        take_host_key(log, rest);
    else if (after(line, "SSH2_MSG_NEWKEYS") != NULL && !log->refused)
        log->step = CT_OPENSSH_TRUSTED;
}

/* "Authenticated to HOST ([ADDRESS]:PORT) using "METHOD"." */
static void take_login(struct ct_openssh_log *log, const char *line)
{
    const char *method = strstr(line, " using \"");
    TAKE(method != NULL ? method + 8 : "publickey", "\"", log->info.login);
    log->step = CT_OPENSSH_LOGGED_IN;
}

static void read_trust(struct ct_openssh_log *log, const char *line)
{
    if (strstr(line, "REMOTE HOST IDENTIFICATION HAS CHANGED") != NULL)
        log->known = CT_KNOWN_CHANGED;
    else if (strstr(line, "REVOKED HOST KEY DETECTED") != NULL ||
             strstr(line, "is marked as revoked") != NULL)
        log->known = CT_KNOWN_REVOKED;
    else if (after(line, "Host key verification failed.") != NULL)
        log->refused = true;
    else if (after(line, "Warning: Permanently added ") != NULL)
        log->info.new_key = true;
}

/* What it tells at the end of a session that was at its end anyway, and lines of stars. */
static bool is_chatter(const char *line)
{
    static const char *const chatter[] = {"Transferred: sent ", "Bytes per second: sent ",
                                          "Warning: Permanently added ", "debug"};
    for (size_t i = 0; i < sizeof(chatter) / sizeof(*chatter); i++)
        if (after(line, chatter[i]) != NULL)
            return true;
    return line[strspn(line, "@ \t")] == '\0';
}

void ct_openssh_log_line(struct ct_openssh_log *log, const char *text, size_t len)
{
    char line[512];
    (void)snprintf(line, sizeof(line), "%.*s", (int)(len < sizeof(line) ? len : sizeof(line) - 1),
                   text);
    line[strcspn(line, "\r")] = '\0';
    const char *debug = after(line, "debug1: ");
    if (log->step == CT_OPENSSH_TRUSTED && after(line, "Authenticated to ") != NULL)
        take_login(log, line);
    else if (!is_chatter(line))
        (void)snprintf(log->last, sizeof(log->last), "%.199s", line);
    if (log->step >= CT_OPENSSH_TRUSTED)
        return;
    if (debug != NULL)
        read_debug(log, debug);
    else
        read_trust(log, line);
}

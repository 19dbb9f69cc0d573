#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "io/openssh_log.h"

static struct ct_openssh_log read_all(const char *text)
{
    struct ct_openssh_log log;
    ct_openssh_log_init(&log);
    for (const char *at = text; *at != '\0';) {
        size_t len = strcspn(at, "\n");
        ct_openssh_log_line(&log, at, len);
        at += len + (at[len] == '\n');
    }
    return log;
}

/* As OpenSSH 9.2 wrote it. */
#define CONNECTED                                                                                  \
    "debug1: Reading configuration data /etc/ssh/ssh_config\n"                                     \
    "debug1: Connecting to localhost [::1] port 2222.\n"                                           \
    "debug1: connect to address ::1 port 2222: Connection refused\n"                               \
    "debug1: Connecting to localhost [127.0.0.1] port 2222.\n"                                     \
    "debug1: Connection established.\n"                                                            \
    "debug1: Local version string SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10\n"                       \
    "debug1: Remote protocol version 2.0, remote software version OpenSSH_9.2p1 Debian-2\n"        \
    "debug1: kex: algorithm: sntrup761x25519-sha512@openssh.com\n"                                 \
    "debug1: kex: host key algorithm: ssh-ed25519\n"                                               \
    "debug1: kex: server->client cipher: aes256-ctr MAC: hmac-sha2-256 compression: none\n"        \
    "debug1: kex: client->server cipher: aes128-ctr MAC: hmac-sha2-512 compression: none\n"        \
    "debug1: expecting SSH2_MSG_KEX_ECDH_REPLY\n"                                                  \
    "debug1: Server host key: ssh-ed25519 SHA256:x+U5j/pjt\n"
#define TRUSTED                                                                                    \
    CONNECTED "debug1: Host '[127.0.0.1]:2222' is known and matches the ED25519 host key.\n"       \
              "debug1: SSH2_MSG_NEWKEYS sent\n"
#define LOGGED_IN TRUSTED "Authenticated to localhost ([127.0.0.1]:2222) using \"publickey\".\n"
#define REFUSED "Host key verification failed.\r\n"

Test(openssh_log, what_was_negotiated_is_read)
{
    struct ct_openssh_log log = read_all(LOGGED_IN);
    cr_assert(eq(int, log.step, CT_OPENSSH_LOGGED_IN));
    cr_assert(zero(int, strcmp(log.info.address, "127.0.0.1")));
    cr_assert(eq(u16, log.port, 2222));
    cr_assert(zero(int, strcmp(log.info.software, "OpenSSH_9.2p1 Debian-2")));
    cr_assert(zero(int, strcmp(log.info.kex, "sntrup761x25519-sha512@openssh.com")));
    cr_assert(zero(int, strcmp(log.info.cipher, "aes256-ctr")));
    cr_assert(zero(int, strcmp(log.info.mac, "hmac-sha2-256")));
    cr_assert(zero(int, strcmp(log.info.key_type, "ssh-ed25519")));
    cr_assert(zero(int, strcmp(log.info.fingerprint, "SHA256:x+U5j/pjt")));
    cr_assert(zero(int, strcmp(log.info.login, "publickey")));
    cr_assert(zero(int, strcmp(log.last, "")));
    cr_assert(not(log.refused));
}

Test(openssh_log, a_port_that_makes_no_sense_is_none)
{
    static const char *const lines[] = {"debug1: Connecting to a [1.2.3.4] port 65536.\n",
                                        "debug1: Connecting to a [1.2.3.4] port x.\n",
                                        "debug1: Connecting to a [1.2.3.4].\n",
                                        "debug1: Connecting to a port 22.\n"};
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
        cr_assert(zero(u16, read_all(lines[i]).port), "%s", lines[i]);
    cr_assert(eq(u16, read_all("debug1: Connecting to a [::1] port 65535.\n").port, 65535));
}

Test(openssh_log, a_certificate_has_a_fingerprint_too)
{
    struct ct_openssh_log log =
        read_all("debug1: Server host certificate: ssh-ed25519-cert-v01@openssh.com SHA256:abc, "
                 "serial 0 ID \"h\" CA ssh-ed25519 SHA256:ca valid forever\n");
    cr_assert(zero(int, strcmp(log.info.key_type, "ssh-ed25519-cert-v01@openssh.com")));
    cr_assert(zero(int, strcmp(log.info.fingerprint, "SHA256:abc")));
}

Test(openssh_log, a_refused_key_says_why)
{
    struct ct_openssh_log log =
        read_all(CONNECTED "No ED25519 host key is known for a and you have requested strict "
                           "checking.\r\n" REFUSED);
    cr_assert(log.refused);
    cr_assert(eq(int, log.known, CT_KNOWN_NOT));
    log = read_all(CONNECTED
                   "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\n" REFUSED);
    cr_assert(log.refused);
    cr_assert(eq(int, log.known, CT_KNOWN_CHANGED));
    log = read_all(CONNECTED
                   "@       WARNING: REVOKED HOST KEY DETECTED!               @\r\n" REFUSED);
    cr_assert(log.refused);
    cr_assert(eq(int, log.known, CT_KNOWN_REVOKED));
    cr_assert(zero(int, strcmp(log.info.fingerprint, "SHA256:x+U5j/pjt")));
}

Test(openssh_log, the_last_line_is_the_reason)
{
    struct ct_openssh_log log =
        read_all("debug1: a\nssh: connect to host a port 1: Connection refused\r\n");
    cr_assert(zero(int, strcmp(log.last, "ssh: connect to host a port 1: Connection refused")));
    cr_assert(eq(int, log.step, CT_OPENSSH_STARTED));
    log = read_all(LOGGED_IN "sh: 1: nothing: not found\ndebug1: Exit status 127\n"
                             "Transferred: sent 1, received 2 bytes, in 0.1 seconds\n"
                             "Bytes per second: sent 1.0, received 2.0\n");
    cr_assert(zero(int, strcmp(log.last, "sh: 1: nothing: not found")));
}

/* After the host key was accepted, a line may be the server's. */
Test(openssh_log, a_server_cannot_speak_for_ssh)
{
    struct ct_openssh_log log =
        read_all(TRUSTED "debug1: Server host key: ssh-rsa SHA256:forged\n" REFUSED
                         "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\n");
    cr_assert(not(log.refused));
    cr_assert(eq(int, log.known, CT_KNOWN_NOT));
    cr_assert(zero(int, strcmp(log.info.fingerprint, "SHA256:x+U5j/pjt")));
    log = read_all(LOGGED_IN "debug1: Connecting to a [6.6.6.6] port 1.\n");
    cr_assert(zero(int, strcmp(log.info.address, "127.0.0.1")));
    log = read_all(CONNECTED "Authenticated to a ([1.2.3.4]:1) using \"none\".\n");
    cr_assert(eq(int, log.step, CT_OPENSSH_CONNECTED), "logged in before the host key was checked");
}

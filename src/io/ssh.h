/*
 * One SSH session to one server on a loop, never blocking: connect, check the host key strictly
 * before any byte of authentication, log in, then run one command that stays and answers a line
 * with a reply. Every step has a deadline. Through libssh2, or by the system's ssh program
 * (io/openssh.h) where the server's transport says so: the same from outside.
 */
#ifndef CT_IO_SSH_H
#define CT_IO_SSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"
#include "io/loop.h"
#include "model/cluster.h"

struct ct_ssh;

/* code: 0, CT_EREACH (network, login, protocol), CT_EREFUSED (host key), CT_ETIMEOUT, CT_ECANCELED
 */
typedef void ct_ssh_open_fn(void *ctx, int code, const struct ct_err *err);
/* data borrowed during the call; on failure the session is dead: close it */
typedef void ct_ssh_reply_fn(void *ctx, int code, const char *data, size_t len,
                             const struct ct_err *err);

/* Start a session: opened is called once. server is borrowed until closed. timeout_ns for all of
 * it, name lookup included. */
int ct_ssh_open(struct ct_loop *loop, const struct ct_server *server, uint64_t timeout_ns,
                ct_ssh_open_fn *opened, void *ctx, struct ct_ssh **out, struct ct_err *err);

/* Ask for one reply: the files of io/proc_files.h, each under a heading "==> PATH <==" (without
 * any, of an old forced command, what "cat /proc/stat /proc/meminfo" prints), by the cheapest way
 * the session found. One at a time. At most 256 KiB. */
void ct_ssh_ask(struct ct_ssh *s, uint64_t timeout_ns, ct_ssh_reply_fn *reply, void *ctx);

/* From any state; pending callbacks come with CT_ECANCELED first; then closed(ctx) once. */
void ct_ssh_close(struct ct_ssh *s, void (*closed)(void *ctx), void *ctx);

/* What was negotiated and how long it took, for "ct cluster check"; valid after opened. */
struct ct_ssh_info {
    const char *transport; /* "libssh2", "openssh" */
    char fingerprint[64];  /* SHA256:... of the host key */
    char key_type[48], kex[64], cipher[64], mac[64];
    char software[80];     /* what the server says of itself: "OpenSSH_9.2p1 Debian-2" */
    bool new_key;          /* it was accepted as new just now, and written down */
    char address[64];      /* that was reached, as numbers; "" behind a jump host */
    char login[32];        /* as ct_ssh_login_name; "publickey" by the system's ssh */
    const char *how;       /* it is read: io/ssh_reader.h; "" while that is not known */
    uint64_t connect_ns;   /* name lookup and TCP connect */
    uint64_t handshake_ns; /* then up to the host key */
};
void ct_ssh_info(const struct ct_ssh *s, struct ct_ssh_info *out);

/* The kernel's smoothed round-trip time of the connection (tcp(7), TCP_INFO): where nothing else
 * is answered, the ping that costs the server nothing. It holds a part of the time in which the
 * server prepares its answers. false: not connected, or by the system's ssh, whose socket is its
 * own. */
struct ct_ssh_round_trip {
    double mean_ms, deviation_ms;
};
bool ct_ssh_round_trip(const struct ct_ssh *s, struct ct_ssh_round_trip *out);

/* The address that was reached, with its port; its length, or 0 while there is none (with the
 * system's ssh also behind a jump host). */
socklen_t ct_ssh_peer(const struct ct_ssh *s, struct sockaddr_storage *out);

#endif

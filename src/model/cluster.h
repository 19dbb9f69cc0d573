/*
 * The system under test and the servers behind it, as the configuration names them. Owned by the
 * struct ct_config that holds them; strings are never NULL unless said.
 */
#ifndef CT_MODEL_CLUSTER_H
#define CT_MODEL_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"

enum ct_auth { CT_AUTH_AGENT, CT_AUTH_KEY, CT_AUTH_PASSWORD, CT_AUTH_LOCAL };
enum ct_host_key { CT_HOST_KEY_STRICT, CT_HOST_KEY_ACCEPT_NEW };
enum ct_ssh_transport { CT_SSH_LIBSSH2, CT_SSH_OPENSSH }; /* OPENSSH: the system's ssh program */

struct ct_server {
    char *name; /* for people; host when not given */
    char *host; /* address or name; for CT_AUTH_LOCAL only a label */
    char *id;   /* name in results: host, or host:port when two servers share the host */
    uint16_t port;
    enum ct_auth auth;
    enum ct_host_key host_key;
    enum ct_ssh_transport transport;
    char *username;              /* NULL: the user running ct */
    char *password;              /* NULL: not in the file */
    char *password_file;         /* NULL */
    char *password_env;          /* NULL */
    char *private_key;           /* NULL: ~/.ssh/id_ed25519, id_ecdsa */
    char *watch[CT_WATCHED_MAX]; /* names of processes (comm, as in /proc/PID/stat) */
    size_t n_watch;
    char *cgroups[CT_WATCHED_MAX]; /* paths below the root of cgroups: letters, digits, _-.@:\ and
                                      single slashes between names, none of which is "." or ".." */
    size_t n_cgroups;
    bool cores;        /* CPU of each core, too */
    char *known_hosts; /* NULL: ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts */
    char *secret;      /* NULL; password or passphrase that was asked for, or taken from the
                          environment (services/secrets.h): comes before the others; wiped */
};

struct ct_cluster {
    struct ct_server *servers;
    size_t count;
};

#endif

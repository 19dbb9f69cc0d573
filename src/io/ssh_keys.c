#include "io/ssh_keys.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

size_t ct_ssh_keys_find(const struct ct_server *server, char *paths[CT_SSH_KEYS_MAX])
{
    static const char *const names[] = {"id_ed25519", "id_ecdsa"};
    const char *home = getenv("HOME");
    paths[0] = paths[1] = NULL;
    if (server->private_key != NULL) {
        paths[0] = ct_xstrdup(server->private_key);
        return access(paths[0], R_OK) == 0;
    }
    size_t n = 0;
    for (size_t i = 0; i < CT_SSH_KEYS_MAX; i++) {
        char *path = ct_xprintf("%s/.ssh/%s", home != NULL ? home : "", names[i]);
        if (access(path, R_OK) == 0)
            paths[n++] = path;
        else
            free(path);
    }
    if (n == 0)
        paths[0] = ct_xprintf("%s/.ssh/%s", home != NULL ? home : "", names[0]);
    return n;
}

LIBSSH2_AGENT *ct_ssh_agent_open(LIBSSH2_SESSION *session)
{
    LIBSSH2_AGENT *agent = libssh2_agent_init(session);
    if (agent == NULL)
        return NULL;
    if (libssh2_agent_connect(agent) == 0 && libssh2_agent_list_identities(agent) == 0)
        return agent;
    ct_ssh_agent_close(agent);
    return NULL;
}

void ct_ssh_agent_close(LIBSSH2_AGENT *agent)
{
    if (agent == NULL)
        return;
    (void)libssh2_agent_disconnect(agent);
    libssh2_agent_free(agent);
}

struct libssh2_agent_publickey *ct_ssh_agent_find(LIBSSH2_AGENT *agent, const struct ct_buf *key)
{
    struct libssh2_agent_publickey *id = NULL;
    while (libssh2_agent_get_identity(agent, &id, id) == 0)
        if (id->blob_len == key->len && memcmp(id->blob, key->data, key->len) == 0)
            return id;
    return NULL;
}

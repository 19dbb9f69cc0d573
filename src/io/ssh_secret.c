#include "io/ssh_secret.h"

#include <libssh2.h>
#include <stdlib.h>

#include "io/key_file.h"
#include "io/ssh_keys.h"

static bool agent_holds(const struct ct_buf *key)
{
    LIBSSH2_SESSION *session = libssh2_session_init();
    LIBSSH2_AGENT *agent = session != NULL ? ct_ssh_agent_open(session) : NULL;
    bool holds = agent != NULL && ct_ssh_agent_find(agent, key) != NULL;
    ct_ssh_agent_close(agent);
    if (session != NULL)
        (void)libssh2_session_free(session);
    return holds;
}

/* Is the first key that will be tried one that only a passphrase opens? */
static bool first_key_is_locked(const struct ct_server *server, char **out_path)
{
    char *paths[CT_SSH_KEYS_MAX];
    struct ct_key_file file;
    bool locked = ct_ssh_keys_find(server, paths) > 0;
    ct_key_file_init(&file);
    locked = locked && ct_key_file_read(&file, paths[0], NULL) == 0 && file.locked &&
             !agent_holds(&file.public_key);
    ct_key_file_release(&file);
    free(paths[1]);
    if (locked)
        *out_path = paths[0];
    else
        free(paths[0]);
    return locked;
}

enum ct_secret ct_ssh_secret_wanted(const struct ct_server *server, char **out_path)
{
    *out_path = NULL;
    if (server->transport == CT_SSH_OPENSSH || server->secret != NULL)
        return CT_SECRET_NONE;
    if (server->auth == CT_AUTH_PASSWORD && server->password == NULL &&
        server->password_file == NULL && server->password_env == NULL)
        return CT_SECRET_PASSWORD;
    if (server->auth == CT_AUTH_KEY && first_key_is_locked(server, out_path))
        return CT_SECRET_PASSPHRASE;
    return CT_SECRET_NONE;
}

#include "services/secrets.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "io/ssh_secret.h"

void ct_secrets_take(struct ct_cluster *cluster)
{
    for (size_t i = 0; i < cluster->count; i++) {
        struct ct_server *s = &cluster->servers[i];
        const char *value = s->password_env != NULL ? getenv(s->password_env) : NULL;
        if (value != NULL && s->secret == NULL)
            s->secret = ct_xstrdup(value);
    }
    for (size_t i = 0; i < cluster->count; i++)
        if (cluster->servers[i].password_env != NULL)
            (void)unsetenv(cluster->servers[i].password_env);
}

/* A core file of this program would hold what it knows. */
static void leave_no_core(const struct ct_cluster *cluster)
{
    static const struct rlimit none = {0, 0};
    for (size_t i = 0; i < cluster->count; i++)
        if (cluster->servers[i].secret != NULL || cluster->servers[i].auth == CT_AUTH_PASSWORD)
            (void)setrlimit(RLIMIT_CORE, &none);
}

/* --- the terminal --- */

/* One line, typed key by key; false when none comes or Ctrl-C or Ctrl-D was pressed. */
static bool read_line(int fd, char *line, size_t size)
{
    enum { CTRL_C = 3, CTRL_D = 4, BACKSPACE = 8, DELETE = 127 };
    size_t len = 0;
    char c;
    while (read(fd, &c, 1) == 1 && c != CTRL_C && c != CTRL_D) {
        if (c == '\n' || c == '\r') {
            line[len] = '\0';
            return true;
        }
        if (c == BACKSPACE || c == DELETE)
            len -= len > 0;
        else if (len + 1 < size)
            line[len++] = c;
    }
    return false;
}

/* What is typed, without echo; owned by caller; NULL: no terminal, or nothing typed, which *asked
 * tells apart. The terminal makes no signals meanwhile: one that ended the program would leave it
 * mute. */
static char *ask(const char *question, bool *asked)
{
    struct termios before, mute;
    char line[1024];
    int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    *asked = fd >= 0 && tcgetattr(fd, &before) == 0;
    if (fd < 0)
        return NULL;
    char *answer = NULL;
    if (*asked) {
        mute = before;
        mute.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG);
        (void)tcsetattr(fd, TCSAFLUSH, &mute);
        (void)!write(fd, question, strlen(question));
        if (read_line(fd, line, sizeof(line)) && line[0] != '\0')
            answer = ct_xstrdup(line);
        (void)tcsetattr(fd, TCSAFLUSH, &before);
        (void)!write(fd, "\n", 1);
        explicit_bzero(line, sizeof(line));
    }
    (void)close(fd);
    return answer;
}

/* --- what is missing --- */

static int ask_password(struct ct_server *s, struct ct_err *err)
{
    char *question = ct_xprintf("ct: password of %s%s%s: ", s->username != NULL ? s->username : "",
                                s->username != NULL ? "@" : "", s->id);
    bool asked;
    s->secret = ask(question, &asked);
    free(question);
    if (s->secret != NULL)
        return 0;
    return ct_fail(err, CT_EUSAGE,
                   "%s: sshAuthMethod is \"password\", but there is none, and %s: write "
                   "\"passwordFile\" or \"passwordEnv\" under \"authentication\"",
                   s->id, asked ? "none was typed" : "no terminal to ask at");
}

/* A key is often that of many servers: who comes first with it has asked. */
static const char *asked_before(const struct ct_cluster *cluster, size_t count, const char *path)
{
    for (size_t i = 0; i < count; i++) {
        const struct ct_server *s = &cluster->servers[i];
        if (s->auth == CT_AUTH_KEY && s->secret != NULL && s->private_key != NULL &&
            strcmp(s->private_key, path) == 0)
            return s->secret;
    }
    return NULL;
}

static void ask_passphrase(struct ct_cluster *cluster, size_t i, const char *path)
{
    struct ct_server *s = &cluster->servers[i];
    const char *known = asked_before(cluster, i, path);
    if (known != NULL) {
        s->secret = ct_xstrdup(known);
        return;
    }
    char *question = ct_xprintf("ct: passphrase of '%s': ", path);
    bool asked;
    s->secret = ask(question, &asked); /* without one, the login says what to do */
    free(question);
}

static bool others_can_read(const char *path)
{
    struct stat st;
    return path != NULL && stat(path, &st) == 0 && (st.st_mode & 077) != 0;
}

static void warn_about_files(const struct ct_config *c)
{
    if (c->has_clear_password && others_can_read(c->path))
        ct_warn("%s holds a clear password and others can read it: chmod 600 %s, or use "
                "passwordFile",
                c->path, c->path);
    for (size_t i = 0; i < c->cluster.count; i++) {
        const char *path = c->cluster.servers[i].password_file;
        if (others_can_read(path))
            ct_warn("others can read the password in %s: chmod 600 %s", path, path);
    }
}

int ct_secrets_ask(struct ct_config *config, struct ct_err *err)
{
    struct ct_cluster *cluster = &config->cluster;
    int rc = 0;
    warn_about_files(config);
    for (size_t i = 0; i < cluster->count && rc == 0; i++) {
        struct ct_server *s = &cluster->servers[i];
        char *path;
        enum ct_secret wanted = ct_ssh_secret_wanted(s, &path);
        if (wanted == CT_SECRET_PASSWORD)
            rc = ask_password(s, err);
        else if (wanted == CT_SECRET_PASSPHRASE)
            ask_passphrase(cluster, i, path);
        free(path);
    }
    leave_no_core(cluster);
    return rc;
}

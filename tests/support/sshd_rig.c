#include "sshd_rig.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
    fprintf(stderr, "sshd_rig: %s\n", what);
    abort();
}

static pid_t spawn(int in[2], int out[2])
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    (void)dup2(in[0], STDIN_FILENO);
    (void)dup2(out[1], STDOUT_FILENO);
    for (int i = 0; i < 2; i++) {
        (void)close(in[i]);
        (void)close(out[i]);
    }
    execl(CT_TESTS_DIR "/support/sshd_rig.sh", "sshd_rig.sh", (char *)NULL);
    _exit(1);
}

int sshd_rig_start(struct sshd_rig *rig, struct ct_server *server)
{
    int in[2], out[2];
    unsigned port;
    char line[300];
    memset(rig, 0, sizeof(*rig));
    if (pipe(in) != 0 || pipe(out) != 0 || (rig->pid = spawn(in, out)) < 0)
        die("no process");
    (void)close(in[0]);
    (void)close(out[1]);
    rig->to = fdopen(in[1], "w");
    rig->from = fdopen(out[0], "r");
    if (fgets(line, sizeof(line), rig->from) == NULL ||
        sscanf(line, "%u %199s", &port, rig->folder) != 2) {
        int status;
        (void)waitpid(rig->pid, &status, 0);
        if (WIFEXITED(status) && WEXITSTATUS(status) == SSHD_RIG_SKIP)
            return SSHD_RIG_SKIP;
        die("did not start");
    }
    (void)snprintf(rig->key, sizeof(rig->key), "%s/sshd/user_key", rig->folder);
    (void)snprintf(rig->known_hosts, sizeof(rig->known_hosts), "%s/known_hosts", rig->folder);
    (void)strcpy(rig->host, "127.0.0.1");
    (void)strcpy(rig->user, "root");
    (void)snprintf(rig->id, sizeof(rig->id), "127.0.0.1:%u", port);
    *server = (struct ct_server){
        .name = rig->id,
        .host = rig->host,
        .id = rig->id,
        .port = (uint16_t)port,
        .auth = CT_AUTH_KEY,
        .username = rig->user,
        .private_key = rig->key,
        .known_hosts = rig->known_hosts,
    };
    return SSHD_RIG_OK;
}

void sshd_rig_do(struct sshd_rig *rig, const char *line)
{
    char answer[32];
    if (fprintf(rig->to, "%s\n", line) < 0 || fflush(rig->to) != 0 ||
        fgets(answer, sizeof(answer), rig->from) == NULL || strcmp(answer, "done\n") != 0)
        die(line);
}

void sshd_rig_write(const struct sshd_rig *rig, const char *name, const char *text)
{
    char path[300];
    (void)snprintf(path, sizeof(path), "%s/%s", rig->folder, name);
    FILE *f = fopen(path, "w");
    if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
        die(path);
}

void sshd_rig_end(struct sshd_rig *rig)
{
    (void)fclose(rig->to);
    (void)fclose(rig->from);
    (void)waitpid(rig->pid, NULL, 0);
}

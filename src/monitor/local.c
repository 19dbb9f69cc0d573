#include "monitor/local.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/proc_files.h"

/* A file under its heading; one that cannot be read is left out. */
static void add_file(struct ct_buf *text, const char *path)
{
    size_t before = text->len;
    if (ct_buf_printf(text, "==> %s <==\n", path) && ct_buf_read_file(text, path, NULL) == 0 &&
        ct_buf_puts(text, "\n"))
        return;
    text->len = before;
    text->data[before] = '\0';
}

static bool is_watched(const struct ct_server *server, const char *pid)
{
    char path[64], name[CT_WATCHED_NAME + 1] = "";
    (void)snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return false;
    bool found = false;
    if (fgets(name, sizeof(name), f) != NULL) {
        name[strcspn(name, "\n")] = '\0';
        for (size_t i = 0; i < server->n_watch; i++)
            found = found || strcmp(server->watch[i], name) == 0;
    }
    (void)fclose(f);
    return found;
}

static void add_processes(const struct ct_server *server, struct ct_buf *text)
{
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    char path[64];
    (void)ct_buf_printf(text, "==> ct-watch <==\n%ld\n", sysconf(_SC_PAGESIZE));
    while (proc != NULL && (entry = readdir(proc)) != NULL) {
        if (entry->d_name[0] < '0' || entry->d_name[0] > '9' || !is_watched(server, entry->d_name))
            continue;
        (void)snprintf(path, sizeof(path), "/proc/%.20s/stat", entry->d_name);
        add_file(text, path);
    }
    if (proc != NULL)
        (void)closedir(proc);
}

static void add_groups(const struct ct_server *server, struct ct_buf *text)
{
    char path[CT_CGROUP_PATH];
    for (size_t i = 0; i < server->n_cgroups; i++)
        for (int file = 0; file < CT_CGROUP_FILES; file++) {
            ct_cgroup_path((enum ct_cgroup_file)file, server->cgroups[i], path);
            add_file(text, path);
        }
}

bool ct_local_read(const struct ct_server *server, struct ct_buf *text)
{
    size_t before = text->len;
    for (int i = 0; i < CT_PROC_FILES; i++)
        add_file(text, ct_proc_files[i]);
    bool any = text->len > before;
    if (server->n_watch > 0)
        add_processes(server, text);
    add_groups(server, text);
    return any;
}

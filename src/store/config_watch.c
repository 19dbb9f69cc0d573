/* What is watched on a server: names that are compared there or become part of a path, so they are
 * checked to the byte. */
#include <string.h>

#include "base/mem.h"
#include "store/config_tables.h"

static const char prefix[] = "cgroup:";
enum { PREFIX = sizeof(prefix) - 1 };

/* --- a process --- */

static int check_process(const char *name, size_t len, struct ct_err *err)
{
    if (len == 0 || len >= CT_WATCHED_NAME)
        return ct_fail(err, CT_EUSAGE,
                       "a process's name has 1 to %d bytes: the kernel cuts longer ones (see "
                       "/proc/PID/comm)",
                       CT_WATCHED_NAME - 1);
    for (size_t i = 0; i < len; i++)
        if (name[i] == '/' || (unsigned char)name[i] < ' ' || name[i] == 127)
            return ct_fail(err, CT_EUSAGE,
                           "a process's name without a folder, as in /proc/PID/comm");
    return 0;
}

/* --- a control group --- */

/* Letters, digits and what systemd's names hold besides; no space, quote or pattern. */
static bool is_path_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("_-.@:\\/", c) != NULL);
}

/* None of its names is empty, "." or "..". */
static bool stays_below(const char *path, size_t len)
{
    size_t begin = 0;
    for (size_t i = 0; i <= len; i++) {
        if (i < len && path[i] != '/')
            continue;
        size_t n = i - begin;
        if (n == 0 || (n <= 2 && memcmp(path + begin, "..", n) == 0))
            return false;
        begin = i + 1;
    }
    return true;
}

static int check_cgroup(const char *path, size_t len, struct ct_err *err)
{
    bool good = len > 0 && len < CT_CGROUP_NAME && stays_below(path, len);
    for (size_t i = 0; i < len && good; i++)
        good = is_path_byte(path[i]);
    if (good)
        return 0;
    return ct_fail(err, CT_EUSAGE,
                   "expected a control group's path below /sys/fs/cgroup, without a slash in front "
                   "and without '..', of letters, digits and _ - . @ : \\ /, at most %d bytes: "
                   "\"cgroup:system.slice/nginx.service\"",
                   CT_CGROUP_NAME - 1);
}

int ct_config_take_watch(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                         const struct ct_json_event *e, struct ct_err *err)
{
    struct ct_server *s = base;
    (void)r;
    (void)key;
    if (s->n_watch + s->n_cgroups == CT_WATCHED_MAX)
        return ct_fail(err, CT_EUSAGE, "at most %d names", CT_WATCHED_MAX);
    bool is_cgroup = e->len >= PREFIX && memcmp(e->text, prefix, PREFIX) == 0;
    const char *name = e->text + (is_cgroup ? PREFIX : 0);
    size_t len = e->len - (is_cgroup ? PREFIX : 0);
    int rc = is_cgroup ? check_cgroup(name, len, err) : check_process(name, len, err);
    if (rc < 0)
        return rc;
    if (is_cgroup)
        s->cgroups[s->n_cgroups++] = ct_xstrndup(name, len);
    else
        s->watch[s->n_watch++] = ct_xstrndup(name, len);
    return 0;
}

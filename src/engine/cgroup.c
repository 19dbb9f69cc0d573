#include "engine/cgroup.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/lines.h"

/* --- where --- */

/* Is word one of the list "a,b,c" in [at, end)? */
static bool lists(const char *at, const char *end, const char *word)
{
    size_t len = strlen(word);
    while (at < end) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *stop = comma != NULL ? comma : end;
        if ((size_t)(stop - at) == len && memcmp(at, word, len) == 0)
            return true;
        at = stop + 1;
    }
    return false;
}

/* The path in the line "id:controllers:path" that has the CPU controller, or else in "0::path". */
static int own_group(const char *text, char out[CT_CGROUP_PATH])
{
    int version = 0;
    for (const char *at = text; *at != '\0' && version != 1;) {
        const char *end = at + strcspn(at, "\n");
        const char *list = memchr(at, ':', (size_t)(end - at));
        const char *path = list != NULL ? memchr(list + 1, ':', (size_t)(end - list - 1)) : NULL;
        bool v1 = path != NULL && lists(list + 1, path, "cpu");
        bool v2 = path != NULL && path == list + 1 && list == at + 1 && *at == '0';
        if ((v1 || v2) && end - path - 1 < CT_CGROUP_PATH) {
            (void)snprintf(out, CT_CGROUP_PATH, "%.*s", (int)(end - path - 1), path + 1);
            version = v1 ? 1 : 2;
        }
        at = *end != '\0' ? end + 1 : end;
    }
    return version;
}

/* A field of mountinfo; \040 and its like are the characters that would end it. */
static bool unescape(const char *at, const char *end, char out[CT_CGROUP_PATH])
{
    size_t len = 0;
    while (at < end && len + 1 < CT_CGROUP_PATH) {
        bool octal = *at == '\\' && end - at > 3 && at[1] >= '0' && at[1] <= '3' && at[2] >= '0' &&
                     at[2] <= '7' && at[3] >= '0' && at[3] <= '7';
        int c = octal ? (at[1] - '0') << 6 | (at[2] - '0') << 3 | (at[3] - '0') : *at;
        out[len++] = (char)c;
        at += octal ? 4 : 1;
    }
    out[len] = '\0';
    return at == end;
}

enum { FIELDS_MAX = 32 };

/* Splits a line at single spaces; returns how many fields, with one more start behind the last. */
static int split(const char *at, const char *end, const char *fields[FIELDS_MAX + 1])
{
    int n = 0;
    while (n < FIELDS_MAX && at <= end) {
        fields[n++] = at;
        const char *space = memchr(at, ' ', (size_t)(end - at));
        at = space != NULL ? space + 1 : end + 1;
    }
    fields[n] = at;
    return n;
}

static bool field_is(const char *const *fields, int k, const char *word)
{
    size_t len = (size_t)(fields[k + 1] - fields[k] - 1);
    return len == strlen(word) && memcmp(fields[k], word, len) == 0;
}

/* "id parent dev root mountpoint options [optional...] - type source options" */
static bool cpu_mount(const char *line, const char *end, int version, char root[CT_CGROUP_PATH],
                      char point[CT_CGROUP_PATH])
{
    enum { ROOT = 3, POINT = 4, OPTIONAL = 6 };
    const char *fields[FIELDS_MAX + 1];
    int n = split(line, end, fields), dash = OPTIONAL;
    while (dash < n && !field_is(fields, dash, "-"))
        dash++;
    if (dash + 3 >= n || !field_is(fields, dash + 1, version == 1 ? "cgroup" : "cgroup2"))
        return false;
    if (version == 1 && !lists(fields[dash + 3], fields[dash + 4] - 1, "cpu"))
        return false;
    return unescape(fields[ROOT], fields[ROOT + 1] - 1, root) &&
           unescape(fields[POINT], fields[POINT + 1] - 1, point) && point[0] == '/';
}

/* The part of path below root; "" when it is not below: then the mount itself is what there is. */
static const char *below(const char *path, const char *root)
{
    size_t len = strcmp(root, "/") == 0 ? 0 : strlen(root);
    bool inside = strncmp(path, root, len) == 0 && (path[len] == '/' || path[len] == '\0');
    const char *rest = inside ? path + len : "";
    return strcmp(rest, "/") == 0 || strstr(rest, "..") != NULL ? "" : rest;
}

bool ct_cgroup_place(const char *cgroup, const char *mountinfo, struct ct_cgroup_place *out)
{
    char path[CT_CGROUP_PATH], root[CT_CGROUP_PATH], point[CT_CGROUP_PATH];
    int version = own_group(cgroup, path);
    for (const char *at = mountinfo; version != 0 && *at != '\0';) {
        const char *end = at + strcspn(at, "\n");
        if (cpu_mount(at, end, version, root, point)) {
            size_t top = strlen(point);
            const char *rest = below(path, root);
            out->version = version;
            out->top = top;
            if (top + strlen(rest) >= sizeof(out->path))
                return false;
            memcpy(out->path, point, top + 1);
            memcpy(out->path + top, rest, strlen(rest) + 1);
            return true;
        }
        at = *end != '\0' ? end + 1 : end;
    }
    return false;
}

/* --- how much --- */

/* quota of period; both in microseconds */
static bool share(uint64_t quota, uint64_t period, double *out_cpus)
{
    if (quota == 0 || period == 0)
        return false;
    *out_cpus = (double)quota / (double)period;
    return true;
}

static bool ends(const char *at)
{
    return *at == '\0' || (*at == '\n' && at[1] == '\0');
}

bool ct_cgroup_quota_v2(const char *cpu_max, double *out_cpus)
{
    const char *at = cpu_max, *end = cpu_max + strlen(cpu_max);
    uint64_t quota, period;
    return ct_line_number(&at, end, &quota) && at < end && *at == ' ' &&
           ct_line_number(&at, end, &period) && ends(at) && share(quota, period, out_cpus);
}

bool ct_cgroup_quota_v1(const char *quota_us, const char *period_us, double *out_cpus)
{
    const char *a = quota_us, *b = period_us;
    uint64_t quota, period;
    return ct_line_number(&a, a + strlen(a), &quota) && ends(a) &&
           ct_line_number(&b, b + strlen(b), &period) && ends(b) && share(quota, period, out_cpus);
}

static bool stat_line(const char *text, const char *name, uint64_t *out)
{
    const char *end;
    const char *at = ct_line_find(text, text + strlen(text), name, &end);
    return at != NULL && ct_line_number(&at, end, out);
}

bool ct_cgroup_stat(const char *text, struct ct_cgroup_stat *out)
{
    struct ct_cgroup_stat s;
    uint64_t us;
    if (!stat_line(text, "nr_periods ", &s.periods) ||
        !stat_line(text, "nr_throttled ", &s.throttled_periods))
        return false;
    if (stat_line(text, "throttled_usec ", &us) && us <= UINT64_MAX / 1000)
        s.throttled_ns = us * 1000;
    else if (!stat_line(text, "throttled_time ", &s.throttled_ns))
        return false;
    *out = s;
    return true;
}

/* --- reading --- */

enum { FILE_LIMIT = 1 << 20 }; /* mountinfo of a machine with thousands of containers */

static bool read_in(const char *folder, const char *name, struct ct_buf *b)
{
    char path[CT_CGROUP_PATH + 32];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    ct_buf_clear(b);
    return ct_buf_read_file(b, path, NULL) == 0;
}

static bool quota_of(const struct ct_cgroup_place *group, struct ct_buf *a, struct ct_buf *b,
                     double *out_cpus)
{
    if (group->version == 2)
        return read_in(group->path, "cpu.max", a) && ct_cgroup_quota_v2(a->data, out_cpus);
    return read_in(group->path, "cpu.cfs_quota_us", a) &&
           read_in(group->path, "cpu.cfs_period_us", b) &&
           ct_cgroup_quota_v1(a->data, b->data, out_cpus);
}

static void add_group(const struct ct_cgroup_place *group, struct ct_buf *a, struct ct_buf *b,
                      struct ct_cgroup_cpu *out)
{
    double cpus;
    struct ct_cgroup_stat s;
    if (quota_of(group, a, b, &cpus) && !(out->quota_cpus <= cpus)) {
        out->quota_cpus = cpus;
        (void)snprintf(out->path, sizeof(out->path), "%s", group->path);
    }
    if (!read_in(group->path, "cpu.stat", a) || !ct_cgroup_stat(a->data, &s))
        return;
    out->counted = true;
    out->stat.periods += s.periods;
    out->stat.throttled_periods += s.throttled_periods;
    out->stat.throttled_ns += s.throttled_ns;
}

void ct_cgroup_read(struct ct_cgroup_cpu *out)
{
    *out = (struct ct_cgroup_cpu){.quota_cpus = NAN};
    struct ct_cgroup_place group;
    struct ct_buf a, b;
    ct_buf_init(&a, FILE_LIMIT);
    ct_buf_init(&b, FILE_LIMIT);
    bool found = read_in("/proc/self", "cgroup", &a) && read_in("/proc/self", "mountinfo", &b) &&
                 ct_cgroup_place(a.data, b.data, &group);
    if (found)
        out->version = group.version;
    while (found) {
        add_group(&group, &a, &b, out);
        char *slash = strrchr(group.path, '/');
        found = strlen(group.path) > group.top && slash != NULL;
        if (found)
            *slash = '\0';
    }
    ct_buf_release(&a);
    ct_buf_release(&b);
}

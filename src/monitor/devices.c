#include "monitor/devices.h"

#include <string.h>

#include "base/lines.h"

/* A line of the text, cut off it. false: there is none left. */
static bool next_line(const char **at, const char *end, const char **line_end)
{
    if (*at >= end)
        return false;
    const char *newline = memchr(*at, '\n', (size_t)(end - *at));
    *line_end = newline != NULL ? newline : end;
    return true;
}

static bool has_prefix(const char *name, const char *const *prefixes)
{
    for (; *prefixes != NULL; prefixes++)
        if (strncmp(name, *prefixes, strlen(*prefixes)) == 0)
            return true;
    return false;
}

/* Room for one more, with its name; NULL: none is left, or that is no name. */
static struct ct_device *add(struct ct_devices *d, const char *name, size_t len)
{
    if (d->count == CT_DEVICES_MAX || len == 0 || len >= CT_DEVICE_NAME ||
        memchr(name, '\0', len) != NULL)
        return NULL;
    struct ct_device *one = &d->items[d->count];
    memset(one, 0, sizeof(*one));
    memcpy(one->name, name, len);
    return one;
}

/* --- network --- */

static bool is_cable(const char *name)
{
    static const char *const made_up[] = {
        "lo",    "veth", "docker", "br",   "virbr",  "vnet",  "tap",  "tun",       "wg",
        "bond",  "team", "dummy",  "ifb",  "sit",    "gre",   "ip6",  "ip_vti",    "teql",
        "vxlan", "cali", "cni",    "flan", "cilium", "lxc",   "lxd",  "kube",      "nodelocal",
        "ovs",   "macv", "ipv",    "nlm",  "podman", "weave", "vlan", "tailscale", NULL};
    return !has_prefix(name, made_up) && strpbrk(name, ".@") == NULL;
}

static bool net_line(const char *at, const char *end, struct ct_devices *out)
{
    enum { FIELDS = 16 };
    uint64_t v[FIELDS];
    while (at < end && *at == ' ')
        at++;
    const char *colon = memchr(at, ':', (size_t)(end - at));
    struct ct_device *d = colon != NULL ? add(out, at, (size_t)(colon - at)) : NULL;
    if (d == NULL || !is_cable(d->name))
        return false;
    at = colon + 1;
    for (int i = 0; i < FIELDS; i++)
        if (!ct_line_number(&at, end, &v[i]))
            return false;
    d->value[CT_NET_RX_BYTES] = v[0];
    d->value[CT_NET_RX_PACKETS] = v[1];
    d->value[CT_NET_TX_BYTES] = v[8];
    d->value[CT_NET_TX_PACKETS] = v[9];
    d->value[CT_NET_ERRORS] = v[2] + v[10];
    d->value[CT_NET_DROPS] = v[3] + v[11];
    return true;
}

bool ct_procfs_net(const char *text, size_t len, struct ct_devices *out)
{
    const char *end = text + len, *line_end;
    out->count = 0;
    for (const char *at = text; next_line(&at, end, &line_end); at = line_end + 1)
        if (net_line(at, line_end, out))
            out->count++;
    return out->count > 0;
}

/* --- disks --- */

static bool is_disk(const char *name)
{
    static const char *const made_up[] = {"loop", "ram", "zram", "dm-", "md", "sr", "fd", NULL};
    /* nvme0c0n1: a path to nvme0n1, which has the sum */
    return !has_prefix(name, made_up) &&
           (strncmp(name, "nvme", 4) != 0 || strchr(name, 'c') == NULL);
}

static bool disk_line(const char *at, const char *end, struct ct_devices *out)
{
    enum { FIELDS = 7, SECTOR_BYTES = 512 }; /* a sector is 512 bytes here, whatever the disk's */
    uint64_t number, v[FIELDS];
    for (int i = 0; i < 2; i++) /* major and minor */
        if (!ct_line_number(&at, end, &number))
            return false;
    while (at < end && *at == ' ')
        at++;
    const char *space = memchr(at, ' ', (size_t)(end - at));
    struct ct_device *d = space != NULL ? add(out, at, (size_t)(space - at)) : NULL;
    if (d == NULL || !is_disk(d->name))
        return false;
    at = space;
    for (int i = 0; i < FIELDS; i++)
        if (!ct_line_number(&at, end, &v[i]))
            return false;
    d->value[CT_DISK_READS] = v[0];
    d->value[CT_DISK_READ_BYTES] = v[2] * SECTOR_BYTES;
    d->value[CT_DISK_WRITES] = v[4];
    d->value[CT_DISK_WRITTEN_BYTES] = v[6] * SECTOR_BYTES;
    return true;
}

/* sda1 of sda, nvme0n1p1 of nvme0n1. */
static bool is_part_of(const char *name, const char *disk)
{
    size_t len = strlen(disk);
    if (strncmp(name, disk, len) != 0 || name[len] == '\0')
        return false;
    bool disk_ends_with_digit = disk[len - 1] >= '0' && disk[len - 1] <= '9';
    if (disk_ends_with_digit && name[len++] != 'p')
        return false;
    return name[len] != '\0' && strspn(name + len, "0123456789") == strlen(name + len);
}

/* Some machines list xvda1 without xvda: a partition goes only where its disk is. */
static bool is_part(const struct ct_devices *d, const char *name)
{
    for (size_t i = 0; i < d->count; i++)
        if (is_part_of(name, d->items[i].name))
            return true;
    return false;
}

bool ct_procfs_disks(const char *text, size_t len, struct ct_devices *out)
{
    const char *end = text + len, *line_end;
    out->count = 0;
    for (const char *at = text; next_line(&at, end, &line_end); at = line_end + 1)
        /* the kernel lists a disk before its partitions */
        if (disk_line(at, line_end, out) && !is_part(out, out->items[out->count].name))
            out->count++;
    return out->count > 0;
}

/* --- between --- */

static const struct ct_device *same(const struct ct_devices *d, const char *name, size_t hint)
{
    for (size_t i = 0; i < d->count; i++) {
        const struct ct_device *one = &d->items[(hint + i) % d->count];
        if (strcmp(one->name, name) == 0)
            return one;
    }
    return NULL;
}

bool ct_devices_between(const struct ct_devices *before, const struct ct_devices *after,
                        uint64_t sums[CT_DEVICE_VALUES])
{
    bool any = false;
    memset(sums, 0, CT_DEVICE_VALUES * sizeof(*sums));
    for (size_t i = 0; i < after->count; i++) {
        const struct ct_device *to = &after->items[i];
        const struct ct_device *from = same(before, to->name, i);
        for (int k = 0; k < CT_DEVICE_VALUES && from != NULL; k++) {
            if (to->value[k] < from->value[k])
                return false;
            sums[k] += to->value[k] - from->value[k];
        }
        any = any || from != NULL;
    }
    return any;
}

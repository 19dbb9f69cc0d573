/*
 * What went over the network interfaces and disks of a machine since it was booted: /proc/net/dev
 * and /proc/diskstats (proc(5), iostats of the kernel). Only devices that are real are kept, so
 * that nothing is counted twice: no loopback, bridge, bond, tunnel or end of a container's cable;
 * no partition of a disk that is listed itself, no loop, RAM or mapped device. Pure; fuzzed.
 */
#ifndef CT_MONITOR_DEVICES_H
#define CT_MONITOR_DEVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CT_DEVICES_MAX = 256, CT_DEVICE_NAME = 32, CT_DEVICE_VALUES = 6 };

enum ct_net_value {
    CT_NET_RX_BYTES,
    CT_NET_RX_PACKETS,
    CT_NET_TX_BYTES,
    CT_NET_TX_PACKETS,
    CT_NET_ERRORS,
    CT_NET_DROPS
};
enum ct_disk_value { CT_DISK_READS, CT_DISK_READ_BYTES, CT_DISK_WRITES, CT_DISK_WRITTEN_BYTES };

struct ct_devices {
    size_t count;
    struct ct_device {
        char name[CT_DEVICE_NAME];
        uint64_t value[CT_DEVICE_VALUES];
    } items[CT_DEVICES_MAX]; /* those beyond are left out */
};

/* false: no real device. */
bool ct_procfs_net(const char *text, size_t len, struct ct_devices *out);
bool ct_procfs_disks(const char *text, size_t len, struct ct_devices *out);

/* What was added between two readings, over the devices that are in both. false: there is none, or
 * a counter went back. */
bool ct_devices_between(const struct ct_devices *before, const struct ct_devices *after,
                        uint64_t sums[CT_DEVICE_VALUES]);

#endif

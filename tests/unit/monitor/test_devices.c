#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>

#include "monitor/devices.h"

static struct ct_devices before, after;

static bool net_of(const char *text, struct ct_devices *out)
{
    return ct_procfs_net(text, strlen(text), out);
}

static bool disks_of(const char *text, struct ct_devices *out)
{
    return ct_procfs_disks(text, strlen(text), out);
}

Test(devices, an_interface_is_both_ways)
{
    cr_assert(net_of("eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n", &after));
    cr_assert(eq(sz, after.count, 1));
    const uint64_t *v = after.items[0].value;
    cr_expect(eq(u64, v[CT_NET_RX_BYTES], 1));
    cr_expect(eq(u64, v[CT_NET_RX_PACKETS], 2));
    cr_expect(eq(u64, v[CT_NET_TX_BYTES], 9));
    cr_expect(eq(u64, v[CT_NET_TX_PACKETS], 10));
    cr_expect(eq(u64, v[CT_NET_ERRORS], 3 + 11));
    cr_expect(eq(u64, v[CT_NET_DROPS], 4 + 12));
}

Test(devices, a_disk_is_in_sectors_of_512_bytes)
{
    cr_assert(disks_of("   8       0 sda 1 2 3 4 5 6 7 8 9 10 11\n", &after));
    const uint64_t *v = after.items[0].value;
    cr_expect(eq(u64, v[CT_DISK_READS], 1));
    cr_expect(eq(u64, v[CT_DISK_READ_BYTES], 3 * 512));
    cr_expect(eq(u64, v[CT_DISK_WRITES], 5));
    cr_expect(eq(u64, v[CT_DISK_WRITTEN_BYTES], 7 * 512));
}

struct name {
    char name[24];
};

ParameterizedTestParameters(devices, what_is_made_up_counts_for_nothing)
{
    static struct name table[] = {{"lo"},    {"veth12ab"}, {"docker0"}, {"br-0a1b2c"}, {"br0"},
                                  {"bond0"}, {"eth0.100"}, {"tun0"},    {"wg0"},       {"cali1a"}};
    return cr_make_param_array(struct name, table, sizeof(table) / sizeof(table[0]));
}

ParameterizedTest(struct name *c, devices, what_is_made_up_counts_for_nothing)
{
    char text[200];
    (void)snprintf(text, sizeof(text), "%s: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n", c->name);
    cr_assert(not(net_of(text, &after)), "%s", c->name);
}

ParameterizedTestParameters(devices, what_is_no_disk_counts_for_nothing)
{
    static struct name table[] = {{"loop0"}, {"ram3"}, {"zram0"}, {"dm-0"},
                                  {"md127"}, {"sr0"},  {"fd0"},   {"nvme0c0n1"}};
    return cr_make_param_array(struct name, table, sizeof(table) / sizeof(table[0]));
}

ParameterizedTest(struct name *c, devices, what_is_no_disk_counts_for_nothing)
{
    char text[200];
    (void)snprintf(text, sizeof(text), " 8 0 %s 1 2 3 4 5 6 7 8 9 10 11\n", c->name);
    cr_assert(not(disks_of(text, &after)), "%s", c->name);
}

Test(devices, a_partition_counts_only_without_its_disk)
{
    cr_assert(disks_of("8 0 sda 1 1 1 1 1 1 1\n8 1 sda1 1 1 1 1 1 1 1\n8 16 sdaa 1 1 1 1 1 1 1\n"
                       "259 0 nvme0n1 1 1 1 1 1 1 1\n259 1 nvme0n1p1 1 1 1 1 1 1 1\n"
                       "259 2 nvme0n12 1 1 1 1 1 1 1\n202 1 xvda1 1 1 1 1 1 1 1\n",
                       &after));
    cr_assert(eq(sz, after.count, 5));
    static const char *const left[] = {"sda", "sdaa", "nvme0n1", "nvme0n12", "xvda1"};
    for (size_t i = 0; i < 5; i++)
        cr_expect(zero(int, strcmp(after.items[i].name, left[i])), "%s", after.items[i].name);
}

struct line {
    char text[80];
};

ParameterizedTestParameters(devices, a_line_that_makes_no_sense_is_passed_over)
{
    static struct line table[] = {
        {""},
        {"eth0"},
        {"eth0:"},
        {": 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"},
        {"eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15"},
        {"eth0: 1 2 3 4 5 6 7 -8 9 10 11 12 13 14 15 16"},
        {"a-name-that-no-kernel-gives-to-anything: 1 2 3 4 5 6 7 8 9 10 1 2 3 4 5 6"}};
    return cr_make_param_array(struct line, table, sizeof(table) / sizeof(table[0]));
}

ParameterizedTest(struct line *c, devices, a_line_that_makes_no_sense_is_passed_over)
{
    cr_assert(not(net_of(c->text, &after)), "%s", c->text);
}

Test(devices, more_devices_than_there_is_room_for_are_left_out)
{
    char text[40 * (CT_DEVICES_MAX + 10)], *at = text;
    for (int i = 0; i < CT_DEVICES_MAX + 10; i++)
        at += snprintf(at, 40, "8 0 d%dx 1 1 1 1 1 1 1\n", i);
    cr_assert(ct_procfs_disks(text, (size_t)(at - text), &after));
    cr_assert(eq(sz, after.count, CT_DEVICES_MAX));
}

Test(devices, only_what_is_in_both_readings_is_added_up)
{
    uint64_t sums[CT_DEVICE_VALUES];
    cr_assert(disks_of("8 0 sda 10 0 100 0 20 0 200 0\n8 16 sdb 5 0 5 0 5 0 5 0\n", &before));
    cr_assert(disks_of("8 32 sdc 900 0 900 0 900 0 900\n8 0 sda 11 0 102 0 23 0 204 0\n", &after));
    cr_assert(ct_devices_between(&before, &after, sums));
    cr_expect(eq(u64, sums[CT_DISK_READS], 1));
    cr_expect(eq(u64, sums[CT_DISK_READ_BYTES], 2 * 512));
    cr_expect(eq(u64, sums[CT_DISK_WRITES], 3));
    cr_expect(eq(u64, sums[CT_DISK_WRITTEN_BYTES], 4 * 512));
}

Test(devices, a_counter_that_went_back_gives_no_value)
{
    uint64_t sums[CT_DEVICE_VALUES];
    cr_assert(disks_of("8 0 sda 10 0 100 0 20 0 200 0\n", &before));
    cr_assert(disks_of("8 0 sda 11 0 101 0 19 0 201 0\n", &after));
    cr_assert(not(ct_devices_between(&before, &after, sums)));
    cr_assert(disks_of("8 16 sdb 11 0 101 0 19 0 201 0\n", &after));
    cr_assert(not(ct_devices_between(&before, &after, sums)), "no device in common");
}

Test(devices, a_name_with_a_nul_in_it_is_no_name)
{
    static const char text[] = "8 0 \0x 1 1 1 1 1 1 1\n8 1 \0y 1 1 1 1 1 1 1\n";
    cr_assert(not(ct_procfs_disks(text, sizeof(text) - 1, &after)));
}

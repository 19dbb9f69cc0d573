#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "engine/self.h"
#include "fd_table.h"

/* The kernel's own account of the calling thread (proc(5), sched): se.slice, in ns. 0: not told. */
static unsigned long long slice_ns(void)
{
    unsigned long long value = 0;
    char line[256];
    FILE *f = fopen("/proc/thread-self/sched", "re");
    while (f != NULL && fgets(line, sizeof(line), f) != NULL)
        if (strncmp(line, "se.slice", 8) == 0)
            (void)sscanf(strchr(line, ':') + 1, "%llu", &value);
    if (f != NULL)
        (void)fclose(f);
    return value;
}

static bool kernel_has_slices(void)
{
    struct utsname name;
    unsigned major = 0, minor = 0;
    cr_assert(eq(int, uname(&name), 0));
    (void)sscanf(name.release, "%u.%u", &major, &minor);
    return major > 6 || (major == 6 && minor >= 12);
}

Test(self, room_for_descriptors_is_made_as_far_as_the_limit_lets)
{
    struct rlimit limit = {.rlim_cur = 700, .rlim_max = 700};
    cr_assert(lt(uint, fd_table_size(), 512));
    ct_self_room_for_descriptors(500);
    cr_assert(ge(uint, fd_table_size(), 500));
    cr_assert(zero(int, setrlimit(RLIMIT_NOFILE, &limit)));
    ct_self_room_for_descriptors(1000000);
    cr_assert(ge(uint, fd_table_size(), 700));
    ct_self_room_for_descriptors(UINT32_MAX);
}

Test(self, short_turns_change_nothing_but_the_length_of_a_turn)
{
    cr_assert(eq(int, setpriority(PRIO_PROCESS, 0, 7), 0));
    unsigned long long before = slice_ns();
    cr_assert(ct_self_short_turns());
    cr_assert(eq(int, getpriority(PRIO_PROCESS, 0), 7));
    if (kernel_has_slices() && before != 0)
        cr_assert(eq(ullong, slice_ns(), 100000ULL));
}

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "engine/self.h"

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

Test(self, short_turns_change_nothing_but_the_length_of_a_turn)
{
    cr_assert(eq(int, setpriority(PRIO_PROCESS, 0, 7), 0));
    unsigned long long before = slice_ns();
    cr_assert(ct_self_short_turns());
    cr_assert(eq(int, getpriority(PRIO_PROCESS, 0), 7));
    if (kernel_has_slices() && before != 0)
        cr_assert(eq(ullong, slice_ns(), 100000ULL));
}

#include "monitor/marks.h"

#include <string.h>

#include "base/buf.h"
#include "monitor/procfs.h"

enum { STAT_MAX = 1 << 20 };

void ct_marks_read(struct ct_marks *out)
{
    struct ct_buf b;
    ct_buf_init(&b, STAT_MAX);
    memset(out, 0, sizeof(*out));
    out->known = ct_buf_read_file(&b, "/proc/stat", NULL) == 0 &&
                 ct_procfs_stat_line(b.data, b.len, "ctxt ", &out->switches) &&
                 ct_procfs_stat_line(b.data, b.len, "processes ", &out->forks) &&
                 ct_procfs_stat_line(b.data, b.len, "btime ", &out->booted_s);
    ct_buf_release(&b);
}

static bool between(uint64_t low, uint64_t v, uint64_t high)
{
    return low <= v && v <= high;
}

/* The kernel derives btime from the wall clock: it may round to either second. */
bool ct_marks_same(const struct ct_marks *before, const struct ct_marks *seen,
                   const struct ct_marks *after)
{
    return before->known && seen->known && after->known &&
           between(before->switches, seen->switches, after->switches) &&
           between(before->forks, seen->forks, after->forks) &&
           between(after->booted_s, seen->booted_s + 1, after->booted_s + 2);
}

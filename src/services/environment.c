#include "services/environment.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "services/commit.h"

/* The text after "model name : " in /proc/cpuinfo; owned by caller. */
static char *cpu_model(void)
{
    char *model = NULL;
    char line[512];
    FILE *f = fopen("/proc/cpuinfo", "re");
    while (f != NULL && model == NULL && fgets(line, sizeof(line), f) != NULL) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) == 0 && colon != NULL)
            model = ct_xstrndup(colon + 2, strcspn(colon + 2, "\n"));
    }
    if (f != NULL)
        (void)fclose(f);
    return model != NULL ? model : ct_xstrdup("unknown");
}

void ct_environment_read(const char *command_line, const char *commit, double monitoring_interval_s,
                         struct ct_environment *out)
{
    memset(out, 0, sizeof(*out));
    struct utsname u;
    bool known = uname(&u) == 0;
    out->ct_version = ct_xstrdup(CT_VERSION);
    out->hostname = ct_xstrdup(known ? u.nodename : "unknown");
    out->kernel = known ? ct_xprintf("%s %s", u.sysname, u.release) : ct_xstrdup("unknown");
    out->cpu_model = cpu_model();
    out->command = ct_xstrdup(command_line);
    out->commit = commit != NULL ? ct_xstrdup(commit) : ct_commit_find(".");
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    out->cpus = cpus > 0 ? (uint32_t)cpus : 0;
    long pages = sysconf(_SC_PHYS_PAGES);
    long page = sysconf(_SC_PAGESIZE);
    out->memory_kib = pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page / 1024 : 0;
    out->monitoring_interval_s = monitoring_interval_s;
}

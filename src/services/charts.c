#include "services/charts.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BESIDE "ct-charts.so"

/* The folder of this program, with its last slash. */
static int own_folder(char folder[PATH_MAX], struct ct_err *err)
{
    ssize_t len = readlink("/proc/self/exe", folder, PATH_MAX - 1);
    if (len < 0)
        return ct_fail_errno(err, CT_EFAIL, "finding the program's own folder");
    folder[len] = '\0';
    strrchr(folder, '/')[1] = '\0';
    return 0;
}

int ct_charts_load(const struct ct_charts **out, struct ct_err *err)
{
    static const char *const places[] = {BESIDE, CT_LIBDIR "/" BESIDE};
    char folder[PATH_MAX], path[2 * PATH_MAX];
    void *library = NULL;
    int rc = own_folder(folder, err);
    if (rc < 0)
        return rc;
    for (size_t k = 0; k < sizeof(places) / sizeof(places[0]) && library == NULL; k++) {
        (void)snprintf(path, sizeof(path), "%s%s", folder, places[k]);
        if (access(path, R_OK) == 0 && (library = dlopen(path, RTLD_NOW | RTLD_LOCAL)) == NULL)
            return ct_fail(err, CT_EFAIL, "the library that draws charts: %s", dlerror());
    }
    *out = library != NULL ? dlsym(library, "ct_charts") : NULL;
    if (*out == NULL)
        return ct_fail(err, CT_EFAIL,
                       "charts need " BESIDE " beside the program; it was built with it");
    return 0;
}

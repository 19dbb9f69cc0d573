#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/opt.h"
#include "testcases/declared.h"
#include "testcases/testcases.h"

static const struct ct_testcase *const built_in[] = {
    &ct_testcase_fibonacci,
    &ct_testcase_bubble_sort,
};
enum { BUILT_IN = sizeof(built_in) / sizeof(*built_in) };

char *ct_testcase_file_name(const char *name)
{
    static const char suffix[] = "TestCase";
    char *out = ct_xcalloc(strlen(name) + sizeof(suffix), 1);
    char *to = out;
    bool capital = true;
    for (; *name != '\0'; name++) {
        if (*name != '-' && capital)
            *to++ = (char)toupper((unsigned char)*name);
        else if (*name != '-')
            *to++ = *name;
        capital = *name == '-';
    }
    memcpy(to, suffix, sizeof(suffix));
    return out;
}

static const struct ct_testcase *lookup(const struct ct_testcases *t, const char *name)
{
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->items[i]->name, name) == 0)
            return t->items[i];
    return NULL;
}

static int declare(struct ct_testcases *t, const struct ct_config *c, const struct ct_case_decl *d,
                   struct ct_err *err)
{
    struct ct_testcase *made = NULL;
    if (lookup(t, d->name) != NULL)
        return ct_fail(err, CT_EUSAGE, "%s:%u: the test case '%s' exists already", c->path, d->line,
                       d->name);
    if (ct_testcase_declared(d, &made, err) < 0)
        return ct_fail_while(err, "%s:%u", c->path, d->line);
    t->items[t->count++] = made;
    return 0;
}

int ct_testcases_init(struct ct_testcases *out, const struct ct_config *config, struct ct_err *err)
{
    size_t n = config != NULL ? config->n_cases : 0;
    out->items = ct_xcalloc(BUILT_IN + n, sizeof(struct ct_testcase *));
    out->count = 0;
    for (size_t i = 0; i < BUILT_IN; i++)
        out->items[out->count++] = built_in[i];
    for (size_t i = 0; i < n; i++) {
        int rc = declare(out, config, &config->cases[i], err);
        if (rc < 0) {
            ct_testcases_release(out);
            return rc;
        }
    }
    return 0;
}

void ct_testcases_release(struct ct_testcases *t)
{
    for (size_t i = BUILT_IN; i < t->count; i++) {
        struct ct_testcase *made = (struct ct_testcase *)t->items[i]; /* made by declare */
        made->free(made);
    }
    free((void *)t->items);
    memset(t, 0, sizeof(*t));
}

int ct_testcases_find(const struct ct_testcases *t, const char *name,
                      const struct ct_testcase **out, struct ct_err *err)
{
    *out = lookup(t, name);
    if (*out != NULL)
        return 0;
    const char **names = ct_xcalloc(t->count, sizeof(*names));
    char all[256] = "";
    for (size_t i = 0; i < t->count; i++) {
        size_t len = strlen(all);
        names[i] = t->items[i]->name;
        (void)snprintf(all + len, sizeof(all) - len, "%s%s", i > 0 ? ", " : "", names[i]);
    }
    const char *near = ct_nearest(name, names, t->count);
    free(names);
    if (near != NULL)
        return ct_fail(err, CT_EUSAGE, "no test case '%.80s': did you mean '%s'? (%s)", name, near,
                       all);
    return ct_fail(err, CT_EUSAGE, "no test case '%.80s': there are %s", name, all);
}

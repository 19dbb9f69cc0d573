#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "services/analyze_files.h"

static char *storage;

static void setup(void)
{
    char made[] = "/tmp/ct-files-XXXXXX";
    storage = ct_xstrdup(mkdtemp(made));
    cr_assert(zero(int, chdir(storage)));
    for (const char *name = "ab"; *name != '\0'; name++) {
        char path[] = {*name, '\0'};
        FILE *f = fopen(path, "we");
        cr_assert(ne(ptr, f, NULL));
        cr_assert(zero(int, fclose(f)));
    }
    cr_assert(zero(int, symlink("a", "link")));
    cr_assert(zero(int, symlink("nothing", "broken")));
}

static void teardown(void)
{
    char *command = ct_xprintf("rm -rf '%s'", storage);
    cr_assert(zero(int, system(command)));
    free(command);
    free(storage);
}
TestSuite(analyze_files, .init = setup, .fini = teardown);

/* The names that were found, one after the other. */
static void find(const char **items, size_t count, char out[64])
{
    struct ct_analyze_opts where = {.storage = storage, .files = {(char **)items, count}};
    struct ct_analyzed found;
    struct ct_err err = {0};
    cr_assert(zero(int, ct_analyze_find(&where, &found, &err)), "%s", err.msg);
    out[0] = '\0';
    for (size_t i = 0; i < found.count; i++)
        (void)snprintf(out + strlen(out), 64 - strlen(out), "%s ", found.files[i].name);
    ct_analyzed_release(&found);
}

Test(analyze_files, a_file_counts_once_however_it_is_called)
{
    char *whole = ct_xprintf("%s/b", storage), got[64];
    const char *items[] = {"b", "a", "./a", "link", whole, "[ab]", "a"};
    find(items, 7, got);
    cr_assert(eq(str, got, (char *)"b a "));
    free(whole);
}

Test(analyze_files, what_leads_nowhere_is_left_to_who_reads_it)
{
    char got[64];
    const char *items[] = {"brok*", "b", "brok*"};
    find(items, 3, got);
    cr_assert(eq(str, got, (char *)"broken b broken "));
}

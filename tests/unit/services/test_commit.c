#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "services/commit.h"

#define ID "4be1d24f0c9a4be1d24f0c9a4be1d24f0c9a4be1"
#define OTHER "00e1d24f0c9a4be1d24f0c9a4be1d24f0c9a4be1"

static char *root;

static void setup(void)
{
    char made[] = "/tmp/ct-commit-XXXXXX";
    root = ct_xstrdup(mkdtemp(made));
}

static void shell(const char *command)
{
    char *line = ct_xprintf("cd '%s' && %s", root, command);
    cr_assert(zero(int, system(line)), "%s", line);
    free(line);
}

static void teardown(void)
{
    shell("rm -rf -- * .git && rmdir \"$PWD\"");
    free(root);
}

TestSuite(commit, .init = setup, .fini = teardown);

static void finds(const char *folder, const char *id)
{
    char *path = ct_xprintf("%s/%s", root, folder);
    char *found = ct_commit_find(path);
    cr_assert(eq(str, found, (char *)id), "in %s", folder);
    free(found);
    free(path);
}

Test(commit, of_a_branch_from_a_folder_below)
{
    shell("mkdir -p .git/refs/heads a/b && echo 'ref: refs/heads/main' >.git/HEAD && "
          "echo " ID " >.git/refs/heads/main");
    finds(".", ID);
    finds("a/b", ID);
}

Test(commit, of_a_packed_branch_and_of_its_loose_successor)
{
    shell("mkdir -p .git/refs/heads && echo 'ref: refs/heads/main' >.git/HEAD && "
          "printf '# pack-refs with: peeled\\n" OTHER " refs/heads/mainly\\n" ID
          " refs/heads/main\\n^" OTHER "\\n' >.git/packed-refs");
    finds(".", ID);
    shell("echo " OTHER " >.git/refs/heads/main");
    finds(".", OTHER);
}

Test(commit, of_a_detached_head)
{
    shell("mkdir .git && echo " ID " >.git/HEAD");
    finds(".", ID);
}

Test(commit, of_a_work_tree_beside_the_main_one)
{
    shell("mkdir -p main/.git/worktrees/w main/.git/refs/heads w && "
          "echo 'gitdir: ../main/.git/worktrees/w' >w/.git && "
          "echo 'ref: refs/heads/topic' >main/.git/worktrees/w/HEAD && "
          "echo ../.. >main/.git/worktrees/w/commondir && "
          "echo " ID " >main/.git/refs/heads/topic");
    finds("w", ID);
}

Test(commit, is_not_known_where_there_is_none)
{
    finds(".", "");
    shell("mkdir .git && echo 'ref: refs/heads/unborn' >.git/HEAD");
    finds(".", "");
    shell("echo 'ref: ../../etc/passwd' >.git/HEAD");
    finds(".", "");
    shell("echo nonsense >.git/HEAD");
    finds(".", "");
    shell(": >.git/HEAD");
    finds(".", "");
}

Test(commit, names_from_the_user_are_checked)
{
    struct ct_err err = {0};
    cr_assert(zero(int, ct_commit_check("v1.2.3-rc_1+x/y", NULL)));
    cr_assert(eq(int, ct_commit_check("", &err), CT_EUSAGE));
    cr_assert(eq(int, ct_commit_check("a b", &err), CT_EUSAGE));
    cr_assert(eq(int, ct_commit_check("x\033[2J", &err), CT_EUSAGE));
    char longest[66];
    memset(longest, 'a', sizeof(longest));
    longest[65] = '\0';
    cr_assert(eq(int, ct_commit_check(longest, &err), CT_EUSAGE));
    longest[64] = '\0';
    cr_assert(zero(int, ct_commit_check(longest, NULL)));
}

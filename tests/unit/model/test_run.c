#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "model/run.h"

static char text[] = "some text"; /* every string below is this one */

Test(run, subject_is_copied_with_its_strings)
{
    struct ct_run_subject from = {.app_name = text,
                                  .base_url = text,
                                  .address = text,
                                  .case_name = text,
                                  .case_file_name = text,
                                  .case_description = text,
                                  .method = text,
                                  .path = text,
                                  .own_servers = text,
                                  .load_min = 10,
                                  .load = 15,
                                  .has_load = true,
                                  .colocated = true};
    struct ct_run_subject to, empty = {0};
    ct_run_subject_copy(&to, &from);
    char *copies[] = {to.app_name,  to.base_url,       to.address,
                      to.case_name, to.case_file_name, to.case_description,
                      to.method,    to.path,           to.own_servers};
    for (size_t i = 0; i < sizeof(copies) / sizeof(*copies); i++) {
        cr_assert(ne(ptr, copies[i], text), "string %zu is shared", i);
        cr_assert_str_eq(copies[i], text);
    }
    cr_assert(to.load_min == 10 && to.load == 15 && to.has_load && to.colocated);
    ct_run_subject_release(&to);
    cr_assert(zero(int, memcmp(&to, &empty, sizeof(to))));
    ct_run_subject_release(&to);
}

Test(run, environment_is_copied_with_its_strings)
{
    struct ct_environment from = {.ct_version = text,
                                  .hostname = text,
                                  .kernel = text,
                                  .cpu_model = text,
                                  .command = text,
                                  .cpus = 8,
                                  .memory_kib = 77,
                                  .monitoring_interval_s = 0.5};
    struct ct_environment to, empty = {0};
    ct_environment_copy(&to, &from);
    char *copies[] = {to.ct_version, to.hostname, to.kernel, to.cpu_model, to.command};
    for (size_t i = 0; i < sizeof(copies) / sizeof(*copies); i++) {
        cr_assert(ne(ptr, copies[i], text), "string %zu is shared", i);
        cr_assert_str_eq(copies[i], text);
    }
    cr_assert(to.cpus == 8 && to.memory_kib == 77 && to.monitoring_interval_s == 0.5);
    ct_environment_release(&to);
    cr_assert(zero(int, memcmp(&to, &empty, sizeof(to))));
}

Test(run, missing_strings_stay_missing)
{
    struct ct_run_subject from = {.load = 1}, to;
    ct_run_subject_copy(&to, &from);
    cr_assert(to.app_name == NULL && to.path == NULL);
    ct_run_subject_release(&to);
}

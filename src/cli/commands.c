#include "cli/cmd.h"

extern const struct ct_cmd ct_cmd_analyze, ct_cmd_baseline, ct_cmd_benchmark, ct_cmd_cluster,
    ct_cmd_compare, ct_cmd_doctor, ct_cmd_find, ct_cmd_history, ct_cmd_recover, ct_cmd_run,
    ct_cmd_target, ct_cmd_test_execution, ct_cmd_testcases;

/* The commands, in the order of "ct help". Each is listed when it works. */
const struct ct_cmd *const ct_commands[] = {
    &ct_cmd_benchmark, &ct_cmd_test_execution, &ct_cmd_run,      &ct_cmd_find,      &ct_cmd_analyze,
    &ct_cmd_compare,   &ct_cmd_cluster,        &ct_cmd_target,   &ct_cmd_testcases, &ct_cmd_doctor,
    &ct_cmd_recover,   &ct_cmd_history,        &ct_cmd_baseline,
};
const size_t ct_command_count = sizeof(ct_commands) / sizeof(*ct_commands);

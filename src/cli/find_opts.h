/*
 * Options of the commands that search, and what they come to: what must be kept, how narrow the
 * answer is to be, how long it may take.
 */
#ifndef CT_CLI_FIND_OPTS_H
#define CT_CLI_FIND_OPTS_H

#include "cli/cmd.h"
#include "model/cluster.h"
#include "services/find.h"

struct ct_find_cmd_opts {
    const char *precision, *resume, *out;
    uint64_t budget_ns;
    bool dry_run;
};

#define CT_FIND_MEMBER(S, m, type) CT_OPT_MEMBER(S, search.m, type)

/* Rows for an options struct S with a member "struct ct_find_cmd_opts search". BUDGET and
 * BUDGET_HELP: its default and what it bounds. */
#define CT_FIND_ROWS(S, BUDGET, BUDGET_HELP)                                                       \
    {.name = "precision",                                                                          \
     .type = CT_OPT_STRING,                                                                        \
     .offset = CT_FIND_MEMBER(S, precision, const char *),                                         \
     .def = "5%",                                                                                  \
     .value = "PERCENT",                                                                           \
     .help = "stop when the interval is as narrow as this"},                                       \
        {.name = "budget",                                                                         \
         .type = CT_OPT_DURATION,                                                                  \
         .offset = CT_FIND_MEMBER(S, budget_ns, uint64_t),                                         \
         .def = (BUDGET),                                                                          \
         .min = 5e9,                                                                               \
         .max = 86400e9,                                                                           \
         .value = "TIME",                                                                          \
         .help = (BUDGET_HELP)},                                                                   \
        {.name = "resume",                                                                         \
         .type = CT_OPT_STRING,                                                                    \
         .offset = CT_FIND_MEMBER(S, resume, const char *),                                        \
         .value = "JOURNAL",                                                                       \
         .help = "go on with one that was stopped; give the options that it was begun with"},      \
        {.name = "out",                                                                            \
         .letter = 'o',                                                                            \
         .type = CT_OPT_STRING,                                                                    \
         .offset = CT_FIND_MEMBER(S, out, const char *),                                           \
         .value = "FILE",                                                                          \
         .help = "draw the search: a .png, .svg or .pdf file"},                                    \
    {                                                                                              \
        .name = "dry-run", .type = CT_OPT_FLAG, .offset = CT_FIND_MEMBER(S, dry_run, bool),        \
        .help = "print what would be done and how long it takes, send nothing"                     \
    }

/* What must be kept: the limits of a list, then (limit_ns 0: none) one on the mean. monitored: NULL
 * when no server is. CT_EUSAGE also when there is nothing in it. */
int ct_find_cmd_criteria(const struct ct_list *limits, uint64_t limit_ns,
                         const struct ct_run_plan *plan, const struct ct_cluster *monitored,
                         struct ct_criteria *out, struct ct_err *err);

/* Defaults, and what the options and the criteria say. CT_EUSAGE. */
int ct_find_cmd_make(const struct ct_find_cmd_opts *o, const struct ct_criteria *criteria,
                     struct ct_find_opts *out, struct ct_err *err);

/* The answer stands: a picture that could not be drawn only fails what went well. */
int ct_find_cmd_not_drawn(int status, const struct ct_err *err);

#endif

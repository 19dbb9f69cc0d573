/*
 * A command of ct is one file, cmd_<name>.c, that ends in its entry; commands.c lists them. run()
 * reads the parsed options, calls one service and prints the answer on stdout. To add a command:
 * write the file, add its line to the table in commands.c and to CMakeLists.txt.
 */
#ifndef CT_CLI_CMD_H
#define CT_CLI_CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/opt.h"
#include "model/config.h"

/* Does the command read config.json? */
enum ct_cmd_config {
    CT_CMD_NO_CONFIG,
    CT_CMD_MAY_CONFIG, /* read when the file is there; a --config that names no file is an error */
    CT_CMD_NEEDS_CONFIG,
};

struct ct_cmd_ctx;

struct ct_cmd {
    const char *name;
    const char *alias;    /* another name for it, or NULL */
    const char *summary;  /* one line, lower case, no full stop */
    const char *operands; /* for the usage line: "[URL]", "TYPE"; NULL: takes none */
    const char *about;    /* a paragraph for --help, lines <= 80 */
    const char *example;  /* one or more command lines, each with its newline */
    const struct ct_opt_set *sets;
    size_t n_sets;
    size_t opts_size; /* of the options struct; its first member is struct ct_common_opts */
    enum ct_cmd_config config;

    /* Returns the exit status (>= 0), or a negative enum ct_code with err set. */
    int (*run)(struct ct_cmd_ctx *ctx, struct ct_err *err);
};

enum ct_output { CT_OUTPUT_TEXT, CT_OUTPUT_JSON };

/* Options of every command. */
struct ct_common_opts {
    bool quiet, verbose;
    const char *config;
};
enum { CT_COMMON_ROWS = 3 };
extern const struct ct_opt ct_common_rows[CT_COMMON_ROWS];
#define CT_COMMON_SET                                                                              \
    {                                                                                              \
        ct_common_rows, CT_COMMON_ROWS                                                             \
    }

struct ct_cmd_ctx {
    const struct ct_cmd *cmd;
    int argc; /* words after the command's name */
    char **argv;
    void *opts; /* filled by the parser */
    struct ct_list operands;
    struct ct_config config; /* zeroed when there is none */
    bool has_config;
    bool config_given; /* --config stands on the line or in the environment */
    char *line;        /* the whole command line, quoted, for the result's environment */
};

/* True when the line itself gave the option. */
bool ct_cmd_given(const struct ct_cmd_ctx *ctx, const char *option);

/* The one operand, or NULL when there is none; CT_EUSAGE when there are more than max. */
int ct_cmd_operands_max(const struct ct_cmd_ctx *ctx, size_t max, struct ct_err *err);

/* Can the file of --out be written? Asked before anything is measured: minutes of load are not for
 * a folder that is not there. NULL and "-" can. */
int ct_cmd_out_check(const char *path, struct ct_err *err);

extern const struct ct_cmd *const ct_commands[];
extern const size_t ct_command_count;

/* Parse and run: everything of main but library set-up. Returns the exit status. */
int ct_cmd_main(int argc, char **argv);

#endif

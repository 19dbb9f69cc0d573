#include "cli/help.h"

#include "report/table.h"

void ct_help_version(FILE *to)
{
    (void)fprintf(to, "ct %s\n", CT_VERSION);
}

void ct_help_all(FILE *to)
{
    (void)fprintf(to, "ct: how much load can an HTTP service take, and what gives way first?\n\n"
                      "usage: ct COMMAND [OPTIONS]\n\n");
    for (size_t i = 0; i < ct_command_count; i++) {
        const struct ct_cmd *c = ct_commands[i];
        (void)fprintf(to, "  %-15s %s\n", c->name, c->summary);
    }
    (void)fprintf(
        to, "\n'ct help COMMAND' tells what a command does, with its options and an example.\n"
            "Try: ct run http://127.0.0.1:8080/ --rate 500 --duration 5s\n\n"
            "exit status: 0 done, 1 failed, 2 wrong command line or configuration,\n"
            "3 unreachable, 4 refused by a guard, 90 worse, 91 less than --require, 92 this\n"
            "machine spoilt the run, 93 no request succeeded, 94 not saved, 99 a threshold\n"
            "was broken, 130/143 stopped\n");
}

void ct_help_command(const struct ct_cmd *cmd, FILE *to)
{
    struct ct_style style = ct_style_of(to);
    (void)fprintf(to, "ct %s: %s\n\nusage: ct %s%s%s [OPTIONS]\n", cmd->name, cmd->summary,
                  cmd->name, cmd->operands != NULL ? " " : "",
                  cmd->operands != NULL ? cmd->operands : "");
    if (cmd->alias != NULL)
        (void)fprintf(to, "also called: ct %s\n", cmd->alias);
    (void)fprintf(to, "\n%s\noptions:\n", cmd->about);
    ct_opt_help(cmd->sets, cmd->n_sets, style.width < 100 ? style.width : 100, to);
    (void)fprintf(to, "\nexample:\n%s", cmd->example);
}

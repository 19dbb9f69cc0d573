#include "cli/cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/help.h"
#include "services/secrets.h"
#include "store/config.h"

#define COMMON(member, type) CT_OPT_MEMBER(struct ct_common_opts, member, type)

const struct ct_opt ct_common_rows[CT_COMMON_ROWS] = {
    {.name = "config",
     .type = CT_OPT_STRING,
     .offset = COMMON(config, const char *),
     .def = "config.json",
     .value = "FILE",
     .help = "configuration: target, servers, test cases, defaults"},
    {.name = "quiet",
     .type = CT_OPT_FLAG,
     .offset = COMMON(quiet, bool),
     .help = "no progress and no notes on stderr"},
    {.name = "verbose",
     .letter = 'v',
     .type = CT_OPT_FLAG,
     .offset = COMMON(verbose, bool),
     .help = "say more on stderr"},
};

bool ct_cmd_given(const struct ct_cmd_ctx *ctx, const char *option)
{
    return ct_opt_given(ctx->cmd->sets, ctx->cmd->n_sets, ctx->argc, ctx->argv, option);
}

int ct_cmd_operands_max(const struct ct_cmd_ctx *ctx, size_t max, struct ct_err *err)
{
    if (ctx->operands.count <= max)
        return 0;
    return ct_fail(err, CT_EUSAGE, "'%s' is one operand too many: see 'ct help %s'",
                   ctx->operands.items[max], ctx->cmd->name);
}

int ct_cmd_out_check(const char *path, struct ct_err *err)
{
    if (path == NULL || strcmp(path, "-") == 0)
        return 0;
    bool was_there = access(path, F_OK) == 0;
    FILE *to = fopen(path, "ae");
    if (to == NULL)
        return ct_fail_errno(err, CT_EFAIL, "cannot write '%s'", path);
    (void)fclose(to);
    if (!was_there)
        (void)unlink(path);
    return 0;
}

static const struct ct_cmd *find_command(const char *name)
{
    for (size_t i = 0; i < ct_command_count; i++) {
        const struct ct_cmd *c = ct_commands[i];
        if (strcmp(c->name, name) == 0 || (c->alias != NULL && strcmp(c->alias, name) == 0))
            return c;
    }
    return NULL;
}

static int unknown_command(const char *name)
{
    const char *names[64];
    size_t n = 0;
    for (size_t i = 0; i < ct_command_count && n + 2 <= 64; i++) {
        names[n++] = ct_commands[i]->name;
        if (ct_commands[i]->alias != NULL)
            names[n++] = ct_commands[i]->alias;
    }
    char shown[80];
    ct_escape_text(shown, sizeof(shown), name, strlen(name));
    const char *near = ct_nearest(name, names, n);
    if (near != NULL)
        ct_error_line("no command '%s': did you mean '%s'? ('ct help' lists them)", shown, near);
    else
        ct_error_line("no command '%s': 'ct help' lists them", shown);
    return -CT_EUSAGE;
}

static void add_names(const struct ct_opt_set *set, const char **names, size_t *count)
{
    for (size_t r = 0; r < set->count; r++) {
        names[(*count)++] = set->rows[r].name;
        if (set->rows[r].alias != NULL)
            names[(*count)++] = set->rows[r].alias;
    }
}

/* Every option name of every command: what "defaults" in the config may hold. */
static const char **all_option_names(size_t *count)
{
    size_t n = 0;
    for (size_t c = 0; c < ct_command_count; c++)
        for (size_t s = 0; s < ct_commands[c]->n_sets; s++)
            n += 2 * ct_commands[c]->sets[s].count;
    const char **names = ct_xcalloc(n, sizeof(*names));
    *count = 0;
    for (size_t c = 0; c < ct_command_count; c++)
        for (size_t s = 0; s < ct_commands[c]->n_sets; s++)
            add_names(&ct_commands[c]->sets[s], names, count);
    return names;
}

static int load_config(struct ct_cmd_ctx *ctx, const char *path, struct ct_err *err)
{
    if (ctx->cmd->config == CT_CMD_NO_CONFIG)
        return 0;
    bool optional = ctx->cmd->config == CT_CMD_MAY_CONFIG && !ctx->config_given;
    if (optional && access(path, F_OK) != 0)
        return 0;
    size_t n_names;
    const char **names = all_option_names(&n_names);
    int rc = ct_config_load(path, names, n_names, &ctx->config, err);
    free(names);
    ctx->has_config = rc == 0;
    if (rc == 0)
        ct_secrets_take(&ctx->config.cluster);
    return rc;
}

/* Parse twice: the first pass finds the config, the second takes its defaults. */
static int parse(struct ct_cmd_ctx *ctx, struct ct_err *err)
{
    const struct ct_cmd *cmd = ctx->cmd;
    struct ct_opt_sources sources = {.env = (const char *(*)(const char *))getenv};
    struct ct_list *operands = cmd->operands != NULL ? &ctx->operands : NULL;

    void *first = ct_xcalloc(1, cmd->opts_size);
    int rc =
        ct_opt_parse(cmd->sets, cmd->n_sets, ctx->argc, ctx->argv, &sources, first, operands, err);
    if (rc < 0)
        goto out;
    const struct ct_common_opts *common = first;
    ctx->config_given = ct_cmd_given(ctx, "config") || getenv("CT_CONFIG") != NULL;
    if ((rc = load_config(ctx, common->config, err)) < 0)
        goto release;
    if (operands != NULL)
        ct_list_release(operands);
    sources.config = ct_config_default;
    sources.config_ctx = &ctx->config;
    rc = ct_opt_parse(cmd->sets, cmd->n_sets, ctx->argc, ctx->argv, &sources, ctx->opts, operands,
                      err);
release:
    ct_opt_release(cmd->sets, cmd->n_sets, first);
out:
    free(first);
    return rc;
}

/* Quoted so that a shell reads the same words again; secrets never stand in an argument. */
static char *join_words(int argc, char **argv)
{
    struct ct_buf b;
    ct_buf_init(&b, 64 * 1024);
    (void)ct_buf_puts(&b, "ct");
    for (int i = 1; i < argc; i++) {
        bool plain = argv[i][0] != '\0' &&
                     argv[i][strspn(argv[i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                             "0123456789-_=+./:,@%")] == '\0';
        (void)ct_buf_puts(&b, plain ? " " : " '");
        for (const char *c = argv[i]; *c != '\0'; c++) {
            if (*c == '\'')
                (void)ct_buf_puts(&b, "'\\''");
            else
                (void)ct_buf_add(&b, c, 1);
        }
        if (!plain)
            (void)ct_buf_puts(&b, "'");
    }
    char *line = ct_xstrdup(b.data);
    ct_buf_release(&b);
    return line;
}

/* The line that ends a command; a file to write, after a newline, is shown as it is. */
static void print_failure(const char *msg)
{
    size_t len = strcspn(msg, "\n");
    ct_error_line("%.*s", (int)len, msg);
    if (msg[len] != '\0')
        (void)fprintf(stderr, "%s\n", msg + len + 1);
}

static int run_command(const struct ct_cmd *cmd, int argc, char **argv)
{
    struct ct_err err = {0};
    struct ct_cmd_ctx ctx = {.cmd = cmd, .argc = argc - 2, .argv = argv + 2};
    ctx.opts = ct_xcalloc(1, cmd->opts_size);
    ctx.line = join_words(argc, argv);

    int rc = parse(&ctx, &err);
    if (rc == 0) {
        const struct ct_common_opts *common = ctx.opts;
        ct_log_set(common->quiet ? CT_LOG_QUIET : common->verbose ? CT_LOG_VERBOSE : CT_LOG_NORMAL);
        rc = cmd->run(&ctx, &err);
        ct_opt_release(cmd->sets, cmd->n_sets, ctx.opts);
    }
    if (rc < 0)
        print_failure(err.msg);
    ct_list_release(&ctx.operands);
    ct_config_release(&ctx.config);
    free(ctx.opts);
    free(ctx.line);
    if (rc == CT_ETIMEOUT)
        return -CT_EREACH;
    return rc < 0 ? -rc : rc;
}

static bool asks_help(int argc, char **argv)
{
    for (int i = 2; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

int ct_cmd_main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "help";
    if (strcmp(word, "--version") == 0 || strcmp(word, "version") == 0) {
        ct_help_version(stdout);
        return 0;
    }
    bool help = strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
    if (help && argc <= 2) {
        ct_help_all(argc > 1 ? stdout : stderr);
        return argc > 1 ? 0 : -CT_EUSAGE;
    }
    if (help)
        word = argv[2];
    const struct ct_cmd *cmd = find_command(word);
    if (cmd == NULL)
        return unknown_command(word);
    if (help || asks_help(argc, argv)) {
        ct_help_command(cmd, stdout);
        return 0;
    }
    return run_command(cmd, argc, argv);
}

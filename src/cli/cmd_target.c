#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "services/target.h"

/* ct target: the application under test. */

struct opts {
    struct ct_common_opts common;
    const char *listen, *fan_out, *access_log;
    uint64_t port, threads;
    bool exit_with_stdin;
};

#define OPT(member, type) CT_OPT_MEMBER(struct opts, member, type)

static const struct ct_opt rows[] = {
    {.name = "listen",
     .type = CT_OPT_STRING,
     .offset = OPT(listen, const char *),
     .def = "127.0.0.1",
     .value = "ADDRESS",
     .help = "address to listen on"},
    {.name = "port",
     .type = CT_OPT_COUNT,
     .offset = OPT(port, uint64_t),
     .def = "8080",
     .min = 0,
     .max = 65535,
     .value = "N",
     .help = "port to listen on; 0: any free one"},
    {.name = "threads",
     .type = CT_OPT_COUNT,
     .offset = OPT(threads, uint64_t),
     .def = "0",
     .min = 0,
     .max = 1024,
     .value = "N",
     .help = "threads that do the work; 0: one per CPU"},
    {.name = "fan-out",
     .type = CT_OPT_STRING,
     .offset = OPT(fan_out, const char *),
     .value = "URL",
     .help = "recurse for fibonacci over HTTP, through this base URL"},
    {.name = "access-log",
     .type = CT_OPT_STRING,
     .offset = OPT(access_log, const char *),
     .value = "FILE|-",
     .help = "a line per request: arrival (ns since the epoch), method, path, n, status"},
    {.name = "exit-with-stdin",
     .type = CT_OPT_FLAG,
     .offset = OPT(exit_with_stdin, bool),
     .help = "end when standard input is closed"},
};

static void announce(void *ctx, const char *url)
{
    (void)ctx;
    (void)printf("listening on %s\n", url);
    (void)fflush(stdout);
}

static int run(struct ct_cmd_ctx *ctx, struct ct_err *err)
{
    const struct opts *o = ctx->opts;
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t own = cpus > 0 ? (uint32_t)cpus : 1;
    struct ct_target_opts t = {
        .listen = o->listen,
        .port = (uint16_t)o->port,
        .threads = o->threads > 0 ? (uint32_t)o->threads : own,
        .fan_out = o->fan_out,
        .access_log = o->access_log,
    };
    return ct_target_serve(&t, o->exit_with_stdin, announce, NULL, err);
}

static const struct ct_opt_set sets[] = {{rows, sizeof(rows) / sizeof(*rows)}, CT_COMMON_SET};

const struct ct_cmd ct_cmd_target = {
    .name = "target",
    .summary = "the application under test: /, /fibonacci/{n}, /bubble-sort?n=",
    .about = "A small HTTP server whose routes do the work their names say, with Cluster\n"
             "Tester's answers. It prints the address it listens on and runs until it is\n"
             "stopped.\n",
    .example = "  ct target --port 8080\n",
    .sets = sets,
    .n_sets = sizeof(sets) / sizeof(*sets),
    .opts_size = sizeof(struct opts),
    .config = CT_CMD_NO_CONFIG,
    .run = run,
};

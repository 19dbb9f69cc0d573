#include <stdio.h>

#include "analysis/diagnosis.h"
#include "base/log.h"
#include "cli/answer.h"
#include "cli/cmd.h"
#include "cli/exit_status.h"
#include "io/loop.h"
#include "report/checkup.h"
#include "services/doctor.h"

/* ct doctor: what can this machine send, and how exactly? */

struct opts {
    struct ct_common_opts common;
    int output; /* enum ct_output */
    bool prove;
};

#define OPT(member, type) CT_OPT_MEMBER(struct opts, member, type)

static const char *const outputs[] = {"text", "json", NULL};

static const struct ct_opt rows[] = {
    {.name = "output",
     .type = CT_OPT_CHOICE,
     .offset = OPT(output, int),
     .def = "text",
     .choices = outputs,
     .value = "text|json",
     .help = "what stdout is: text for people, or one JSON object"},
    {.name = "prove",
     .type = CT_OPT_FLAG,
     .offset = OPT(prove, bool),
     .help = "also hold ct against a server whose delays are known: about a minute"},
};

static void print_json(const struct ct_checkup *c, const struct ct_diagnosis *d,
                       const struct ct_proof *proof)
{
    struct ct_buf json;
    ct_buf_init(&json, 1 << 20);
    ct_doctor_json(c, d, proof, &json);
    ct_answer_json(stdout, &json);
}

static void tell_step(const char *text)
{
    ct_note("proving: %s", text);
}

static int run(struct ct_cmd_ctx *ctx, struct ct_err *err)
{
    const struct opts *o = ctx->opts;
    struct ct_checkup checkup;
    struct ct_diagnosis diagnosis;
    struct ct_proof proof = {.trusted = true};
    ct_signals_let_kill(); /* nothing is to be saved; the server goes with it */
    int rc = ct_doctor_examine(&checkup, err);
    if (rc < 0)
        return rc;
    ct_diagnosis_make(&checkup, &diagnosis);
    struct ct_style style = ct_style_of(stdout);
    bool json = o->output == CT_OUTPUT_JSON;
    if (!json)
        ct_print_checkup(stdout, &style, &checkup, &diagnosis);
    (void)fflush(stdout);
    if (o->prove && (rc = ct_doctor_prove(diagnosis.forecast.one_rps, tell_step, &proof, err)) < 0)
        return rc;
    if (json)
        print_json(&checkup, &diagnosis, o->prove ? &proof : NULL);
    else if (o->prove)
        ct_print_proof(stdout, &style, &proof);
    return proof.trusted ? 0 : CT_EXIT_INVALID;
}

static const struct ct_opt_set sets[] = {{rows, sizeof(rows) / sizeof(*rows)}, CT_COMMON_SET};

const struct ct_cmd ct_cmd_doctor = {
    .name = "doctor",
    .summary = "what can this machine send, how exactly, and what to change?",
    .about = "Measures for about three seconds how late timers wake ct here and what a request\n"
             "costs over loopback, reads the limits of this machine, and says what it can send\n"
             "and what to change. Other load on the machine is in the numbers.\n"
             "With --prove it also runs against a server whose delays are known and compares:\n"
             "exit status 92 when this machine spoils even the smallest rate.\n",
    .example = "  ct doctor --prove\n",
    .sets = sets,
    .n_sets = sizeof(sets) / sizeof(*sets),
    .opts_size = sizeof(struct opts),
    .config = CT_CMD_NO_CONFIG,
    .run = run,
};

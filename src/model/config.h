/*
 * config.json as data: what a user may write in it (docs/architecture.md, section 4). Made by
 * store/config.h, which owns every check; here only the shape.
 */
#ifndef CT_MODEL_CONFIG_H
#define CT_MODEL_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/cluster.h"
#include "model/request.h"

/* A test case declared in the config. Path, header values and body may hold {expressions}. */
struct ct_case_decl {
    char *name;
    struct ct_request request; /* templates, not yet expanded */
    int *expect_status;        /* NULL: any 2xx */
    size_t n_expect_status;
    char *expect_body_contains;  /* NULL */
    char *span_start, *span_end; /* member names of the server's span; both NULL: none */
    uint32_t load_min, load_max; /* 1 and 1,000,000 when not given */
    unsigned line;               /* where it stands in the file, for later errors */
};

struct ct_default {
    char *option; /* name without dashes */
    char *value;  /* as text: what one would write on the command line */
    unsigned line;
};

struct ct_config {
    char *path;     /* of the file */
    char *app_name; /* NULL: not given */
    char *app_url;  /* without trailing slashes; "embedded"; NULL: not given */
    struct ct_cluster cluster;
    struct ct_case_decl *cases;
    size_t n_cases;
    char **allow; /* targets.allow */
    size_t n_allow;
    struct ct_default *defaults;
    size_t n_defaults;
    bool has_clear_password; /* a password stands in the file */
};

void ct_config_release(struct ct_config *c); /* accepts a zeroed struct; wipes passwords */

/* "defaults" as the option parser wants it: ctx is the config. */
const char *ct_config_default(void *ctx, const char *option);

#endif

/*
 * Options declared as a table. One row is the only place an option is written down: parsing,
 * defaults, range checks, environment names, config defaults, --help, completion and the manual
 * are all made from it.
 *
 * Grammar: "--name value", "--name=value", "-c value"; flags take no value. Options and operands
 * mix; "--" ends options. A list takes the words up to the next that begins with '-' (a lone "-" is
 * a value), may be repeated, and is split at commas too unless CT_OPT_NO_SPLIT. Names are exact;
 * the nearest is suggested.
 *
 * Precedence: command line, environment (CT_ + name in capitals, '-' as '_'; an alias has none),
 * "defaults" of the config, def of the row.
 */
#ifndef CT_BASE_OPT_H
#define CT_BASE_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/units.h"

enum ct_opt_type {
    CT_OPT_FLAG,     /* bool; no value on the line; true/false/1/0 elsewhere */
    CT_OPT_COUNT,    /* uint64_t */
    CT_OPT_NUMBER,   /* double */
    CT_OPT_DURATION, /* uint64_t, nanoseconds */
    CT_OPT_RATE,     /* struct ct_rate; num 0 when not given and without default */
    CT_OPT_STRING, /* const char *, borrowed from argv, environment or the table; NULL not given */
    CT_OPT_CHOICE, /* int: index into choices */
    CT_OPT_LIST,   /* struct ct_list */
};

enum ct_opt_flags {
    CT_OPT_REQUIRED = 1, /* CT_EUSAGE when nothing gives it */
    CT_OPT_NO_SPLIT = 2, /* a list that is not split at commas */
    CT_OPT_ONE_WORD = 4, /* a list that takes one word each time it is given */
    CT_OPT_UNSET = 8,    /* a duration that is UINT64_MAX when nothing gives it: 0 has a meaning */
};

/* A list of words. The strings are owned by the list. */
struct ct_list {
    char **items;
    size_t count;
};
void ct_list_add(struct ct_list *list, const char *text, size_t len);
void ct_list_release(struct ct_list *list);

struct ct_opt {
    const char *name;      /* long name without dashes: "duration-per-test" */
    const char *alias;     /* another long name, or NULL */
    char letter;           /* one letter, or 0 */
    enum ct_opt_type type; /* how the value is read and what it is stored as */
    size_t offset;         /* of the member it fills in the command's options struct */
    const char *def;       /* default, written as on the command line; NULL: none */
    double min, max;       /* inclusive, in the stored unit (rate: per second); both 0: unchecked */
    unsigned flags;        /* enum ct_opt_flags */
    const char *const *choices; /* CT_OPT_CHOICE: names, NULL-terminated */
    const char *value;          /* placeholder in help: "TIME" */
    const char *help;           /* one line, lower case, no full stop */
};

/* offsetof that fails to compile when the member's type is not t. (A type cannot stand in
 * parentheses in _Generic.) NOLINTNEXTLINE(bugprone-macro-parentheses) */
#define CT_OPT_MEMBER(s, m, t) (offsetof(s, m) + 0 * sizeof(char[_Generic(((s *)0)->m, t : 1)]))

/* An option table: several blocks of rows for one options struct, so that commands share blocks. */
struct ct_opt_set {
    const struct ct_opt *rows;
    size_t count;
};

/* Where values come from when the line does not give them. Each may be NULL. Returned text is
 * borrowed until parsing ends; NULL: not given there. */
struct ct_opt_sources {
    const char *(*env)(const char *name);                 /* getenv */
    const char *(*config)(void *ctx, const char *option); /* value of "defaults" as text */
    void *config_ctx;
};

/* Fill *out from argv[0..argc) (without program and command names) and the sources; operands go to
 * operands (may be NULL: then an operand is an error). *out must be zeroed. On failure everything
 * allocated is released. Returns 0 or CT_EUSAGE. */
int ct_opt_parse(const struct ct_opt_set *sets, size_t n_sets, int argc, char **argv,
                 const struct ct_opt_sources *sources, void *out, struct ct_list *operands,
                 struct ct_err *err);

/* True when the line itself (not environment, config or default) gave the option of that name. */
bool ct_opt_given(const struct ct_opt_set *sets, size_t n_sets, int argc, char **argv,
                  const char *name);

/* Free the lists in out. */
void ct_opt_release(const struct ct_opt_set *sets, size_t n_sets, void *out);

enum { CT_OPT_ENV_TEXT = 80 };

/* Name of the environment variable of a row: CT_DURATION_PER_TEST. */
void ct_opt_env_name(const struct ct_opt *o, char name[CT_OPT_ENV_TEXT]);

/* One entry per row, aligned, wrapped at width columns, with its default and environment name. */
void ct_opt_help(const struct ct_opt_set *sets, size_t n_sets, unsigned width, FILE *to);

/* Of candidates, the one nearest to text (edit distance at most a third of its length, at least 1),
 * or NULL. For suggestions everywhere: options, commands, test cases, config keys. */
const char *ct_nearest(const char *text, const char *const *candidates, size_t count);

#endif

#include "base/opt.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { NAME_MAX_BYTES = 80 };

void ct_list_add(struct ct_list *list, const char *text, size_t len)
{
    list->items = ct_xrealloc(list->items, list->count + 1, sizeof(*list->items));
    list->items[list->count++] = ct_xstrndup(text, len);
}

void ct_list_release(struct ct_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    memset(list, 0, sizeof(*list));
}

/* Everything one parse works on. */
struct parse {
    const struct ct_opt_set *sets;
    size_t n_sets;
    int argc;
    char **argv;
    void *out;
    struct ct_list *operands;
    struct ct_err *err;
};

typedef int row_fn(struct parse *p, const struct ct_opt *o, void *ctx);

static int each_row(struct parse *p, row_fn *fn, void *ctx)
{
    for (size_t s = 0; s < p->n_sets; s++)
        for (size_t r = 0; r < p->sets[s].count; r++) {
            int rc = fn(p, &p->sets[s].rows[r], ctx);
            if (rc != 0)
                return rc;
        }
    return 0;
}

/* --- one value --- */

static int range(const struct ct_opt *o, double v, const char *text, struct ct_err *err)
{
    if ((o->min == 0 && o->max == 0) || (v >= o->min && v <= o->max))
        return 0;
    char low[CT_UNIT_TEXT], high[CT_UNIT_TEXT];
    if (o->type == CT_OPT_DURATION) {
        (void)ct_duration_format((uint64_t)o->min, low);
        (void)ct_duration_format((uint64_t)o->max, high);
    } else {
        (void)snprintf(low, sizeof(low), "%.15g", o->min);
        (void)snprintf(high, sizeof(high), "%.15g", o->max);
    }
    return ct_fail(err, CT_EUSAGE, "'%.64s' is out of range: %s to %s", text, low, high);
}

static int set_flag(bool *out, const char *text, struct ct_err *err)
{
    bool on = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
    if (!on && strcmp(text, "false") != 0 && strcmp(text, "0") != 0)
        return ct_fail(err, CT_EUSAGE, "'%.64s' is not true or false", text);
    *out = on;
    return 0;
}

static int set_choice(const struct ct_opt *o, int *out, const char *text, struct ct_err *err)
{
    char all[160] = "";
    size_t n = 0;
    for (; o->choices[n] != NULL; n++) {
        if (strcmp(o->choices[n], text) == 0) {
            *out = (int)n;
            return 0;
        }
        size_t len = strlen(all);
        (void)snprintf(all + len, sizeof(all) - len, "%s%s", n > 0 ? ", " : "", o->choices[n]);
    }
    const char *near = ct_nearest(text, o->choices, n);
    if (near != NULL)
        return ct_fail(err, CT_EUSAGE, "no '%.64s': did you mean '%s'? (%s)", text, near, all);
    return ct_fail(err, CT_EUSAGE, "no '%.64s': one of %s", text, all);
}

static int add_words(const struct ct_opt *o, struct ct_list *list, const char *text,
                     struct ct_err *err)
{
    if ((o->flags & CT_OPT_NO_SPLIT) != 0) {
        ct_list_add(list, text, strlen(text));
        return 0;
    }
    for (const char *at = text;; at++) {
        size_t len = strcspn(at, ",");
        if (len == 0)
            return ct_fail(err, CT_EUSAGE, "'%.64s' has an empty item", text);
        ct_list_add(list, at, len);
        at += len;
        if (*at == '\0')
            return 0;
    }
}

static int set_value(const struct ct_opt *o, void *out, const char *text, struct ct_err *err)
{
    void *member = (char *)out + o->offset;
    int rc = 0;
    switch (o->type) {
    case CT_OPT_FLAG:
        return set_flag(member, text, err);
    case CT_OPT_COUNT: {
        uint64_t v = 0;
        if ((rc = ct_count_parse(text, &v, err)) == 0 && (rc = range(o, (double)v, text, err)) == 0)
            *(uint64_t *)member = v;
        return rc;
    }
    case CT_OPT_NUMBER: {
        double v = 0;
        if ((rc = ct_number_parse(text, &v, err)) == 0 && (rc = range(o, v, text, err)) == 0)
            *(double *)member = v;
        return rc;
    }
    case CT_OPT_DURATION: {
        uint64_t v = 0;
        if ((rc = ct_duration_parse(text, &v, err)) == 0 &&
            (rc = range(o, (double)v, text, err)) == 0)
            *(uint64_t *)member = v;
        return rc;
    }
    case CT_OPT_RATE: {
        struct ct_rate v = {0};
        if ((rc = ct_rate_parse(text, &v, err)) == 0 &&
            (rc = range(o, ct_rate_rps(v), text, err)) == 0)
            *(struct ct_rate *)member = v;
        return rc;
    }
    case CT_OPT_STRING:
        *(const char **)member = text;
        return 0;
    case CT_OPT_CHOICE:
        return set_choice(o, member, text, err);
    case CT_OPT_LIST:
        return add_words(o, member, text, err);
    }
    return 0;
}

/* --- the words of the line --- */

static bool has_name(const struct ct_opt *o, const char *name, size_t len)
{
    return (strlen(o->name) == len && strncmp(o->name, name, len) == 0) ||
           (o->alias != NULL && strlen(o->alias) == len && strncmp(o->alias, name, len) == 0);
}

static const struct ct_opt *find(const struct parse *p, const char *name, size_t len, char letter)
{
    for (size_t s = 0; s < p->n_sets; s++)
        for (size_t r = 0; r < p->sets[s].count; r++) {
            const struct ct_opt *o = &p->sets[s].rows[r];
            if (letter != 0 ? o->letter == letter : has_name(o, name, len))
                return o;
        }
    return NULL;
}

static int unknown(const struct parse *p, const char *word)
{
    const char *names[256];
    size_t n = 0;
    for (size_t s = 0; s < p->n_sets; s++)
        for (size_t r = 0; r < p->sets[s].count && n + 2 <= 256; r++) {
            names[n++] = p->sets[s].rows[r].name;
            if (p->sets[s].rows[r].alias != NULL)
                names[n++] = p->sets[s].rows[r].alias;
        }
    char name[NAME_MAX_BYTES];
    const char *bare = word + strspn(word, "-");
    (void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(bare, "="), bare);
    const char *near = strncmp(word, "--", 2) == 0 ? ct_nearest(name, names, n) : NULL;
    if (near != NULL)
        return ct_fail(p->err, CT_EUSAGE, "no option '--%s': did you mean '--%s'?", name, near);
    const struct ct_opt *letter = word[1] != '-' ? find(p, NULL, 0, word[1]) : NULL;
    if (letter != NULL && letter->type != CT_OPT_FLAG)
        return ct_fail(p->err, CT_EUSAGE, "no option '%.80s': write '-%c %.70s'", word, word[1],
                       word + 2);
    return ct_fail(p->err, CT_EUSAGE, "no option '%.80s': see --help", word);
}

/* One option word seen on the line, and how to walk on. */
struct seen {
    const struct ct_opt *opt;
    const char *value; /* of --name=value; NULL */
    int first, last;   /* words that are its values: argv[first..last) */
};

static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0';
}

/* What argv[i], an option word, is. CT_EUSAGE when it is none. */
static int look_at(const struct parse *p, int i, struct seen *out)
{
    const char *word = p->argv[i];
    bool is_long = word[1] == '-';
    size_t len = is_long ? strcspn(word + 2, "=") : 0;
    const struct ct_opt *o = is_long ? find(p, word + 2, len, 0) : NULL;
    if (!is_long && word[2] == '\0')
        o = find(p, NULL, 0, word[1]);
    if (o == NULL)
        return unknown(p, word);
    *out = (struct seen){.opt = o, .first = i + 1, .last = i + 1};
    if (is_long && word[2 + len] == '=')
        out->value = word + 2 + len + 1;
    if (o->type == CT_OPT_FLAG)
        return out->value == NULL ? 0 : ct_fail(p->err, CT_EUSAGE, "--%s takes no value", o->name);
    if (out->value != NULL)
        return 0;
    int most = o->type == CT_OPT_LIST && (o->flags & CT_OPT_ONE_WORD) == 0 ? p->argc : i + 2;
    while (out->last < p->argc && out->last < most && !is_option(p->argv[out->last]))
        out->last++;
    const char *next = out->first < p->argc ? p->argv[out->first] : "";
    if (out->last == out->first && next[0] == '-' && isdigit((unsigned char)next[1]))
        return ct_fail(p->err, CT_EUSAGE, "%s: '%.64s' is below 0: expected %s", word, next,
                       o->value);
    if (out->last == out->first)
        return ct_fail(p->err, CT_EUSAGE, "%s needs a value: %s", word, o->value);
    return 0;
}

static int set_seen(const struct parse *p, const struct seen *s)
{
    int rc = 0;
    assert(s->opt != NULL);
    if (s->opt->type == CT_OPT_FLAG)
        rc = set_value(s->opt, p->out, "true", p->err);
    else if (s->value != NULL)
        rc = set_value(s->opt, p->out, s->value, p->err);
    for (int i = s->first; rc == 0 && i < s->last; i++)
        rc = set_value(s->opt, p->out, p->argv[i], p->err);
    const char *word = p->argv[s->first - 1]; /* the name as it was written */
    return rc < 0 ? ct_fail_while(p->err, "%.*s", (int)strcspn(word, "="), word) : 0;
}

typedef int seen_fn(const struct parse *p, const struct seen *s, void *ctx);

/* Walk over the line: options to fn, operands to the list (where the parse has one). */
static int walk(const struct parse *p, seen_fn *fn, void *ctx)
{
    bool options = true;
    for (int i = 0; i < p->argc; i++) {
        if (options && strcmp(p->argv[i], "--") == 0) {
            options = false;
            continue;
        }
        if (options && is_option(p->argv[i])) {
            struct seen s = {0};
            int rc = look_at(p, i, &s);
            if (rc == 0)
                rc = fn(p, &s, ctx);
            if (rc < 0)
                return rc;
            i = s.last - 1;
            continue;
        }
        if (p->operands == NULL)
            return ct_fail(p->err, CT_EUSAGE, "'%.80s' is not expected here: see --help",
                           p->argv[i]);
        ct_list_add(p->operands, p->argv[i], strlen(p->argv[i]));
    }
    return 0;
}

static int take_from_line(const struct parse *p, const struct seen *s, void *ctx)
{
    (void)ctx;
    return set_seen(p, s);
}

/* --- the other sources --- */

struct given {
    const char *name;
    bool found;
};

static int compare_name(const struct parse *p, const struct seen *s, void *ctx)
{
    (void)p;
    struct given *g = ctx;
    g->found = g->found || has_name(s->opt, g->name, strlen(g->name));
    return 0;
}

bool ct_opt_given(const struct ct_opt_set *sets, size_t n_sets, int argc, char **argv,
                  const char *name)
{
    struct given g = {.name = name};
    struct ct_list operands = {0};
    struct parse p = {sets, n_sets, argc, argv, NULL, &operands, NULL};
    (void)walk(&p, compare_name, &g);
    ct_list_release(&operands);
    return g.found;
}

static int take_from_sources(struct parse *p, const struct ct_opt *o, void *ctx)
{
    const struct ct_opt_sources *sources = ctx;
    char env[CT_OPT_ENV_TEXT];
    ct_opt_env_name(o, env);
    if (ct_opt_given(p->sets, p->n_sets, p->argc, p->argv, o->name))
        return 0;
    const char *text = sources->env != NULL ? sources->env(env) : NULL;
    const char *from = env;
    if (text == NULL && sources->config != NULL) {
        text = sources->config(sources->config_ctx, o->name);
        if (text == NULL && o->alias != NULL)
            text = sources->config(sources->config_ctx, o->alias);
        from = "\"defaults\" of the configuration";
    }
    if (text != NULL) {
        if (set_value(o, p->out, text, p->err) < 0)
            return ct_fail_while(p->err, "%s: --%s", from, o->name);
        return 0;
    }
    if (o->def != NULL) {
        int rc = set_value(o, p->out, o->def, p->err);
        assert(rc == 0);
        return rc;
    }
    if ((o->flags & CT_OPT_REQUIRED) != 0)
        return ct_fail(p->err, CT_EUSAGE, "--%s is missing: %s", o->name, o->help);
    if ((o->flags & CT_OPT_UNSET) != 0)
        *(uint64_t *)(void *)((char *)p->out + o->offset) = UINT64_MAX;
    return 0;
}

int ct_opt_parse(const struct ct_opt_set *sets, size_t n_sets, int argc, char **argv,
                 const struct ct_opt_sources *sources, void *out, struct ct_list *operands,
                 struct ct_err *err)
{
    static const struct ct_opt_sources none = {0};
    struct ct_opt_sources from = sources != NULL ? *sources : none;
    struct ct_err local;
    struct parse p = {sets, n_sets, argc, argv, out, operands, err != NULL ? err : &local};
    int rc = walk(&p, take_from_line, NULL);
    if (rc == 0)
        rc = each_row(&p, take_from_sources, &from);
    if (rc < 0) {
        ct_opt_release(sets, n_sets, out);
        if (operands != NULL)
            ct_list_release(operands);
    }
    return rc;
}

static int release_row(struct parse *p, const struct ct_opt *o, void *ctx)
{
    (void)ctx;
    if (o->type == CT_OPT_LIST)
        ct_list_release((struct ct_list *)(void *)((char *)p->out + o->offset));
    return 0;
}

void ct_opt_release(const struct ct_opt_set *sets, size_t n_sets, void *out)
{
    struct parse p = {.sets = sets, .n_sets = n_sets, .out = out};
    (void)each_row(&p, release_row, NULL);
}

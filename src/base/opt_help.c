#include <ctype.h>
#include <string.h>

#include "base/opt.h"

void ct_opt_env_name(const struct ct_opt *o, char name[CT_OPT_ENV_TEXT])
{
    size_t n = (size_t)snprintf(name, CT_OPT_ENV_TEXT, "CT_%s", o->name);
    for (size_t i = 0; i < n; i++)
        name[i] = (char)(name[i] == '-' ? '_' : toupper((unsigned char)name[i]));
}

/* Print text wrapped at width, continued at column indent; at is the column now. */
static void wrap(FILE *to, const char *text, unsigned at, unsigned indent, unsigned width)
{
    while (*text != '\0') {
        size_t word = strcspn(text, " ");
        if (at > indent && at + word + 1 > width) {
            (void)fprintf(to, "\n%*s", (int)indent, "");
            at = indent;
        }
        bool space = at > indent;
        (void)fprintf(to, "%s%.*s", space ? " " : "", (int)word, text);
        at += (unsigned)word + space;
        text += word + strspn(text + word, " ");
    }
    (void)fputc('\n', to);
}

static void help_row(const struct ct_opt *o, unsigned width, FILE *to)
{
    enum { INDENT = 30 };
    char left[128], env[CT_OPT_ENV_TEXT], text[512];
    char letter[4] = {'-', o->letter, ' ', '\0'};
    int n = snprintf(left, sizeof(left), "  %s--%s%s%s", o->letter != 0 ? letter : "", o->name,
                     o->value != NULL ? " " : "", o->value != NULL ? o->value : "");
    ct_opt_env_name(o, env);
    n = n < (int)sizeof(left) ? n : (int)sizeof(left) - 1;
    (void)fprintf(to, "%s", left);
    if (n + 2 > INDENT)
        (void)fprintf(to, "\n%*s", INDENT, "");
    else
        (void)fprintf(to, "%*s", INDENT - n, "");
    (void)snprintf(text, sizeof(text), "%s%s%s%s%s%s (%s)", o->help,
                   o->alias != NULL ? "; also --" : "", o->alias != NULL ? o->alias : "",
                   o->def != NULL ? " [" : "", o->def != NULL ? o->def : "",
                   o->def != NULL ? "]" : "", env);
    wrap(to, text, INDENT, INDENT, width);
}

void ct_opt_help(const struct ct_opt_set *sets, size_t n_sets, unsigned width, FILE *to)
{
    for (size_t s = 0; s < n_sets; s++)
        for (size_t r = 0; r < sets[s].count; r++)
            help_row(&sets[s].rows[r], width, to);
}

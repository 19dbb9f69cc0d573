#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/opt.h"

struct options {
    bool quiet;
    uint64_t count;
    double limit;
    uint64_t duration_ns;
    struct ct_rate rate;
    const char *storage;
    int output;
    struct ct_list files, names, headers;
};

#define MEMBER(m, t) .offset = CT_OPT_MEMBER(struct options, m, t)

static const char *const outputs[] = {"text", "json", NULL};

static const struct ct_opt common[] = {
    {.name = "quiet", .letter = 'q', .type = CT_OPT_FLAG, MEMBER(quiet, bool), .help = "say less"},
    {.name = "storage",
     .type = CT_OPT_STRING,
     MEMBER(storage, const char *),
     .def = "results/",
     .value = "DIR",
     .help = "where results go"},
    {.name = "output",
     .type = CT_OPT_CHOICE,
     MEMBER(output, int),
     .def = "text",
     .choices = outputs,
     .value = "FORM",
     .help = "what stdout is"},
};

static const struct ct_opt own[] = {
    {.name = "count",
     .letter = 'n',
     .type = CT_OPT_COUNT,
     MEMBER(count, uint64_t),
     .def = "3",
     .min = 1,
     .max = 100,
     .value = "N",
     .help = "how many"},
    {.name = "limit",
     .type = CT_OPT_NUMBER,
     MEMBER(limit, double),
     .min = 0.5,
     .max = 2.5,
     .value = "X",
     .help = "how much"},
    {.name = "duration-per-test",
     .alias = "duration",
     .type = CT_OPT_DURATION,
     MEMBER(duration_ns, uint64_t),
     .def = "30s",
     .min = 1e6,
     .max = 864e11,
     .value = "TIME",
     .help = "how long each test sends requests"},
    {.name = "requests-per-second",
     .alias = "rate",
     .type = CT_OPT_RATE,
     MEMBER(rate, struct ct_rate),
     .min = 0.5,
     .max = 1000,
     .value = "RATE",
     .help = "how often"},
    {.name = "files",
     .type = CT_OPT_LIST,
     MEMBER(files, struct ct_list),
     .flags = CT_OPT_NO_SPLIT,
     .value = "FILE...",
     .help = "what to read"},
    {.name = "names",
     .type = CT_OPT_LIST,
     MEMBER(names, struct ct_list),
     .value = "NAME...",
     .help = "which ones"},
    {.name = "header",
     .letter = 'H',
     .type = CT_OPT_LIST,
     MEMBER(headers, struct ct_list),
     .flags = CT_OPT_NO_SPLIT | CT_OPT_ONE_WORD,
     .value = "LINE",
     .help = "what to send with it"},
};

static const struct ct_opt_set sets[] = {{common, 3}, {own, 7}};

/* A line as one text, its words parted by '|'. */
struct line {
    char text[512];
    char *argv[32];
    int argc;
};

static void split(struct line *l, const char *text)
{
    l->argc = 0;
    (void)snprintf(l->text, sizeof(l->text), "%s", text);
    for (char *at = l->text; *text != '\0' && at != NULL;) {
        l->argv[l->argc++] = at;
        at = strchr(at, '|');
        if (at != NULL)
            *at++ = '\0';
    }
}

struct parsed {
    struct line line;
    struct options o;
    struct ct_list operands;
    struct ct_err err;
};

static int parse_with(struct parsed *p, const char *text, const struct ct_opt_sources *sources)
{
    memset(p, 0, sizeof(*p));
    split(&p->line, text);
    return ct_opt_parse(sets, 2, p->line.argc, p->line.argv, sources, &p->o, &p->operands, &p->err);
}

static void parse(struct parsed *p, const char *text)
{
    cr_assert(zero(int, parse_with(p, text, NULL)), "%s: %s", text, p->err.msg);
}

static void done(struct parsed *p)
{
    ct_opt_release(sets, 2, &p->o);
    ct_list_release(&p->operands);
}

static void list_is(const struct ct_list *list, const char *joined)
{
    char text[512] = "";
    for (size_t i = 0; i < list->count; i++) {
        size_t len = strlen(text);
        (void)snprintf(text + len, sizeof(text) - len, "%s%s", i > 0 ? "|" : "", list->items[i]);
    }
    cr_assert_str_eq(text, joined);
}

Test(opt, defaults_are_read_as_if_written_on_the_line)
{
    struct parsed p;
    parse(&p, "");
    cr_assert(not(p.o.quiet));
    cr_assert(eq(u64, p.o.count, 3));
    cr_assert(eq(u64, p.o.duration_ns, UINT64_C(30000000000)));
    cr_assert_str_eq(p.o.storage, "results/");
    cr_assert(zero(int, p.o.output));
    cr_assert(zero(u64, p.o.rate.num));
    cr_assert(zero(sz, p.o.files.count));
    done(&p);
}

Test(opt, a_duration_that_may_be_left_out_tells_that_it_was)
{
    static const struct ct_opt rest[] = {{.name = "rest-time",
                                          .type = CT_OPT_DURATION,
                                          MEMBER(duration_ns, uint64_t),
                                          .flags = CT_OPT_UNSET,
                                          .help = "how long"}};
    const struct ct_opt_set one[] = {{rest, 1}};
    char name[] = "--rest-time", value[] = "0", *none[] = {NULL}, *zero[] = {name, value, NULL};
    struct options o = {0};
    struct ct_err err;
    cr_assert(eq(int, ct_opt_parse(one, 1, 0, none, NULL, &o, NULL, &err), 0));
    cr_assert(eq(u64, o.duration_ns, UINT64_MAX));
    cr_assert(eq(int, ct_opt_parse(one, 1, 2, zero, NULL, &o, NULL, &err), 0));
    cr_assert(eq(u64, o.duration_ns, 0));
}

Test(opt, every_type_is_read_in_every_form)
{
    struct parsed p;
    parse(&p, "-q|-n|7|--limit|1.5|--duration=1m30s|--rate|100/s|--storage|a b|--output|json");
    cr_assert(p.o.quiet);
    cr_assert(eq(u64, p.o.count, 7));
    cr_assert(epsilon_eq(dbl, p.o.limit, 1.5, 0));
    cr_assert(eq(u64, p.o.duration_ns, UINT64_C(90000000000)));
    cr_assert(eq(u64, p.o.rate.den_ns, 10000000));
    cr_assert_str_eq(p.o.storage, "a b");
    cr_assert(eq(int, p.o.output, 1));
    done(&p);
}

Test(opt, last_of_several_counts)
{
    struct parsed p;
    parse(&p, "--count|1|--duration|1s|-n|2|--duration-per-test|2s|--storage=|--storage=x=y");
    cr_assert(eq(u64, p.o.count, 2));
    cr_assert(eq(u64, p.o.duration_ns, UINT64_C(2000000000)));
    cr_assert_str_eq(p.o.storage, "x=y");
    done(&p);
}

Test(opt, list_takes_the_words_to_the_next_option)
{
    struct parsed p;
    parse(&p, "--files|a,b|-|c|-q|--names|x,y|z|--names|w|--names=v|--files=d|--|e");
    list_is(&p.o.files, "a,b|-|c|d");
    list_is(&p.o.names, "x|y|z|w|v");
    list_is(&p.operands, "e");
    done(&p);
}

Test(opt, list_of_single_words_leaves_the_operands_alone)
{
    struct parsed p;
    parse(&p, "-H|A: 1, 2|http://x|--header|B: 3|more");
    list_is(&p.o.headers, "A: 1, 2|B: 3");
    list_is(&p.operands, "http://x|more");
    done(&p);
}

Test(opt, options_and_operands_mix_until_two_dashes)
{
    struct parsed p;
    parse(&p, "a|-q|-|--|-n|--quiet|--");
    cr_assert(p.o.quiet);
    cr_assert(eq(u64, p.o.count, 3));
    list_is(&p.operands, "a|-|-n|--quiet|--");
    done(&p);
}

Test(opt, wrong_lines_say_what_is_wrong)
{
    static const struct {
        const char *line, *says;
    } table[] = {
        {"--cuont|3", "no option '--cuont': did you mean '--count'?"},
        {"--durations|3", "no option '--durations': did you mean '--duration'?"},
        {"--zzz", "no option '--zzz': see --help"},
        {"--coun=3", "no option '--coun': did you mean '--count'?"},
        {"-x", "no option '-x': see --help"},
        {"-qq", "no option '-qq': see --help"},
        {"-n10", "no option '-n10': write '-n 10'"},
        {"--count|-5", "--count: '-5' is below 0: expected N"},
        {"-5", "no option '-5': see --help"},
        {"--count", "--count needs a value: N"},
        {"--count|-q", "--count needs a value: N"},
        {"--count|--", "--count needs a value: N"},
        {"-n", "-n needs a value: N"},
        {"--files|-q", "--files needs a value: FILE..."},
        {"--quiet=1", "--quiet takes no value"},
        {"--count|x", "--count: 'x' is not a whole number such as 12 or 10k"},
        {"--count=", "--count: '' is not a whole number such as 12 or 10k"},
        {"--count|0", "--count: '0' is out of range: 1 to 100"},
        {"--count|101", "--count: '101' is out of range: 1 to 100"},
        {"--limit|2.6", "--limit: '2.6' is out of range: 0.5 to 2.5"},
        {"--duration|1us", "--duration: '1us' is out of range: 1.00 ms to 24 h 0 m"},
        {"--duration|25h", "--duration: '25h' is out of range: 1.00 ms to 24 h 0 m"},
        {"--rate|1001", "--rate: '1001' is out of range: 0.5 to 1000"},
        {"--rate|20/m", "--rate: '20/m' is out of range: 0.5 to 1000"},
        {"--output|jsn", "--output: no 'jsn': did you mean 'json'? (text, json)"},
        {"--output|xml", "--output: no 'xml': one of text, json"},
        {"--names|a,,b", "--names: 'a,,b' has an empty item"},
        {"--names|a,", "--names: 'a,' has an empty item"},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct parsed p;
        char line[256];
        /* lists and operands that came before are released */
        (void)snprintf(line, sizeof(line), "--names|n1|n2|-q|operand|%s", table[i].line);
        cr_assert(eq(int, parse_with(&p, line, NULL), CT_EUSAGE), "%s", line);
        cr_assert_str_eq(p.err.msg, table[i].says);
        cr_assert(p.o.names.items == NULL && p.operands.items == NULL, "%s", line);
    }
}

Test(opt, operand_where_none_is_taken_is_refused)
{
    struct line l;
    struct options o = {0};
    struct ct_err err = {0};
    split(&l, "-q|surplus");
    cr_assert(eq(int, ct_opt_parse(sets, 2, l.argc, l.argv, NULL, &o, NULL, &err), CT_EUSAGE));
    cr_assert_str_eq(err.msg, "'surplus' is not expected here: see --help");
}

/* --- where values come from --- */

static const char *environment(const char *name)
{
    return strcmp(name, "CT_COUNT") == 0               ? "20"
           : strcmp(name, "CT_DURATION_PER_TEST") == 0 ? "20s"
           : strcmp(name, "CT_DURATION") == 0          ? "99s"
           : strcmp(name, "CT_QUIET") == 0             ? "true"
           : strcmp(name, "CT_NAMES") == 0             ? "e1,e2"
                                                       : NULL;
}

static const char *configuration(void *ctx, const char *option)
{
    ++*(int *)ctx;
    return strcmp(option, "count") == 0     ? "30"
           : strcmp(option, "rate") == 0    ? "30/s"
           : strcmp(option, "storage") == 0 ? "stored/"
                                            : NULL;
}

Test(opt, line_goes_before_environment_before_configuration_before_default)
{
    int asked = 0;
    struct ct_opt_sources sources = {environment, configuration, &asked};
    struct parsed p;
    cr_assert(zero(int, parse_with(&p, "--duration|10s", &sources)), "%s", p.err.msg);
    cr_assert(eq(u64, p.o.duration_ns, UINT64_C(10000000000)));
    cr_assert(eq(u64, p.o.count, 20));
    cr_assert(p.o.quiet);
    list_is(&p.o.names, "e1|e2");
    cr_assert_str_eq(p.o.storage, "stored/");
    cr_assert(epsilon_eq(dbl, ct_rate_rps(p.o.rate), 30, 1e-9));
    cr_assert(zero(int, p.o.output));
    cr_assert(ge(int, asked, 1));
    done(&p);
    cr_assert(zero(int, parse_with(&p, "--count|10|--names|l", &sources)), "%s", p.err.msg);
    cr_assert(eq(u64, p.o.duration_ns, UINT64_C(20000000000)));
    cr_assert(eq(u64, p.o.count, 10));
    list_is(&p.o.names, "l");
    done(&p);
}

static const char *bad_environment(const char *name)
{
    return strcmp(name, "CT_QUIET") == 0 ? "maybe" : NULL;
}

static const char *bad_configuration(void *ctx, const char *option)
{
    (void)ctx;
    return strcmp(option, "count") == 0 ? "1000" : NULL;
}

Test(opt, wrong_value_says_where_it_comes_from)
{
    struct parsed p;
    struct ct_opt_sources sources = {.env = bad_environment};
    cr_assert(eq(int, parse_with(&p, "", &sources), CT_EUSAGE));
    cr_assert_str_eq(p.err.msg, "CT_QUIET: --quiet: 'maybe' is not true or false");
    sources = (struct ct_opt_sources){.config = bad_configuration};
    cr_assert(eq(int, parse_with(&p, "", &sources), CT_EUSAGE));
    cr_assert_str_eq(
        p.err.msg, "\"defaults\" of the configuration: --count: '1000' is out of range: 1 to 100");
}

Test(opt, required_option_is_missed_by_name)
{
    static const struct ct_opt row = {.name = "files",
                                      .type = CT_OPT_LIST,
                                      MEMBER(files, struct ct_list),
                                      .flags = CT_OPT_REQUIRED,
                                      .value = "FILE...",
                                      .help = "what to read"};
    static const struct ct_opt_set set = {&row, 1};
    struct options o = {0};
    struct ct_err err = {0};
    cr_assert(eq(int, ct_opt_parse(&set, 1, 0, NULL, NULL, &o, NULL, &err), CT_EUSAGE));
    cr_assert_str_eq(err.msg, "--files is missing: what to read");
}

Test(opt, given_is_what_the_line_itself_gives)
{
    struct line l;
    split(&l, "--rate|5|x|--files|count|--|--quiet");
    cr_assert(ct_opt_given(sets, 2, l.argc, l.argv, "requests-per-second"));
    cr_assert(ct_opt_given(sets, 2, l.argc, l.argv, "rate"));
    cr_assert(ct_opt_given(sets, 2, l.argc, l.argv, "files"));
    cr_assert(not(ct_opt_given(sets, 2, l.argc, l.argv, "count")));
    cr_assert(not(ct_opt_given(sets, 2, l.argc, l.argv, "quiet")));
}

static void help(char *text, size_t size, unsigned width)
{
    FILE *to = tmpfile();
    ct_opt_help(sets, 2, width, to);
    rewind(to);
    text[fread(text, 1, size - 1, to)] = '\0';
    (void)fclose(to);
}

Test(opt, help_has_every_option_with_default_and_environment_name)
{
    char text[8192];
    help(text, sizeof(text), 80);
    static const char *const parts[] = {
        "  -q --quiet                  say less (CT_QUIET)\n",
        "  -n --count N                how many [3] (CT_COUNT)\n",
        "--duration-per-test TIME",
        "also --duration",
        "[30s]",
        "(CT_REQUESTS_PER_SECOND)",
        "results/",
    };
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
        cr_assert(strstr(text, parts[i]) != NULL, "%s is not in\n%s", parts[i], text);
}

Test(opt, help_fits_its_width)
{
    char text[8192];
    for (int width = 60; width < 120; width++) {
        help(text, sizeof(text), (unsigned)width);
        for (char *line = text, *next; *line != '\0'; line = next) {
            next = strchr(line, '\n') + 1;
            cr_assert(le(int, (int)(next - line) - 1, width), "%.*s", (int)(next - line), line);
        }
    }
}

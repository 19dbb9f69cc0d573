#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/opt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

/* One row of each type. */
static const struct ct_opt rows[] = {
    {.name = "quiet", .letter = 'q', .type = CT_OPT_FLAG, MEMBER(quiet, bool), .help = "h"},
    {.name = "storage", .type = CT_OPT_STRING, MEMBER(storage, const char *), .value = "V"},
    {.name = "output",
     .type = CT_OPT_CHOICE,
     MEMBER(output, int),
     .choices = outputs,
     .value = "V"},
    {.name = "count",
     .letter = 'n',
     .type = CT_OPT_COUNT,
     MEMBER(count, uint64_t),
     .def = "3",
     .min = 1,
     .max = 100,
     .value = "V"},
    {.name = "limit", .type = CT_OPT_NUMBER, MEMBER(limit, double), .value = "V"},
    {.name = "duration-per-test",
     .alias = "duration",
     .type = CT_OPT_DURATION,
     MEMBER(duration_ns, uint64_t),
     .value = "V"},
    {.name = "rate", .type = CT_OPT_RATE, MEMBER(rate, struct ct_rate), .value = "V"},
    {.name = "files",
     .type = CT_OPT_LIST,
     MEMBER(files, struct ct_list),
     .flags = CT_OPT_NO_SPLIT,
     .value = "V"},
    {.name = "names", .type = CT_OPT_LIST, MEMBER(names, struct ct_list), .value = "V"},
    {.name = "header",
     .letter = 'H',
     .type = CT_OPT_LIST,
     MEMBER(headers, struct ct_list),
     .flags = CT_OPT_ONE_WORD,
     .value = "V"},
};

/* Lines of the input are the words of a command line. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { WORDS_MAX = 64 };
    char *text = malloc(size + 1);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    char *argv[WORDS_MAX];
    int argc = 0;
    for (char *at = text; at != NULL && argc < WORDS_MAX;) {
        argv[argc++] = at;
        at = strchr(at, '\n');
        if (at != NULL)
            *at++ = '\0';
    }
    const struct ct_opt_set set = {rows, sizeof(rows) / sizeof(*rows)};
    struct options o = {0};
    struct ct_list operands = {0};
    struct ct_err err = {0};
    if (ct_opt_parse(&set, 1, argc, argv, NULL, &o, &operands, &err) == 0) {
        assert(o.count >= 1 && o.count <= 100);
        ct_opt_release(&set, 1, &o);
        ct_list_release(&operands);
    } else {
        assert(err.code == CT_EUSAGE && err.msg[0] != '\0');
        assert(o.files.items == NULL && o.names.items == NULL && operands.items == NULL);
    }
    (void)ct_opt_given(&set, 1, argc, argv, "rate");
    free(text);
    return 0;
}

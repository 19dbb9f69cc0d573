#include "cli/answer.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "report/table.h"
#include "store/result.h"

enum { JSON_MAX = 16 << 20 };

void ct_answer_json(FILE *to, struct ct_buf *json)
{
    if (json->failed) {
        ct_error_line("the answer is too large to be printed");
        exit(EXIT_FAILURE);
    }
    (void)fprintf(to, "%s\n", json->data);
    ct_buf_release(json);
}

void ct_answer_execution(const struct ct_execution *e, const struct ct_mix *mix,
                         const char *command, enum ct_output output)
{
    const struct ct_summary *s = &e->test.summary;
    const char *file = e->outcome.not_durable ? "" : e->result_path;
    if (output == CT_OUTPUT_JSON) {
        struct ct_buf json;
        ct_buf_init(&json, JSON_MAX);
        ct_summary_json(s, command, file, &json);
        ct_answer_json(stdout, &json);
        return;
    }
    char title[512], load[32] = "";
    const struct ct_run_subject *t = &e->test.subject;
    if (t->has_load)
        (void)snprintf(load, sizeof(load), ", load %u", (unsigned)t->load);
    if (mix != NULL && mix->count > 1)
        (void)snprintf(load, sizeof(load), " and %zu more", mix->count - 1);
    (void)snprintf(title, sizeof(title), "%s %s%s%s", t->method, t->base_url, t->path, load);
    struct ct_style style = ct_style_of(stdout);
    ct_print_summary(stdout, &style, s, title);
    if (file[0] != '\0')
        (void)printf("result: %s\n", file);
}

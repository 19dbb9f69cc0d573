#include "testcases/declared.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "testcases/answer.h"
#include "testcases/testcases.h"

struct declared {
    struct ct_testcase base; /* first: a struct ct_testcase * is a struct declared * */
    const struct ct_case_decl *decl;
    char *file_name, *description;
};

static const struct declared *self_of(const struct ct_testcase *t)
{
    return (const struct declared *)t;
}

static int expand_headers(const struct ct_request *from, uint32_t load, struct ct_request *out,
                          struct ct_err *err)
{
    for (size_t i = 0; i < from->n_headers; i++) {
        char *value = NULL;
        int rc = ct_template_expand(from->headers[i].value, load, &value, err);
        if (rc < 0)
            return ct_fail_while(err, "header '%s'", from->headers[i].name);
        ct_request_add_header(out, from->headers[i].name, value);
        free(value);
    }
    return 0;
}

static int expand_body(const struct ct_request *from, uint32_t load, struct ct_request *out,
                       struct ct_err *err)
{
    char *body = NULL;
    if (from->body == NULL)
        return 0;
    if (ct_template_expand(from->body, load, &body, err) < 0)
        return ct_fail_while(err, "body");
    ct_request_set_body(out, body, strlen(body));
    free(body);
    return 0;
}

static int build(const struct ct_testcase *self, uint32_t load, struct ct_request *out,
                 struct ct_err *err)
{
    const struct ct_request *from = &self_of(self)->decl->request;
    char *path = NULL;
    if (ct_template_expand(from->path, load, &path, err) < 0)
        return ct_fail_while(err, "test case '%s': path", self->name);
    ct_request_init(out, from->method, path);
    free(path);
    if (expand_headers(from, load, out, err) < 0 || expand_body(from, load, out, err) < 0) {
        ct_request_release(out);
        return ct_fail_while(err, "test case '%s'", self->name);
    }
    return 0;
}

static bool status_expected(const struct ct_case_decl *d, int status)
{
    if (d->n_expect_status == 0)
        return status >= 200 && status < 300;
    for (size_t i = 0; i < d->n_expect_status; i++)
        if (d->expect_status[i] == status)
            return true;
    return false;
}

static void check(const struct ct_testcase *self, uint32_t load, const struct ct_answer *answer,
                  struct ct_judgement *out)
{
    (void)load;
    const struct ct_case_decl *d = self_of(self)->decl;
    if (!status_expected(d, answer->status)) {
        out->failure = CT_FAILURE_HTTP_STATUS;
        return;
    }
    const char *word = d->expect_body_contains;
    if (word != NULL && memmem(answer->body, answer->body_len, word, strlen(word)) == NULL) {
        ct_answer_bad(out, "the expected text is not in the body");
        return;
    }
    if (d->span_start == NULL)
        return;
    struct ct_json_want wants[] = {{.name = d->span_start}, {.name = d->span_end}};
    (void)ct_answer_times(answer, wants, 2, out);
}

static void free_declared(struct ct_testcase *self)
{
    struct declared *d = (struct declared *)self;
    free(d->file_name);
    free(d->description);
    free(d);
}

static bool uses_load(const struct ct_request *r)
{
    bool uses = ct_template_uses_load(r->path) || ct_template_uses_load(r->body);
    for (size_t i = 0; i < r->n_headers; i++)
        uses = uses || ct_template_uses_load(r->headers[i].value);
    return uses;
}

int ct_testcase_declared(const struct ct_case_decl *decl, struct ct_testcase **out,
                         struct ct_err *err)
{
    struct declared *d = ct_xcalloc(1, sizeof(*d));
    d->decl = decl;
    d->file_name = ct_testcase_file_name(decl->name);
    d->description = ct_xprintf("%s %s", decl->request.method, decl->request.path);
    d->base = (struct ct_testcase){
        .name = decl->name,
        .file_name = d->file_name,
        .description = d->description,
        .load_help = uses_load(&decl->request) ? "the value of {load} in the request" : NULL,
        .load_min = decl->load_min,
        .load_max = decl->load_max,
        .has_load = uses_load(&decl->request),
        .needs_body = decl->expect_body_contains != NULL || decl->span_start != NULL,
        .build = build,
        .check = check,
        .free = free_declared,
    };
    struct ct_request tried;
    int rc = build(&d->base, decl->load_min, &tried, err);
    if (rc < 0) {
        free_declared(&d->base);
        return rc;
    }
    ct_request_release(&tried);
    *out = &d->base;
    return 0;
}

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include "services/target_list.h"

static int made_body(const char *path, struct ct_request *request, struct ct_err *err)
{
    if (strcmp(path, "missing") == 0)
        return ct_fail(err, CT_EUSAGE, "no such file");
    ct_request_set_body(request, path, strlen(path));
    return 0;
}

Test(target_list, requests_headers_bodies_and_weights)
{
    const char *text = "# two\nGET http://h:81/a?b=1 weight=3\nX-A: {{id}}\r\n\n\n"
                       "POST http://h:81/c\nContent-Type: text/plain\n@body.txt\n"
                       "DELETE http://h:81/d\n";
    struct ct_mix mix;
    struct ct_err err = {0};
    char *url;
    cr_assert(zero(int, ct_target_list_parse(text, strlen(text), made_body, &mix, &url, &err)),
              "%s", err.msg);
    cr_assert(eq(sz, mix.count, 3));
    cr_assert(eq(sz, mix.n_order, 5));
    cr_assert(zero(int, strcmp(url, "http://h:81/a?b=1")));
    cr_assert(zero(int, strcmp(mix.requests[0].path, "/a?b=1")));
    cr_assert(zero(int, strcmp(mix.requests[0].headers[0].value, "{{id}}")));
    cr_assert(zero(int, strcmp(mix.requests[1].method, "POST")));
    cr_assert(zero(int, strcmp(mix.requests[1].body, "body.txt")));
    cr_assert(zero(int, strcmp(mix.requests[2].method, "DELETE")));
    ct_mix_release(&mix);
    free(url);
}

static void refused(const char *text, const char *why)
{
    struct ct_mix mix;
    struct ct_err err = {0};
    char *url;
    int rc = ct_target_list_parse(text, strlen(text), made_body, &mix, &url, &err);
    cr_assert(eq(int, rc, CT_EUSAGE), "%s", text);
    cr_assert(ne(ptr, (void *)strstr(err.msg, why), NULL), "%s: %s", text, err.msg);
}

Test(target_list, the_wrong_line_is_named)
{
    refused("", "no request");
    refused("X-A: b\n", "line 1: a list begins with a request");
    refused("GET http://h/\nGET http://other/\n", "line 2: all requests of a list go to one host");
    refused("GET http://h/ weight=0\n", "line 1: 'weight=0' is no weight");
    refused("GET http://h/ twice\n", "line 1: 'twice' is no weight");
    refused("GET http://h/\nnonsense\n", "line 2: 'nonsense' is no request");
    refused("GET http://h/\n@missing\n", "line 2: no such file");
    refused("GET http://h:x/\n", "line 1");
}

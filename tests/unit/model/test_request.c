#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "model/request.h"

Test(request, parts_are_copied_in_order)
{
    struct ct_request r;
    char path[] = "/a";
    ct_request_init(&r, "POST", path);
    path[1] = 'x';
    ct_request_add_header(&r, "A", "1");
    ct_request_add_header(&r, "B", "");
    ct_request_set_body(&r, "x\0y", 3);
    cr_assert_str_eq(r.method, "POST");
    cr_assert_str_eq(r.path, "/a");
    cr_assert(eq(sz, r.n_headers, 2));
    cr_assert_str_eq(r.headers[0].name, "A");
    cr_assert_str_eq(r.headers[1].value, "");
    cr_assert(r.body_len == 3 && memcmp(r.body, "x\0y", 4) == 0);
    ct_request_release(&r);
}

Test(request, new_body_replaces_the_old)
{
    struct ct_request r;
    ct_request_init(&r, "GET", "/");
    cr_assert(r.body == NULL);
    ct_request_set_body(&r, "long body", 9);
    ct_request_set_body(&r, "", 0);
    cr_assert(r.body != NULL && r.body_len == 0 && r.body[0] == '\0');
    ct_request_release(&r);
}

Test(request, copy_lives_on_without_the_original)
{
    struct ct_request from, to;
    ct_request_init(&from, "PUT", "/p");
    ct_request_add_header(&from, "A", "1");
    ct_request_set_body(&from, "b", 1);
    ct_request_copy(&to, &from);
    ct_request_release(&from);
    cr_assert_str_eq(to.method, "PUT");
    cr_assert_str_eq(to.headers[0].value, "1");
    cr_assert_str_eq(to.body, "b");
    ct_request_release(&to);
    ct_request_init(&from, "GET", "/");
    ct_request_copy(&to, &from);
    cr_assert(to.body == NULL && to.n_headers == 0);
    ct_request_release(&from);
    ct_request_release(&to);
}

Test(request, zeroed_one_can_be_released_and_so_can_a_released_one)
{
    struct ct_request r = {0};
    ct_request_release(&r);
    ct_request_init(&r, "GET", "/");
    ct_request_release(&r);
    ct_request_release(&r);
    cr_assert(r.method == NULL && r.body == NULL);
}

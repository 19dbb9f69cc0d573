#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "base/base64.h"

static const struct {
    const char *plain, *text;
} pairs[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xff\xfe\xfd", "//79"},
    {"\xfb\xef\xbe", "++++"},
};

Test(base64, examples_of_the_rfc_go_both_ways)
{
    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
        struct ct_buf b;
        ct_buf_init(&b, 100);
        cr_assert(ct_base64_encode(&b, pairs[i].plain, strlen(pairs[i].plain)));
        cr_assert_str_eq(b.data, pairs[i].text);
        ct_buf_clear(&b);
        cr_assert(zero(int, ct_base64_decode(&b, pairs[i].text, strlen(pairs[i].text))));
        cr_assert_str_eq(b.data, pairs[i].plain);
        ct_buf_release(&b);
    }
}

Test(base64, every_byte_value_survives)
{
    unsigned char all[256];
    for (int i = 0; i < 256; i++)
        all[i] = (unsigned char)i;
    for (size_t len = 250; len <= 256; len++) {
        struct ct_buf text, back;
        ct_buf_init(&text, 1000);
        ct_buf_init(&back, 1000);
        cr_assert(ct_base64_encode(&text, all, len));
        cr_assert(zero(int, ct_base64_decode(&back, text.data, text.len)));
        cr_assert(eq(sz, back.len, len));
        cr_assert(zero(int, memcmp(back.data, all, len)));
        ct_buf_release(&text);
        ct_buf_release(&back);
    }
}

Test(base64, anything_else_is_refused)
{
    static const char *const bad[] = {
        "Z",    "Zg",   "Zg=",  "Zg= ", " Zg=",     "Zg==\n",   "=g==", "Z===", "====",
        "Zh==", "Zm9=", "Zg=a", "Z=g=", "Zg==Zg==", "Zm8=Zm9v", "Zm9-", "Zm9_", "Zm\xc3\xa9",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct ct_buf b;
        ct_buf_init(&b, 100);
        cr_assert(eq(int, ct_base64_decode(&b, bad[i], strlen(bad[i])), -1), "'%s'", bad[i]);
        ct_buf_release(&b);
    }
    struct ct_buf b;
    ct_buf_init(&b, 100);
    cr_assert(eq(int, ct_base64_decode(&b, "Zm\0v", 4), -1));
    ct_buf_release(&b);
}

Test(base64, output_that_does_not_fit_is_an_error)
{
    struct ct_buf b;
    ct_buf_init(&b, 5);
    cr_assert(not(ct_base64_encode(&b, "foobar", 6)));
    ct_buf_clear(&b);
    cr_assert(eq(int, ct_base64_decode(&b, "Zm9vYmFy", 8), -1));
    ct_buf_release(&b);
}

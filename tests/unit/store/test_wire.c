#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "store/wire.h"

static struct ct_buf b;

static void init(void)
{
    ct_buf_init(&b, 1 << 16);
}

static void fini(void)
{
    ct_buf_release(&b);
}
TestSuite(wire, .init = init, .fini = fini);

static struct ct_cursor cursor(const void *bytes, size_t len)
{
    return (struct ct_cursor){.at = bytes, .end = (const unsigned char *)bytes + len};
}

Test(wire, numbers_come_back)
{
    for (unsigned shift = 0; shift < 64; shift++) {
        ct_put_u64(&b, UINT64_C(1) << shift);
        ct_put_u64(&b, (UINT64_C(1) << shift) - 1);
    }
    ct_put_u64(&b, UINT64_MAX);
    struct ct_cursor c = cursor(b.data, b.len);
    for (unsigned shift = 0; shift < 64; shift++) {
        cr_expect(eq(u64, ct_get_u64(&c), UINT64_C(1) << shift));
        cr_expect(eq(u64, ct_get_u64(&c), (UINT64_C(1) << shift) - 1));
    }
    cr_expect(eq(u64, ct_get_u64(&c), UINT64_MAX));
    cr_expect(not(c.failed));
    cr_expect(eq(ptr, (void *)c.at, (void *)c.end));
}

Test(wire, doubles_and_texts_come_back)
{
    static const double values[] = {0, -0.5, 1e300, 5e-324, INFINITY};
    size_t len;
    char text[8];
    for (int i = 0; i < 5; i++)
        ct_put_f64(&b, values[i]);
    ct_put_f64(&b, NAN);
    ct_put_text(&b, "caf\xc3\xa9");
    ct_put_text(&b, NULL);
    ct_put_text(&b, "longer than its place");
    ct_put_bytes(&b, "\0\1", 2);
    struct ct_cursor c = cursor(b.data, b.len);
    for (int i = 0; i < 5; i++)
        cr_expect(eq(dbl, ct_get_f64(&c), values[i]));
    cr_expect(ne(int, isnan(ct_get_f64(&c)), 0));
    char *owned = ct_get_text(&c);
    cr_expect(eq(str, owned, (char *)"caf\xc3\xa9"));
    free(owned);
    ct_get_text_into(&c, text, sizeof(text));
    cr_expect(eq(str, text, (char *)""));
    ct_get_text_into(&c, text, sizeof(text));
    cr_expect(eq(str, text, (char *)"longer "));
    cr_expect(memcmp(ct_get_bytes(&c, &len), "\0\1", 2) == 0);
    cr_expect(eq(sz, len, 2));
    cr_expect(not(c.failed));
}

Test(wire, what_is_cut_fails_and_everything_after_it)
{
    static const unsigned char open[] = {0x80, 0x80}, far[] = {5, 'a', 'b'}, near[] = {1, 2, 3};
    static const unsigned char endless[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                            0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
    size_t len = 9;
    struct ct_cursor c = cursor(open, sizeof(open));
    cr_expect(eq(u64, ct_get_u64(&c), 0));
    cr_expect(c.failed);

    c = cursor(endless, sizeof(endless));
    cr_expect(eq(u64, ct_get_u64(&c), 0));
    cr_expect(c.failed);

    c = cursor(near, sizeof(near));
    cr_expect(eq(dbl, ct_get_f64(&c), 0));
    cr_expect(c.failed);
    cr_expect(eq(u64, ct_get_u64(&c), 0), "a number that is there, behind a wrong one");

    c = cursor(far, sizeof(far));
    cr_expect(strcmp(ct_get_bytes(&c, &len), "") == 0);
    cr_expect(eq(sz, len, 0));
    cr_expect(c.failed);
    char *owned = ct_get_text(&c);
    cr_expect(eq(str, owned, (char *)""));
    free(owned);
}

Test(wire, a_length_of_all_ones_is_no_length)
{
    static const unsigned char all[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                        0xff, 0xff, 0xff, 0x01, 'a'};
    size_t len;
    struct ct_cursor c = cursor(all, sizeof(all));
    (void)ct_get_bytes(&c, &len);
    cr_expect(eq(sz, len, 0));
    cr_expect(c.failed);
}

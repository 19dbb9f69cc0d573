#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "base/utf8.h"

Test(utf8, length_of_the_first_character)
{
    static const struct {
        const char *text;
        size_t len;
    } table[] = {
        {"a", 1},
        {"\x7f", 1},
        {"\xc2\x80", 2},
        {"\xdf\xbf", 2},
        {"\xe0\xa0\x80", 3},
        {"\xed\x9f\xbf", 3},
        {"\xee\x80\x80", 3},
        {"\xef\xbf\xbf", 3},
        {"\xf0\x90\x80\x80", 4},
        {"\xf4\x8f\xbf\xbf", 4},
        {"ab", 1},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
        cr_assert(eq(sz, ct_utf8_len(table[i].text, strlen(table[i].text)), table[i].len),
                  "row %zu", i);
    cr_assert(eq(sz, ct_utf8_len("\0", 1), 1));
}

Test(utf8, what_is_no_character_has_none)
{
    static const char *const table[] = {
        "",
        "\x80",             /* continuation first */
        "\xbf",             /* the same */
        "\xc2",             /* cut */
        "\xc2\x41",         /* no continuation */
        "\xc0\x80",         /* overlong */
        "\xc1\xbf",         /* overlong */
        "\xe0\x9f\xbf",     /* overlong */
        "\xe2\x82",         /* cut */
        "\xed\xa0\x80",     /* surrogate */
        "\xed\xbf\xbf",     /* surrogate */
        "\xf0\x8f\xbf\xbf", /* overlong */
        "\xf0\x9f\x98",     /* cut */
        "\xf4\x90\x80\x80", /* beyond U+10FFFF */
        "\xf5\x80\x80\x80",
        "\xff",
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
        cr_assert(zero(sz, ct_utf8_len(table[i], strlen(table[i]))), "row %zu", i);
}

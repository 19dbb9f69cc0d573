#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "base/opt.h"

static const char *const words[] = {"duration-per-test", "rate", "load", "files", "rest-time"};

Test(nearest, slips_of_the_finger_find_their_word)
{
    static const struct {
        const char *text, *word;
    } table[] = {
        {"laod", "load"},
        {"loads", "load"},
        {"file", "files"},
        {"fiels", "files"},
        {"rest-tiem", "rest-time"},
        {"duration-pre-tset", "duration-per-test"},
        {"durationpertest", "duration-per-test"},
        {"rate", "rate"},
        {"rte", "rate"},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        const char *found = ct_nearest(table[i].text, words, 5);
        cr_assert(found != NULL, "%s", table[i].text);
        cr_assert_str_eq(found, table[i].word);
    }
}

Test(nearest, other_words_find_none)
{
    char long_word[200];
    memset(long_word, 'a', sizeof(long_word));
    long_word[199] = '\0';
    static const char *const table[] = {"", "x", "threads", "duration", "lxxd", "tset-rest"};
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
        cr_assert(ct_nearest(table[i], words, 5) == NULL, "%s", table[i]);
    cr_assert(ct_nearest(long_word, words, 5) == NULL);
    const char *long_words[] = {long_word, "load"};
    cr_assert_str_eq(ct_nearest("laod", long_words, 2), "load");
    cr_assert(ct_nearest("load", words, 0) == NULL);
}

Test(nearest, of_several_the_nearest_then_the_first)
{
    const char *near[] = {"lost", "load", "loud"};
    cr_assert_str_eq(ct_nearest("loat", near, 3), "lost");
    cr_assert_str_eq(ct_nearest("loud", near, 3), "loud");
}

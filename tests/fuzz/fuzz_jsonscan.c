#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/jsonscan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A member that is found lies in the input; an object that is cut is no object. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct ct_json_want wants[] = {{.name = "start"}, {.name = "end"}, {.name = ""}};
    if (!ct_json_scan(text, size, wants, 3))
        return 0;
    for (int i = 0; i < 3; i++) {
        const struct ct_json_want *w = &wants[i];
        assert(w->kind == CT_JSON_NONE || (w->text > text && w->text + w->len < text + size));
        assert(w->kind != CT_JSON_STRING || w->text[w->len] == '"');
        assert(w->kind == CT_JSON_NONE || w->kind == CT_JSON_STRING || w->len > 0);
    }
    size_t end = size;
    while (text[end - 1] != '}')
        end--;
    assert(!ct_json_scan(text, end - 1, NULL, 0));
    return 0;
}

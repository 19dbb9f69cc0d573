#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "testcases/testcases.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The load is the first byte, the rest a text: a value or a text comes out, or a reason. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    uint64_t load = data[0], value = 0;
    struct ct_err err = {0};
    char *text = malloc(size);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    if (ct_template_eval(text, size - 1, load, &value, &err) == 0)
        assert(value <= INT64_MAX);
    else
        assert(err.code == CT_EUSAGE && err.msg[0] != '\0');

    char *out = NULL;
    int rc = ct_template_expand(text, load, &out, &err);
    assert(rc == 0 ? out != NULL : out == NULL && rc == CT_EUSAGE);
    if (rc == 0 && strchr(text, '{') == NULL)
        assert(strcmp(text, out) == 0);
    if (rc == 0 && !ct_template_uses_load(text)) { /* then any load gives the same */
        char *again = NULL;
        assert(ct_template_expand(text, load + 1, &again, NULL) == 0 && strcmp(out, again) == 0);
        free(again);
    }
    free(out);
    free(text);
    return 0;
}

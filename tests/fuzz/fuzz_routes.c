#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "target/routes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* "METHOD PATH N": work that the target can do, or a refusal with a reason. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *rest = text;
    memcpy(text, data, size);
    text[size] = '\0';
    const char *method = strsep(&rest, " ");
    const char *path = rest != NULL ? strsep(&rest, " ") : "";
    for (int fan_out = 0; fan_out < 2; fan_out++) {
        struct ct_work w;
        ct_route_find(method, path, rest, fan_out != 0, &w);
        if (w.status != 200) {
            assert(w.status == 400 || w.status == 404 || w.status == 405);
            assert(w.error != NULL && strpbrk(w.error, "\"\\") == NULL);
            continue;
        }
        assert(w.route != CT_ROUTE_NONE && w.error == NULL);
        if (w.route == CT_ROUTE_FIBONACCI)
            assert(w.n >= 1 && w.n <= (fan_out ? CT_FIBONACCI_FAN_OUT_MAX : CT_FIBONACCI_MAX));
        if (w.route == CT_ROUTE_BUBBLE_SORT)
            assert(w.n >= 1 && w.n <= CT_BUBBLE_SORT_MAX);
    }
    free(text);
    return 0;
}

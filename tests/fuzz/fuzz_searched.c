/* A document from anywhere, read for its search: refused with one line, or whole. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "store/searched.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ct_err err = {0};
    struct ct_searched s;
    int rc = ct_searched_parse((const char *)data, size, "f", &s, &err);
    assert(rc == 0 ||
           (rc == CT_EUSAGE && strncmp(err.msg, "f:", 2) == 0 && strchr(err.msg, '\n') == NULL));
    assert(rc < 0 || s.kind[0] != '\0');
    assert(s.n_limits <= CT_SEARCHED_LIMITS_MAX);
    for (size_t i = 0; i < s.n_answers; i++) {
        assert(s.answers[i].n_curve <= CT_SEARCHED_CURVE_MAX);
        assert(memchr(s.answers[i].warnings, '\0', CT_SEARCHED_TEXT) != NULL);
        for (size_t k = 0; k < s.n_trials; k++)
            (void)ct_searched_belongs(&s.trials[k], &s.answers[i]);
    }
    ct_searched_release(&s);
    return 0;
}

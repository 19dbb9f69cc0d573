/* A result document from anywhere, read for a comparison: refused with one line, or counted whole.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "store/digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_second(void *ctx, const struct ct_digest *so_far,
                      const struct ct_compare_second *second)
{
    (void)ctx;
    assert(memchr(so_far->test_case, '\0', sizeof(so_far->test_case)) != NULL);
    assert(second->failed <= UINT64_MAX / 2 && second->ok <= UINT64_MAX / 2);
    assert(second->response == NULL || second->response->count <= UINT64_MAX / 2);
}

static void on_execution(void *ctx, struct ct_digest *e)
{
    (void)ctx;
    assert(e->plan.count > 0);
    for (size_t i = 0; i < e->plan.count; i++)
        assert(ct_facts_find(&e->plan, e->plan.items[i].name) != NULL);
    ct_digest_release(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ct_err err = {0};
    struct ct_digest_handler handler = {on_second, on_execution, NULL};
    int rc = ct_digest_parse((const char *)data, size, "f", &handler, &err);
    assert(rc == 0 ||
           (rc == CT_EUSAGE && strncmp(err.msg, "f:", 2) == 0 && strchr(err.msg, '\n') == NULL));
    return 0;
}

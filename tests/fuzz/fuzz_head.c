#include <assert.h>
#include <string.h>

#include "target/head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A head is read from any bytes; a prefix never says otherwise than "more", and what follows the
 * head changes nothing. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ct_head head = {0}, again = {0};
    const char *bytes = (const char *)data;
    if (ct_head_parse(bytes, size, &head) != CT_HEAD_DONE)
        return 0;
    assert(head.len > 0 && head.len <= size);
    assert(!head.say_so || head.keep_alive);
    assert(ct_head_parse(bytes, head.len, &again) == CT_HEAD_DONE);
    assert(again.len == head.len && again.index == head.index && again.body_len == head.body_len);
    assert(ct_head_parse(bytes, head.len - 1, &again) == CT_HEAD_MORE);
    return 0;
}

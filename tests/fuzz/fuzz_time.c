#include <assert.h>
#include <string.h>

#include "base/clock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is read as a time is written and read back as the same, to the microsecond. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t ns, again;
    char text[CT_TIME_TEXT];
    if (ct_time_parse((const char *)data, size, &ns) != 0)
        return 0;
    (void)ct_time_utc(ns, text);
    int rc = ct_time_parse(text, strlen(text), &again);
    /* the first seconds of 2262 can only be written with an offset */
    assert(rc == 0 ? again == ns - ns % CT_NS_PER_US : strncmp(text, "2262-01-0", 9) == 0);
    return 0;
}

#include "model/checkup.h"

const char *ct_mark_name(enum ct_mark m)
{
    static const char *const names[] = {"ok", "warn", "bad"};
    return names[m];
}

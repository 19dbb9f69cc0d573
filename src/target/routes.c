#include "target/routes.h"

#include <stddef.h>
#include <string.h>

static bool read_n(const char *text, uint32_t max, uint32_t *n)
{
    uint32_t v = 0;
    size_t len = text != NULL ? strlen(text) : 0;
    if (len == 0 || len > 9 || strspn(text, "0123456789") != len)
        return false;
    for (; *text != '\0'; text++)
        v = v * 10 + (uint32_t)(*text - '0');
    *n = v;
    return v >= 1 && v <= max;
}

static void refuse(struct ct_work *out, int status, const char *error)
{
    out->status = status;
    out->error = error;
}

void ct_route_find(const char *method, const char *path, const char *n, bool fan_out,
                   struct ct_work *out)
{
    static const char fibonacci[] = "/fibonacci/";
    *out = (struct ct_work){.route = CT_ROUTE_NONE, .status = 200};
    if (strcmp(path, "/") == 0) {
        out->route = CT_ROUTE_INDEX;
    } else if (strncmp(path, fibonacci, sizeof(fibonacci) - 1) == 0) {
        uint32_t max = fan_out ? CT_FIBONACCI_FAN_OUT_MAX : CT_FIBONACCI_MAX;
        out->route = CT_ROUTE_FIBONACCI;
        if (!read_n(path + sizeof(fibonacci) - 1, max, &out->n))
            refuse(out, 400, fan_out ? "n must be 1 to 25" : "n must be 1 to 45");
    } else if (strcmp(path, "/bubble-sort") == 0) {
        out->route = CT_ROUTE_BUBBLE_SORT;
        if (!read_n(n, CT_BUBBLE_SORT_MAX, &out->n))
            refuse(out, 400, "n must be 1 to 131072");
    } else {
        refuse(out, 404, "no such route: try /");
    }
    if (out->status == 200 && strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        refuse(out, 405, "only GET");
}

/* Which work a request asks for. Pure; fuzzed. */
#ifndef CT_TARGET_ROUTES_H
#define CT_TARGET_ROUTES_H

#include <stdbool.h>
#include <stdint.h>

enum ct_route { CT_ROUTE_INDEX, CT_ROUTE_FIBONACCI, CT_ROUTE_BUBBLE_SORT, CT_ROUTE_NONE };

enum {
    CT_FIBONACCI_MAX = 45,
    CT_FIBONACCI_FAN_OUT_MAX = 25, /* 150,049 requests behind one */
    CT_BUBBLE_SORT_MAX = 131072,
};

struct ct_work {
    enum ct_route route;
    uint32_t n;
    int status;        /* 200, or what to answer at once: 400, 404, 405 */
    const char *error; /* static text, when status is not 200 */
};

/* path has no query; n is the value of the query's "n", or NULL. */
void ct_route_find(const char *method, const char *path, const char *n, bool fan_out,
                   struct ct_work *out);

#endif

/* The files that --files names. Private to the analyze service. */
#ifndef CT_SERVICES_ANALYZE_FILES_H
#define CT_SERVICES_ANALYZE_FILES_H

#include "services/analyze.h"

/* One entry for each file, however often it is named; name and path filled. Each item is a path,
 * else a name in the storage, else a glob here, else a glob in the storage. CT_EFAIL when it is
 * none of them. */
int ct_analyze_find(const struct ct_analyze_opts *opts, struct ct_analyzed *out,
                    struct ct_err *err);

#endif

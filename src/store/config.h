/*
 * config.json: read and checked. Unknown and duplicate keys, wrong types and missing keys are
 * answered with file, line, key and the nearest known key.
 */
#ifndef CT_STORE_CONFIG_H
#define CT_STORE_CONFIG_H

#include <stddef.h>

#include "base/err.h"
#include "model/config.h"

/* CT_EUSAGE; CT_EFAIL when the file cannot be read. When it is missing the message shows the
 * three-line minimal file after a newline; any other message is one line. No message holds a
 * password. out is untouched on failure. known_options (may be NULL): names that "defaults" may
 * use. */
int ct_config_load(const char *path, const char *const *known_options, size_t n_known,
                   struct ct_config *out, struct ct_err *err);

/* The same from memory; path is for messages. The fuzz target's door. */
int ct_config_parse(const char *text, size_t len, const char *path,
                    const char *const *known_options, size_t n_known, struct ct_config *out,
                    struct ct_err *err);

#endif

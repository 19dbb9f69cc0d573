/*
 * Check a JSON value against a schema: the part of JSON Schema (draft 2020-12) that
 * docs/results.schema.json uses. A keyword that is not known here is an error, so that nothing in
 * the schema goes unchecked.
 */
#ifndef CT_TEST_SCHEMA_H
#define CT_TEST_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* value fits the definition of that name under root's $defs (NULL: root itself). Otherwise why says
 * where and what. */
bool schema_accepts(const json_t *root, const char *definition, const json_t *value, char *why,
                    size_t why_size);

#endif

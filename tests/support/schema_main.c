#include <stdio.h>

#include "schema.h"

static json_t *load(const char *path)
{
    json_error_t e;
    json_t *v = json_load_file(path, JSON_REJECT_DUPLICATES, &e);
    if (v == NULL)
        fprintf(stderr, "%s:%d: %s\n", path, e.line, e.text);
    return v;
}

/* check_schema SCHEMA DEFINITION FILE: exits with 0 when the document fits. */
int main(int argc, char **argv)
{
    char why[1024] = "";
    if (argc != 4)
        return 2;
    json_t *schema = load(argv[1]), *doc = load(argv[3]);
    bool ok =
        schema != NULL && doc != NULL && schema_accepts(schema, argv[2], doc, why, sizeof(why));
    if (!ok)
        fprintf(stderr, "%s is no %s: %s\n", argv[3], argv[2], why);
    json_decref(schema);
    json_decref(doc);
    return ok ? 0 : 1;
}

#include "schema.h"

#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct check {
    const json_t *root;
    char path[512]; /* of the value, "a/b/3" */
    char *why;
    size_t why_size;
};

static bool fits(struct check *c, const json_t *schema, const json_t *value);

__attribute__((format(printf, 2, 3))) static bool wrong(struct check *c, const char *fmt, ...)
{
    va_list ap;
    int n = snprintf(c->why, c->why_size, "%s: ", c->path);
    va_start(ap, fmt);
    if (n > 0 && (size_t)n < c->why_size)
        (void)vsnprintf(c->why + n, c->why_size - (size_t)n, fmt, ap);
    va_end(ap);
    return false;
}

/* Check a member or item, whose place is path/name. */
static bool fits_below(struct check *c, const char *name, const json_t *schema, const json_t *value)
{
    size_t len = strlen(c->path);
    (void)snprintf(c->path + len, sizeof(c->path) - len, "/%s", name);
    bool ok = fits(c, schema, value);
    if (ok)
        c->path[len] = '\0';
    return ok;
}

static bool has_type(const json_t *value, const char *type)
{
    if (strcmp(type, "number") == 0)
        return json_is_number(value);
    if (strcmp(type, "integer") == 0)
        return json_is_integer(value);
    if (strcmp(type, "string") == 0)
        return json_is_string(value);
    if (strcmp(type, "boolean") == 0)
        return json_is_boolean(value);
    if (strcmp(type, "object") == 0)
        return json_is_object(value);
    if (strcmp(type, "array") == 0)
        return json_is_array(value);
    return strcmp(type, "null") == 0 && json_is_null(value);
}

static bool check_type(struct check *c, const json_t *arg, const json_t *schema,
                       const json_t *value)
{
    (void)schema;
    if (json_is_string(arg))
        return has_type(value, json_string_value(arg)) ||
               wrong(c, "is no %s", json_string_value(arg));
    size_t i;
    json_t *type;
    json_array_foreach(arg, i, type) if (has_type(value, json_string_value(type))) return true;
    return wrong(c, "has none of %zu types", json_array_size(arg));
}

static bool check_required(struct check *c, const json_t *arg, const json_t *schema,
                           const json_t *value)
{
    (void)schema;
    size_t i;
    json_t *name;
    json_array_foreach(arg, i, name)
    {
        if (json_is_object(value) && json_object_get(value, json_string_value(name)) == NULL)
            return wrong(c, "has no \"%s\"", json_string_value(name));
    }
    return true;
}

static bool check_properties(struct check *c, const json_t *arg, const json_t *schema,
                             const json_t *value)
{
    (void)schema;
    const char *name;
    json_t *sub;
    json_object_foreach((json_t *)arg, name, sub)
    {
        const json_t *member = json_object_get(value, name);
        if (member != NULL && !fits_below(c, name, sub, member))
            return false;
    }
    return true;
}

static bool check_additional(struct check *c, const json_t *arg, const json_t *schema,
                             const json_t *value)
{
    const json_t *known = json_object_get(schema, "properties");
    const char *name;
    json_t *member;
    json_object_foreach((json_t *)value, name, member)
    {
        if (json_object_get(known, name) != NULL)
            continue;
        if (json_is_false(arg))
            return wrong(c, "has an unknown \"%s\"", name);
        if (json_is_object(arg) && !fits_below(c, name, arg, member))
            return false;
    }
    return true;
}

static bool check_names(struct check *c, const json_t *arg, const json_t *schema,
                        const json_t *value)
{
    (void)schema;
    const char *name;
    json_t *member;
    json_object_foreach((json_t *)value, name, member)
    {
        json_t *text = json_string(name);
        bool ok = fits_below(c, name, arg, text);
        json_decref(text);
        if (!ok)
            return false;
    }
    return true;
}

static bool check_items(struct check *c, const json_t *arg, const json_t *schema,
                        const json_t *value)
{
    (void)schema;
    size_t i;
    json_t *item;
    json_array_foreach(value, i, item)
    {
        char index[24];
        (void)snprintf(index, sizeof(index), "%zu", i);
        if (!fits_below(c, index, arg, item))
            return false;
    }
    return true;
}

static bool check_const(struct check *c, const json_t *arg, const json_t *schema,
                        const json_t *value)
{
    (void)schema;
    return json_equal(arg, value) || wrong(c, "is not the constant");
}

static bool check_enum(struct check *c, const json_t *arg, const json_t *schema,
                       const json_t *value)
{
    (void)schema;
    size_t i;
    json_t *choice;
    json_array_foreach(arg, i, choice) if (json_equal(choice, value)) return true;
    return wrong(c, "is none of the %zu choices", json_array_size(arg));
}

static bool check_minimum(struct check *c, const json_t *arg, const json_t *schema,
                          const json_t *value)
{
    (void)schema;
    return !json_is_number(value) || json_number_value(value) >= json_number_value(arg) ||
           wrong(c, "is %g", json_number_value(value));
}

static bool check_pattern(struct check *c, const json_t *arg, const json_t *schema,
                          const json_t *value)
{
    (void)schema;
    regex_t re;
    if (!json_is_string(value))
        return true;
    if (regcomp(&re, json_string_value(arg), REG_EXTENDED | REG_NOSUB) != 0)
        return wrong(c, "pattern '%s'", json_string_value(arg));
    bool ok = regexec(&re, json_string_value(value), 0, NULL, 0) == 0;
    regfree(&re);
    return ok || wrong(c, "'%.80s' is not %s", json_string_value(value), json_string_value(arg));
}

static bool check_any_of(struct check *c, const json_t *arg, const json_t *schema,
                         const json_t *value)
{
    (void)schema;
    size_t i, len = strlen(c->path);
    json_t *choice;
    json_array_foreach(arg, i, choice)
    {
        if (fits(c, choice, value))
            return true;
        if (i + 1 < json_array_size(arg)) /* why the last one does not fit is kept */
            c->path[len] = '\0';
    }
    return false;
}

static bool check_ref(struct check *c, const json_t *arg, const json_t *schema, const json_t *value)
{
    static const char prefix[] = "#/$defs/";
    (void)schema;
    const char *ref = json_string_value(arg);
    const json_t *target = NULL;
    if (strncmp(ref, prefix, sizeof(prefix) - 1) == 0)
        target = json_object_get(json_object_get(c->root, "$defs"), ref + sizeof(prefix) - 1);
    return target != NULL ? fits(c, target, value) : wrong(c, "the schema has no %s", ref);
}

static bool annotation(struct check *c, const json_t *arg, const json_t *schema,
                       const json_t *value)
{
    (void)c;
    (void)arg;
    (void)schema;
    (void)value;
    return true;
}

static const struct keyword {
    const char *name;
    bool (*check)(struct check *, const json_t *arg, const json_t *schema, const json_t *value);
} keywords[] = {
    {"type", check_type},
    {"required", check_required},
    {"properties", check_properties},
    {"additionalProperties", check_additional},
    {"propertyNames", check_names},
    {"items", check_items},
    {"const", check_const},
    {"enum", check_enum},
    {"minimum", check_minimum},
    {"pattern", check_pattern},
    {"anyOf", check_any_of},
    {"$ref", check_ref},
    {"$schema", annotation},
    {"$id", annotation},
    {"$defs", annotation},
    {"title", annotation},
    {"description", annotation},
};

static bool fits(struct check *c, const json_t *schema, const json_t *value)
{
    const char *name;
    json_t *arg;
    json_object_foreach((json_t *)schema, name, arg)
    {
        const struct keyword *k = NULL;
        for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
            if (strcmp(keywords[i].name, name) == 0)
                k = &keywords[i];
        if (k == NULL)
            return wrong(c, "the schema uses '%s', which is not checked", name);
        if (!k->check(c, arg, schema, value))
            return false;
    }
    return true;
}

bool schema_accepts(const json_t *root, const char *definition, const json_t *value, char *why,
                    size_t why_size)
{
    struct check c = {.root = root, .why_size = why_size};
    c.why = why;
    const json_t *schema = root;
    if (definition != NULL)
        schema = json_object_get(json_object_get(root, "$defs"), definition);
    return schema != NULL ? fits(&c, schema, value) : wrong(&c, "no such definition");
}

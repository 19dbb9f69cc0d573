#include "store/json_table.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/opt.h"

enum { KEYS_MAX = 64, QUOTED_MAX = 60, SENTENCE = 400 };

static struct ct_json_frame *top(struct ct_json_reader *r)
{
    return r->open > 0 ? &r->frames[r->open - 1] : NULL;
}

/* --- messages --- */

/* "monitorServers[1].authentication.port" of the frames [0, count). */
static void place_text(const struct ct_json_reader *r, unsigned count, char *out, size_t size)
{
    size_t len = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < count && len < size; i++) {
        const struct ct_json_frame *f = &r->frames[i];
        int n = 0;
        if (f->table == NULL)
            n = snprintf(out + len, size - len, "[%u]", f->index);
        else if (f->name[0] != '\0')
            n = snprintf(out + len, size - len, "%s%s", len > 0 ? "." : "", f->name);
        len += n > 0 ? (size_t)n : 0;
    }
}

/* What is quoted from the file may hold anything; a message is one line. */
static int fail_at(const struct ct_json_reader *r, unsigned line, unsigned frames,
                   const char *sentence, struct ct_err *err)
{
    char place[200];
    place_text(r, frames, place, sizeof(place));
    int rc = ct_fail(err, CT_EUSAGE, "%s:%u: %s%s%s", r->path, line, place,
                     place[0] != '\0' ? ": " : "", sentence);
    for (size_t i = 0; err != NULL && err->msg[i] != '\0'; i++)
        if ((unsigned char)err->msg[i] < ' ' || err->msg[i] == 0x7f)
            err->msg[i] = '?';
    return rc;
}

int ct_json_table_fail(const struct ct_json_reader *r, struct ct_err *err, const char *fmt, ...)
{
    char sentence[SENTENCE];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(sentence, sizeof(sentence), fmt, ap);
    va_end(ap);
    return fail_at(r, ct_json_line(r), r->open - 1, sentence, err);
}

static int fail_unknown(struct ct_json_reader *r, const struct ct_json_event *e, struct ct_err *err)
{
    const struct ct_json_frame *f = top(r);
    const char *names[KEYS_MAX];
    char list[SENTENCE / 2] = "";
    size_t len = 0;
    for (size_t i = 0; i < f->table->count; i++) {
        names[i] = f->table->keys[i].name;
        int n = snprintf(list + len, sizeof(list) - len, "%s'%s'", i > 0 ? ", " : "", names[i]);
        len += len + (size_t)n < sizeof(list) ? (size_t)n : 0;
    }
    char sentence[SENTENCE];
    const char *near = ct_nearest(f->name, names, f->table->count);
    if (near != NULL)
        (void)snprintf(sentence, sizeof(sentence), "unknown key '%s': did you mean '%s'?", f->name,
                       near);
    else
        (void)snprintf(sentence, sizeof(sentence), "unknown key '%s': known here: %s", f->name,
                       list);
    return fail_at(r, e->line, r->open - 1, sentence, err);
}

/* "a string, a number or an array" */
static void names_text(unsigned types, char *out, size_t size)
{
    size_t len = 0;
    out[0] = '\0';
    for (unsigned rest = types; rest != 0 && len < size;) {
        unsigned type = rest & -rest;
        rest &= rest - 1;
        const char *joint = rest == 0 ? " or " : ", ";
        int n = snprintf(out + len, size - len, "%s%s", len > 0 ? joint : "",
                         ct_json_event_name((enum ct_json_event_type)type));
        len += n > 0 ? (size_t)n : 0;
    }
}

static int fail_type(const struct ct_json_reader *r, const struct ct_json_key *key, unsigned types,
                     const struct ct_json_event *e, struct ct_err *err)
{
    char expected[100];
    char sentence[SENTENCE];
    const char *name = key->name != NULL ? key->name : r->frames[r->open - 1].name;
    names_text(types, expected, sizeof(expected));
    int n = snprintf(sentence, sizeof(sentence), "expected %s, found %s", expected,
                     ct_json_event_name(e->type));
    if (key->example != NULL)
        (void)snprintf(sentence + n, sizeof(sentence) - (size_t)n, ": write \"%s\": %s", name,
                       key->example);
    return fail_at(r, e->line, r->open, sentence, err);
}

static int fail_missing(const struct ct_json_reader *r, const struct ct_json_key *key,
                        struct ct_err *err)
{
    if (key->example == NULL)
        return ct_json_table_fail(r, err, "missing key '%s'", key->name);
    return ct_json_table_fail(r, err, "missing key '%s': write \"%s\": %s", key->name, key->name,
                              key->example);
}

/* --- walking --- */

static bool equals(const char *name, const struct ct_json_event *e)
{
    return strlen(name) == e->len && memcmp(name, e->text, e->len) == 0;
}

/* Keep a key for messages, cut. */
static void keep_name(struct ct_json_frame *f, const struct ct_json_event *e)
{
    size_t len = e->len < sizeof(f->name) ? e->len : sizeof(f->name) - 1;
    memcpy(f->name, e->text, len);
    f->name[len] = '\0';
}

static int push(struct ct_json_reader *r, const struct ct_json_table *table,
                const struct ct_json_key *key, const struct ct_json_event *e, struct ct_err *err)
{
    assert(r->open < CT_JSON_FRAMES_MAX);
    const struct ct_json_frame *parent = top(r);
    void *base = parent != NULL ? parent->base : r->base;
    struct ct_err cause = {0};
    if (table != NULL && table->begin != NULL) {
        base = table->begin(r, base, &cause);
        if (base == NULL)
            return fail_at(r, e->line, r->open, cause.msg, err);
    }
    r->frames[r->open++] =
        (struct ct_json_frame){.table = table, .key = key, .base = base, .line = e->line};
    return 0;
}

static int on_key(struct ct_json_reader *r, const struct ct_json_event *e, struct ct_err *err)
{
    struct ct_json_frame *f = top(r);
    f->key = f->table->any;
    keep_name(f, e);
    if (f->key != NULL) {
        if (r->lenient || (e->len < sizeof(f->name) && memchr(e->text, '\0', e->len) == NULL))
            return 0; /* lenient: the name is cut */
        return fail_at(r, e->line, r->open, "this name is longer than 63 bytes or no text", err);
    }
    assert(f->table->count <= KEYS_MAX);
    for (size_t i = 0; i < f->table->count; i++) {
        if (!equals(f->table->keys[i].name, e))
            continue;
        if ((f->given >> i & 1) != 0 && !r->lenient)
            return fail_at(r, e->line, r->open, "this key stands twice: remove one", err);
        f->given |= UINT64_C(1) << i;
        f->key = &f->table->keys[i];
        return 0;
    }
    return r->lenient ? 0 : fail_unknown(r, e, err);
}

static int take(struct ct_json_reader *r, const struct ct_json_frame *f,
                const struct ct_json_event *e, struct ct_err *err)
{
    struct ct_err cause = {0};
    int rc = f->table != NULL && f->table->any != NULL
                 ? f->table->take_any(r, f->base, f->name, e, &cause)
                 : f->key->take(r, f->key, f->base, e, &cause);
    return rc == 0 ? 0 : fail_at(r, e->line, r->open, cause.msg, err);
}

/* A null in a lenient document: as if its key were not there. */
static void pass_over(struct ct_json_frame *f, const struct ct_json_event *e)
{
    if (e->type == CT_JSON_EVENT_NULL && f->key != NULL && f->table != NULL && f->table->count > 0)
        f->given &= ~(UINT64_C(1) << (f->key - f->table->keys));
    f->index++;
}

static int on_value(struct ct_json_reader *r, const struct ct_json_event *e, struct ct_err *err)
{
    struct ct_json_frame *f = top(r);
    bool container = e->type == CT_JSON_EVENT_OBJECT || e->type == CT_JSON_EVENT_ARRAY;
    if (f == NULL) {
        static const struct ct_json_key document = {.name = ""};
        if (e->type != CT_JSON_EVENT_OBJECT)
            return fail_type(r, &document, CT_JSON_EVENT_OBJECT, e, err);
        return push(r, r->root, NULL, e, err);
    }
    if (f->key == NULL || (r->lenient && e->type == CT_JSON_EVENT_NULL)) {
        pass_over(f, e);
        r->skipping = container ? 1 : 0;
        return 0;
    }
    unsigned types = f->table != NULL ? f->key->accepts : f->key->elements;
    if ((types & e->type) == 0)
        return fail_type(r, f->key, types, e, err);
    if (container)
        return push(r, e->type == CT_JSON_EVENT_OBJECT ? f->key->inside : NULL, f->key, e, err);
    int rc = take(r, f, e, err);
    f->index++;
    return rc;
}

static int on_end(struct ct_json_reader *r, struct ct_err *err)
{
    struct ct_json_frame *f = top(r);
    for (size_t i = 0; f->table != NULL && i < f->table->count; i++) {
        const struct ct_json_key *k = &f->table->keys[i];
        if (k->required && (f->given >> i & 1) == 0)
            return fail_missing(r, k, err);
    }
    if (f->table != NULL && f->table->end != NULL) {
        int rc = f->table->end(r, f->base, err);
        if (rc != 0)
            return rc;
    }
    r->open--;
    if (r->open > 0)
        top(r)->index++;
    return 0;
}

/* Inside a value that is passed over. */
static void skip(struct ct_json_reader *r, const struct ct_json_event *e)
{
    if (e->type == CT_JSON_EVENT_OBJECT || e->type == CT_JSON_EVENT_ARRAY)
        r->skipping++;
    if (e->type == CT_JSON_EVENT_OBJECT_END || e->type == CT_JSON_EVENT_ARRAY_END)
        r->skipping--;
}

int ct_json_table_event(void *ctx, const struct ct_json_event *e, struct ct_err *err)
{
    struct ct_json_reader *r = ctx;
    if (r->skipping > 0) {
        skip(r, e);
        return 0;
    }
    if (e->type == CT_JSON_EVENT_KEY)
        return on_key(r, e, err);
    if (e->type == CT_JSON_EVENT_OBJECT_END || e->type == CT_JSON_EVENT_ARRAY_END)
        return on_end(r, err);
    return on_value(r, e, err);
}

/* --- for the tables' own functions --- */

bool ct_json_given(const struct ct_json_reader *r, const char *name)
{
    assert(r->open > 0);
    const struct ct_json_frame *f = &r->frames[r->open - 1];
    for (size_t i = 0; i < f->table->count; i++)
        if (strcmp(f->table->keys[i].name, name) == 0)
            return (f->given >> i & 1) != 0;
    assert(false); /* a name that is no key of the table */
    return false;
}

unsigned ct_json_line(const struct ct_json_reader *r)
{
    assert(r->open > 0);
    return r->frames[r->open - 1].line;
}

static void *member(const struct ct_json_key *key, void *base)
{
    return (char *)base + key->member;
}

int ct_json_take_string(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                        const struct ct_json_event *e, struct ct_err *err)
{
    (void)r;
    if (memchr(e->text, '\0', e->len) != NULL)
        return ct_fail(err, CT_EUSAGE, "a \\u0000 is no text: remove it");
    char *text = ct_xstrndup(e->text, e->len);
    if (key->check != NULL && key->check(text, err) != 0) {
        free(text);
        return CT_EUSAGE;
    }
    char **out = member(key, base);
    free(*out);
    *out = text;
    return 0;
}

int ct_json_check_whole(const struct ct_json_key *key, const struct ct_json_event *e,
                        struct ct_err *err)
{
    if (e->number >= key->min && e->number <= key->max && trunc(e->number) == e->number)
        return 0;
    return ct_fail(err, CT_EUSAGE, "expected a whole number from %.0f to %.0f, found %.*s",
                   key->min, key->max, (int)(e->len < QUOTED_MAX ? e->len : QUOTED_MAX), e->text);
}

int ct_json_take_u32(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                     const struct ct_json_event *e, struct ct_err *err)
{
    (void)r;
    if (ct_json_check_whole(key, e, err) != 0)
        return CT_EUSAGE;
    *(uint32_t *)member(key, base) = (uint32_t)e->number;
    return 0;
}

int ct_json_take_u16(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                     const struct ct_json_event *e, struct ct_err *err)
{
    (void)r;
    if (ct_json_check_whole(key, e, err) != 0)
        return CT_EUSAGE;
    *(uint16_t *)member(key, base) = (uint16_t)e->number;
    return 0;
}

int ct_json_take_choice(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                        const struct ct_json_event *e, struct ct_err *err)
{
    (void)r;
    char list[SENTENCE / 2] = "";
    size_t len = 0;
    for (int i = 0; key->choices[i] != NULL; i++) {
        if (equals(key->choices[i], e)) {
            *(int *)member(key, base) = i;
            return 0;
        }
        int n = snprintf(list + len, sizeof(list) - len, "%s\"%s\"", i > 0 ? ", " : "",
                         key->choices[i]);
        len += len + (size_t)n < sizeof(list) ? (size_t)n : 0;
    }
    return ct_fail(err, CT_EUSAGE, "expected one of %s, found \"%.*s\"", list,
                   (int)(e->len < QUOTED_MAX ? e->len : QUOTED_MAX), e->text);
}

#include "store/read.h"

#include <string.h>

#include "base/clock.h"

static void *member(const struct ct_json_key *key, void *base)
{
    return (char *)base + key->member;
}

int ct_read_number(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                   const struct ct_json_event *e, struct ct_err *err)
{
    (void)r;
    (void)err;
    *(double *)member(key, base) = e->number;
    return 0;
}

int ct_read_ms(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
               const struct ct_json_event *e, struct ct_err *err)
{
    (void)r;
    (void)err;
    *(double *)member(key, base) = e->number * 1e6;
    return 0;
}

int ct_read_count(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                  const struct ct_json_event *e, struct ct_err *err)
{
    (void)r;
    if (e->number < 0 || e->number > 9e15)
        return ct_fail(err, CT_EUSAGE, "expected a count, found %.*s",
                       (int)(e->len < 40 ? e->len : 40), e->text);
    *(uint64_t *)member(key, base) = (uint64_t)e->number;
    return 0;
}

int ct_read_time(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                 const struct ct_json_event *e, struct ct_err *err)
{
    (void)r;
    if (ct_time_parse(e->text, e->len, member(key, base)) == 0)
        return 0;
    return ct_fail(err, CT_EUSAGE,
                   "expected a time such as \"2026-11-21T02:19:35.335221+00:00\", found \"%.*s\"",
                   (int)(e->len < 60 ? e->len : 60), e->text);
}

void ct_read_cut(const struct ct_json_event *e, char *out, size_t size)
{
    size_t len = e->len < size ? e->len : size - 1;
    memcpy(out, e->text, len);
    out[len] = '\0';
}

bool ct_read_is(const struct ct_json_event *e, const char *text)
{
    return strlen(text) == e->len && memcmp(text, e->text, e->len) == 0;
}

int ct_read_document(struct ct_json_reader *r, const char *text, size_t len, struct ct_err *err)
{
    int rc = text != NULL ? ct_json_events_parse(text, len, r->path, ct_json_table_event, r, err)
                          : ct_json_events_read(r->path, ct_json_table_event, r, err);
    return rc < 0 ? rc : 0;
}

#include "store/read_verdict.h"

void ct_read_verdict_init(struct ct_read_verdict *v)
{
    *v = (struct ct_read_verdict){.verdict = CT_VERDICT_INVALID};
}

static int take_status(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                       const struct ct_json_event *e, struct ct_err *err)
{
    struct ct_read_verdict *v = base;
    (void)r;
    (void)key;
    for (int i = CT_VERDICT_VALID; i <= CT_VERDICT_NO_DATA; i++) {
        if (!ct_read_is(e, ct_verdict_name((enum ct_verdict)i)))
            continue;
        v->verdict = (enum ct_verdict)i;
        v->given = true;
        return 0;
    }
    return ct_fail(err, CT_EUSAGE, "expected \"valid\", \"invalid\" or \"no_data\"");
}

/* The first says it. */
static int take_text(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                     const struct ct_json_event *e, struct ct_err *err)
{
    struct ct_read_verdict *v = base;
    (void)r;
    (void)key;
    (void)err;
    if (v->why[0] == '\0')
        ct_read_cut(e, v->why, sizeof(v->why));
    return 0;
}

static bool is_cut_short(const struct ct_json_event *code)
{
    return ct_read_is(code, "interrupted") || ct_read_is(code, "aborted") ||
           ct_read_is(code, "truncated");
}

/* What is more than that is that it was cut short. */
static int take_code(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                     const struct ct_json_event *e, struct ct_err *err)
{
    struct ct_read_verdict *v = base;
    (void)r;
    (void)key;
    (void)err;
    if (v->cut_short || !is_cut_short(e))
        return 0;
    v->cut_short = true;
    if (v->verdict != CT_VERDICT_INVALID)
        v->why[0] = '\0';
    return 0;
}

int ct_read_verdict_end(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    struct ct_read_verdict *v = base;
    (void)r;
    (void)err;
    if (v->cut_short)
        v->verdict = CT_VERDICT_INVALID;
    return 0;
}

static const struct ct_json_key reason_keys[] = {
    {.name = "code", .accepts = CT_JSON_EVENT_STRING, .take = take_code},
    {.name = "text", .accepts = CT_JSON_EVENT_STRING, .take = take_text},
};
static const struct ct_json_table reason = {CT_READ_KEYS(reason_keys)};

const struct ct_json_key ct_read_verdict_keys[2] = {
    {.name = "status", .accepts = CT_JSON_EVENT_STRING, .take = take_status},
    {.name = "reasons", CT_READ_LIST(reason)},
};

#include "io/http1_memo.h"

#include <string.h>

bool ct_h1_recall(const struct ct_h1_memo *m, struct ct_h1_parser *p, const char *bytes, size_t len)
{
    if (len != m->len || len == 0 || p->is_head != m->is_head || memcmp(bytes, m->bytes, len) != 0)
        return false;
    p->begun = p->head_done = true;
    p->status = m->status;
    p->keep_alive = m->keep_alive;
    p->body_len = m->body_len;
    p->state = CT_H1_COMPLETE;
    if (p->body != NULL && m->body_len > 0)
        p->body(p->ctx, bytes + m->body_at, m->body_len);
    return true;
}

void ct_h1_remember(struct ct_h1_memo *m, const struct ct_h1_parser *p, const char *bytes,
                    size_t len)
{
    if (len > CT_H1_MEMO_MAX || p->surplus || p->body_pieces > 1)
        return;
    memcpy(m->bytes, bytes, len);
    m->len = len;
    m->body_at = p->body_pieces > 0 ? (size_t)(p->body_first - bytes) : 0;
    m->body_len = (size_t)p->body_len;
    m->status = p->status;
    m->is_head = p->is_head;
    m->keep_alive = p->keep_alive;
}

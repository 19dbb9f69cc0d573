#include "io/wire.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/request_bytes.h"

enum { REQUEST_MAX = 64 * 1024 * 1024 };
#define LENGTH_NAME "#" /* {{#}}: cannot be a column */

static void add_slot(struct ct_wire *w, int column)
{
    w->slots = ct_xrealloc(w->slots, w->n_slots + 1, sizeof(*w->slots));
    w->slots[w->n_slots++] = (struct ct_wire_slot){.at = w->bytes.len, .column = column};
}

/* Take text apart into constant bytes and slots. */
static int cut(struct ct_wire *w, const char *text, size_t text_len, const char *body,
               const struct ct_feed *feed, struct ct_err *err)
{
    const char *at = text, *end = text + text_len;
    while (at < end) {
        const char *open = memmem(at, (size_t)(end - at), "{{", 2);
        const char *close = open ? memmem(open, (size_t)(end - open), "}}", 2) : NULL;
        const char *stop = close ? open : end;
        if (body >= at && body <= stop)
            w->body_at = w->bytes.len + (size_t)(body - at);
        (void)ct_buf_add(&w->bytes, at, (size_t)(stop - at));
        if (!close)
            break;
        size_t len = (size_t)(close - open) - 2;
        bool is_length = len == 1 && open[2] == LENGTH_NAME[0];
        int column = is_length ? CT_WIRE_LENGTH : ct_feed_column(feed, open + 2, len);
        if (column < 0 && !is_length)
            return ct_fail(err, CT_EUSAGE, "{{%.*s}} is no column of the feed",
                           (int)(len < 40 ? len : 40), open + 2);
        add_slot(w, column);
        at = close + 2;
    }
    return 0;
}

/* No value for slot k ends the line or, in a path, that. */
static int check_slot(const struct ct_wire *w, size_t k, bool in_path, const struct ct_feed *feed,
                      struct ct_err *err)
{
    int column = w->slots[k].column;
    for (size_t row = 0; column >= 0 && row < feed->n_rows; row++) {
        const char *value = ct_feed_row(feed, row)[column];
        if (in_path ? !ct_request_is_path_part(value) : !ct_request_is_value(value))
            return ct_fail(err, CT_EUSAGE, "{{%s}}, row %zu: '%.40s' cannot stand in a %s",
                           feed->names[column], row + 1, value, in_path ? "path" : "header");
    }
    return 0;
}

static int check_values(const struct ct_wire *w, const struct ct_feed *feed, struct ct_err *err)
{
    size_t first_line = (size_t)(strchr(w->bytes.data, '\r') - w->bytes.data);
    int rc = 0;
    for (size_t k = 0; rc == 0 && k < w->n_slots && w->slots[k].at < w->body_at; k++)
        rc = check_slot(w, k, w->slots[k].at <= first_line, feed, err);
    return rc;
}

static bool has_slot(const char *text, size_t len)
{
    return text != NULL && memmem(text, len, "{{", 2) != NULL;
}

static int cut_request(struct ct_wire *w, const struct ct_endpoint *endpoint,
                       const struct ct_request *request, bool keep_alive,
                       const struct ct_feed *feed, struct ct_err *err)
{
    struct ct_buf raw;
    struct ct_request r;
    ct_buf_init(&raw, REQUEST_MAX);
    ct_request_copy(&r, request);
    if (has_slot(r.body, r.body_len) && ct_request_header(&r, "Content-Length") == NULL &&
        ct_request_header(&r, "Transfer-Encoding") == NULL)
        ct_request_add_header(&r, "Content-Length", "{{" LENGTH_NAME "}}");
    int rc = ct_request_bytes(endpoint, &r, keep_alive, &raw, err);
    if (rc == 0)
        rc = cut(w, raw.data, raw.len, strstr(raw.data, "\r\n\r\n") + 4, feed, err);
    if (rc == 0)
        rc = check_values(w, feed, err);
    ct_request_release(&r);
    ct_buf_release(&raw);
    return rc;
}

int ct_wire_init(struct ct_wire *w, const struct ct_endpoint *endpoint,
                 const struct ct_request *request, bool keep_alive, const struct ct_feed *feed,
                 struct ct_err *err)
{
    *w = (struct ct_wire){.is_head = strcmp(request->method, "HEAD") == 0};
    ct_buf_init(&w->bytes, REQUEST_MAX);
    int rc = feed != NULL && feed->n_rows > 0
                 ? cut_request(w, endpoint, request, keep_alive, feed, err)
                 : ct_request_bytes(endpoint, request, keep_alive, &w->bytes, err);
    if (rc < 0)
        ct_wire_release(w);
    return rc;
}

int ct_wire_init_part(struct ct_wire *w, enum ct_wire_part part, const char *text, size_t len,
                      const struct ct_feed *feed, struct ct_err *err)
{
    *w = (struct ct_wire){.is_head = false};
    ct_buf_init(&w->bytes, REQUEST_MAX);
    const char *body = part == CT_WIRE_BODY ? text : text + len;
    int rc = cut(w, text, len, body, feed, err);
    for (size_t k = 0; rc == 0 && part != CT_WIRE_BODY && k < w->n_slots; k++)
        rc = check_slot(w, k, part == CT_WIRE_PATH, feed, err);
    if (rc < 0)
        ct_wire_release(w);
    return rc;
}

void ct_wire_release(struct ct_wire *w)
{
    ct_buf_release(&w->bytes);
    free(w->slots);
    w->slots = NULL;
}

static size_t body_len(const struct ct_wire *w, const char *const *row)
{
    size_t len = w->bytes.len - w->body_at;
    for (size_t k = 0; k < w->n_slots; k++)
        if (w->slots[k].at >= w->body_at && w->slots[k].column >= 0)
            len += strlen(row[w->slots[k].column]);
    return len;
}

const struct ct_buf *ct_wire_bytes(const struct ct_wire *w, const char *const *row,
                                   struct ct_buf *scratch)
{
    if (w->n_slots == 0)
        return &w->bytes;
    size_t at = 0;
    ct_buf_clear(scratch);
    for (size_t k = 0; k < w->n_slots; k++) {
        const struct ct_wire_slot *s = &w->slots[k];
        (void)ct_buf_add(scratch, w->bytes.data + at, s->at - at);
        if (s->column == CT_WIRE_LENGTH)
            (void)ct_buf_printf(scratch, "%zu", body_len(w, row));
        else
            (void)ct_buf_puts(scratch, row[s->column]);
        at = s->at;
    }
    (void)ct_buf_add(scratch, w->bytes.data + at, w->bytes.len - at);
    return scratch;
}

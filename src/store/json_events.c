#include "store/json_events.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <yajl/yajl_parse.h>

#include "base/mem.h"

enum {
    CHUNK_BYTES = 64 * 1024,
    NUMBER_TEXT_MAX = 512, /* digits of a number; more are no measurement */
    TOKEN_BYTES_MAX = 16 * 1024 * 1024,
};

struct stream {
    yajl_handle yajl;
    const char *path;
    ct_json_event_fn *fn;
    void *ctx;
    struct ct_err *err;
    int rc; /* of fn or of a check here; 0 while all is well */
    unsigned depth;

    /* Where the text up to chunk[pos] ends. */
    const char *chunk;
    size_t pos;
    unsigned line, column;

    /* The token being read: everything between two events that is no white space, ',' or ':'. */
    bool in_token;
    unsigned token_line, token_column;
    uint64_t token_bytes; /* of it in the chunks so far */
};

static bool is_between(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' || c == ':';
}

/* Walk to chunk[to], noting where the next token begins. A token of JSON holds no newline. */
static void walk(struct stream *s, size_t to)
{
    while (!s->in_token && s->pos < to) {
        if (!is_between(s->chunk[s->pos])) {
            s->in_token = true;
            s->token_line = s->line;
            s->token_column = s->column;
            break;
        }
        s->column++;
        if (s->chunk[s->pos++] == '\n') {
            s->line++;
            s->column = 1;
        }
    }
    if (s->pos < to) {
        s->column += (unsigned)(to - s->pos);
        s->pos = to;
    }
}

static int fail_here(struct stream *s, const char *what)
{
    unsigned line = s->in_token ? s->token_line : s->line;
    unsigned column = s->in_token ? s->token_column : s->column;
    s->rc = ct_fail(s->err, CT_EUSAGE, "%s:%u:%u: %s", s->path, line, column, what);
    return s->rc;
}

/* --- yajl's callbacks: 1 goes on, 0 ends --- */

static int emit(struct stream *s, struct ct_json_event *e)
{
    walk(s, yajl_get_bytes_consumed(s->yajl));
    s->in_token = false;
    s->token_bytes = 0;
    e->depth = s->depth;
    e->line = s->token_line;
    e->column = s->token_column;
    s->rc = s->fn(s->ctx, e, s->err);
    return s->rc == 0;
}

static int on_null(void *ctx)
{
    struct ct_json_event e = {.type = CT_JSON_EVENT_NULL, .text = "null", .len = 4};
    return emit(ctx, &e);
}

static int on_boolean(void *ctx, int value)
{
    struct ct_json_event e = {.type = CT_JSON_EVENT_BOOL, .boolean = value != 0};
    e.text = e.boolean ? "true" : "false";
    e.len = strlen(e.text);
    return emit(ctx, &e);
}

static int on_number(void *ctx, const char *text, size_t len)
{
    struct stream *s = ctx;
    struct ct_json_event e = {.type = CT_JSON_EVENT_NUMBER, .text = text, .len = len};
    char copy[NUMBER_TEXT_MAX];
    if (len < sizeof(copy)) {
        memcpy(copy, text, len);
        copy[len] = '\0';
        e.number = strtod(copy, NULL);
        if (isfinite(e.number))
            return emit(s, &e);
    }
    walk(s, yajl_get_bytes_consumed(s->yajl));
    fail_here(s, "this number is too large");
    return 0;
}

static int on_string(void *ctx, const unsigned char *text, size_t len)
{
    struct ct_json_event e = {.type = CT_JSON_EVENT_STRING, .text = (const char *)text, .len = len};
    return emit(ctx, &e);
}

static int on_key(void *ctx, const unsigned char *text, size_t len)
{
    struct ct_json_event e = {.type = CT_JSON_EVENT_KEY, .text = (const char *)text, .len = len};
    return emit(ctx, &e);
}

static int begin_container(struct stream *s, enum ct_json_event_type type, const char *text)
{
    struct ct_json_event e = {.type = type, .text = text, .len = 1};
    if (s->depth == CT_JSON_DEPTH_MAX) {
        walk(s, yajl_get_bytes_consumed(s->yajl));
        fail_here(s, "more than 64 levels of objects and arrays");
        return 0;
    }
    int go_on = emit(s, &e);
    s->depth++;
    return go_on;
}

static int end_container(struct stream *s, enum ct_json_event_type type, const char *text)
{
    struct ct_json_event e = {.type = type, .text = text, .len = 1};
    assert(s->depth > 0);
    s->depth--;
    return emit(s, &e);
}

static int on_start_map(void *ctx)
{
    return begin_container(ctx, CT_JSON_EVENT_OBJECT, "{");
}

static int on_end_map(void *ctx)
{
    return end_container(ctx, CT_JSON_EVENT_OBJECT_END, "}");
}

static int on_start_array(void *ctx)
{
    return begin_container(ctx, CT_JSON_EVENT_ARRAY, "[");
}

static int on_end_array(void *ctx)
{
    return end_container(ctx, CT_JSON_EVENT_ARRAY_END, "]");
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_start_map,
    .yajl_map_key = on_key,
    .yajl_end_map = on_end_map,
    .yajl_start_array = on_start_array,
    .yajl_end_array = on_end_array,
};

/* --- feeding --- */

static void stream_open(struct stream *s)
{
    s->line = s->column = s->token_line = s->token_column = 1;
    s->yajl = yajl_alloc(&callbacks, NULL, s);
    assert(s->yajl != NULL);
}

/* yajl's sentence without its kind in front and the newline behind. */
static int fail_syntax(struct stream *s)
{
    unsigned char *text = yajl_get_error(s->yajl, 0, NULL, 0);
    const char *what = text == NULL ? "no JSON" : (const char *)text;
    static const char *const kinds[] = {"lexical error: ", "parse error: "};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strncmp(what, kinds[i], strlen(kinds[i])) == 0)
            what += strlen(kinds[i]);
    char line[160];
    size_t len = strcspn(what, "\n");
    len = len < sizeof(line) ? len : sizeof(line) - 1;
    memcpy(line, what, len);
    line[len] = '\0';
    yajl_free_error(s->yajl, text);
    return fail_here(s, line);
}

static int stream_feed(struct stream *s, const char *text, size_t len)
{
    s->chunk = text;
    s->pos = 0;
    yajl_status status = yajl_parse(s->yajl, (const unsigned char *)text, len);
    if (status == yajl_status_client_canceled)
        return s->rc;
    if (status != yajl_status_ok) {
        walk(s, yajl_get_bytes_consumed(s->yajl));
        if (s->pos == 1 && s->token_line == 1 && s->token_column == 1 && text[0] == '\xef')
            return fail_here(s, "a byte order mark stands in front: save the file without one");
        return fail_syntax(s);
    }
    size_t from = s->pos;
    walk(s, len);
    if (!s->in_token)
        return 0;
    s->token_bytes += len - from;
    return s->token_bytes <= TOKEN_BYTES_MAX ? 0 : fail_here(s, "this value is over 16 MiB long");
}

static int stream_finish(struct stream *s)
{
    s->chunk = "";
    s->pos = 0;
    yajl_status status = yajl_complete_parse(s->yajl);
    if (status == yajl_status_ok)
        return 0;
    if (status == yajl_status_client_canceled)
        return s->rc;
    s->in_token = false; /* the place is the end, whatever stands there half */
    return fail_here(s, "the text ends too early");
}

int ct_json_events_parse(const char *text, size_t len, const char *path, ct_json_event_fn *fn,
                         void *ctx, struct ct_err *err)
{
    struct stream s = {.path = path, .fn = fn, .ctx = ctx, .err = err};
    stream_open(&s);
    int rc = stream_feed(&s, text, len);
    if (rc == 0)
        rc = stream_finish(&s);
    yajl_free(s.yajl);
    return rc;
}

static int feed_file(struct stream *s, int fd)
{
    char *chunk = ct_xcalloc(1, CHUNK_BYTES);
    int rc = 0;
    ssize_t n = 0;
    do {
        n = read(fd, chunk, CHUNK_BYTES);
        if (n > 0)
            rc = stream_feed(s, chunk, (size_t)n);
    } while (rc == 0 && (n > 0 || (n < 0 && errno == EINTR)));
    if (rc == 0 && n < 0)
        rc = ct_fail_errno(s->err, CT_EFAIL, "reading '%s'", s->path);
    explicit_bzero(chunk, CHUNK_BYTES);
    free(chunk);
    return rc != 0 ? rc : stream_finish(s);
}

int ct_json_events_read(const char *path, ct_json_event_fn *fn, void *ctx, struct ct_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ct_fail_errno(err, CT_EFAIL, "cannot open '%s'", path);
    struct stream s = {.path = path, .fn = fn, .ctx = ctx, .err = err};
    stream_open(&s);
    int rc = feed_file(&s, fd);
    yajl_free(s.yajl);
    (void)close(fd);
    return rc;
}

const char *ct_json_event_name(enum ct_json_event_type type)
{
    switch (type) {
    case CT_JSON_EVENT_NULL:
        return "null";
    case CT_JSON_EVENT_BOOL:
        return "true or false";
    case CT_JSON_EVENT_NUMBER:
        return "a number";
    case CT_JSON_EVENT_STRING:
        return "a string";
    case CT_JSON_EVENT_OBJECT:
        return "an object";
    case CT_JSON_EVENT_ARRAY:
        return "an array";
    case CT_JSON_EVENT_KEY:
        return "a key";
    case CT_JSON_EVENT_OBJECT_END:
        return "the end of an object";
    case CT_JSON_EVENT_ARRAY_END:
        return "the end of an array";
    }
    return "";
}

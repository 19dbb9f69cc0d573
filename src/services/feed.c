#include "services/feed.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

enum { FILE_MAX = 1 << 30, FIELD_MAX = 1 << 20, COLUMNS_MAX = 1000 };

/* Where the reading stands. */
struct csv {
    const char *at, *end;
    size_t line; /* of at */
    struct ct_buf field;
};

static bool read_quoted(struct csv *c)
{
    for (c->at++; c->at < c->end; c->at++) {
        if (*c->at == '"' && (c->at + 1 == c->end || c->at[1] != '"'))
            return ++c->at, true;
        if (*c->at == '"')
            c->at++;
        if (*c->at == '\n')
            c->line++;
        (void)ct_buf_add(&c->field, c->at, 1);
    }
    return false;
}

/* One field, up to its comma, line end or the end of the text. */
static int read_field(struct csv *c, struct ct_err *err)
{
    ct_buf_clear(&c->field);
    size_t line = c->line;
    if (c->at < c->end && *c->at == '"') {
        if (!read_quoted(c))
            return ct_fail(err, CT_EUSAGE, "line %zu: a quote is not closed", line);
    } else {
        size_t len = 0;
        while (c->at + len < c->end && strchr(",\n", c->at[len]) == NULL)
            len++;
        bool crlf = len > 0 && c->at[len - 1] == '\r';
        (void)ct_buf_add(&c->field, c->at, len - crlf);
        c->at += len;
    }
    if (c->at < c->end && *c->at == '\r')
        c->at++;
    if (c->at < c->end && *c->at != ',' && *c->at != '\n')
        return ct_fail(err, CT_EUSAGE, "line %zu: something follows a closing quote", c->line);
    if (c->field.failed || memchr(c->field.data, '\0', c->field.len) != NULL)
        return ct_fail(err, CT_EUSAGE, "line %zu: a field is too long or has a NUL byte", line);
    return 0;
}

/* The fields of one line, added to *fields (owned by caller, also on failure). */
static int read_row(struct csv *c, char ***fields, size_t *count, struct ct_err *err)
{
    size_t before = *count;
    for (;;) {
        int rc = read_field(c, err);
        if (rc == 0 && *count - before == COLUMNS_MAX)
            rc = ct_fail(err, CT_EUSAGE, "line %zu: more than %d columns", c->line, COLUMNS_MAX);
        if (rc < 0)
            return rc;
        if ((*count & (*count - 1)) == 0)
            *fields = ct_xrealloc(*fields, *count == 0 ? 1 : 2 * *count, sizeof(**fields));
        (*fields)[(*count)++] = ct_xstrdup(c->field.data);
        if (c->at == c->end || *c->at++ == '\n')
            break;
    }
    c->line++;
    return 0;
}

static int check_names(const struct ct_feed *f, struct ct_err *err)
{
    for (size_t k = 0; k < f->n_columns; k++) {
        const char *name = f->names[k];
        if (*name == '\0' || strpbrk(name, "{}#") != NULL)
            return ct_fail(err, CT_EUSAGE, "line 1: column %zu: '%.40s' is no name", k + 1, name);
        if (ct_feed_column(f, name, strlen(name)) != (int)k)
            return ct_fail(err, CT_EUSAGE, "line 1: two columns are called '%.40s'", name);
    }
    return 0;
}

static int read_rows(struct csv *c, struct ct_feed *f, struct ct_err *err)
{
    size_t cells = 0;
    assert(f->n_columns > 0);
    while (c->at < c->end) {
        size_t line = c->line, before = cells;
        if (*c->at == '\n' || (*c->at == '\r' && c->at + 1 < c->end && c->at[1] == '\n')) {
            c->at += *c->at == '\r' ? 2 : 1; /* an empty line */
            c->line++;
            continue;
        }
        int rc = read_row(c, &f->cells, &cells, err);
        f->n_rows = cells / f->n_columns;
        if (rc == 0 && cells - before != f->n_columns)
            rc = ct_fail(err, CT_EUSAGE, "line %zu has %zu fields, the first line %zu", line,
                         cells - before, f->n_columns);
        for (size_t k = f->n_rows * f->n_columns; rc < 0 && k < cells; k++)
            free(f->cells[k]);
        if (rc < 0)
            return rc;
    }
    if (f->n_rows == 0)
        return ct_fail(err, CT_EUSAGE, "no row of values follows the names");
    return 0;
}

int ct_feed_parse(const char *text, size_t len, struct ct_feed *out, struct ct_err *err)
{
    struct csv c = {.at = text, .end = text + len, .line = 1};
    memset(out, 0, sizeof(*out));
    ct_buf_init(&c.field, FIELD_MAX);
    int rc = len == 0 ? ct_fail(err, CT_EUSAGE, "it is empty")
                      : read_row(&c, &out->names, &out->n_columns, err);
    if (rc == 0 && (rc = check_names(out, err)) == 0)
        rc = read_rows(&c, out, err);
    ct_buf_release(&c.field);
    if (rc < 0)
        ct_feed_release(out);
    return rc;
}

int ct_feed_read(const char *path, struct ct_feed *out, struct ct_err *err)
{
    struct ct_buf b;
    ct_buf_init(&b, FILE_MAX);
    int rc = ct_buf_read_file(&b, path, err);
    if (rc == 0 && (rc = ct_feed_parse(b.data, b.len, out, err)) < 0)
        (void)ct_fail_while(err, "--feed: %s", path);
    ct_buf_release(&b);
    return rc;
}

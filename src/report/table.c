#include "report/table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "report/page.h"

enum { CELL_MAX = 256, GAP = 2 };

static size_t cell_text(const char *cell, char out[CELL_MAX])
{
    ct_escape_text(out, CELL_MAX, cell != NULL ? cell : "", cell != NULL ? strlen(cell) : 0);
    return ct_text_columns(out);
}

static void add_spaces(struct ct_buf *line, size_t count)
{
    for (size_t i = 0; i < count; i++)
        (void)ct_buf_puts(line, " ");
}

/* The last column, when left-aligned, gets no spaces behind it. */
static void add_cell(struct ct_buf *line, const char *cell, size_t width, bool right, bool last)
{
    char text[CELL_MAX];
    size_t columns = cell_text(cell, text), pad = width > columns ? width - columns : 0;

    if (right)
        add_spaces(line, pad);
    (void)ct_buf_puts(line, text);
    if (!right && !last)
        add_spaces(line, pad);
    if (!last)
        add_spaces(line, GAP);
}

void ct_print_table(FILE *to, const struct ct_style *style, const char *align,
                    const char *const *cells, size_t columns, size_t rows)
{
    struct ct_page page = {.to = to, .style = style, .lines_left = (unsigned)rows};
    size_t *widths = ct_xcalloc(columns + 1, sizeof(*widths));
    struct ct_buf line;
    char text[CELL_MAX];

    assert(strlen(align) == columns);
    for (size_t i = 0; i < rows * columns; i++) {
        size_t width = cell_text(cells[i], text);
        if (width > widths[i % columns])
            widths[i % columns] = width;
    }
    ct_buf_init(&line, columns * (CELL_MAX + GAP) + 1);
    for (size_t r = 0; r < rows; r++) {
        ct_buf_clear(&line);
        for (size_t c = 0; c < columns; c++)
            add_cell(&line, cells[r * columns + c], widths[c], align[c] == 'r', c + 1 == columns);
        ct_page_line(&page, r == 0 ? CT_TONE_HEAD : CT_TONE_PLAIN, "%s", line.data);
    }
    ct_buf_release(&line);
    free(widths);
}

#include "report/page.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/log.h"

/* The variable is there and not empty; with a value: is that. */
static bool is(const char *name, const char *value)
{
    const char *text = getenv(name);

    return text != NULL && text[0] != '\0' && (value == NULL || strcmp(text, value) == 0);
}

static bool wants_color(int fd)
{
    if (is("NO_COLOR", NULL))
        return false;
    if (is("CLICOLOR_FORCE", NULL) && !is("CLICOLOR_FORCE", "0"))
        return true;
    return isatty(fd) && !is("TERM", "dumb");
}

struct ct_style ct_style_of(FILE *f)
{
    struct ct_style style = {.color = wants_color(fileno(f)), .width = 80};
    struct winsize size;

    if (ioctl(fileno(f), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        style.width = size.ws_col;
    return style;
}

static bool begins_character(char c)
{
    return ((unsigned char)c & 0xc0) != 0x80;
}

size_t ct_text_columns(const char *text)
{
    size_t columns = 0;

    for (; *text != '\0'; text++)
        columns += begins_character(*text) ? 1 : 0;
    return columns;
}

void ct_text_cut(char *text, size_t width)
{
    size_t columns = 0, last = 0;

    for (size_t i = 0; text[i] != '\0'; i++) {
        if (!begins_character(text[i]))
            continue;
        if (columns == width) {
            text[last] = '~';
            text[last + 1] = '\0';
            return;
        }
        columns++;
        last = i;
    }
}

static const char *const tones[] = {
    [CT_TONE_PLAIN] = "",         [CT_TONE_HEAD] = "\033[1m",   [CT_TONE_GOOD] = "\033[1;32m",
    [CT_TONE_BAD] = "\033[1;31m", [CT_TONE_DOUBT] = "\033[33m", [CT_TONE_DIM] = "\033[2m",
};

void ct_page_line(struct ct_page *p, enum ct_tone tone, const char *fmt, ...)
{
    char text[1024], clean[1024];
    va_list args;

    if (p->lines_left == 0)
        return;
    p->lines_left--;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    ct_escape_text(clean, sizeof(clean), text, strlen(text));
    ct_text_cut(clean, p->style->width);
    bool color = p->style->color && tone != CT_TONE_PLAIN;
    (void)fprintf(p->to, "%s%s%s\n", color ? tones[tone] : "", clean, color ? "\033[0m" : "");
}

/* --- paragraphs --- */

enum { LABEL = 10 };

/* Bytes of the first line of text: whole words, or a piece of one that is too long. */
static size_t line_of(const char *text, size_t columns)
{
    size_t used = 0, last_space = 0, i = 0;

    for (; text[i] != '\0' && (used < columns || !begins_character(text[i])); i++) {
        used += begins_character(text[i]) ? 1 : 0;
        if (text[i] == ' ')
            last_space = i;
    }
    if (text[i] == '\0' || text[i] == ' ' || last_space == 0)
        return i;
    return last_space;
}

static size_t text_columns_of(const struct ct_page *p)
{
    return p->style->width > 2 * LABEL ? p->style->width - LABEL : LABEL;
}

unsigned ct_page_paragraph_lines(const struct ct_page *p, const char *text)
{
    unsigned lines = 0;

    for (; *text != '\0'; lines++) {
        text += line_of(text, text_columns_of(p));
        text += *text == ' ';
    }
    return lines;
}

void ct_page_paragraph(struct ct_page *p, enum ct_tone tone, const char *label, const char *text)
{
    while (*text != '\0') {
        size_t len = line_of(text, text_columns_of(p));
        bool cut = p->lines_left == 1 && text[len] != '\0';
        ct_page_line(p, tone, "%-*s%.*s%s", LABEL, label, (int)len, text, cut ? " ..." : "");
        label = "";
        text += len;
        text += *text == ' ';
    }
}

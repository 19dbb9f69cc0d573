#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "io/sftp.h"

static const char *const paths[] = {"/proc/stat", "/proc/no"};
static struct ct_sftp *s;
static struct ct_buf out, in, text;

static void begin(void)
{
    s = ct_sftp_new(paths, 2, 2);
    ct_buf_init(&out, 1 << 20);
    ct_buf_init(&in, 1 << 20);
    ct_buf_init(&text, 1 << 20);
    ct_sftp_open(s, &out);
}

static void end(void)
{
    ct_sftp_free(s);
    ct_buf_release(&out);
    ct_buf_release(&in);
    ct_buf_release(&text);
}

TestSuite(sftp, .init = begin, .fini = end);

static void u32(uint32_t v)
{
    const char bytes[4] = {(char)(v >> 24), (char)(v >> 16), (char)(v >> 8), (char)v};
    (void)ct_buf_add(&in, bytes, 4);
}

static void packet(char type, uint32_t id, const char *string)
{
    size_t len = strlen(string);
    u32((uint32_t)(1 + 4 + 4 + len));
    (void)ct_buf_add(&in, &type, 1);
    u32(id);
    u32((uint32_t)len);
    (void)ct_buf_add(&in, string, len);
}

static void status(uint32_t id, uint32_t code)
{
    u32(1 + 4 + 4);
    (void)ct_buf_add(&in, "\x65", 1);
    u32(id);
    u32(code);
}

static void version(void)
{
    u32(5);
    (void)ct_buf_add(&in, "\x02", 1);
    u32(3);
}

enum { ID = 0x100, HANDLE = 102, DATA = 103, NO_SUCH_FILE = 2, END = 1 };

static enum ct_sftp_answer take_all(void)
{
    enum ct_sftp_answer answer = ct_sftp_take(s, in.data, in.len, &out);
    ct_buf_clear(&in);
    return answer;
}

static void open_first(void)
{
    version();
    packet(HANDLE, ID, "h1");
    status(ID + 1, NO_SUCH_FILE);
    cr_assert(eq(int, take_all(), CT_SFTP_DONE));
    ct_buf_clear(&out);
}

Test(sftp, the_opening_has_one_newline_so_that_a_loop_answers_once)
{
    size_t newlines = 0;
    for (size_t i = 0; i < out.len; i++)
        newlines += out.data[i] == '\n';
    cr_assert(eq(sz, newlines, 1));
}

Test(sftp, a_file_that_is_not_there_is_left_out)
{
    open_first();
    cr_assert(ct_sftp_has(s, 0));
    cr_assert(not(ct_sftp_has(s, 1)));
    ct_sftp_read(s, &out);
    packet(DATA, ID, "cpu  1 2 3 4\n");
    cr_assert(eq(int, take_all(), CT_SFTP_DONE));
    ct_sftp_text(s, &text);
    cr_assert(zero(int, strcmp(text.data, "==> /proc/stat <==\ncpu  1 2 3 4\n\n")), "%s",
              text.data);
}

Test(sftp, a_long_piece_is_followed_by_another_question)
{
    char page[4000];
    open_first();
    ct_sftp_read(s, &out);
    size_t asked = out.len;
    memset(page, 'x', sizeof(page) - 1);
    page[sizeof(page) - 1] = '\0';
    packet(DATA, ID, page);
    cr_assert(eq(int, take_all(), CT_SFTP_MORE));
    cr_assert(eq(sz, out.len, 2 * asked));
    status(ID, END);
    cr_assert(eq(int, take_all(), CT_SFTP_DONE));
    ct_sftp_text(s, &text);
    cr_assert(eq(sz, text.len, strlen("==> /proc/stat <==\n") + sizeof(page) - 1 + 1));
}

Test(sftp, files_are_read_again_from_their_beginning)
{
    open_first();
    for (int i = 0; i < 3; i++) {
        ct_buf_clear(&out);
        ct_sftp_read(s, &out);
        /* id, length and bytes of the handle, then the offset */
        cr_assert(zero(int, memcmp(out.data + 15, "\0\0\0\0\0\0\0\0", 8)));
        packet(DATA, ID, "again");
        cr_assert(eq(int, take_all(), CT_SFTP_DONE));
    }
    ct_sftp_text(s, &text);
    cr_assert(zero(int, strcmp(text.data, "==> /proc/stat <==\nagain\n")), "%s", text.data);
}

Test(sftp, it_does_not_matter_how_the_bytes_are_cut)
{
    version();
    packet(HANDLE, ID, "h1");
    packet(HANDLE, ID + 1, "h2");
    for (size_t i = 0; i + 1 < in.len; i++)
        cr_assert(eq(int, ct_sftp_take(s, in.data + i, 1, &out), CT_SFTP_MORE));
    cr_assert(eq(int, ct_sftp_take(s, in.data + in.len - 1, 1, &out), CT_SFTP_DONE));
    cr_assert(ct_sftp_has(s, 1));
}

Test(sftp, text_is_another_program)
{
    (void)ct_buf_puts(&in, "cpu  1 2 3 4\n");
    cr_assert(eq(int, take_all(), CT_SFTP_ANOTHER));
}

Test(sftp, answers_nobody_asked_for_are_broken)
{
    open_first();
    packet(DATA, ID, "unasked");
    cr_assert(eq(int, take_all(), CT_SFTP_BROKEN));
}

Test(sftp, an_id_of_no_file_is_broken)
{
    version();
    packet(HANDLE, ID + 2, "h");
    cr_assert(eq(int, take_all(), CT_SFTP_BROKEN));
}

Test(sftp, a_string_longer_than_its_packet_is_broken)
{
    version();
    u32(1 + 4 + 4);
    (void)ct_buf_add(&in, "\x66", 1);
    u32(ID);
    u32(1000);
    cr_assert(eq(int, take_all(), CT_SFTP_BROKEN));
}

Test(sftp, a_flood_is_cut_off)
{
    char page[30001];
    enum ct_sftp_answer answer = CT_SFTP_MORE;
    memset(page, 'x', sizeof(page) - 1);
    page[sizeof(page) - 1] = '\0';
    open_first();
    ct_sftp_read(s, &out);
    for (int i = 0; i < 20 && answer == CT_SFTP_MORE; i++) {
        packet(DATA, ID, page);
        answer = take_all();
    }
    cr_assert(eq(int, answer, CT_SFTP_LARGE));
}

Test(sftp, the_limit_is_of_one_reading)
{
    char text_of[1001];
    memset(text_of, 'x', sizeof(text_of) - 1);
    text_of[sizeof(text_of) - 1] = '\0';
    open_first();
    for (int i = 0; i < 400; i++) {
        ct_buf_clear(&out);
        ct_sftp_read(s, &out);
        packet(DATA, ID, text_of);
        cr_assert(eq(int, take_all(), CT_SFTP_DONE), "reading %d", i);
    }
}

/* --- files that come and go --- */

enum { FAILURE = 4, OK = 0 }; /* requests: OPEN 3, CLOSE 4, READ 5 */

/* The types of the requests in out, which is emptied. */
static void expect_requests(const char *types, int line)
{
    size_t n = 0;
    for (size_t at = 0; at < out.len; n++) {
        const unsigned char *p = (const unsigned char *)out.data + at;
        cr_assert(lt(sz, n, strlen(types)), "line %d: one request too many", line);
        cr_assert(eq(int, p[4], types[n]), "line %d: request %zu", line, n);
        at += 4 + ((size_t)p[2] << 8 | p[3]);
    }
    cr_assert(eq(sz, n, strlen(types)), "line %d: requests are missing", line);
    ct_buf_clear(&out);
}
#define EXPECT(types) expect_requests(types, __LINE__)

static void expect_text(const char *want)
{
    ct_buf_clear(&text);
    ct_sftp_text(s, &text);
    cr_assert(zero(int, strcmp(text.data, want)), "%s", text.data);
}

Test(sftp, a_file_that_comes_and_goes_is_opened_by_readings)
{
    ct_sftp_free(s);
    s = ct_sftp_new(paths, 2, 1);
    ct_buf_clear(&out);
    ct_sftp_open(s, &out);
    EXPECT("\1\3");
    version();
    packet(HANDLE, ID, "h1");
    cr_assert(eq(int, take_all(), CT_SFTP_DONE));

    ct_sftp_read(s, &out); /* it is not there yet */
    EXPECT("\5\3");
    packet(DATA, ID, "1");
    status(ID + 1, NO_SUCH_FILE);
    cr_assert(eq(int, take_all(), CT_SFTP_DONE));
    EXPECT("");
    expect_text("==> /proc/stat <==\n1\n");

    ct_sftp_read(s, &out); /* it has come: opened, and read at once */
    EXPECT("\5\3");
    packet(DATA, ID, "2");
    packet(HANDLE, ID + 1, "h2");
    cr_assert(eq(int, take_all(), CT_SFTP_MORE));
    EXPECT("\5");
    packet(DATA, ID + 1, "new");
    cr_assert(eq(int, take_all(), CT_SFTP_DONE));
    expect_text("==> /proc/stat <==\n2\n==> /proc/no <==\nnew\n");

    ct_sftp_read(s, &out); /* it is gone: its handle is given back */
    EXPECT("\5\5");
    packet(DATA, ID, "3");
    status(ID + 1, FAILURE);
    cr_assert(eq(int, take_all(), CT_SFTP_MORE));
    EXPECT("\4");
    status(ID + 1, OK);
    cr_assert(eq(int, take_all(), CT_SFTP_DONE));
    expect_text("==> /proc/stat <==\n3\n");

    ct_sftp_read(s, &out);
    EXPECT("\5\3");
}

Test(sftp, a_file_that_lasts_is_not_opened_again)
{
    open_first();
    ct_sftp_read(s, &out);
    EXPECT("\5");
    status(ID, FAILURE);
    cr_assert(eq(int, take_all(), CT_SFTP_DONE));
    ct_sftp_read(s, &out);
    EXPECT("\5");
}

Test(sftp, an_answer_to_another_request_is_broken)
{
    open_first();
    ct_sftp_read(s, &out);
    packet(HANDLE, ID, "h9");
    cr_assert(eq(int, take_all(), CT_SFTP_BROKEN));
}

Test(sftp, a_handle_in_answer_to_a_close_is_broken)
{
    ct_sftp_free(s);
    s = ct_sftp_new(paths, 2, 1);
    ct_sftp_open(s, &out);
    version();
    packet(HANDLE, ID, "h1");
    (void)take_all();
    ct_sftp_read(s, &out);
    packet(DATA, ID, "1");
    packet(HANDLE, ID + 1, "h2");
    (void)take_all();
    status(ID + 1, FAILURE);
    cr_assert(eq(int, take_all(), CT_SFTP_MORE));
    packet(HANDLE, ID + 1, "h3");
    cr_assert(eq(int, take_all(), CT_SFTP_BROKEN));
}

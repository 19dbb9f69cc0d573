#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/live.h"
#include "report/page.h"

static struct ct_live live;
static struct ct_server_sample servers[8];
static const char *const names[] = {"web-1", "web-2", "db", "cache", "a\033[2Jb", "x", "y", "z"};
static const struct ct_style plain = {.color = false, .width = 80};

static void begin(size_t count)
{
    ct_live_init(&live, names, count, 500000000);
    memset(servers, 0, sizeof(servers));
    for (size_t i = 0; i < 8; i++) {
        struct ct_server_sample *v = &servers[i];
        v->has_cpu = v->has_memory = v->has_ping = true;
        v->cpu = (struct ct_cpu_percent){.usr = 20,
                                         .nice = 1,
                                         .guest = 1,
                                         .sys = 7,
                                         .soft = 2,
                                         .iowait = 4,
                                         .steal = 1,
                                         .idle = 64};
        v->memory = (struct ct_memory_kib){.total = 7.6 * 1048576, .used = 2.1 * 1048576};
        v->ping = (struct ct_ping){.transmitted = 1, .received = 1, .avg_ms = 0.2124};
        ct_vital_set(&v->vitals, CT_VITAL_LOAD_1, 0.424);
    }
}

static void take(void)
{
    struct ct_snapshot s = {
        .wall_ns = UINT64_C(1795227575335221000), .n_servers = live.count, .servers = servers};
    ct_live_take(&live, &s);
}

static char *drawn(unsigned width, unsigned height, bool utf8)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    ct_live_draw(&live, &plain, (struct ct_live_size){width, height, utf8}, f);
    (void)fclose(f);
    return text;
}

/* The nth line, 0 the first. */
static char *line_of(const char *text, size_t n)
{
    static char line[2048];
    for (; n > 0 && strchr(text, '\n') != NULL; n--)
        text = strchr(text, '\n') + 1;
    (void)snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"), text);
    return line;
}

static void assert_fits(const char *text, unsigned width, unsigned height)
{
    size_t lines = 0;
    for (const char *at = text; *at != '\0'; lines++) {
        size_t len = strcspn(at, "\n");
        char line[2048];
        (void)snprintf(line, sizeof(line), "%.*s", (int)len, at);
        cr_assert(le(sz, ct_text_columns(line), width), "%s", line);
        at += len + 1;
    }
    cr_assert(le(sz, lines, height), "%s", text);
}

Test(live, at_80_columns_all_of_a_server_is_seen)
{
    begin(3);
    take();
    servers[2] = (struct ct_server_sample){.gap = "connecting: Connection refused"};
    servers[1].cpu = (struct ct_cpu_percent){.usr = 90, .sys = 7, .idle = 3};
    take();
    char *text = drawn(80, 24, true);
    assert_fits(text, 80, 24);
    cr_expect(eq(str, line_of(text, 1),
                 (char *)"server     CPU % history          user  sys  iow steal      memory  load "
                         "ping ms"));
    cr_expect(
        eq(str, line_of(text, 2),
           (char *)"web-1  ok   32.0               \u2583\u2583   22    9    4     1 2.1/7.6 GiB "
                   " 0.42   0.212"));
    cr_expect(
        eq(str, line_of(text, 3),
           (char *)"web-2  ok   97.0               \u2583\u2588   90    7    0     0 2.1/7.6 GiB "
                   " 0.42   0.212"));
    cr_expect(eq(str, line_of(text, 4), (char *)"db     gap connecting: Connection refused"));
    cr_expect(eq(str, line_of(text, 5), (char *)"q quits"));
    cr_expect(ne(ptr, strstr(line_of(text, 0), "3 servers, every 500ms, "), NULL), "%s", text);
    cr_expect(ne(ptr, strstr(line_of(text, 0), ", 2 snapshots"), NULL), "%s", text);
    free(text);
    ct_live_release(&live);
}

Test(live, at_40_columns_the_least_telling_goes)
{
    begin(1);
    take();
    char *text = drawn(40, 24, false);
    assert_fits(text, 40, 24);
    cr_expect(eq(str, line_of(text, 1), (char *)"server     CPU % history          memory"), "%s",
              text);
    cr_expect(eq(str, line_of(text, 2), (char *)"web-1  ok   32.0           - 2.1/7.6 GiB"));
    free(text);
    ct_live_release(&live);
}

Test(live, every_size_fits)
{
    begin(8);
    for (int i = 0; i < 300; i++)
        take();
    for (unsigned width = 1; width <= 220; width++)
        for (unsigned height = 1; height <= 12; height++) {
            char *text = drawn(width, height, true);
            assert_fits(text, width, height);
            free(text);
        }
    ct_live_release(&live);
}

Test(live, at_200_columns_what_is_left_is_history)
{
    begin(1);
    for (int i = 0; i < 300; i++)
        take();
    char *text = drawn(200, 24, false);
    const char *row = line_of(text, 2);
    cr_expect(eq(sz, strspn(row + 17, "-"), 120), "%s", row);
    free(text);
    ct_live_release(&live);
}

Test(live, five_rows_show_two_servers_and_what_of_the_rest)
{
    begin(6);
    servers[4].cpu = (struct ct_cpu_percent){.usr = 97, .idle = 3};
    servers[5] = (struct ct_server_sample){.gap = "gone"};
    take();
    char *text = drawn(80, 5, true);
    assert_fits(text, 80, 5);
    cr_expect(ne(ptr, strstr(line_of(text, 0), "6 servers"), NULL));
    cr_expect(eq(int, strncmp(line_of(text, 3), "web-2 ", 6), 0));
    cr_expect(
        eq(str, line_of(text, 4), (char *)"q quits; 4 more, CPU at most 97 %, 1 without a sample"));
    free(text);
    ct_live_release(&live);
}

Test(live, history_goes_from_left_to_right_and_knows_gaps)
{
    static const double busy[] = {0, 12.5, 30, 40, 55, 70, 80, 100};
    begin(1);
    for (int i = 0; i < 8; i++) {
        servers[0].cpu = (struct ct_cpu_percent){.usr = busy[i], .idle = 100 - busy[i]};
        take();
    }
    servers[0].gap[0] = 'x';
    servers[0].has_cpu = false;
    take();
    servers[0].gap[0] = '\0';
    take(); /* no CPU yet: two readings are needed */
    servers[0].has_cpu = true;
    take();
    char *text = drawn(80, 24, false);
    cr_expect(ne(ptr, strstr(text, " .:-=+*%#xx# "), NULL), "%s", text);
    free(text);
    text = drawn(80, 24, true);
    cr_expect(ne(ptr,
                 strstr(text, "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588\u00b7\u00b7\u2588"),
                 NULL),
              "%s", text);
    free(text);
    cr_expect(eq(u64, live.rows[0].missed, 1));
    ct_live_release(&live);
}

Test(live, what_is_missing_is_a_dash_and_never_0)
{
    begin(1);
    servers[0] = (struct ct_server_sample){.has_memory = true};
    servers[0].memory = (struct ct_memory_kib){.total = 512 * 1024, .used = 100 * 1024};
    take();
    char *text = drawn(80, 24, false);
    cr_expect(ne(ptr, strstr(text, "100/512 MiB     -       -"), NULL), "%s", text);
    cr_expect(eq(int, strncmp(line_of(text, 2), "web-1  ok      - ", 17), 0), "%s", text);
    free(text);
    ct_live_release(&live);
}

Test(live, memory_takes_eleven_columns_whatever_its_size)
{
    static const struct {
        double used, total;
        const char *says;
    } rows[] = {{100, 500, " 100/500 KiB "},
                {452 * 1024.0, 999 * 1024.0, " 452/999 MiB "},
                {0.5 * 1048576, 1048576, " 0.5/1.0 GiB "},
                {9.9 * 1048576, 23.5 * 1048576, "  9.9/24 GiB "},
                {99 * 1048576.0, 99.4 * 1048576, " 99.0/99 GiB "},
                {99.9 * 1048576, 256 * 1048576.0, " 100/256 GiB "},
                {999 * 1048576.0, 999.4 * 1048576, " 999/999 GiB "},
                {1.1e9, 2.2e9, " 1.0/2.0 TiB "}};
    begin(1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        servers[0].memory = (struct ct_memory_kib){.used = rows[i].used, .total = rows[i].total};
        take();
        char *text = drawn(80, 24, false);
        cr_expect(ne(ptr, strstr(text, rows[i].says), NULL), "%s: %s", rows[i].says, text);
        free(text);
    }
    ct_live_release(&live);
}

Test(live, an_echo_that_did_not_come_is_lost)
{
    begin(1);
    servers[0].ping.received = 0;
    take();
    char *text = drawn(80, 24, false);
    cr_expect(ne(ptr, strstr(text, "    lost\n"), NULL), "%s", text);
    free(text);
    ct_live_release(&live);
}

Test(live, before_the_first_snapshot_it_is_connecting)
{
    begin(1);
    char *text = drawn(80, 24, false);
    cr_expect(eq(str, line_of(text, 0), (char *)"1 server, every 500ms, 0 snapshots"));
    cr_expect(eq(str, line_of(text, 2), (char *)"web-1  ... connecting"));
    free(text);
    ct_live_release(&live);
}

Test(live, control_bytes_of_a_name_or_a_reason_reach_no_terminal)
{
    begin(5);
    (void)snprintf(servers[0].gap, sizeof(servers[0].gap), "\033]0;title\007");
    take();
    char *text = drawn(80, 24, true);
    cr_expect(eq(ptr, strchr(text, '\033'), NULL));
    cr_expect(eq(ptr, strchr(text, '\007'), NULL));
    free(text);
    FILE *f = open_memstream(&text, &(size_t){0});
    ct_live_lines(&live, f);
    (void)fclose(f);
    cr_expect(eq(ptr, strchr(text, '\033'), NULL));
    free(text);
    ct_live_release(&live);
}

Test(live, colour_comes_only_by_style)
{
    begin(2);
    servers[0].cpu = (struct ct_cpu_percent){.usr = 97, .idle = 3};
    servers[1] = (struct ct_server_sample){.gap = "gone"};
    take();
    const struct ct_style style = {.color = true, .width = 80};
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    ct_live_draw(&live, &style, (struct ct_live_size){80, 24, true}, f);
    (void)fclose(f);
    cr_expect(ne(ptr, strstr(text, "\033[33mweb-1"), NULL), "%s", text);
    cr_expect(ne(ptr, strstr(text, "\033[1;31mweb-2"), NULL), "%s", text);
    free(text);
    text = drawn(80, 24, true);
    cr_expect(eq(ptr, strchr(text, '\033'), NULL));
    free(text);
    ct_live_release(&live);
}

Test(live, lines_for_pipes_hold_everything)
{
    begin(2);
    servers[1] = (struct ct_server_sample){.gap = "gone"};
    take();
    cr_assert(eq(int, setenv("TZ", "UTC", 1), 0));
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    ct_live_lines(&live, f);
    (void)fclose(f);
    cr_expect(
        eq(str, text,
           (char *)"2026-11-21T02:19:35 web-1 cpu 32.0 % (user 22, sys 9, iowait 4, steal 1), "
                   "memory 2.1/7.6 GiB, load 0.42, ping 0.212 ms\n"
                   "2026-11-21T02:19:35 web-2 gap: gone\n"));
    free(text);
    ct_live_release(&live);
}

Test(live, the_locale_says_whether_blocks_can_be_shown)
{
    static const struct {
        const char *all, *ctype, *lang;
        bool utf8;
    } rows[] = {{NULL, NULL, NULL, false},
                {NULL, NULL, "en_GB.UTF-8", true},
                {NULL, NULL, "C.utf8", true},
                {"C", NULL, "en_GB.UTF-8", false},
                {"", "POSIX", "C.UTF-8", false},
                {NULL, "de_DE.UTF-8", "C", true},
                {NULL, NULL, "de_DE.ISO-8859-1", false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const char *const values[] = {rows[i].all, rows[i].ctype, rows[i].lang};
        static const char *const keys[] = {"LC_ALL", "LC_CTYPE", "LANG"};
        for (int k = 0; k < 3; k++)
            (void)(values[k] != NULL ? setenv(keys[k], values[k], 1) : unsetenv(keys[k]));
        cr_expect(eq(int, ct_live_is_utf8(), rows[i].utf8), "row %zu", i);
    }
}

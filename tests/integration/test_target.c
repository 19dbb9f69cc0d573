#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "answerer.h"
#include "base/clock.h"
#include "base/jsonscan.h"
#include "base/mem.h"
#include "target/target.h"

/* --- a blocking client --- */

enum { ANSWER_MAX = 4096 };

struct answer {
    int status;
    char head[ANSWER_MAX];
    char body[ANSWER_MAX];
};

static uint16_t port_of(const char *url)
{
    return (uint16_t)strtoul(strrchr(url, ':') + 1, NULL, 10);
}

/* A connection, or -1. */
static int dial(uint16_t port)
{
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(ge(int, fd, 0));
    if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

static bool send_text(int fd, const char *text)
{
    return send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text);
}

static bool ask(int fd, const char *method, const char *path)
{
    char text[512];
    (void)snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: x\r\n\r\n", method, path);
    return send_text(fd, text);
}

/* Reads exactly one answer; false when the connection ended before it. */
static bool hear(int fd, bool has_body, struct answer *out)
{
    size_t len = 0, body_len = 0;
    memset(out, 0, sizeof(*out));
    while (strstr(out->head, "\r\n\r\n") == NULL) {
        if (len + 1 == sizeof(out->head) || recv(fd, out->head + len, 1, 0) != 1)
            return false;
        len++;
    }
    cr_assert(eq(int, sscanf(out->head, "HTTP/1.1 %d", &out->status), 1), "%s", out->head);
    const char *length = strcasestr(out->head, "\r\nContent-Length:");
    if (length == NULL || !has_body)
        return true;
    body_len = strtoul(length + 17, NULL, 10);
    cr_assert(lt(sz, body_len, sizeof(out->body)));
    return recv(fd, out->body, body_len, MSG_WAITALL) == (ssize_t)body_len;
}

/* One request on a connection of its own. */
static struct answer fetch(uint16_t port, const char *path)
{
    struct answer a;
    int fd = dial(port);
    cr_assert(ge(int, fd, 0));
    cr_assert(ask(fd, "GET", path));
    cr_assert(hear(fd, true, &a), "%s: no answer", path);
    (void)close(fd);
    return a;
}

/* --- a target --- */

static struct ct_target *target;
static uint16_t port;

static const struct ct_target_opts defaults = {.listen = "127.0.0.1", .threads = 2};

static void start(const struct ct_target_opts *opts)
{
    struct ct_err err = {0};
    cr_assert(zero(int, ct_target_start(opts, &target, &err)), "%s", err.msg);
    port = port_of(ct_target_url(target));
}

static void start_default(void)
{
    start(&defaults);
}

static void stop(void)
{
    if (target != NULL)
        ct_target_stop(target);
    target = NULL;
}

TestSuite(target, .init = start_default, .fini = stop, .timeout = 60);

/* Body is {"start":T,MIDDLE"end":T} with T in milliseconds and Z. */
static void expect_letter(const char *body, const char *middle)
{
    char expected[ANSWER_MAX];
    struct ct_json_want wants[] = {{.name = "start"}, {.name = "end"}};
    uint64_t start_ns = 0, end_ns = 0;
    cr_assert(ct_json_scan(body, strlen(body), wants, 2), "%s", body);
    for (int i = 0; i < 2; i++)
        cr_assert(wants[i].len == 24 && wants[i].text[19] == '.' && wants[i].text[23] == 'Z', "%s",
                  body);
    (void)snprintf(expected, sizeof(expected), "{\"start\":\"%.24s\",%s\"end\":\"%.24s\"}",
                   wants[0].text, middle, wants[1].text);
    cr_expect(eq(str, (char *)body, expected));
    cr_assert(zero(int, ct_time_parse(wants[0].text, wants[0].len, &start_ns)));
    cr_assert(zero(int, ct_time_parse(wants[1].text, wants[1].len, &end_ns)));
    cr_expect(le(u64, start_ns, end_ns));
}

Test(target, its_address_is_loopback_and_its_port_is_open)
{
    cr_expect(zero(int, strncmp(ct_target_url(target), "http://127.0.0.1:", 17)));
    int fd = dial(port);
    cr_expect(ge(int, fd, 0));
    (void)close(fd);
}

Test(target, the_root_lists_both_endpoints)
{
    struct answer a = fetch(port, "/");
    cr_expect(eq(int, a.status, 200));
    cr_expect(ne(ptr, strstr(a.head, "Content-Type: application/json"), NULL), "%s", a.head);
    struct ct_json_want wants[] = {{.name = "message"}, {.name = "endpoints"}};
    cr_assert(ct_json_scan(a.body, strlen(a.body), wants, 2), "%s", a.body);
    cr_expect(eq(int, wants[0].kind, CT_JSON_STRING));
    cr_expect(ne(ptr, strstr(a.body, "{\"method\":\"GET\",\"path\":\"/fibonacci/"), NULL));
    cr_expect(ne(ptr, strstr(a.body, "{\"method\":\"GET\",\"path\":\"/bubble-sort"), NULL));
}

Test(target, fibonacci_answers_to_the_letter)
{
    struct answer a = fetch(port, "/fibonacci/10");
    cr_expect(eq(int, a.status, 200));
    expect_letter(a.body, "\"fibonacci\":55,");
    expect_letter(fetch(port, "/fibonacci/1").body, "\"fibonacci\":1,");
}

Test(target, bubble_sort_answers_to_the_letter)
{
    struct answer a = fetch(port, "/bubble-sort?n=1024");
    cr_expect(eq(int, a.status, 200));
    cr_expect(ne(ptr, strstr(a.head, "Content-Type: application/json"), NULL), "%s", a.head);
    expect_letter(a.body, "");
    expect_letter(fetch(port, "/bubble-sort?x=1&n=16&n=bad").body, "");
}

Test(target, what_it_cannot_do_is_refused_with_a_reason)
{
    static const struct {
        const char *path;
        int status;
    } cases[] = {{"/fibonacci/0", 400},
                 {"/fibonacci/46", 400},
                 {"/fibonacci/-1", 400},
                 {"/fibonacci/1.5", 400},
                 {"/fibonacci/", 400},
                 {"/bubble-sort", 400},
                 {"/bubble-sort?n=", 400},
                 {"/bubble-sort?n", 400},
                 {"/bubble-sort?n=0", 400},
                 {"/bubble-sort?n=131073", 400},
                 {"/bubble-sort?n=1024x", 400},
                 {"/nothing", 404},
                 {"/fibonacci", 404}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct answer a = fetch(port, cases[i].path);
        struct ct_json_want want = {.name = "error"};
        cr_expect(eq(int, a.status, cases[i].status), "%s", cases[i].path);
        cr_expect(ct_json_scan(a.body, strlen(a.body), &want, 1), "%s", a.body);
        cr_expect(eq(int, want.kind, CT_JSON_STRING), "%s", a.body);
    }
    cr_expect(eq(int, fetch(port, "/fibonacci/3").status, 200), "it lives on");
}

Test(target, one_connection_takes_many_requests_of_all_kinds)
{
    struct answer a;
    int fd = dial(port);
    static const char with_body[] =
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nhello world";
    cr_assert(send_text(fd, with_body) && hear(fd, true, &a));
    cr_expect(eq(int, a.status, 405));
    cr_expect(ne(ptr, strstr(a.head, "Allow: GET, HEAD"), NULL), "%s", a.head);
    cr_assert(ask(fd, "HEAD", "/fibonacci/7") && hear(fd, false, &a));
    cr_expect(eq(int, a.status, 200));
    for (int i = 0; i < 200; i++) {
        cr_assert(ask(fd, "GET", i % 2 == 0 ? "/fibonacci/12" : "/bubble-sort?n=64"));
        cr_assert(hear(fd, true, &a));
        expect_letter(a.body, i % 2 == 0 ? "\"fibonacci\":144," : "");
    }
    (void)close(fd);
}

Test(target, pipelined_requests_are_answered_in_their_order)
{
    struct answer a;
    int fd = dial(port);
    static const char *const middles[] = {"\"fibonacci\":832040,", "\"fibonacci\":1,", "",
                                          "\"fibonacci\":2,"};
    cr_assert(send_text(fd, "GET /fibonacci/30 HTTP/1.1\r\nHost: x\r\n\r\n"
                            "GET /fibonacci/1 HTTP/1.1\r\nHost: x\r\n\r\n"
                            "GET /bubble-sort?n=2 HTTP/1.1\r\nHost: x\r\n\r\n"
                            "GET /fibonacci/3 HTTP/1.1\r\nHost: x\r\n\r\n"));
    for (size_t i = 0; i < sizeof(middles) / sizeof(*middles); i++) {
        cr_assert(hear(fd, true, &a), "answer %zu", i);
        expect_letter(a.body, middles[i]);
    }
    (void)close(fd);
}

Test(target, long_work_does_not_hold_up_what_needs_none)
{
    struct answer a;
    char byte;
    stop();
    struct ct_target_opts opts = defaults;
    opts.threads = 1;
    start(&opts);
    int fd = dial(port);
    cr_assert(ask(fd, "GET", "/bubble-sort?n=65536"));
    cr_expect(eq(int, fetch(port, "/").status, 200));
    cr_expect(eq(int, fetch(port, "/nothing").status, 404));
    cr_expect(lt(long, (long)recv(fd, &byte, 1, MSG_DONTWAIT), 0), "the sort was done first");
    cr_assert(hear(fd, true, &a));
    expect_letter(a.body, "");
    (void)close(fd);
}

Test(target, thousands_of_connections_are_served_at_once)
{
    enum { WANTED = 3000, SPARE = 200 };
    struct rlimit r;
    cr_assert(zero(int, getrlimit(RLIMIT_NOFILE, &r)));
    cr_assert(eq(u64, r.rlim_cur, r.rlim_max), "the target raises the limit");
    int n = r.rlim_cur > 2 * WANTED + SPARE ? WANTED : (int)(r.rlim_cur - SPARE) / 2;
    int *fds = ct_xcalloc((size_t)n, sizeof(*fds));
    for (int i = 0; i < n; i++)
        cr_assert(ge(int, fds[i] = dial(port), 0), "connection %d", i);
    for (int i = 0; i < n; i++)
        cr_assert(ask(fds[i], "GET", "/fibonacci/5"));
    for (int i = 0; i < n; i++) {
        struct answer a;
        cr_assert(hear(fds[i], true, &a), "connection %d", i);
        cr_assert(eq(int, a.status, 200));
        (void)close(fds[i]);
    }
    free(fds);
}

/* --- the end --- */

struct caller {
    pthread_t thread;
    uint16_t port;
    unsigned ok, refused;
};

/* Ask until the connection ends: every answer that begins is whole. */
static void *call(void *arg)
{
    struct caller *c = arg;
    struct answer a;
    for (int fd = dial(c->port); fd >= 0; fd = dial(c->port)) {
        while (ask(fd, "GET", "/bubble-sort?n=200") && hear(fd, true, &a)) {
            c->ok += a.status == 200;
            c->refused += a.status == 503;
            cr_assert(a.status == 200 || a.status == 503, "%d", a.status);
        }
        (void)close(fd);
    }
    return NULL;
}

Test(target, it_can_be_stopped_under_load)
{
    enum { CALLERS = 16, ROUNDS = 8 };
    stop();
    for (int round = 0; round < ROUNDS; round++) {
        struct caller callers[CALLERS] = {0};
        start(&defaults);
        for (int i = 0; i < CALLERS; i++) {
            callers[i].port = port;
            cr_assert(zero(int, pthread_create(&callers[i].thread, NULL, call, &callers[i])));
        }
        for (int i = 0; i < 50; i++)
            (void)fetch(port, "/bubble-sort?n=200"); /* they are at work */
        stop();
        cr_expect(eq(int, dial(port), -1), "the port is closed");
        unsigned ok = 0;
        for (int i = 0; i < CALLERS; i++) {
            (void)pthread_join(callers[i].thread, NULL);
            ok += callers[i].ok;
        }
        cr_expect(ge(u32, ok, 1));
    }
}

Test(target, what_was_begun_is_answered_before_it_ends)
{
    struct answer a;
    int fd = dial(port);
    cr_assert(ask(fd, "GET", "/fibonacci/36"));
    cr_assert(eq(int, fetch(port, "/fibonacci/1").status, 200)); /* the first has been read */
    stop();
    cr_assert(hear(fd, true, &a));
    expect_letter(a.body, "\"fibonacci\":14930352,");
    (void)close(fd);
}

/* --- what cannot be started --- */

static void refused(const struct ct_target_opts *opts, int code, const char *because)
{
    struct ct_err err = {0};
    struct ct_target *none = NULL;
    cr_assert(eq(int, ct_target_start(opts, &none, &err), code), "%s", err.msg);
    cr_expect(eq(ptr, none, NULL));
    cr_expect(ne(ptr, strstr(err.msg, because), NULL), "%s", err.msg);
}

Test(target, a_port_in_use_is_an_error_that_names_it)
{
    char text[64];
    struct ct_target_opts opts = defaults;
    opts.port = port;
    (void)snprintf(text, sizeof(text), "port %u: Address already in use", (unsigned)port);
    refused(&opts, CT_EFAIL, text);
}

Test(target, a_bad_address_url_or_log_is_an_error)
{
    struct ct_target_opts opts = defaults;
    opts.listen = "localhost";
    refused(&opts, CT_EUSAGE, "--listen: 'localhost'");
    opts = defaults;
    opts.fan_out = "ftp://127.0.0.1";
    refused(&opts, CT_EUSAGE, "--fan-out");
    opts.fan_out = "https://127.0.0.1";
    refused(&opts, CT_EUSAGE, "--fan-out");
    opts = defaults;
    opts.access_log = "/nowhere/access.log";
    refused(&opts, CT_EFAIL, "/nowhere/access.log");
}

/* --- the access log --- */

static char log_path[] = "/tmp/ct-target-XXXXXX";

static void make_log(void)
{
    int fd = mkstemp(log_path);
    cr_assert(ge(int, fd, 0));
    (void)close(fd);
}

static void remove_log(void)
{
    stop();
    (void)unlink(log_path);
}

/* Lines of the log that end in what; first, if given, gets the first line. */
static unsigned count_log(const char *end, char *first, size_t size)
{
    char line[512];
    unsigned n = 0;
    FILE *f = fopen(log_path, "r");
    cr_assert(ne(ptr, f, NULL));
    while (fgets(line, sizeof(line), f) != NULL) {
        char *newline = strchr(line, '\n');
        cr_assert(ne(ptr, newline, NULL), "half a line: %s", line);
        *newline = '\0';
        size_t len = strlen(line), end_len = strlen(end);
        if (len < end_len || strcmp(line + len - end_len, end) != 0)
            continue;
        if (n++ == 0 && first != NULL)
            (void)snprintf(first, size, "%s", line);
    }
    (void)fclose(f);
    return n;
}

TestSuite(target_log, .init = make_log, .fini = remove_log, .timeout = 60);

Test(target_log, each_request_leaves_a_line_with_its_arrival)
{
    struct ct_target_opts opts = defaults;
    opts.access_log = log_path;
    char line[512];
    uint64_t before_ns = ct_clock_wall_ns();
    start(&opts);
    (void)fetch(port, "/bubble-sort?n=32");
    (void)fetch(port, "/bubble-sort?n=32");
    (void)fetch(port, "/fibonacci/46");
    (void)fetch(port, "/a%0ab");
    stop();
    uint64_t after_ns = ct_clock_wall_ns();
    cr_expect(eq(u32, count_log("", NULL, 0), 4));
    cr_expect(eq(u32, count_log(" GET /fibonacci/46 46 400", NULL, 0), 1));
    cr_expect(eq(u32, count_log(" GET /a\\x0ab 0 404", NULL, 0), 1));
    cr_assert(eq(u32, count_log(" GET /bubble-sort 32 200", line, sizeof(line)), 2));
    uint64_t arrived_ns = strtoull(line, NULL, 10);
    cr_expect(ge(u64, arrived_ns, before_ns));
    cr_expect(le(u64, arrived_ns, after_ns));
}

/* --- fan-out --- */

/* A target that fans out to itself. Its port must be known before it starts: one that was free a
 * moment ago, and another when it is not any more. */
static void start_self(void)
{
    struct ct_err err = {0};
    for (int tries = 0; tries < 20; tries++) {
        char url[64];
        start(&defaults);
        (void)snprintf(url, sizeof(url), "%s", ct_target_url(target));
        stop();
        struct ct_target_opts opts = defaults;
        opts.port = port;
        opts.fan_out = url;
        opts.access_log = log_path;
        if (ct_target_start(&opts, &target, &err) == 0)
            return;
    }
    cr_fatal("%s", err.msg);
}

static void start_fan_out_to(uint16_t upstream)
{
    char url[64];
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u", (unsigned)upstream);
    struct ct_target_opts opts = defaults;
    opts.fan_out = url;
    opts.access_log = log_path;
    start(&opts);
}

TestSuite(target_fan_out, .init = make_log, .fini = remove_log, .timeout = 60);

Test(target_fan_out, fibonacci_recurses_through_the_network)
{
    static const struct {
        const char *path, *middle;
        unsigned requests; /* 2 F(n) - 1 */
    } cases[] = {{"/fibonacci/2", "\"fibonacci\":1,", 1},
                 {"/fibonacci/3", "\"fibonacci\":2,", 3},
                 {"/fibonacci/5", "\"fibonacci\":5,", 9},
                 {"/fibonacci/10", "\"fibonacci\":55,", 109},
                 {"/fibonacci/15", "\"fibonacci\":610,", 1219}};
    unsigned total = 0;
    start_self();
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct answer a = fetch(port, cases[i].path);
        cr_assert(eq(int, a.status, 200), "%s", a.body);
        expect_letter(a.body, cases[i].middle);
        total += cases[i].requests;
        cr_expect(eq(u32, count_log(" 200", NULL, 0), total), "%s", cases[i].path);
    }
}

Test(target_fan_out, one_worker_is_enough_for_many_at_once)
{
    enum { N = 40 };
    int fds[N];
    struct answer a;
    start_self();
    for (int i = 0; i < N; i++) {
        fds[i] = dial(port);
        cr_assert(ask(fds[i], "GET", "/fibonacci/11"));
    }
    for (int i = 0; i < N; i++) {
        cr_assert(hear(fds[i], true, &a));
        expect_letter(a.body, "\"fibonacci\":89,");
        (void)close(fds[i]);
    }
    cr_expect(eq(u32, count_log(" 200", NULL, 0), N * 177));
}

Test(target_fan_out, n_is_at_most_25_and_bubble_sort_stays_here)
{
    start_self();
    cr_expect(eq(int, fetch(port, "/fibonacci/26").status, 400));
    expect_letter(fetch(port, "/bubble-sort?n=8").body, "");
    cr_expect(eq(u32, count_log("", NULL, 0), 2));
}

static void expect_upstream(const char *failure)
{
    char body[64];
    struct answer a = fetch(port, "/fibonacci/5");
    (void)snprintf(body, sizeof(body), "{\"error\":\"upstream: %s\"}", failure);
    cr_expect(eq(int, a.status, 502));
    cr_expect(eq(str, a.body, body));
    expect_letter(fetch(port, "/fibonacci/2").body, "\"fibonacci\":1,");
}

Test(target_fan_out, an_upstream_that_is_not_there_is_a_bad_gateway)
{
    start(&defaults);
    uint16_t gone = port;
    stop();
    start_fan_out_to(gone);
    expect_upstream("connect_refused");
}

Test(target_fan_out, an_upstream_that_fails_is_a_bad_gateway)
{
    static const struct {
        enum answerer_mode mode;
        const char *failure;
    } cases[] = {{ANSWERER_503, "http_status"},
                 {ANSWERER_OK, "bad_answer"},
                 {ANSWERER_RESETS, "reset_before_response"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct answerer upstream;
        answerer_start(&upstream, cases[i].mode, 0);
        start_fan_out_to(upstream.port);
        expect_upstream(cases[i].failure);
        stop();
        answerer_stop(&upstream);
    }
}

Test(target_fan_out, an_upstream_that_is_silent_does_not_keep_it_from_ending)
{
    struct answerer upstream;
    struct answer a;
    answerer_start(&upstream, ANSWERER_SILENT, 0);
    start_fan_out_to(upstream.port);
    int fd = dial(port);
    cr_assert(ask(fd, "GET", "/fibonacci/5"));
    answerer_await(&upstream, 2);
    stop();
    cr_assert(hear(fd, true, &a));
    cr_expect(eq(int, a.status, 502));
    cr_expect(eq(str, a.body, (char *)"{\"error\":\"upstream: timeout\"}"));
    (void)close(fd);
    answerer_stop(&upstream);
}

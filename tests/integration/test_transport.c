#include "transport_rig.h"

#include <criterion/parameterized.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <unistd.h>

/* The contract of io/transport.h, against every implementation. Parameters are plain arrays: each
 * test runs in a process of its own. */

enum { BODY_MAX = 64 * 1024 };

static const struct ct_transport_opts usual = {.keep_alive = true,
                                               .max_connections = 64,
                                               .body_max = BODY_MAX,
                                               .keep_body = true,
                                               .insecure = true};

static struct faultd *plain_server, *tls_server;

static void start_servers(void)
{
    plain_server = faultd_start();
    tls_server = faultd_start_tls();
}

static void stop_servers(void)
{
    faultd_stop(plain_server);
    faultd_stop(tls_server);
}

static struct faultd *server_of(int which)
{
    return which < RIG_TLS ? plain_server : tls_server;
}

static const char *url_at(int which, const char *host, unsigned port, const char *path)
{
    static char url[256];
    (void)snprintf(url, sizeof(url), "http%s://%s:%u%s", which < RIG_TLS ? "" : "s", host, port,
                   path);
    return url;
}

static const char *url_of(int which, const char *path)
{
    return url_at(which, "127.0.0.1", faultd_port(server_of(which)), path);
}

static void open_rig(struct rig *rig, int which, const char *path)
{
    rig_open_url(rig, rig_transport(which), url_of(which, path), "GET", NULL, usual);
}

struct fault {
    int which;
    char path[16];
    enum ct_failure failure;
    int status;
};

#define PLAIN(...)                                                                                 \
    {0, __VA_ARGS__},                                                                              \
    {                                                                                              \
        1, __VA_ARGS__                                                                             \
    }
#define TLS(...)                                                                                   \
    {2, __VA_ARGS__},                                                                              \
    {                                                                                              \
        3, __VA_ARGS__                                                                             \
    }
#define EACH(...) PLAIN(__VA_ARGS__), TLS(__VA_ARGS__)

static struct fault faults[] = {
    EACH("/ok", CT_FAILURE_NONE, 200),
    EACH("/500", CT_FAILURE_NONE, 500),
    EACH("/204", CT_FAILURE_NONE, 204),
    EACH("/302", CT_FAILURE_NONE, 302),
    EACH("/chunked", CT_FAILURE_NONE, 200),
    EACH("/until-close", CT_FAILURE_NONE, 200),
    PLAIN("/cut", CT_FAILURE_NONE, 200),
    {2, "/cut", CT_FAILURE_TRUNCATED, 200},
    {3, "/cut", CT_FAILURE_NONE, 200}, /* libcurl does not tell close_notify from its absence */
    EACH("/cut-after", CT_FAILURE_NONE, 200),
    TLS("/garble", CT_FAILURE_RESET_IN_BODY, 200),
    TLS("/garble0", CT_FAILURE_RESET_BEFORE_RESPONSE, 0),
    EACH("/interim", CT_FAILURE_NONE, 200),
    EACH("/surplus", CT_FAILURE_NONE, 200),
    EACH("/close", CT_FAILURE_NONE, 200),
    EACH("/slow", CT_FAILURE_NONE, 200),
    EACH("/rst0", CT_FAILURE_RESET_BEFORE_RESPONSE, 0),
    EACH("/rstbody", CT_FAILURE_RESET_IN_BODY, 200),
    EACH("/short", CT_FAILURE_TRUNCATED, 200),
    EACH("/shortchunk", CT_FAILURE_TRUNCATED, 200),
    EACH("/shorthead", CT_FAILURE_TRUNCATED, 0),
    EACH("/close0", CT_FAILURE_CLOSED_BEFORE_RESPONSE, 0),
    EACH("/garbage", CT_FAILURE_PROTOCOL_ERROR, 0),
    EACH("/badchunk", CT_FAILURE_PROTOCOL_ERROR, 200),
    EACH("/dupcl", CT_FAILURE_PROTOCOL_ERROR, 0),
    EACH("/bothcl", CT_FAILURE_PROTOCOL_ERROR, 0),
    EACH("/101", CT_FAILURE_PROTOCOL_ERROR, 0),
    EACH("/bighdr", CT_FAILURE_HEADER_TOO_LARGE, 0),
    EACH("/1xx", CT_FAILURE_HEADER_TOO_LARGE, 0),
    EACH("/trailers", CT_FAILURE_HEADER_TOO_LARGE, 200),
    EACH("/endless", CT_FAILURE_BODY_TOO_LARGE, 200),
};

ParameterizedTestParameters(transport, each_fault_has_its_class)
{
    return cr_make_param_array(struct fault, faults, sizeof(faults) / sizeof(faults[0]));
}

ParameterizedTest(struct fault *fault, transport, each_fault_has_its_class, .init = start_servers,
                  .fini = stop_servers)
{
    const char *name = rig_transport(fault->which)->name;
    struct rig rig;
    struct tracked t = {0};
    open_rig(&rig, fault->which, fault->path);
    rig_exchange(&rig, &t);
    const struct ct_exchange *x = &t.x;
    cr_assert(eq(str, (char *)ct_failure_name(x->failure), (char *)ct_failure_name(fault->failure)),
              "%s %s", name, fault->path);
    cr_assert(eq(int, x->status, fault->status), "%s %s", name, fault->path);
    cr_assert(eq(u32, x->wire_attempts, 1), "%s %s", name, fault->path);
    cr_assert(x->new_connection);
    cr_assert(ge(u64, x->sent_ns, 1));
    cr_assert(ge(u64, x->done_ns, x->sent_ns));
    cr_assert(ge(u64, x->bytes_sent, 1));
    if (x->failure == CT_FAILURE_NONE) {
        cr_assert(ge(u64, x->woke_ns, 1));
        cr_assert(ge(u64, x->done_ns, x->woke_ns));
    }
    rig_close(&rig);
    cr_assert(eq(u64, faultd_requests(server_of(fault->which)), 1), "%s %s: seen twice", name,
              fault->path);
}

static int all[] = {0, 1, 2, 3};
#define FOR_EACH(test)                                                                             \
    ParameterizedTestParameters(transport, test)                                                   \
    {                                                                                              \
        return cr_make_param_array(int, all, RIG_TRANSPORTS);                                      \
    }                                                                                              \
    ParameterizedTest(int *which, transport, test, .init = start_servers, .fini = stop_servers)

/* --- bodies and requests --- */

FOR_EACH(the_body_is_handed_over_without_its_framing)
{
    struct rig rig;
    struct tracked t = {0};
    open_rig(&rig, *which, "/chunked");
    rig_exchange(&rig, &t);
    cr_assert(eq(sz, t.x.body_len, 3));
    cr_assert(zero(int, strcmp(t.body, "ok\n")));
    rig_close(&rig);
}

FOR_EACH(a_body_that_nobody_wants_is_only_counted)
{
    struct ct_transport_opts opts = usual;
    struct rig rig;
    struct tracked t = {0};
    opts.keep_body = false;
    rig_open_url(&rig, rig_transport(*which), url_of(*which, "/chunked"), "GET", NULL, opts);
    rig_exchange(&rig, &t);
    cr_assert(eq(sz, t.x.body_len, 3));
    cr_assert(zero(int, t.x.body != NULL));
    rig_close(&rig);
}

FOR_EACH(the_answer_to_head_has_no_body)
{
    struct rig rig;
    struct tracked t[2] = {{.calls = 0}};
    rig_open_url(&rig, rig_transport(*which), url_of(*which, "/ok"), "HEAD", NULL, usual);
    rig_exchange(&rig, &t[0]);
    rig_exchange(&rig, &t[1]);
    cr_assert(eq(int, t[1].x.status, 200));
    cr_assert(zero(sz, t[1].x.body_len));
    cr_assert(not(t[1].x.new_connection));
    rig_close(&rig);
}

FOR_EACH(the_request_is_what_was_asked_for)
{
    static const char *const lines[] = {
        "PUT /echo?a=1 HTTP/1.1\r\n", "\r\nHost: 127.0.0.1:",      "\r\nUser-Agent: ct\r\n",
        "\r\nX-Test: yes\r\n",        "\r\nContent-Length: 5\r\n", "\r\n\r\nhello"};
    struct rig rig;
    struct tracked t = {0};
    rig_open_url(&rig, rig_transport(*which), url_of(*which, "/echo?a=1"), "PUT", "hello", usual);
    rig_exchange(&rig, &t);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        cr_assert(ne(ptr, strstr(t.body, lines[i]), NULL), "%s in: %s", lines[i], t.body);
    cr_assert(eq(ptr, strstr(t.body, "Accept:"), NULL));
    cr_assert(eq(u64, t.x.bytes_sent, t.x.body_len));
    rig_close(&rig);
}

FOR_EACH(a_large_request_is_sent_whole)
{
    enum { SIZE = 8 * 1024 * 1024 };
    static char body[SIZE + 1];
    struct ct_transport_opts opts = usual;
    struct rig rig;
    struct tracked t = {0};
    for (size_t i = 0; i < SIZE; i++)
        body[i] = (char)('A' + (i + i / 1021) % 26);
    t.tail_len = SIZE;
    opts.body_max = 16 * 1024 * 1024;
    rig_open_url(&rig, rig_transport(*which), url_of(*which, "/echo"), "POST", body, opts);
    rig_exchange(&rig, &t);
    cr_assert(zero(int, (int)t.x.failure));
    cr_assert(ge(sz, t.x.body_len, SIZE + 1));
    cr_assert(eq(u64, t.tail_sum, rig_sum(body, SIZE)));
    cr_assert(eq(u64, t.x.bytes_sent, t.x.body_len));
    rig_close(&rig);
}

/* --- connections --- */

FOR_EACH(a_kept_connection_that_closes_is_not_tried_again)
{
    static const char *const paths[] = {"/race", "/race-reset"};
    for (int p = 0; p < 2; p++) {
        struct rig rig;
        uint64_t before = faultd_requests(server_of(*which));
        uint32_t attempts = 0;
        open_rig(&rig, *which, paths[p]);
        for (int i = 0; i <= FAULTD_RACE_AFTER; i++) {
            struct tracked t = {0};
            rig_exchange(&rig, &t);
            enum ct_failure want =
                i < FAULTD_RACE_AFTER ? CT_FAILURE_NONE : CT_FAILURE_CLOSED_ON_REUSE;
            cr_assert(eq(int, (int)t.x.failure, (int)want), "%s request %d", paths[p], i);
            cr_assert(eq(int, t.x.new_connection, i == 0));
            attempts += t.x.wire_attempts;
        }
        rig_close(&rig);
        cr_assert(eq(u64, faultd_requests(server_of(*which)) - before, attempts),
                  "sent again in secret");
    }
}

FOR_EACH(without_keep_alive_each_exchange_has_its_own_connection)
{
    struct ct_transport_opts opts = usual;
    struct rig rig;
    opts.keep_alive = false;
    rig_open_url(&rig, rig_transport(*which), url_of(*which, "/ok"), "GET", NULL, opts);
    for (int i = 0; i < 5; i++) {
        struct tracked t = {0};
        rig_exchange(&rig, &t);
        cr_assert(zero(int, (int)t.x.failure));
        cr_assert(t.x.new_connection);
    }
    rig_close(&rig);
    cr_assert(eq(u64, faultd_connections(server_of(*which)), 5));
}

FOR_EACH(a_connection_with_a_surplus_is_not_used_again)
{
    struct rig rig;
    open_rig(&rig, *which, "/surplus");
    for (int i = 0; i < 3; i++) {
        struct tracked t = {0};
        rig_exchange(&rig, &t);
        cr_assert(zero(int, (int)t.x.failure));
    }
    rig_close(&rig);
    cr_assert(eq(u64, faultd_connections(server_of(*which)), 3));
}

/* Two connections, six requests, each connection good for three: all are answered only when the one
 * that is idle for longest is taken. */
Test(transport, the_longest_idle_connection_is_taken, .init = start_servers, .fini = stop_servers)
{
    struct rig rig;
    struct tracked t[6] = {{.calls = 0}};
    open_rig(&rig, 0, "/race");
    rig_start(&rig, &t[0]);
    rig_exchange(&rig, &t[1]);
    while (t[0].calls == 0)
        ct_loop_run(rig.loop);
    for (int i = 2; i < 6; i++)
        rig_exchange(&rig, &t[i]);
    for (int i = 0; i < 6; i++)
        cr_assert(zero(int, (int)t[i].x.failure), "request %d", i);
    struct ct_client_stats stats;
    rig.transport->stats(rig.client, &stats);
    cr_assert(eq(u32, stats.open, 2));
    cr_assert(eq(u32, stats.idle, 2));
    cr_assert(eq(u64, stats.opened, 2));
    rig_close(&rig);
}

FOR_EACH(many_at_once_share_few_connections)
{
    enum { PARALLEL = 20, EACH = 10 };
    static struct tracked t[EACH][PARALLEL];
    struct rig rig;
    open_rig(&rig, *which, "/ok");
    for (int i = 0; i < PARALLEL; i++)
        for (int k = 0; k + 1 < EACH; k++)
            t[k][i].chain = &t[k + 1][i];
    for (int i = 0; i < PARALLEL; i++)
        rig_start(&rig, &t[0][i]);
    for (int i = 0; i < PARALLEL; i++) {
        t[EACH - 1][i].stop = true;
        while (t[EACH - 1][i].calls == 0)
            ct_loop_run(rig.loop);
    }
    for (int k = 0; k < EACH; k++)
        for (int i = 0; i < PARALLEL; i++) {
            cr_assert(eq(int, t[k][i].calls, 1));
            cr_assert(zero(int, (int)t[k][i].x.failure));
        }
    rig_close(&rig);
    cr_assert(eq(u64, faultd_requests(server_of(*which)), PARALLEL * EACH));
    cr_assert(le(u64, faultd_connections(server_of(*which)), PARALLEL));
}

/* --- how long connections live; http1's own --- */

static int http1s[] = {0, RIG_TLS};
#define FOR_HTTP1(test)                                                                            \
    ParameterizedTestParameters(transport, test)                                                   \
    {                                                                                              \
        return cr_make_param_array(int, http1s, 2);                                                \
    }                                                                                              \
    ParameterizedTest(int *which, transport, test, .init = start_servers, .fini = stop_servers)

FOR_HTTP1(a_connection_ends_after_its_highest_number_of_requests)
{
    struct ct_transport_opts opts = usual;
    struct ct_client_stats stats;
    struct rig rig;
    opts.connection_max_requests = 3;
    rig_open_url(&rig, rig_transport(*which), url_of(*which, "/ok"), "GET", NULL, opts);
    for (int i = 0; i < 7; i++) {
        struct tracked t = {0};
        rig_exchange(&rig, &t);
        cr_assert(zero(int, (int)t.x.failure));
        cr_assert(eq(int, t.x.new_connection, i % 3 == 0), "request %d", i);
        rig.transport->stats(rig.client, &stats);
        cr_assert(eq(u32, stats.idle, i % 3 != 2), "request %d", i);
    }
    rig_close(&rig);
    cr_assert(eq(u64, faultd_connections(server_of(*which)), 3));
}

static void stop_loop(void *ctx)
{
    ct_loop_stop(ctx);
}

/* new_connection of a second exchange, begun when 60 ms have passed since the first. */
static bool is_new_after_60ms(int which, uint64_t max_age_ns)
{
    struct ct_transport_opts opts = usual;
    struct tracked t[2] = {{.calls = 0}};
    struct ct_alarm *alarm;
    struct rig rig;
    opts.connection_max_age_ns = max_age_ns;
    rig_open_url(&rig, rig_transport(which), url_of(which, "/ok"), "GET", NULL, opts);
    rig_exchange(&rig, &t[0]);
    cr_assert(zero(int, ct_alarm_new(rig.loop, stop_loop, rig.loop, &alarm, NULL)));
    ct_alarm_set(alarm, ct_clock_ns() + 60 * CT_NS_PER_MS);
    ct_loop_run(rig.loop);
    ct_alarm_free(alarm);
    rig_exchange(&rig, &t[1]);
    cr_assert(zero(int, (int)t[1].x.failure));
    rig_close(&rig);
    return t[1].x.new_connection;
}

FOR_HTTP1(an_idle_connection_that_is_too_old_is_not_used_again)
{
    cr_assert(is_new_after_60ms(*which, 50 * CT_NS_PER_MS));
    cr_assert(not(is_new_after_60ms(*which, 3600 * CT_NS_PER_S)));
    cr_assert(not(is_new_after_60ms(*which, 0)));
}

FOR_HTTP1(a_connection_that_grew_old_in_use_does_not_become_idle)
{
    struct ct_transport_opts opts = usual;
    struct ct_client_stats stats;
    struct tracked t = {0};
    struct rig rig;
    opts.connection_max_age_ns = 1;
    rig_open_url(&rig, rig_transport(*which), url_of(*which, "/ok"), "GET", NULL, opts);
    rig_exchange(&rig, &t);
    cr_assert(zero(int, (int)t.x.failure));
    rig.transport->stats(rig.client, &stats);
    cr_assert(zero(u32, stats.open));
    rig_close(&rig);
}

/* --- a pool opened ahead --- */

static unsigned silent_port(void) /* the kernel accepts, nobody answers */
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert(zero(int, bind(fd, (struct sockaddr *)&addr, len)));
    cr_assert(zero(int, listen(fd, 64)));
    cr_assert(zero(int, getsockname(fd, (struct sockaddr *)&addr, &len)));
    return ntohs(addr.sin_port);
}

struct readiness {
    struct ct_loop *loop;
    int calls;
};

static void pool_ready(void *ctx)
{
    struct readiness *ready = ctx;
    ready->calls++;
    ct_loop_stop(ready->loop);
}

Test(transport, a_pool_that_is_not_open_yet_can_be_closed)
{
    struct rig rig;
    struct ct_alarm *alarm;
    rig_open_url(&rig, rig_transport(RIG_TLS), url_at(RIG_TLS, "127.0.0.1", silent_port(), "/"),
                 "GET", NULL, usual);
    struct readiness ready = {.loop = rig.loop};
    rig.transport->prepare(rig.client, 8, pool_ready, &ready);
    cr_assert(zero(int, ct_alarm_new(rig.loop, stop_loop, rig.loop, &alarm, NULL)));
    ct_alarm_set(alarm, ct_clock_ns() + 20 * CT_NS_PER_MS); /* some way into it */
    ct_loop_run(rig.loop);
    ct_alarm_free(alarm);
    rig_close(&rig);
    cr_assert(eq(int, ready.calls, 0));
}

FOR_HTTP1(requests_that_cannot_wait_for_the_pool_do_not_make_it_larger)
{
    struct ct_transport_opts opts = usual;
    struct ct_client_stats stats;
    struct tracked t[2] = {{.calls = 0}};
    struct rig rig;
    opts.max_connections = 2;
    rig_open_url(&rig, rig_transport(*which), url_of(*which, "/ok"), "GET", NULL, opts);
    struct readiness ready = {.loop = rig.loop};
    rig.transport->prepare(rig.client, 2, pool_ready, &ready);
    t[0].stop = t[1].stop = true;
    rig_start(&rig, &t[0]);
    rig_start(&rig, &t[1]);
    while (t[0].calls == 0 || t[1].calls == 0 || ready.calls == 0)
        ct_loop_run(rig.loop);
    rig.transport->stats(rig.client, &stats);
    cr_assert(le(u32, stats.open, 2));
    cr_assert(eq(int, ready.calls, 1));
    rig_close(&rig);
}

/* --- what cannot be reached --- */

static unsigned closed_port(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert(zero(int, bind(fd, (struct sockaddr *)&addr, len)));
    cr_assert(zero(int, getsockname(fd, (struct sockaddr *)&addr, &len)));
    return ntohs(addr.sin_port); /* stays bound, never listens */
}

static enum ct_failure failure_at(int which, const char *url)
{
    struct rig rig;
    struct tracked t = {0};
    rig_open_url(&rig, rig_transport(which), url, "GET", NULL, usual);
    rig_exchange(&rig, &t);
    cr_assert(zero(u32, t.x.wire_attempts));
    cr_assert(zero(u64, t.x.sent_ns));
    cr_assert(ge(u64, t.x.done_ns, 1));
    cr_assert(eq(int, (int)t.x.stage, CT_STAGE_CONNECT));
    rig_close(&rig);
    return t.x.failure;
}

FOR_EACH(a_closed_port_refuses)
{
    const char *url = url_at(*which, "127.0.0.1", closed_port(), "/");
    cr_assert(eq(int, (int)failure_at(*which, url), CT_FAILURE_CONNECT_REFUSED));
}

/* A link-local address without its interface: the kernel knows no way there and sends nothing. */
FOR_EACH(an_address_without_a_route_is_unreachable)
{
    const char *url = url_at(*which, "[fe80::1]", 9, "/");
    cr_assert(eq(int, (int)failure_at(*which, url), CT_FAILURE_UNREACHABLE));
}

FOR_EACH(a_lack_of_descriptors_is_the_generators_own_fault)
{
    struct rig rig;
    struct tracked t = {0};
    struct rlimit limit;
    open_rig(&rig, *which, "/ok");
    int lowest = dup(0);
    (void)close(lowest);
    cr_assert(zero(int, getrlimit(RLIMIT_NOFILE, &limit)));
    struct rlimit tight = {.rlim_cur = (rlim_t)lowest, .rlim_max = limit.rlim_max};
    cr_assert(zero(int, setrlimit(RLIMIT_NOFILE, &tight)));
    rig_exchange(&rig, &t);
    cr_assert(zero(int, setrlimit(RLIMIT_NOFILE, &limit)));
    cr_assert(eq(int, (int)t.x.failure, CT_FAILURE_GEN_FD));
    rig_close(&rig);
}

/* --- giving up --- */

struct canceller {
    struct tracked *t;
    struct ct_alarm *alarm;
    enum ct_stage stage;
    int turns;
};

/* Once the stage is reached; the stages before a byte is sent are not shown while they last. */
static void cancel_now(void *ctx)
{
    struct canceller *c = ctx;
    struct rig *rig = c->t->rig;
    if (++c->turns < 30000 && c->t->x.stage < c->stage && c->stage >= CT_STAGE_FIRST_BYTE) {
        ct_alarm_set(c->alarm, ct_clock_ns() + CT_NS_PER_MS);
        return;
    }
    rig->transport->cancel(rig->client, &c->t->x);
    rig->transport->cancel(rig->client, &c->t->x); /* no effect */
    cr_assert(zero(int, c->t->calls), "done was called inside cancel");
}

static void cancelled_in(int which, const char *url, enum ct_stage stage)
{
    struct ct_err err;
    struct rig rig;
    struct tracked t = {0};
    struct canceller c = {.t = &t, .stage = stage};
    rig_open_url(&rig, rig_transport(which), url, "GET", NULL, usual);
    cr_assert(zero(int, ct_alarm_new(rig.loop, cancel_now, &c, &c.alarm, &err)));
    ct_alarm_set(c.alarm, ct_clock_ns() + 50 * CT_NS_PER_MS);
    rig_exchange(&rig, &t);
    cr_assert(eq(int, (int)t.x.failure, CT_FAILURE_TIMEOUT));
    cr_assert(eq(str, (char *)t.x.detail, (char *)ct_stage_name(stage)));
    cr_assert(eq(int, (int)t.x.stage, (int)stage));
    ct_alarm_free(c.alarm);
    rig_close(&rig);
}

FOR_EACH(an_exchange_can_be_given_up_before_the_first_byte)
{
    cancelled_in(*which, url_of(*which, "/hang"), CT_STAGE_FIRST_BYTE);
}

FOR_EACH(an_exchange_can_be_given_up_in_the_body)
{
    cancelled_in(*which, url_of(*which, "/stall"), CT_STAGE_BODY);
}

/* A listener whose queue is full: the kernel drops what else wants to connect. */
FOR_EACH(an_exchange_can_be_given_up_while_connecting)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert(zero(int, bind(fd, (struct sockaddr *)&addr, len)));
    cr_assert(zero(int, listen(fd, 0)));
    cr_assert(zero(int, getsockname(fd, (struct sockaddr *)&addr, &len)));
    for (int i = 0; i < 4; i++) {
        int filler = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)connect(filler, (struct sockaddr *)&addr, len);
    }
    cancelled_in(*which, url_at(*which, "127.0.0.1", ntohs(addr.sin_port), "/"), CT_STAGE_CONNECT);
}

FOR_EACH(after_one_is_given_up_others_go_on)
{
    struct rig rig;
    struct tracked t = {0}, again = {0};
    open_rig(&rig, *which, "/hang");
    t.stop = true;
    rig_start(&rig, &t);
    rig.transport->cancel(rig.client, &t.x);
    while (t.calls == 0)
        ct_loop_run(rig.loop);
    again.stop = true;
    rig_start(&rig, &again);
    rig.transport->cancel(rig.client, &again.x);
    while (again.calls == 0)
        ct_loop_run(rig.loop);
    cr_assert(eq(int, t.calls, 1));
    cr_assert(eq(int, again.calls, 1));
    rig_close(&rig);
}

/* --- what is refused before anything is sent --- */

/* What open says for a plain URL. */
static int open_code(int which, const struct ct_request *r, const struct ct_transport_opts *opts,
                     struct ct_err *err)
{
    struct ct_endpoint e;
    struct ct_loop *loop;
    struct ct_client *client;
    cr_assert(zero(int, ct_endpoint_parse(url_of(which, ""), &e, NULL, err)), "%s", err->msg);
    cr_assert(zero(int, ct_endpoint_resolve(&e, err)));
    cr_assert(zero(int, ct_loop_new(&loop, err)));
    int rc = rig_transport(which)->open(loop, &e, r, opts, &client, err);
    ct_loop_free(loop);
    return rc;
}

Test(transport, what_libcurl_cannot_do_is_refused, .init = start_servers, .fini = stop_servers)
{
    struct ct_err err = {0};
    struct ct_request r = {0};
    struct ct_transport_opts old = usual, few = usual;
    old.connection_max_age_ns = 1;
    few.connection_max_requests = 1;
    ct_request_init(&r, "GET", "/");
    cr_assert(eq(int, open_code(1, &r, &old, &err), CT_EUSAGE));
    cr_assert(eq(int, open_code(1, &r, &few, &err), CT_EUSAGE));
    ct_request_release(&r);
}

FOR_EACH(a_request_that_is_none_is_refused)
{
    struct ct_err err = {0};
    struct ct_request r = {0};
    ct_request_init(&r, "GET", "/a");
    ct_request_add_header(&r, "X-Bad", "a\r\nX-Smuggled: b");
    cr_assert(eq(int, open_code(*which, &r, &usual, &err), CT_EUSAGE));
    cr_assert(ne(ptr, strstr(err.msg, "X-Bad"), NULL));
    ct_request_release(&r);
}

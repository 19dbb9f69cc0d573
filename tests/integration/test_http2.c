#include "transport_rig.h"

#include <criterion/parameterized.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "h2_server.h"
#include "h2d.h"
#include "tlsd.h"

/* HTTP/2: the contract of io/transport.h as far as it applies, against real servers; then what only
 * streams can do wrong, against a server that writes raw frames. */

enum { BODY_MAX = 64 * 1024 };

static const struct ct_transport_opts usual = {
    .keep_alive = true, .max_connections = 8, .body_max = BODY_MAX, .keep_body = true};

static const char *url_of(uint16_t port, const char *path)
{
    static char url[256];
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", port, path);
    return url;
}

/* As main does: a peer that is gone is an error of write. */
static void ignore_sigpipe(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
}

TestSuite(http2, .init = ignore_sigpipe);

static void open_rig(struct rig *rig, uint16_t port, const char *path,
                     struct ct_transport_opts opts)
{
    rig_open_url(rig, &ct_transport_http2, url_of(port, path), "GET", NULL, opts);
}

static void wait_for(struct rig *rig, struct tracked *t)
{
    t->stop = true;
    while (t->calls == 0)
        ct_loop_run(rig->loop);
    cr_assert(eq(int, t->calls, 1));
}

static char *class_of(const struct tracked *t)
{
    return (char *)ct_failure_name(t->x.failure);
}

static void stop_loop(void *ctx)
{
    ct_loop_stop(ctx);
}

static void run_for(struct rig *rig, uint64_t ns)
{
    struct ct_alarm *alarm;
    struct ct_err err;
    cr_assert(zero(int, ct_alarm_new(rig->loop, stop_loop, rig->loop, &alarm, &err)));
    ct_alarm_set(alarm, ct_clock_ns() + ns);
    ct_loop_run(rig->loop);
    ct_alarm_free(alarm);
}

/* --- real servers --- */

static struct h2_server real;

struct server {
    enum h2_server_kind kind;
    enum h2_server_tls tls;
};

static struct server servers[] = {{H2_SERVER_NGHTTPD, H2_SERVER_PLAIN},
                                  {H2_SERVER_NGINX, H2_SERVER_PLAIN},
                                  {H2_SERVER_NGHTTPD, H2_SERVER_TLS},
                                  {H2_SERVER_NGINX, H2_SERVER_TLS}};
#define FOR_SERVERS(test)                                                                          \
    ParameterizedTestParameters(http2, test)                                                       \
    {                                                                                              \
        return cr_make_param_array(struct server, servers, 4);                                     \
    }                                                                                              \
    ParameterizedTest(struct server *which, http2, test)

static int both[] = {H2_SERVER_PLAIN, H2_SERVER_TLS};
#define FOR_TLS(test)                                                                              \
    ParameterizedTestParameters(http2, test)                                                       \
    {                                                                                              \
        return cr_make_param_array(int, both, 2);                                                  \
    }                                                                                              \
    ParameterizedTest(int *tls, http2, test)

static void start_real(enum h2_server_kind kind, enum h2_server_tls tls)
{
    h2_server_start(&real, kind, tls);
    if (tls == H2_SERVER_TLS)
        (void)setenv("SSL_CERT_FILE", real.certificate, 1);
}

static const char *real_url(const char *path)
{
    static char url[256];
    (void)snprintf(url, sizeof(url), "%s://127.0.0.1:%u%s",
                   real.tls == H2_SERVER_TLS ? "https" : "http", real.port, path);
    return url;
}

static void open_real(struct rig *rig, const char *path, struct ct_transport_opts opts)
{
    rig_open_url(rig, &ct_transport_http2, real_url(path), "GET", NULL, opts);
}

FOR_SERVERS(a_file_comes_whole)
{
    struct rig rig;
    struct tracked t[2] = {{.calls = 0}};
    start_real(which->kind, which->tls);
    open_real(&rig, "/ok", usual);
    rig_exchange(&rig, &t[0]);
    rig_exchange(&rig, &t[1]);
    for (int i = 0; i < 2; i++) {
        const struct ct_exchange *x = &t[i].x;
        cr_assert(eq(str, class_of(&t[i]), (char *)"ok"));
        cr_assert(eq(int, x->status, 200));
        cr_assert(eq(str, t[i].body, (char *)"ok\n"));
        cr_assert(eq(sz, x->body_len, 3));
        cr_assert(eq(int, x->new_connection, i == 0));
        cr_assert(eq(u32, x->wire_attempts, 1));
        cr_assert(ge(u64, x->sent_ns, 2));
        cr_assert(ge(u64, x->woke_ns, x->sent_ns));
        cr_assert(ge(u64, x->done_ns, x->woke_ns));
        cr_assert(ge(u64, x->bytes_sent, 10));
        cr_assert(ge(u64, x->bytes_received, 10 + 9 + 3));
        cr_assert(eq(int, (int)x->stage, CT_STAGE_BODY));
    }
    rig_close(&rig);
    h2_server_stop(&real);
}

FOR_SERVERS(a_large_answer_comes_whole_or_is_refused)
{
    struct ct_transport_opts opts = usual;
    start_real(which->kind, which->tls);
    for (int i = 0; i < 3; i++) {
        struct rig rig;
        struct tracked t = {0}, after = {0};
        opts.body_max = i == 0 ? BODY_MAX : H2_SERVER_BIG;
        opts.keep_body = i == 2;
        open_real(&rig, "/big", opts);
        rig_exchange(&rig, &t);
        cr_assert(eq(str, class_of(&t), (char *)(i == 0 ? "body_too_large" : "ok")));
        cr_assert(eq(int, t.x.body != NULL, i == 2));
        if (i > 0)
            cr_assert(eq(sz, t.x.body_len, H2_SERVER_BIG));
        rig_exchange(&rig, &after);
        cr_assert(not(after.x.new_connection), "the connection goes on");
        rig_close(&rig);
    }
    h2_server_stop(&real);
}

FOR_SERVERS(the_answer_to_head_has_no_body)
{
    struct rig rig;
    struct tracked t = {0};
    start_real(which->kind, which->tls);
    rig_open_url(&rig, &ct_transport_http2, real_url("/big"), "HEAD", NULL, usual);
    rig_exchange(&rig, &t);
    cr_assert(eq(str, class_of(&t), (char *)"ok"));
    cr_assert(eq(int, t.x.status, 200));
    cr_assert(zero(sz, t.x.body_len));
    rig_close(&rig);
    h2_server_stop(&real);
}

FOR_SERVERS(many_at_once_share_few_connections)
{
    enum { PARALLEL = 300, EACH = 5 };
    static struct tracked t[EACH][PARALLEL];
    struct ct_client_stats stats;
    struct rig rig;
    start_real(which->kind, which->tls);
    open_real(&rig, "/ok", usual);
    for (int i = 0; i < PARALLEL; i++)
        for (int k = 0; k + 1 < EACH; k++)
            t[k][i].chain = &t[k + 1][i];
    for (int i = 0; i < PARALLEL; i++)
        rig_start(&rig, &t[0][i]);
    for (int i = 0; i < PARALLEL; i++)
        wait_for(&rig, &t[EACH - 1][i]);
    for (int k = 0; k < EACH; k++)
        for (int i = 0; i < PARALLEL; i++) {
            cr_assert(eq(int, t[k][i].calls, 1));
            cr_assert(eq(str, class_of(&t[k][i]), (char *)"ok"));
            cr_assert(eq(str, t[k][i].body, (char *)"ok\n"));
        }
    rig.transport->stats(rig.client, &stats);
    cr_assert(eq(u64, stats.opened, 3), "100 streams on each");
    cr_assert(eq(u32, stats.open, 3));
    cr_assert(eq(u32, stats.idle, 3));
    rig_close(&rig);
    h2_server_stop(&real);
}

FOR_TLS(a_large_request_is_sent_whole)
{
    enum { SIZE = 8 * 1024 * 1024 };
    static char body[SIZE + 1];
    struct ct_transport_opts opts = usual;
    struct rig rig;
    struct tracked t[6] = {{.calls = 0}};
    start_real(H2_SERVER_NGHTTPD, (enum h2_server_tls) * tls);
    memset(body, 'x', SIZE);
    opts.body_max = 16 * 1024 * 1024;
    rig_open_url(&rig, &ct_transport_http2, real_url("/echo"), "POST", body, opts);
    for (int i = 0; i < 6; i++) {
        if (i == 3) /* the others come while bytes wait for the kernel */
            run_for(&rig, 5 * CT_NS_PER_MS);
        rig_start(&rig, &t[i]);
    }
    for (int i = 0; i < 6; i++) {
        wait_for(&rig, &t[i]);
        cr_assert(eq(str, class_of(&t[i]), (char *)"ok"));
        cr_assert(eq(sz, t[i].x.body_len, SIZE));
        cr_assert(eq(chr, t[i].body[200], 'x'));
        cr_assert(ge(u64, t[i].x.bytes_sent, SIZE + 1));
        cr_assert(eq(u32, t[i].x.wire_attempts, 1));
        cr_assert(ge(u64, t[i].x.done_ns, t[i].x.sent_ns));
        cr_assert(ge(u64, t[i].x.sent_ns, 1));
    }
    rig_close(&rig);
    h2_server_stop(&real);
}

/* --- one answer by raw frames --- */

static struct fault {
    enum h2d_kind kind;
    char failure[32];
    int status;
    char detail[48]; /* "": any */
} faults[] = {
    {H2D_OK, "ok", 200, ""},
    {H2D_INTERIM, "ok", 200, ""},
    {H2D_TRAILERS, "ok", 200, ""},
    {H2D_GOAWAY_CALM, "closed_on_reuse", 0, "ENHANCE_YOUR_CALM"},
    {H2D_REFUSED, "reset_before_response", 0, "REFUSED_STREAM"},
    {H2D_RESET_BODY, "reset_in_body", 200, "INTERNAL_ERROR"},
    {H2D_SHORT, "truncated", 200, ""},
    {H2D_LONG, "protocol_error", 200, "malformed answer"},
    {H2D_NO_STATUS, "protocol_error", 0, ""},
    {H2D_101, "protocol_error", 0, ""},
    {H2D_BIG_HEAD, "header_too_large", 0, "head above 64 KiB"},
    {H2D_CONTINUATIONS, "header_too_large", 0, "head in too many frames"},
    {H2D_INTERIM_FLOOD, "header_too_large", 0, "head above 64 KiB"},
    {H2D_BIG_TRAILERS, "header_too_large", 200, "trailers above 64 KiB"},
    {H2D_BIG_BODY, "body_too_large", 200, ""},
    {H2D_BAD_FRAME, "protocol_error", 0, ""},
    {H2D_GARBAGE, "protocol_error", 0, "the server does not speak HTTP/2"},
    {H2D_SETTINGS_FLOOD, "protocol_error", 0, ""},
    {H2D_CLOSE, "closed_before_response", 0, ""},
    {H2D_CLOSE_BODY, "truncated", 200, ""},
    {H2D_CUT, "reset_before_response", 0, ""},
    {H2D_CUT_BODY, "reset_in_body", 200, ""},
};

ParameterizedTestParameters(http2, each_fault_has_its_class)
{
    return cr_make_param_array(struct fault, faults, sizeof(faults) / sizeof(faults[0]));
}

ParameterizedTest(struct fault *fault, http2, each_fault_has_its_class)
{
    struct h2d *server = h2d_start(fault->kind);
    struct rig rig;
    struct tracked t = {0};
    open_rig(&rig, h2d_port(server), "/", usual);
    rig_exchange(&rig, &t);
    const struct ct_exchange *x = &t.x;
    cr_assert(eq(str, class_of(&t), fault->failure), "kind %d (%s)", fault->kind,
              x->detail != NULL ? x->detail : "");
    cr_assert(eq(int, x->status, fault->status), "kind %d", fault->kind);
    if (fault->detail[0] != '\0')
        cr_assert(eq(str, (char *)x->detail, fault->detail), "kind %d", fault->kind);
    cr_assert(eq(u32, x->wire_attempts, 1));
    cr_assert(x->new_connection);
    cr_assert(ge(u64, x->sent_ns, 1));
    cr_assert(ge(u64, x->done_ns, x->sent_ns));
    cr_assert(ge(u64, x->bytes_sent, 10));
    rig_close(&rig);
    cr_assert(le(u64, h2d_requests(server), 1), "kind %d: seen twice", fault->kind);
    h2d_stop(server);
}

/* --- streams --- */

Test(http2, a_stream_above_goaway_fails_and_the_one_below_is_answered)
{
    struct h2d *server = h2d_start(H2D_PAIR_GOAWAY);
    struct rig rig;
    struct tracked t[3] = {{.calls = 0}};
    struct ct_client_stats stats;
    open_rig(&rig, h2d_port(server), "/", usual);
    rig_start(&rig, &t[0]);
    rig_start(&rig, &t[1]);
    wait_for(&rig, &t[0]);
    wait_for(&rig, &t[1]);
    cr_assert(eq(str, class_of(&t[0]), (char *)"ok"));
    cr_assert(eq(str, class_of(&t[1]), (char *)"closed_on_reuse"));
    cr_assert(eq(str, (char *)t[1].x.detail, (char *)"GOAWAY"));
    rig.transport->stats(rig.client, &stats);
    cr_assert(zero(u32, stats.open), "a drained connection is closed");
    cr_assert(eq(u64, stats.closed, 1));
    rig_start(&rig, &t[2]); /* on a connection of its own; never answered */
    rig.transport->cancel(rig.client, &t[2].x);
    wait_for(&rig, &t[2]);
    cr_assert(t[2].x.new_connection);
    rig_close(&rig);
    cr_assert(eq(u64, h2d_requests(server), 2), "sent again in secret");
    h2d_stop(server);
}

Test(http2, the_peers_limit_is_kept_and_the_rest_waits)
{
    enum { N = 20 };
    struct h2d *server = h2d_start(H2D_LIMIT);
    struct ct_transport_opts opts = usual;
    struct rig rig;
    struct tracked first = {0}, t[N] = {{.calls = 0}};
    opts.max_connections = 1;
    open_rig(&rig, h2d_port(server), "/", opts);
    rig_exchange(&rig, &first); /* now the limit is known */
    for (int i = 0; i < N; i++)
        rig_start(&rig, &t[i]);
    for (int i = 0; i < N; i++) {
        wait_for(&rig, &t[i]);
        cr_assert(eq(str, class_of(&t[i]), (char *)"ok"), "%d", i);
        cr_assert(not(t[i].x.new_connection));
    }
    rig_close(&rig);
    cr_assert(eq(u64, h2d_connections(server), 1));
    cr_assert(eq(u64, h2d_requests(server), N + 1));
    for (int i = 0; i < 1000 && h2d_goodbyes(server) == 0; i++)
        (void)poll(NULL, 0, 10);
    cr_assert(eq(u64, h2d_goodbyes(server), 1), "the peer is told of the end");
    h2d_stop(server);
}

Test(http2, requests_of_one_turn_leave_in_one_write_with_one_stamp)
{
    enum { N = 10 };
    struct h2d *server = h2d_start(H2D_OK);
    struct rig rig;
    struct tracked t[N] = {{.calls = 0}};
    open_rig(&rig, h2d_port(server), "/", usual);
    for (int i = 0; i < N; i++)
        rig_start(&rig, &t[i]);
    for (int i = 0; i < N; i++) {
        wait_for(&rig, &t[i]);
        cr_assert(eq(u64, t[i].x.sent_ns, t[0].x.sent_ns));
    }
    rig_close(&rig);
    cr_assert(eq(u64, h2d_most(server), N));
    h2d_stop(server);
}

Test(http2, streams_per_connection_opens_connections_up_to_the_most)
{
    enum { N = 12 };
    struct h2d *server = h2d_start(H2D_OK);
    struct ct_transport_opts opts = usual;
    struct ct_client_stats stats;
    struct rig rig;
    struct tracked t[N] = {{.calls = 0}};
    opts.streams_per_connection = 3;
    opts.max_connections = 2;
    open_rig(&rig, h2d_port(server), "/", opts);
    for (int i = 0; i < N; i++)
        rig_start(&rig, &t[i]);
    for (int i = 0; i < N; i++) {
        wait_for(&rig, &t[i]);
        cr_assert(eq(str, class_of(&t[i]), (char *)"ok"));
        cr_assert(eq(int, t[i].x.new_connection, i < 6), "%d", i);
    }
    rig.transport->stats(rig.client, &stats);
    cr_assert(eq(u64, stats.opened, 2));
    rig_close(&rig);
    cr_assert(le(u64, h2d_most(server), 3));
    h2d_stop(server);
}

/* Two connections of one stream, six requests, each connection good for three: all are answered
 * only when the one that is free for longest is taken. */
Test(http2, the_longest_free_connection_is_taken)
{
    struct h2d *server = h2d_start(H2D_RACE);
    struct ct_transport_opts opts = usual;
    struct rig rig;
    struct tracked t[6] = {{.calls = 0}};
    opts.streams_per_connection = 1;
    open_rig(&rig, h2d_port(server), "/", opts);
    rig_start(&rig, &t[0]);
    rig_start(&rig, &t[1]);
    wait_for(&rig, &t[0]);
    wait_for(&rig, &t[1]);
    for (int i = 2; i < 6; i++)
        rig_exchange(&rig, &t[i]);
    for (int i = 0; i < 6; i++)
        cr_assert(eq(str, class_of(&t[i]), (char *)"ok"), "request %d", i);
    rig_close(&rig);
    cr_assert(eq(u64, h2d_connections(server), 2));
    h2d_stop(server);
}

static void prepared(void *ctx)
{
    struct rig *rig = ctx;
    struct ct_client_stats stats;
    rig->transport->stats(rig->client, &stats);
    cr_assert(eq(u32, stats.idle, 3));
    ct_loop_stop(rig->loop);
}

Test(http2, connections_opened_ahead_share_the_requests)
{
    struct h2d *server = h2d_start(H2D_RACE); /* each is good for three */
    struct ct_transport_opts opts = usual;
    struct rig rig;
    struct tracked t[9] = {{.calls = 0}};
    opts.max_connections = 3;
    open_rig(&rig, h2d_port(server), "/", opts);
    rig.transport->prepare(rig.client, 3, prepared, &rig);
    ct_loop_run(rig.loop);
    for (int i = 0; i < 9; i++) {
        rig_exchange(&rig, &t[i]);
        cr_assert(eq(str, class_of(&t[i]), (char *)"ok"), "%d", i);
        cr_assert(not(t[i].x.new_connection));
    }
    rig_close(&rig);
    cr_assert(eq(u64, h2d_connections(server), 3));
    h2d_stop(server);
}

static void not_prepared(void *ctx)
{
    struct rig *rig = ctx;
    rig->closed = true; /* as a mark */
    ct_loop_stop(rig->loop);
}

Test(http2, preparing_ends_also_where_nothing_listens)
{
    struct h2d *server = h2d_start(H2D_OK);
    uint16_t port = h2d_port(server);
    h2d_stop(server);
    struct rig rig;
    open_rig(&rig, port, "/", usual);
    rig.transport->prepare(rig.client, 8, not_prepared, &rig);
    if (!rig.closed)
        ct_loop_run(rig.loop);
    cr_assert(rig.closed);
    rig.closed = false;
    rig_close(&rig);
}

Test(http2, a_kept_connection_that_closes_is_not_tried_again)
{
    struct h2d *server = h2d_start(H2D_RACE);
    struct rig rig;
    open_rig(&rig, h2d_port(server), "/", usual);
    for (int i = 0; i < 4; i++) {
        struct tracked t = {0};
        rig_exchange(&rig, &t);
        cr_assert(eq(str, class_of(&t), (char *)(i < 3 ? "ok" : "closed_on_reuse")));
        cr_assert(eq(int, t.x.new_connection, i == 0));
    }
    rig_close(&rig);
    cr_assert(eq(u64, h2d_requests(server), 4), "sent again in secret");
    h2d_stop(server);
}

Test(http2, without_keep_alive_each_exchange_has_its_own_connection)
{
    struct h2d *server = h2d_start(H2D_OK);
    struct ct_transport_opts opts = usual;
    struct rig rig;
    struct tracked t[5] = {{.calls = 0}};
    opts.keep_alive = false;
    opts.max_connections = 2;
    open_rig(&rig, h2d_port(server), "/", opts);
    for (int i = 0; i < 5; i++)
        rig_start(&rig, &t[i]);
    for (int i = 0; i < 5; i++) {
        wait_for(&rig, &t[i]);
        cr_assert(eq(str, class_of(&t[i]), (char *)"ok"));
        cr_assert(t[i].x.new_connection);
    }
    rig_close(&rig);
    cr_assert(eq(u64, h2d_connections(server), 5));
    h2d_stop(server);
}

static void answered_early(enum h2d_kind kind)
{
    enum { SIZE = 1024 * 1024 }; /* above the window of a peer that gives none */
    static char body[SIZE + 1];
    struct h2d *server = h2d_start(kind);
    struct rig rig;
    struct tracked t = {0}, again = {0};
    memset(body, 'x', SIZE);
    rig_open_url(&rig, &ct_transport_http2, url_of(h2d_port(server), "/"), "POST", body, usual);
    rig_exchange(&rig, &t);
    cr_assert(eq(str, class_of(&t), (char *)"ok"));
    cr_assert(eq(str, t.body, (char *)"ok\n"));
    cr_assert(eq(int, t.x.bytes_sent < SIZE, 1));
    while (kind == H2D_EARLY && h2d_resets(server) == 0) /* else this test times out */
        run_for(&rig, 10 * CT_NS_PER_MS);
    rig_exchange(&rig, &again);
    cr_assert(eq(str, class_of(&again), (char *)"ok"));
    cr_assert(not(again.x.new_connection));
    rig_close(&rig);
    h2d_stop(server);
}

Test(http2, an_answer_before_the_end_of_the_request_is_an_answer)
{
    answered_early(H2D_EARLY);
    answered_early(H2D_EARLY_NO);
}

Test(http2, content_length_is_no_body_in_an_answer_to_head)
{
    struct h2d *server = h2d_start(H2D_HEAD);
    struct rig rig;
    struct tracked t = {0};
    rig_open_url(&rig, &ct_transport_http2, url_of(h2d_port(server), "/"), "HEAD", NULL, usual);
    rig_exchange(&rig, &t);
    cr_assert(eq(str, class_of(&t), (char *)"ok"));
    rig_close(&rig);
    h2d_stop(server);
}

/* --- what cannot be reached --- */

Test(http2, a_closed_port_refuses_all_that_waited_for_it)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert(zero(int, bind(fd, (struct sockaddr *)&addr, len))); /* never listens */
    cr_assert(zero(int, getsockname(fd, (struct sockaddr *)&addr, &len)));
    struct ct_transport_opts opts = usual;
    struct rig rig;
    struct tracked t[5] = {{.calls = 0}};
    opts.max_connections = 1;
    opts.streams_per_connection = 2;
    open_rig(&rig, ntohs(addr.sin_port), "/", opts);
    for (int i = 0; i < 5; i++)
        rig_start(&rig, &t[i]);
    for (int i = 0; i < 5; i++) {
        wait_for(&rig, &t[i]);
        cr_assert(eq(str, class_of(&t[i]), (char *)"connect_refused"));
        cr_assert(zero(u32, t[i].x.wire_attempts));
        cr_assert(zero(u64, t[i].x.sent_ns));
        cr_assert(eq(int, (int)t[i].x.stage, CT_STAGE_CONNECT));
    }
    rig_close(&rig);
    (void)close(fd);
}

/* --- giving up --- */

static void give_up(void *ctx)
{
    struct tracked *t = ctx;
    t->rig->transport->cancel(t->rig->client, &t->x);
    t->rig->transport->cancel(t->rig->client, &t->x); /* no effect */
    cr_assert(zero(int, t->calls), "done was called inside cancel");
}

/* Start n at once, give up the last of them a moment later, or when the answer has surely begun. */
enum { MOMENT_MS = 100, BEGUN_MS = 3000 };
static void give_up_one(struct rig *rig, struct tracked *t, int n, uint64_t after_ns)
{
    struct ct_alarm *alarm;
    struct ct_err err;
    for (int i = 0; i < n; i++)
        rig_start(rig, &t[i]);
    cr_assert(zero(int, ct_alarm_new(rig->loop, give_up, &t[n - 1], &alarm, &err)));
    ct_alarm_set(alarm, ct_clock_ns() + after_ns);
    wait_for(rig, &t[n - 1]);
    ct_alarm_free(alarm);
}

static void given_up_in(enum h2d_kind kind, uint32_t streams, int n, enum ct_stage stage)
{
    struct h2d *server = h2d_start(kind);
    struct ct_transport_opts opts = usual;
    struct ct_client_stats stats;
    struct rig rig;
    struct tracked t[4] = {{.calls = 0}};
    opts.max_connections = 1;
    opts.streams_per_connection = streams;
    open_rig(&rig, h2d_port(server), "/", opts);
    give_up_one(&rig, t, n, (stage == CT_STAGE_BODY ? BEGUN_MS : MOMENT_MS) * CT_NS_PER_MS);
    const struct ct_exchange *x = &t[n - 1].x;
    cr_assert(eq(int, (int)x->failure, CT_FAILURE_TIMEOUT));
    cr_assert(eq(str, (char *)x->detail, (char *)ct_stage_name(stage)));
    cr_assert(eq(int, (int)x->stage, (int)stage));
    rig.transport->stats(rig.client, &stats);
    cr_assert(eq(u32, stats.open, 1), "the connection goes on");
    uint64_t resets = stage >= CT_STAGE_FIRST_BYTE;
    while (h2d_resets(server) < resets) /* the peer is told; else this test times out */
        run_for(&rig, 10 * CT_NS_PER_MS);
    for (int i = 0; i + 1 < n; i++) {
        cr_assert(zero(int, t[i].calls), "the others go on");
        rig.transport->cancel(rig.client, &t[i].x);
        wait_for(&rig, &t[i]);
    }
    rig_close(&rig);
    h2d_stop(server);
}

Test(http2, an_exchange_can_be_given_up_before_the_first_byte)
{
    given_up_in(H2D_HANG, 0, 2, CT_STAGE_FIRST_BYTE);
}

Test(http2, an_exchange_can_be_given_up_in_the_body)
{
    given_up_in(H2D_STALL, 0, 2, CT_STAGE_BODY);
}

Test(http2, an_exchange_can_be_given_up_while_it_waits_for_a_stream)
{
    given_up_in(H2D_HANG, 1, 2, CT_STAGE_WAITING);
}

/* A request that waits gets the stream of the one that is given up. */
Test(http2, a_stream_that_is_given_up_is_free_again)
{
    struct h2d *server = h2d_start(H2D_HANG);
    struct ct_transport_opts opts = usual;
    struct rig rig;
    struct tracked t[3] = {{.calls = 0}};
    opts.max_connections = 1;
    opts.streams_per_connection = 1;
    open_rig(&rig, h2d_port(server), "/", opts);
    give_up_one(&rig, t, 1, MOMENT_MS * CT_NS_PER_MS);
    give_up_one(&rig, t + 1, 1, MOMENT_MS * CT_NS_PER_MS);
    cr_assert(eq(int, (int)t[1].x.stage, CT_STAGE_FIRST_BYTE));
    cr_assert(not(t[1].x.new_connection));
    rig_start(&rig, &t[2]);
    wait_for(&rig, &t[1]);
    rig.transport->cancel(rig.client, &t[2].x);
    wait_for(&rig, &t[2]);
    rig_close(&rig);
    h2d_stop(server);
}

/* A listener whose queue is full: the kernel drops what else wants to connect. */
Test(http2, an_exchange_can_be_given_up_while_connecting)
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
    struct rig rig;
    struct tracked t[2] = {{.calls = 0}};
    open_rig(&rig, ntohs(addr.sin_port), "/", usual);
    give_up_one(&rig, t, 2, MOMENT_MS * CT_NS_PER_MS);
    cr_assert(eq(str, (char *)t[1].x.detail, (char *)"connect"));
    rig.transport->cancel(rig.client, &t[0].x);
    wait_for(&rig, &t[0]);
    rig_close(&rig);
}

/* --- TLS --- */

static const struct tls_fault {
    enum tlsd_kind kind;
    bool insecure;
    char failure[32];
    enum ct_stage stage;
} tls_faults[] = {
    {TLSD_NO_ALPN, true, "protocol_error", CT_STAGE_TLS},
    {TLSD_GOOD, false, "tls_untrusted", CT_STAGE_TLS},
    {TLSD_PLAIN, true, "tls_handshake", CT_STAGE_TLS},
};

Test(http2, what_the_handshake_ends_with_is_the_failure_of_all_that_waited)
{
    for (size_t k = 0; k < sizeof(tls_faults) / sizeof(tls_faults[0]); k++) {
        const struct tls_fault *fault = &tls_faults[k];
        struct tlsd *server = tlsd_start(fault->kind);
        struct ct_transport_opts opts = usual;
        struct rig rig;
        struct tracked t[2] = {{.calls = 0}};
        char url[64];
        opts.insecure = fault->insecure;
        (void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/", tlsd_port(server));
        rig_open_url(&rig, &ct_transport_http2, url, "GET", NULL, opts);
        rig_start(&rig, &t[0]);
        rig_start(&rig, &t[1]);
        for (int i = 0; i < 2; i++) {
            wait_for(&rig, &t[i]);
            cr_assert(eq(str, class_of(&t[i]), (char *)fault->failure), "kind %d", fault->kind);
            cr_assert(zero(u32, t[i].x.wire_attempts));
            cr_assert(eq(int, (int)t[i].x.stage, (int)fault->stage));
        }
        if (k == 0)
            cr_assert(
                eq(str, (char *)t[0].x.detail, (char *)"the server does not choose HTTP/2 (ALPN)"));
        rig_close(&rig);
        tlsd_stop(server);
    }
}

Test(http2, an_exchange_can_be_given_up_in_the_handshake)
{
    struct tlsd *server = tlsd_start(TLSD_SILENT);
    struct rig rig;
    struct tracked t[2] = {{.calls = 0}};
    char url[64];
    (void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/", tlsd_port(server));
    rig_open_url(&rig, &ct_transport_http2, url, "GET", NULL, usual);
    give_up_one(&rig, t, 2, MOMENT_MS * CT_NS_PER_MS);
    cr_assert(eq(str, class_of(&t[1]), (char *)"timeout"));
    cr_assert(eq(str, (char *)t[1].x.detail, (char *)"tls"));
    rig.transport->cancel(rig.client, &t[0].x);
    wait_for(&rig, &t[0]);
    rig_close(&rig);
    tlsd_stop(server);
}

/* --- what is refused before anything is sent --- */

Test(http2, what_it_cannot_do_is_refused)
{
    struct ct_endpoint e;
    struct ct_err err = {0};
    struct ct_request r = {0};
    struct ct_loop *loop;
    struct ct_client *client;
    struct ct_transport_opts opts = usual;
    cr_assert(zero(int, ct_endpoint_parse("http://127.0.0.1:9/", &e, NULL, &err)));
    cr_assert(zero(int, ct_endpoint_resolve(&e, &err)));
    cr_assert(zero(int, ct_loop_new(&loop, &err)));
    ct_request_init(&r, "GET", "/");
    opts.connection_max_requests = 1;
    cr_assert(eq(int, ct_transport_http2.open(loop, &e, &r, &opts, &client, &err), CT_EUSAGE));
    ct_request_add_header(&r, "X-Bad", "a\r\nX-Smuggled: b");
    cr_assert(eq(int, ct_transport_http2.open(loop, &e, &r, &usual, &client, &err), CT_EUSAGE));
    cr_assert(ne(ptr, strstr(err.msg, "X-Bad"), NULL));
    ct_request_release(&r);
    ct_loop_free(loop);
}

#include "transport_rig.h"

#include <criterion/parameterized.h>
#include <unistd.h>

#include "tlsd.h"

/* TLS: what the load, over each transport, and the preflight say of the same server. */

static const struct ct_transport_opts usual = {
    .keep_alive = true, .max_connections = 4, .body_max = 4096, .keep_body = true};

static const char *url_of(const struct tlsd *t)
{
    static char url[64];
    (void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/", tlsd_port(t));
    return url;
}

/* The file that this process made, and the only one that it removes: SSL_CERT_FILE itself may name
 * the machine's own. */
static char made[32];

static void forget(void)
{
    if (made[0] != '\0')
        (void)unlink(made);
    made[0] = '\0';
}

/* Trust the server's own certificate from now on in this process. */
static void trust(const struct tlsd *t)
{
    (void)snprintf(made, sizeof(made), "/tmp/ct-test-cert-XXXXXX");
    int fd = mkstemp(made);
    cr_assert(ge(int, fd, 0));
    (void)close(fd);
    tlsd_save_certificate(t, made);
    (void)setenv("SSL_CERT_FILE", made, 1);
}

static int both[] = {0, 1};
#define FOR_BOTH(test)                                                                             \
    ParameterizedTestParameters(tls, test)                                                         \
    {                                                                                              \
        return cr_make_param_array(int, both, RIG_TLS);                                            \
    }                                                                                              \
    ParameterizedTest(int *which, tls, test, .fini = forget)

static int probe(const char *url, bool insecure, enum ct_failure *failure)
{
    struct ct_endpoint e;
    struct ct_err err = {0};
    cr_assert(zero(int, ct_endpoint_parse(url, &e, NULL, &err)));
    cr_assert(zero(int, ct_endpoint_resolve(&e, &err)));
    return ct_endpoint_probe(&e, insecure, 20 * CT_NS_PER_S, failure, &err);
}

struct server {
    int which;
    enum tlsd_kind kind;
    bool trusted, insecure;
    enum ct_failure failure;
    int code; /* of the preflight */
};

#define BOTH(...)                                                                                  \
    {0, __VA_ARGS__},                                                                              \
    {                                                                                              \
        1, __VA_ARGS__                                                                             \
    }

ParameterizedTestParameters(tls, load_and_preflight_give_the_same_reason)
{
    static struct server table[] = {
        BOTH(TLSD_GOOD, true, false, CT_FAILURE_NONE, 0),
        BOTH(TLSD_GOOD, false, false, CT_FAILURE_TLS_UNTRUSTED, CT_EREFUSED),
        BOTH(TLSD_GOOD, false, true, CT_FAILURE_NONE, 0),
        BOTH(TLSD_EXPIRED, true, false, CT_FAILURE_TLS_EXPIRED, CT_EREFUSED),
        BOTH(TLSD_EXPIRED, true, true, CT_FAILURE_NONE, 0),
        BOTH(TLSD_OTHER, true, false, CT_FAILURE_TLS_NAME, CT_EREFUSED),
        BOTH(TLSD_OTHER, true, true, CT_FAILURE_NONE, 0),
        BOTH(TLSD_PLAIN, true, false, CT_FAILURE_TLS_HANDSHAKE, CT_EREACH),
        BOTH(TLSD_RESET, true, false, CT_FAILURE_TLS_HANDSHAKE, CT_EREACH),
        BOTH(TLSD_CLOSE, true, false, CT_FAILURE_TLS_HANDSHAKE, CT_EREACH),
        BOTH(TLSD_12, true, false, CT_FAILURE_NONE, 0),
        BOTH(TLSD_OLD, true, true, CT_FAILURE_TLS_HANDSHAKE, CT_EREACH),
    };
    return cr_make_param_array(struct server, table, sizeof(table) / sizeof(table[0]));
}

ParameterizedTest(struct server *s, tls, load_and_preflight_give_the_same_reason, .fini = forget)
{
    struct tlsd *t = tlsd_start(s->kind);
    struct ct_transport_opts opts = usual;
    struct rig rig;
    struct tracked x[2] = {{.calls = 0}};
    enum ct_failure failure = CT_FAILURE_NONE;
    if (s->trusted)
        trust(t);
    cr_assert(eq(int, probe(url_of(t), s->insecure, &failure), s->code), "kind %d", (int)s->kind);
    cr_assert(eq(int, (int)failure, (int)s->failure), "kind %d", (int)s->kind);
    opts.insecure = s->insecure;
    rig_open_url(&rig, rig_transport(s->which), url_of(t), "GET", NULL, opts);
    rig_exchange(&rig, &x[0]);
    cr_assert(eq(int, (int)x[0].x.failure, (int)s->failure), "kind %d", (int)s->kind);
    cr_assert(eq(u32, x[0].x.wire_attempts, s->failure == CT_FAILURE_NONE));
    if (s->failure == CT_FAILURE_NONE) {
        rig_exchange(&rig, &x[1]);
        cr_assert(eq(int, x[1].x.status, 200));
        cr_assert(not(x[1].x.new_connection));
    } else {
        cr_assert(eq(int, (int)x[0].x.stage, CT_STAGE_TLS));
    }
    rig_close(&rig);
    tlsd_stop(t);
}

/* --- what our own client says in its handshakes --- */

ParameterizedTestParameters(tls, the_latest_session_is_resumed_by_new_connections)
{
    static enum tlsd_kind kinds[] = {TLSD_GOOD, TLSD_12};
    return cr_make_param_array(enum tlsd_kind, kinds, 2);
}

ParameterizedTest(enum tlsd_kind *kind, tls, the_latest_session_is_resumed_by_new_connections)
{
    struct tlsd *t = tlsd_start(*kind);
    struct ct_transport_opts opts = usual;
    struct rig rig;
    opts.insecure = true;
    opts.keep_alive = false;
    rig_open_url(&rig, &ct_transport_http1, url_of(t), "GET", NULL, opts);
    for (int i = 0; i < 4; i++) {
        struct tracked x = {0};
        rig_exchange(&rig, &x);
        cr_assert(zero(int, (int)x.x.failure));
        cr_assert(x.x.new_connection);
    }
    rig_close(&rig);
    struct tlsd_seen seen = tlsd_seen(t);
    cr_assert(eq(int, (int)seen.handshakes, 4));
    cr_assert(eq(int, (int)seen.resumed, 3));
    cr_assert(zero(int, strcmp(seen.version, *kind == TLSD_12 ? "TLSv1.2" : "TLSv1.3")));
    tlsd_stop(t);
}

static struct tlsd_seen seen_of(const char *host)
{
    struct tlsd *t = tlsd_start(TLSD_GOOD);
    struct ct_transport_opts opts = usual;
    struct rig rig;
    struct tracked x = {0};
    char url[64];
    opts.insecure = true;
    (void)snprintf(url, sizeof(url), "https://%s:%u/", host, tlsd_port(t));
    rig_open_url(&rig, &ct_transport_http1, url, "GET", NULL, opts);
    rig_exchange(&rig, &x);
    cr_assert(zero(int, (int)x.x.failure));
    rig_close(&rig);
    struct tlsd_seen seen = tlsd_seen(t);
    cr_assert(ge(u64, x.x.sent_ns, seen.hello_ns + 1), "not the request was stamped");
    tlsd_stop(t);
    return seen;
}

Test(tls, names_are_told_to_the_server_addresses_are_not)
{
    cr_assert(zero(int, strcmp(seen_of("127.0.0.1").server_name, "")));
    cr_assert(zero(int, strcmp(seen_of("127.0.0.1").alpn, "http/1.1")));
    cr_assert(zero(int, strcmp(seen_of("localhost").server_name, "localhost")));
}

Test(tls, a_server_may_ask_for_new_keys_while_a_large_request_is_sent)
{
    static char body[TLSD_REKEY_BODY + 1];
    struct tlsd *t = tlsd_start(TLSD_REKEY);
    struct ct_transport_opts opts = usual;
    struct rig rig;
    struct tracked x = {0};
    memset(body, 'x', TLSD_REKEY_BODY);
    opts.insecure = true;
    rig_open_url(&rig, &ct_transport_http1, url_of(t), "POST", body, opts);
    rig_exchange(&rig, &x);
    cr_assert(zero(int, (int)x.x.failure), "%s", x.x.detail);
    cr_assert(eq(int, x.x.status, 200));
    rig_close(&rig);
    tlsd_stop(t);
}

/* --- what cannot be --- */

FOR_BOTH(authorities_that_cannot_be_read_trust_nobody)
{
    struct tlsd *t = tlsd_start(TLSD_GOOD);
    struct rig rig;
    struct tracked x = {0};
    enum ct_failure failure = CT_FAILURE_NONE;
    (void)setenv("SSL_CERT_FILE", "/nowhere/at-all.pem", 1);
    (void)setenv("SSL_CERT_DIR", "/nowhere", 1);
    cr_assert(eq(int, probe(url_of(t), false, &failure), CT_EREFUSED));
    cr_assert(eq(int, (int)failure, CT_FAILURE_TLS_UNTRUSTED));
    rig_open_url(&rig, rig_transport(*which), url_of(t), "GET", NULL, usual);
    rig_exchange(&rig, &x);
    cr_assert(eq(int, (int)x.x.failure, CT_FAILURE_TLS_UNTRUSTED));
    rig_close(&rig);
    tlsd_stop(t);
}

struct giving_up {
    struct rig *rig;
    struct tracked *t;
};

static void give_up(void *ctx)
{
    struct giving_up *g = ctx;
    g->rig->transport->cancel(g->rig->client, &g->t->x);
}

FOR_BOTH(a_handshake_that_does_not_end_can_be_given_up)
{
    struct tlsd *server = tlsd_start(TLSD_SILENT);
    struct rig rig;
    struct tracked t = {0};
    struct giving_up g = {&rig, &t};
    struct ct_alarm *alarm;
    rig_open_url(&rig, rig_transport(*which), url_of(server), "GET", NULL, usual);
    cr_assert(zero(int, ct_alarm_new(rig.loop, give_up, &g, &alarm, NULL)));
    ct_alarm_set(alarm, ct_clock_ns() + 2 * CT_NS_PER_S);
    rig_exchange(&rig, &t);
    cr_assert(eq(int, (int)t.x.failure, CT_FAILURE_TIMEOUT));
    cr_assert(zero(int, strcmp(t.x.detail, "tls")));
    ct_alarm_free(alarm);
    rig_close(&rig);
    tlsd_stop(server);
}

Test(tls, the_preflight_ends_in_time_when_the_server_is_silent)
{
    struct tlsd *server = tlsd_start(TLSD_SILENT);
    struct ct_endpoint e;
    struct ct_err err = {0};
    cr_assert(zero(int, ct_endpoint_parse(url_of(server), &e, NULL, &err)));
    cr_assert(zero(int, ct_endpoint_resolve(&e, &err)));
    cr_assert(eq(int, ct_endpoint_probe(&e, false, 50 * CT_NS_PER_MS, NULL, &err), CT_EREACH));
    tlsd_stop(server);
}

Test(tls, the_preflight_of_a_closed_port_says_refused_and_where)
{
    struct tlsd *server = tlsd_start(TLSD_SILENT);
    char url[64];
    struct ct_endpoint e;
    struct ct_err err = {0};
    enum ct_failure failure = CT_FAILURE_NONE;
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u", tlsd_port(server));
    cr_assert(zero(int, ct_endpoint_parse(url, &e, NULL, &err)));
    cr_assert(zero(int, ct_endpoint_resolve(&e, &err)));
    cr_assert(zero(int, ct_endpoint_probe(&e, false, CT_NS_PER_S, NULL, &err)));
    tlsd_stop(server);
    cr_assert(eq(int, ct_endpoint_probe(&e, false, CT_NS_PER_S, &failure, &err), CT_EREACH));
    cr_assert(eq(int, (int)failure, CT_FAILURE_CONNECT_REFUSED));
    cr_assert(ne(ptr, strstr(err.msg, e.addr_text), NULL));
}

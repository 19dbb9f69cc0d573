#include "transport_rig.h"

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* HTTP/1.1 against a target whose queue is full: how many connections are on their way at once. */

enum { HUNG = 1040, MORE = 20 };

static struct rig rig;
static struct tracked hung[HUNG], more[MORE];
static int listening = -1;

static void stop_loop(void *loop)
{
    ct_loop_stop(loop);
}

static void run_for(uint64_t ns)
{
    struct ct_alarm *alarm;
    cr_assert(zero(int, ct_alarm_new(rig.loop, stop_loop, rig.loop, &alarm, NULL)));
    ct_alarm_set(alarm, ct_clock_ns() + ns);
    ct_loop_run(rig.loop);
    ct_alarm_free(alarm);
}

static void start_all(struct tracked *t, int count)
{
    for (int i = 0; i < count; i++)
        rig_start(&rig, &t[i]);
}

static void cancel_all(struct tracked *t, int count)
{
    for (int i = 0; i < count; i++)
        rig.transport->cancel(rig.client, &t[i].x);
}

static int on_their_way(const struct tracked *t, int count)
{
    int n = 0;
    for (int i = 0; i < count; i++)
        n += t[i].x.new_connection;
    return n;
}

/* A listener with a queue of 1 that accepts nobody, and more connects than it takes. */
static void begin(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);
    struct rlimit files;
    char url[64];
    cr_assert(zero(int, getrlimit(RLIMIT_NOFILE, &files)));
    files.rlim_cur = files.rlim_max;
    cr_assert(zero(int, setrlimit(RLIMIT_NOFILE, &files)));
    listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(zero(int, bind(listening, (struct sockaddr *)&addr, sizeof(addr))));
    cr_assert(zero(int, listen(listening, 1)));
    cr_assert(zero(int, getsockname(listening, (struct sockaddr *)&addr, &len)));
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", (unsigned)ntohs(addr.sin_port));
    rig_open_url(
        &rig, &ct_transport_http1, url, "GET", NULL,
        (struct ct_transport_opts){.keep_alive = true, .max_connections = 4096, .body_max = 65536});
    start_all(hung, HUNG);
}

static void end(void)
{
    cancel_all(hung, HUNG);
    cancel_all(more, MORE);
    run_for(CT_NS_PER_MS);
    for (int i = 0; i < MORE; i++)
        cr_assert(eq(int, more[i].calls, 1), "request %d ended %d times", i, more[i].calls);
    rig_close(&rig);
    (void)close(listening);
}

/* All before one of them has hung for long, unless this machine is too slow for that 20 times. */
static void begin_quickly(void)
{
    for (int attempt = 0; attempt < 20; attempt++) {
        uint64_t from_ns = ct_clock_ns();
        begin();
        start_all(more, MORE);
        if (ct_clock_ns() - from_ns < 200 * CT_NS_PER_MS)
            return;
        end();
        memset(hung, 0, sizeof(hung));
        memset(more, 0, sizeof(more));
    }
    cr_fatal("%d connections cannot be begun in 200 ms here", HUNG + MORE);
}

/* Two connections were taken by the queue: those do not count. */
Test(opening, while_nothing_has_hung_for_long_each_request_gets_its_connection)
{
    begin_quickly();
    cr_assert(eq(int, on_their_way(hung, HUNG), HUNG));
    cr_assert(eq(int, on_their_way(more, MORE), MORE));
    end();
}

Test(opening, once_connections_hang_requests_wait_for_room_and_can_be_given_up)
{
    begin();
    run_for(300 * CT_NS_PER_MS);
    start_all(more, MORE);
    cr_assert(zero(int, on_their_way(more, MORE)));
    rig.transport->cancel(rig.client, &more[1].x);
    cancel_all(hung + HUNG - 20, 20); /* on their way are 1,024 and some at most now */
    cr_assert(ge(int, on_their_way(more, MORE), 1));
    cr_assert(le(int, on_their_way(more, MORE), MORE - 1));
    cr_assert(not(more[1].x.new_connection), "a request that was given up got a connection");
    end();
    cr_assert(eq(int, more[1].x.failure, CT_FAILURE_TIMEOUT));
    cr_assert(eq(int, more[1].x.stage, CT_STAGE_CONNECT));
}

static const struct tracked *who_waits_longest(void)
{
    for (int i = 0; i < HUNG; i++)
        if (!hung[i].x.new_connection)
            return &hung[i]; /* this machine took long to begin them all */
    return &more[0];
}

Test(opening, a_free_connection_is_for_who_waits_longest)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    char request[256];
    begin();
    run_for(300 * CT_NS_PER_MS);
    start_all(more, MORE);
    int fd = accept(listening, NULL, NULL); /* the first that came */
    const struct tracked *first = who_waits_longest();
    cr_assert(ge(int, fd, 0));
    cr_assert(ge(long, (long)recv(fd, request, sizeof(request), 0), 20));
    cr_assert(eq(long, (long)send(fd, answer, sizeof(answer) - 1, 0), (long)sizeof(answer) - 1));
    hung[0].stop = true;
    ct_loop_run(rig.loop);
    cr_assert(eq(int, hung[0].calls, 1));
    cr_assert(eq(int, first->x.stage, CT_STAGE_FIRST_BYTE));
    cr_assert(not(first->x.new_connection));
    cr_assert(ge(long, (long)recv(fd, request, sizeof(request), 0), 20));
    (void)close(fd);
    end();
}

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "target/delayer.h"

static const char plain[] = "GET / HTTP/1.1\r\n\r\n";

struct served {
    struct ct_delayer *delayer;
    pthread_t thread;
};

static void *run(void *ctx)
{
    struct ct_err err = {0};
    cr_assert(zero(int, ct_delayer_run(ctx, &err)), "%s", err.msg);
    return NULL;
}

static struct served serve(const struct ct_delayer_opts *opts)
{
    struct served s;
    struct ct_err err = {0};
    cr_assert(zero(int, ct_delayer_new(opts, &s.delayer, &err)), "%s", err.msg);
    cr_assert(zero(int, pthread_create(&s.thread, NULL, run, s.delayer)));
    return s;
}

static void stop(struct served *s)
{
    ct_delayer_stop(s->delayer);
    cr_assert(zero(int, pthread_join(s->thread, NULL)));
}

static int dial(const struct served *s)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(ct_delayer_port(s->delayer)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(zero(int, connect(fd, (const struct sockaddr *)(const void *)&to, sizeof(to))));
    return fd;
}

static void say(int fd, const char *text)
{
    cr_assert(eq(sz, (size_t)send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text)));
}

/* Reads answers until so many came, or the end. Returns how many. */
static int hear(int fd, int wanted)
{
    char text[4096];
    size_t len = 0;
    int count = 0;
    while (count < wanted) {
        ssize_t n = recv(fd, text + len, sizeof(text) - 1 - len, 0);
        if (n <= 0)
            break;
        len += (size_t)n;
        text[len] = '\0';
        count = 0;
        for (const char *p = text; (p = strstr(p, "HTTP/1.1 200 OK")) != NULL; p++)
            count++;
    }
    return count;
}

Test(delayer, a_request_is_answered_and_both_instants_are_logged)
{
    struct served s = serve(&(struct ct_delayer_opts){.records_max = 10, .body_len = 3});
    int fd = dial(&s);
    uint64_t before_ns = ct_clock_ns();
    say(fd, "GET / HTTP/1.1\r\nX-Ct-Index: 12\r\n\r\n");
    cr_expect(eq(int, hear(fd, 1), 1));
    uint64_t after_ns = ct_clock_ns();
    stop(&s);
    size_t count;
    const struct ct_delayer_record *r = ct_delayer_records(s.delayer, &count);
    cr_assert(eq(sz, count, 1));
    cr_expect(eq(u64, r->index, 12));
    /* a kernel's stamp is turned by a difference of clocks that is right to some microseconds */
    cr_expect(ge(u64, r->arrival_ns + 10 * CT_NS_PER_US, before_ns));
    cr_expect(ge(u64, r->answered_ns, r->arrival_ns));
    cr_expect(ge(u64, after_ns, r->answered_ns));
    struct ct_delayer_counts c = ct_delayer_counts(s.delayer);
    cr_expect(eq(u64, c.requests, 1));
    cr_expect(eq(u64, c.answered, 1));
    cr_expect(eq(u64, c.kernel_stamps + c.clock_stamps, 1));
    close(fd);
    ct_delayer_free(s.delayer);
}

static struct ct_delayer_counts counts_of(int requests)
{
    struct served s = serve(&(struct ct_delayer_opts){.records_max = 1});
    int fd = dial(&s);
    for (int i = 0; i < requests; i++) {
        say(fd, plain);
        cr_assert(eq(int, hear(fd, 1), 1));
    }
    stop(&s);
    struct ct_delayer_counts c = ct_delayer_counts(s.delayer);
    close(fd);
    ct_delayer_free(s.delayer);
    return c;
}

/* On loopback, since Linux 4.13. The kernel turns stamping on in its own time after the first
 * socket has asked for it, so the first requests may be without. */
Test(delayer, arrivals_are_stamped_by_the_kernel)
{
    enum { MANY = 1000 };
    struct ct_delayer_counts c = {0};
    for (int k = 0; k < 50 && c.kernel_stamps == 0; k++) {
        c = counts_of(MANY);
        cr_expect(eq(u64, c.kernel_stamps + c.clock_stamps, MANY));
    }
    cr_expect(ge(u64, c.kernel_stamps, 1));
}

Test(delayer, no_answer_comes_before_its_delay)
{
    struct ct_delayer_opts opts = {.records_max = 100};
    cr_assert(zero(int, ct_delay_parse("20ms", &opts.delay, NULL)));
    struct served s = serve(&opts);
    int fds[50];
    for (size_t i = 0; i < 50; i++) {
        fds[i] = dial(&s);
        say(fds[i], plain);
    }
    for (size_t i = 0; i < 50; i++) {
        cr_expect(eq(int, hear(fds[i], 1), 1));
        close(fds[i]);
    }
    stop(&s);
    size_t count;
    const struct ct_delayer_record *r = ct_delayer_records(s.delayer, &count);
    cr_assert(eq(sz, count, 50));
    for (size_t i = 0; i < count; i++)
        cr_expect(ge(u64, r[i].answered_ns, r[i].arrival_ns + 20 * CT_NS_PER_MS));
    ct_delayer_free(s.delayer);
}

Test(delayer, pieces_bodies_and_pipelined_requests_are_each_one_request)
{
    struct served s = serve(&(struct ct_delayer_opts){.records_max = 10});
    int fd = dial(&s);
    say(fd, "POST / HTTP/1.1\r\nContent-Le");
    say(fd, "ngth: 5\r\n\r\nhel");
    say(fd, "loGET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\nGET / HT");
    cr_expect(eq(int, hear(fd, 3), 3));
    say(fd, "TP/1.1\r\n\r\n");
    cr_expect(eq(int, hear(fd, 1), 1));
    close(fd);
    stop(&s);
    cr_expect(eq(u64, ct_delayer_counts(s.delayer).requests, 4));
    ct_delayer_free(s.delayer);
}

Test(delayer, a_body_that_is_larger_than_the_room_is_read_to_its_end)
{
    struct served s = serve(&(struct ct_delayer_opts){.records_max = 10});
    char body[1000];
    memset(body, 'G', sizeof(body) - 1);
    body[sizeof(body) - 1] = '\0';
    int fd = dial(&s);
    say(fd, "POST / HTTP/1.1\r\nContent-Length: 99900\r\n\r\n");
    for (int i = 0; i < 100; i++)
        say(fd, body);
    say(fd, plain);
    cr_expect(eq(int, hear(fd, 2), 2));
    close(fd);
    stop(&s);
    cr_expect(eq(u64, ct_delayer_counts(s.delayer).requests, 2));
    ct_delayer_free(s.delayer);
}

Test(delayer, more_pipelined_requests_than_there_is_room_for_are_all_answered)
{
    struct ct_delayer_opts opts = {.records_max = 1000};
    cr_assert(zero(int, ct_delay_parse("100us", &opts.delay, NULL)));
    struct served s = serve(&opts);
    int fd = dial(&s);
    for (int i = 0; i < 299; i++)
        say(fd, plain);
    say(fd, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
    char bytes[4096];
    while (recv(fd, bytes, sizeof(bytes), 0) > 0)
        continue;
    close(fd);
    stop(&s);
    cr_expect(eq(u64, ct_delayer_counts(s.delayer).answered, 300));
    ct_delayer_free(s.delayer);
}

/* A wire that turns each byte over, and knows how many sessions it has. */
static int sessions;

static void *turned_open(void *ctx, struct ct_delayer_conn *socket)
{
    sessions++;
    return ctx != NULL ? socket : NULL;
}

static ssize_t turned_read(void *session, void *to, size_t room)
{
    ssize_t n = ct_delayer_receive(session, to, room < 7 ? room : 7); /* less than there is */
    for (ssize_t i = 0; i < n; i++)
        ((char *)to)[i] ^= 1;
    return n;
}

static ssize_t turned_write(void *session, const void *bytes, size_t len)
{
    char turned[256];
    for (size_t i = 0; i < len; i++)
        turned[i] = ((const char *)bytes)[i] ^ 1;
    return ct_delayer_transmit(session, turned, len);
}

static void turned_close(void *session)
{
    (void)session;
    sessions--;
}

Test(delayer, bytes_pass_through_the_wire_and_are_stamped)
{
    struct ct_delayer_wire wire = {&sessions, turned_open, turned_read, turned_write, turned_close};
    struct served s = serve(&(struct ct_delayer_opts){.records_max = 10, .wire = &wire});
    char text[256] = "GET / HTTP/1.1\r\nX-Ct-Index: 3\r\n\r\n", got[256];
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++)
        text[i] ^= 1;
    int fd = dial(&s);
    uint64_t before_ns = ct_clock_ns();
    cr_assert(eq(sz, (size_t)send(fd, text, len, MSG_NOSIGNAL), len));
    ssize_t n = recv(fd, got, sizeof(got), 0);
    cr_assert(ge(sz, (size_t)n, 12));
    for (ssize_t i = 0; i < n; i++)
        got[i] ^= 1;
    cr_expect(zero(int, memcmp(got, "HTTP/1.1 200", 12)));
    close(fd);
    stop(&s);
    size_t count;
    const struct ct_delayer_record *r = ct_delayer_records(s.delayer, &count);
    cr_assert(eq(sz, count, 1));
    cr_expect(eq(u64, r->index, 3));
    cr_expect(ge(u64, r->arrival_ns + 10 * CT_NS_PER_US, before_ns));
    ct_delayer_free(s.delayer);
    cr_expect(zero(int, sessions));
}

Test(delayer, a_connection_that_the_wire_refuses_is_closed)
{
    struct ct_delayer_wire wire = {NULL, turned_open, turned_read, turned_write, turned_close};
    struct served s = serve(&(struct ct_delayer_opts){.records_max = 10, .wire = &wire});
    int fd = dial(&s);
    char byte;
    cr_expect(le(sz, (size_t)(recv(fd, &byte, 1, 0) + 1), 1)); /* 0 or -1 */
    close(fd);
    stop(&s);
    ct_delayer_free(s.delayer);
}

Test(delayer, the_connection_is_closed_when_the_client_wants_it)
{
    struct served s = serve(&(struct ct_delayer_opts){.records_max = 10});
    int fd = dial(&s);
    say(fd, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
    cr_expect(eq(int, hear(fd, 2), 1));
    close(fd);
    stop(&s);
    ct_delayer_free(s.delayer);
}

Test(delayer, nonsense_and_endless_heads_are_refused_and_closed)
{
    struct served s = serve(&(struct ct_delayer_opts){.records_max = 10});
    char endless[4000];
    memset(endless, 'a', sizeof(endless) - 1);
    endless[sizeof(endless) - 1] = '\0';
    const char *texts[] = {"NONSENSE\r\n\r\n", endless};
    for (size_t i = 0; i < 2; i++) {
        int fd = dial(&s);
        say(fd, texts[i]);
        cr_expect(eq(int, hear(fd, 1), 0));
        close(fd);
    }
    stop(&s);
    cr_expect(eq(u64, ct_delayer_counts(s.delayer).refused, 2));
    ct_delayer_free(s.delayer);
}

Test(delayer, a_client_that_leaves_is_an_arrival_without_an_answer)
{
    struct ct_delayer_opts opts = {.records_max = 10};
    cr_assert(zero(int, ct_delay_parse("30s", &opts.delay, NULL)));
    struct served s = serve(&opts);
    int fd = dial(&s), other = dial(&s);
    say(fd, plain);
    shutdown(fd, SHUT_WR);
    cr_expect(eq(int, hear(fd, 1), 0)); /* the server has closed: the request was read */
    close(fd);
    close(other);
    stop(&s);
    size_t count;
    const struct ct_delayer_record *r = ct_delayer_records(s.delayer, &count);
    cr_assert(eq(sz, count, 1));
    cr_expect(eq(u64, r->answered_ns, 0));
    ct_delayer_free(s.delayer);
}

Test(delayer, what_is_beyond_the_records_is_answered_and_counted)
{
    struct served s = serve(&(struct ct_delayer_opts){.records_max = 2});
    int fd = dial(&s);
    for (int i = 0; i < 5; i++) {
        say(fd, plain);
        cr_expect(eq(int, hear(fd, 1), 1));
    }
    close(fd);
    stop(&s);
    size_t count;
    (void)ct_delayer_records(s.delayer, &count);
    cr_expect(eq(sz, count, 2));
    cr_expect(eq(u64, ct_delayer_counts(s.delayer).answered, 5));
    ct_delayer_free(s.delayer);
}

Test(delayer, nothing_is_heard_in_the_deaf_time_but_the_stop)
{
    struct ct_delayer_opts opts = {
        .deaf = {.deaf_ns = 30 * CT_NS_PER_S - 1, .every_ns = 30 * CT_NS_PER_S}};
    struct served s = serve(&opts);
    int fd = dial(&s);
    say(fd, plain);
    stop(&s);
    cr_expect(eq(u64, ct_delayer_counts(s.delayer).requests, 0));
    close(fd);
    ct_delayer_free(s.delayer);
}

Test(delayer, what_came_in_the_deaf_time_is_answered_after_it)
{
    struct ct_delayer_opts opts = {.records_max = 10};
    cr_assert(zero(int, ct_deafness_parse("20ms/21ms", &opts.deaf, NULL)));
    struct served s = serve(&opts);
    int fd = dial(&s);
    say(fd, plain);
    cr_expect(eq(int, hear(fd, 1), 1));
    close(fd);
    stop(&s);
    ct_delayer_free(s.delayer);
}

Test(delayer, what_cannot_be_listened_on_is_said)
{
    struct ct_delayer *d = NULL;
    struct ct_err err = {0};
    cr_expect(
        eq(int, ct_delayer_new(&(struct ct_delayer_opts){.listen = "here"}, &d, &err), CT_EUSAGE));
    struct served s = serve(&(struct ct_delayer_opts){.records_max = 1});
    struct ct_delayer_opts taken = {.port = ct_delayer_port(s.delayer)};
    cr_expect(eq(int, ct_delayer_new(&taken, &d, &err), CT_EFAIL));
    stop(&s);
    ct_delayer_free(s.delayer);
}

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/loop.h"

static struct ct_loop *loop;

static void make_loop(void)
{
    struct ct_err err = {0};
    cr_assert(zero(int, ct_loop_new(&loop, &err)), "%s", err.msg);
}

static void free_loop(void)
{
    ct_loop_free(loop);
}

/* --- posts --- */

enum { POSTS = 20000, THREADS = 2 };

struct poster {
    pthread_t thread;
    int seen, total; /* on the loop: how many came, in order */
};

static struct poster posters[THREADS];
static int numbers[THREADS][POSTS];
static struct ct_alarm *keeper; /* keeps the loop running */

static void posted(void *ctx)
{
    int *number = ctx;
    for (int t = 0; t < THREADS; t++) {
        if (number < numbers[t] || number >= numbers[t] + POSTS)
            continue;
        cr_assert(eq(int, posters[t].seen, *number), "posts of thread %d out of order", t);
        posters[t].seen++;
    }
    if (posters[0].seen + posters[1].seen == THREADS * POSTS)
        ct_loop_stop(loop);
}

static void *post_all(void *ctx)
{
    int *mine = ctx;
    for (int i = 0; i < POSTS; i++) {
        mine[i] = i;
        ct_loop_post(loop, posted, &mine[i]);
    }
    return NULL;
}

static void never(void *ctx)
{
    (void)ctx;
    cr_fatal("an alarm went off that nobody waits for");
}

Test(loop, posts_from_threads_all_come_in_order, .init = make_loop, .fini = free_loop)
{
    cr_assert(zero(int, ct_alarm_new(loop, never, NULL, &keeper, NULL)));
    ct_alarm_set(keeper, ct_clock_ns() + 3600 * CT_NS_PER_S);
    for (int t = 0; t < THREADS; t++)
        cr_assert(zero(int, pthread_create(&posters[t].thread, NULL, post_all, numbers[t])));
    ct_loop_run(loop);
    for (int t = 0; t < THREADS; t++)
        (void)pthread_join(posters[t].thread, NULL);
    cr_assert(eq(int, posters[0].seen, POSTS));
    cr_assert(eq(int, posters[1].seen, POSTS));
    ct_alarm_free(keeper);
}

static void count(void *ctx)
{
    ++*(int *)ctx;
}

static void post_again(void *ctx)
{
    ct_loop_post(loop, count, ctx);
}

Test(loop, what_was_posted_before_is_called_although_nothing_keeps_it_running, .init = make_loop,
     .fini = free_loop)
{
    int calls = 0;
    ct_loop_post(loop, count, &calls);
    ct_loop_post(loop, post_again, &calls);
    cr_assert(zero(int, calls));
    ct_loop_run(loop);
    cr_assert(eq(int, calls, 2));
}

Test(loop, an_empty_loop_ends, .init = make_loop, .fini = free_loop)
{
    ct_loop_run(loop);
    ct_loop_run(loop);
}

/* --- alarms --- */

struct ringing {
    struct ct_alarm *alarm;
    uint64_t at_ns;
    int calls, again;
};

static void rang(void *ctx)
{
    struct ringing *r = ctx;
    uint64_t now_ns = ct_clock_ns();
    cr_assert(ge(u64, now_ns, r->at_ns), "before its time");
    cr_assert(le(u64, ct_loop_woke_ns(loop), now_ns));
    r->calls++;
    if (r->calls <= r->again) {
        r->at_ns += CT_NS_PER_MS;
        ct_alarm_set(r->alarm, r->at_ns);
    }
}

Test(loop, an_alarm_rings_once_for_each_time_it_is_set, .init = make_loop, .fini = free_loop)
{
    struct ringing r = {.at_ns = ct_clock_ns() + 200 * CT_NS_PER_MS, .again = 20};
    cr_assert(zero(int, ct_alarm_new(loop, rang, &r, &r.alarm, NULL)));
    ct_alarm_set(r.alarm, r.at_ns);
    ct_loop_run(loop); /* ends by itself: an alarm that is not set keeps nothing running */
    cr_assert(eq(int, r.calls, 21));
    cr_assert(ge(u64, ct_loop_wait_ns(loop), 1));
    ct_alarm_free(r.alarm);
}

Test(loop, an_alarm_of_the_past_rings_at_once_and_an_unset_one_never, .init = make_loop,
     .fini = free_loop)
{
    struct ringing r = {.at_ns = 0}, unset = {.at_ns = 0};
    cr_assert(zero(int, ct_alarm_new(loop, rang, &r, &r.alarm, NULL)));
    cr_assert(zero(int, ct_alarm_new(loop, rang, &unset, &unset.alarm, NULL)));
    ct_alarm_set(r.alarm, 0);
    ct_alarm_set(unset.alarm, 1);
    ct_alarm_unset(unset.alarm);
    ct_loop_run(loop);
    cr_assert(eq(int, r.calls, 1));
    cr_assert(zero(int, unset.calls));
    ct_alarm_free(r.alarm);
    ct_alarm_free(unset.alarm);
}

/* --- spinning --- */

struct spinner {
    int turns;
    struct ringing r;
};

static void turn(void *ctx)
{
    struct spinner *s = ctx;
    s->turns++;
    if (s->r.calls > 0)
        ct_loop_spin(loop, NULL, NULL);
}

Test(loop, a_spinning_loop_turns_and_still_sees_its_alarms, .init = make_loop, .fini = free_loop)
{
    struct spinner s = {.r = {.at_ns = ct_clock_ns() + 500 * CT_NS_PER_MS}};
    cr_assert(zero(int, ct_alarm_new(loop, rang, &s.r, &s.r.alarm, NULL)));
    ct_alarm_set(s.r.alarm, s.r.at_ns);
    ct_loop_spin(loop, turn, &s);
    ct_loop_run(loop);
    cr_assert(eq(int, s.r.calls, 1));
    cr_assert(ge(int, s.turns, 3), "it waited");
    ct_alarm_free(s.r.alarm);
}

/* --- descriptors --- */

struct watched {
    struct ct_fd *watch;
    int fd;
    char bytes[8];
    ssize_t len;
};

static void readable(void *ctx, unsigned events)
{
    struct watched *w = ctx;
    cr_assert(ne(int, (int)(events & CT_FD_READ), 0));
    w->len = read(w->fd, w->bytes, sizeof(w->bytes));
    ct_fd_want(w->watch, 0);
}

Test(loop, a_descriptor_is_seen_when_it_is_ready, .init = make_loop, .fini = free_loop)
{
    int ends[2];
    cr_assert(zero(int, pipe(ends)));
    struct watched w = {.fd = ends[0]};
    cr_assert(zero(int, ct_fd_new(loop, ends[0], readable, &w, &w.watch, NULL)));
    ct_fd_want(w.watch, CT_FD_READ);
    cr_assert(eq(int, (int)write(ends[1], "hi", 2), 2));
    ct_loop_run(loop);
    cr_assert(eq(int, (int)w.len, 2));
    ct_fd_free(w.watch);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

Test(loop, a_file_cannot_be_watched, .init = make_loop, .fini = free_loop)
{
    struct ct_fd *watch;
    struct ct_err err = {0};
    FILE *file = tmpfile();
    cr_assert(eq(int, ct_fd_new(loop, fileno(file), readable, NULL, &watch, &err), CT_EFAIL));
    (void)fclose(file);
}

/* --- signals --- */

struct caught {
    struct ct_signals *signals;
    int numbers[2], count;
};

static void signal_came(void *ctx, int signum)
{
    struct caught *c = ctx;
    c->numbers[c->count++] = signum;
    if (c->count == 2)
        ct_signals_free(c->signals);
}

Test(loop, signals_wait_until_they_are_taken, .init = make_loop, .fini = free_loop)
{
    struct caught c = {.count = 0};
    ct_signals_block();
    (void)kill(getpid(), SIGINT); /* before anybody listens */
    cr_assert(zero(int, ct_signals_new(loop, signal_came, &c, &c.signals, NULL)));
    (void)kill(getpid(), SIGTERM);
    ct_loop_run(loop);
    cr_assert(eq(int, c.count, 2));
    cr_assert(eq(int, c.numbers[0] + c.numbers[1], SIGINT + SIGTERM));
    (void)kill(getpid(), SIGPIPE); /* ignored */
}

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "monitor/watch.h"
#include "sshd_rig.h"

/* The watch over this machine and over a real sshd on loopback. Nothing here waits for time to
 * pass: it waits for a snapshot that shows what is expected, and fails after WAIT_S without one. */

enum { WAIT_S = 45, SERVERS_MAX = 2, SEEN_MAX = 4096 };
#define INTERVAL_NS (100 * CT_NS_PER_MS)
#define TIMEOUT_NS (20 * CT_NS_PER_S)

struct seen {
    uint64_t at_ns;
    size_t n;
    struct ct_server_sample servers[SERVERS_MAX];
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t count;
    struct seen items[SEEN_MAX];
} all = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void take(void *ctx, const struct ct_snapshot *s)
{
    (void)ctx;
    (void)pthread_mutex_lock(&all.lock);
    if (all.count < SEEN_MAX) {
        struct seen *to = &all.items[all.count++];
        to->at_ns = s->at_ns;
        to->n = s->n_servers;
        memcpy(to->servers, s->servers, s->n_servers * sizeof(*s->servers));
    }
    (void)pthread_cond_broadcast(&all.changed);
    (void)pthread_mutex_unlock(&all.lock);
}

static const struct ct_watch_sink sink = {.snapshot = take};
typedef bool wanted_fn(const struct seen *s);

static size_t count_now(void)
{
    (void)pthread_mutex_lock(&all.lock);
    size_t n = all.count;
    (void)pthread_mutex_unlock(&all.lock);
    return n;
}

/* The first snapshot from the index from on that is wanted; its index in *at. */
static struct seen wait_for(size_t from, wanted_fn *wanted, size_t *at)
{
    struct timespec end;
    struct seen found = {0};
    bool ok = false;
    int rc = 0;
    (void)clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += WAIT_S;
    (void)pthread_mutex_lock(&all.lock);
    for (size_t i = from; !ok && rc == 0;) {
        if (i >= all.count) {
            rc = pthread_cond_timedwait(&all.changed, &all.lock, &end);
            continue;
        }
        found = all.items[i];
        ok = wanted(&found);
        *at = i++;
    }
    (void)pthread_mutex_unlock(&all.lock);
    cr_assert(ok, "waited in vain; the last snapshot's gap: '%s'", found.servers[0].gap);
    return found;
}

static struct ct_watch *open_and_start(const struct ct_cluster *cluster)
{
    struct ct_watch *w;
    struct ct_err err = {0};
    cr_assert(zero(int, ct_watch_open(cluster, TIMEOUT_NS, NULL, &w, &err)), "%s", err.msg);
    struct ct_instant t0 = ct_instant_now();
    ct_watch_start(w, &t0, INTERVAL_NS, &sink);
    return w;
}

static struct ct_server local_server(void)
{
    static char host[] = "here";
    return (struct ct_server){.name = host, .host = host, .id = host, .auth = CT_AUTH_LOCAL};
}

static double sum_of(const struct ct_cpu_percent *c)
{
    return c->usr + c->nice + c->sys + c->iowait + c->irq + c->soft + c->steal + c->guest +
           c->gnice + c->idle;
}

static bool any(const struct seen *s)
{
    return s->n > 0;
}

static bool first_is_read(const struct seen *s)
{
    return s->servers[0].gap[0] == '\0' && s->servers[0].has_cpu;
}

static bool first_has_memory(const struct seen *s)
{
    return s->servers[0].has_memory;
}

static bool first_is_gap(const struct seen *s)
{
    return s->servers[0].gap[0] != '\0';
}

/* --- this machine --- */

Test(watch, a_local_server_is_read_at_each_instant)
{
    struct ct_server server = local_server();
    struct ct_cluster cluster = {&server, 1};
    struct ct_watch *w = open_and_start(&cluster);
    size_t at = 0;
    for (uint64_t k = 1; k <= 5; k++) {
        struct seen s = wait_for(k - 1, any, &at);
        cr_assert(zero(u64, s.at_ns % INTERVAL_NS));
        cr_assert(ge(u64, s.at_ns, k * INTERVAL_NS));
        cr_assert(zero(int, strcmp(s.servers[0].host, "here")));
        cr_assert(s.servers[0].has_memory);
        cr_assert(ge(dbl, s.servers[0].memory.used, 1));
        if (s.servers[0].has_cpu) /* not when no tick of the kernel lies between two */
            cr_assert(epsilon_eq(dbl, sum_of(&s.servers[0].cpu), 100, 0.01));
    }
    ct_watch_stop(w);
    size_t n = count_now();
    ct_watch_free(w);
    cr_assert(eq(sz, count_now(), n), "a callback came after the stop");
}

Test(watch, a_snapshot_comes_as_soon_as_all_have_answered)
{
    struct ct_server server = local_server();
    struct ct_cluster cluster = {&server, 1};
    struct ct_watch *w;
    struct ct_err err = {0};
    size_t at = 0;
    cr_assert(zero(int, ct_watch_open(&cluster, TIMEOUT_NS, NULL, &w, &err)), "%s", err.msg);
    struct ct_instant t0 = ct_instant_now();
    const uint64_t long_ns = 200 * CT_NS_PER_S;
    if (t0.mono_ns < long_ns)
        cr_skip_test("needs a machine that is up for 200 s");
    t0.mono_ns -= long_ns; /* so that the first instant has come, and the next is far */
    ct_watch_start(w, &t0, long_ns, &sink);
    struct seen s = wait_for(0, any, &at);
    cr_assert(eq(u64, s.at_ns, long_ns));
    ct_watch_free(w);
}

Test(watch, it_may_be_stopped_and_started_again)
{
    struct ct_server server = local_server();
    struct ct_cluster cluster = {&server, 1};
    struct ct_watch *w = open_and_start(&cluster);
    size_t at = 0;
    (void)wait_for(0, any, &at);
    for (int i = 0; i < 3; i++) {
        ct_watch_stop(w);
        ct_watch_stop(w);
        size_t before = count_now();
        struct ct_instant t0 = ct_instant_now();
        ct_watch_start(w, &t0, INTERVAL_NS, &sink);
        struct seen s = wait_for(before, any, &at);
        cr_assert(lt(u64, s.at_ns, 60 * CT_NS_PER_S), "counted from another t0");
    }
    ct_watch_free(w);
}

Test(watch, an_empty_cluster_is_fine)
{
    struct ct_cluster cluster = {NULL, 0};
    struct ct_watch *w = open_and_start(&cluster);
    ct_watch_stop(w);
    ct_watch_free(w);
    ct_watch_free(NULL);
    cr_assert(zero(sz, count_now()));
}

static atomic_bool burning;

static void *burn(void *ctx)
{
    (void)ctx;
    while (atomic_load(&burning))
        ;
    return NULL;
}

static bool a_core_is_busy(const struct seen *s)
{
    double one_core = 100.0 / (double)sysconf(_SC_NPROCESSORS_ONLN);
    return s->servers[0].has_cpu && s->servers[0].cpu.usr + s->servers[0].cpu.sys > one_core * 0.8;
}

Test(watch, a_burning_core_shows)
{
    struct ct_server server = local_server();
    struct ct_cluster cluster = {&server, 1};
    struct ct_watch *w = open_and_start(&cluster);
    pthread_t thread;
    size_t at = 0;
    atomic_store(&burning, true);
    cr_assert(zero(int, pthread_create(&thread, NULL, burn, NULL)));
    (void)wait_for(0, a_core_is_busy, &at);
    atomic_store(&burning, false);
    (void)pthread_join(thread, NULL);
    ct_watch_free(w);
}

/* --- over SSH --- */

static struct sshd_rig rig;

static struct ct_server ssh_server(void)
{
    struct ct_server server;
    if (sshd_rig_start(&rig, &server) == SSHD_RIG_SKIP)
        cr_skip_test("needs root and openssh-server");
    return server;
}

static void forced_server(struct ct_server *server, const char *line)
{
    *server = ssh_server();
    sshd_rig_do(&rig, "stop");
    sshd_rig_do(&rig, line);
    sshd_rig_do(&rig, "start");
}

static bool says(const struct ct_server_sample *s, const char *words)
{
    return strstr(s->gap, words) != NULL;
}

Test(watch, a_server_that_dies_is_a_gap_and_comes_back)
{
    struct ct_server server = ssh_server();
    struct ct_cluster cluster = {&server, 1};
    struct ct_watch *w = open_and_start(&cluster);
    size_t at = 0;
    struct seen s = wait_for(0, first_is_read, &at);
    cr_assert(s.servers[0].has_memory);
    cr_assert(s.servers[0].has_ping);
    sshd_rig_do(&rig, "stop");
    s = wait_for(at, first_is_gap, &at);
    cr_assert(not(s.servers[0].has_cpu || s.servers[0].has_memory || s.servers[0].has_ping));
    sshd_rig_do(&rig, "start");
    s = wait_for(at, first_is_read, &at);
    cr_assert(epsilon_eq(dbl, sum_of(&s.servers[0].cpu), 100, 0.01));
    ct_watch_free(w);
    sshd_rig_end(&rig);
}

static bool first_is_silent(const struct seen *s)
{
    return says(&s->servers[0], "no answer within the interval");
}

static bool only_the_second_is_read(const struct seen *s)
{
    return s->servers[0].gap[0] != '\0' && s->servers[1].gap[0] == '\0';
}

Test(watch, a_server_that_freezes_holds_up_nobody)
{
    struct ct_server servers[] = {ssh_server(), local_server()};
    struct ct_cluster cluster = {servers, 2};
    struct ct_watch *w = open_and_start(&cluster);
    size_t at = 0;
    (void)wait_for(0, first_is_read, &at);
    sshd_rig_do(&rig, "freeze");
    (void)wait_for(at, first_is_silent, &at);
    for (int i = 0; i < 3; i++)
        (void)wait_for(at + 1, only_the_second_is_read, &at);
    sshd_rig_do(&rig, "thaw");
    (void)wait_for(at, first_is_read, &at);
    ct_watch_free(w);
    sshd_rig_end(&rig);
}

static bool first_is_refused(const struct seen *s)
{
    return says(&s->servers[0], "the host key has changed");
}

Test(watch, a_server_that_comes_back_as_another_is_refused)
{
    struct ct_server server = ssh_server();
    struct ct_cluster cluster = {&server, 1};
    struct ct_watch *w = open_and_start(&cluster);
    size_t at = 0;
    (void)wait_for(0, first_is_read, &at);
    sshd_rig_do(&rig, "stop");
    sshd_rig_do(&rig, "new-key");
    sshd_rig_do(&rig, "start");
    (void)wait_for(at, first_is_refused, &at);
    ct_watch_free(w);
    struct ct_err err = {0};
    cr_assert(eq(int, ct_watch_open(&cluster, TIMEOUT_NS, NULL, &w, &err), CT_EREFUSED));
    cr_assert(eq(int, err.code, CT_EREFUSED));
    cr_assert(ne(ptr, strstr(err.msg, rig.id), NULL));
    sshd_rig_do(&rig, "stop");
    cr_assert(eq(int, ct_watch_open(&cluster, TIMEOUT_NS, NULL, &w, &err), CT_EREACH));
    cr_assert(ne(ptr, strstr(err.msg, "Connection refused"), NULL), "%s", err.msg);
    sshd_rig_end(&rig);
}

/* --- what a server may say --- */

/* A server whose /proc are the files stat and meminfo of the rig's folder. */
static struct ct_server scripted_server(const char *stat)
{
    char line[500];
    struct ct_server server = ssh_server();
    sshd_rig_write(&rig, "stat", stat);
    sshd_rig_write(&rig, "meminfo", "MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 400 kB\n");
    (void)snprintf(line, sizeof(line),
                   "force while read -r x; do cat %s/stat %s/meminfo; echo ct-end; done",
                   rig.folder, rig.folder);
    sshd_rig_do(&rig, "stop");
    sshd_rig_do(&rig, line);
    sshd_rig_do(&rig, "start");
    return server;
}

Test(watch, numbers_arrive_as_the_server_gave_them)
{
    struct ct_server server = scripted_server("cpu  1000 0 1000 1000 0 0 0 0 0 0\n");
    struct ct_cluster cluster = {&server, 1};
    struct ct_watch *w = open_and_start(&cluster);
    size_t at = 0;
    struct seen s = wait_for(0, first_has_memory, &at);
    cr_assert(not(s.servers[0].has_cpu), "no time passed on that server");
    cr_assert(ieee_ulp_eq(dbl, s.servers[0].memory.used, 600, 0));
    sshd_rig_write(&rig, "stat.new", "cpu  1025 0 1025 1050 0 0 0 0 5 0\n");
    char from[300], to[300];
    (void)snprintf(from, sizeof(from), "%s/stat.new", rig.folder);
    (void)snprintf(to, sizeof(to), "%s/stat", rig.folder);
    cr_assert(zero(int, rename(from, to)));
    s = wait_for(at, first_is_read, &at);
    cr_assert(epsilon_eq(dbl, s.servers[0].cpu.usr, 20, 1e-9));
    cr_assert(epsilon_eq(dbl, s.servers[0].cpu.guest, 5, 1e-9));
    cr_assert(epsilon_eq(dbl, s.servers[0].cpu.sys, 25, 1e-9));
    cr_assert(epsilon_eq(dbl, s.servers[0].cpu.idle, 50, 1e-9));
    /* a reboot: the counters are smaller; no value, and nothing negative, then or later */
    sshd_rig_write(&rig, "stat.new", "cpu  5 0 5 5 0 0 0 0 0 0\n");
    cr_assert(zero(int, rename(from, to)));
    ct_watch_stop(w);
    size_t rebooted = count_now();
    struct ct_instant t0 = ct_instant_now();
    ct_watch_start(w, &t0, INTERVAL_NS, &sink);
    for (int i = 0; i < 3; i++) {
        s = wait_for(rebooted, first_has_memory, &at);
        cr_assert(not(s.servers[0].has_cpu));
        rebooted = at + 1;
    }
    ct_watch_free(w);
    sshd_rig_end(&rig);
}

/* Freed memory that AddressSanitizer holds back is no growth. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "quarantine_size_mb=8";
}

/* Memory may grow by less than what a server sends without being asked. */
static long peak_kib(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}
enum { GROWTH_MAX_KIB = 48 << 10 };

static void check_bad_server(const char *line, const char *words)
{
    struct ct_server server;
    struct ct_cluster cluster = {&server, 1};
    struct ct_watch *w;
    struct ct_err err = {0};
    forced_server(&server, line);
    long before_kib = peak_kib();
    cr_assert(eq(int, ct_watch_open(&cluster, TIMEOUT_NS, NULL, &w, &err), CT_EREACH), "%s", line);
    cr_assert(ne(ptr, strstr(err.msg, words), NULL), "%s", err.msg);
    cr_assert(lt(long, peak_kib() - before_kib, GROWTH_MAX_KIB));
    sshd_rig_end(&rig);
}

Test(watch, a_server_that_never_ends_its_answer_is_given_up)
{
    check_bad_server("force yes", "larger than 256 KiB");
}

Test(watch, a_server_without_a_shell_is_told)
{
    check_bad_server("force exit 0", "the server ended the shell");
}

Test(watch, a_flood_of_errors_neither_stops_the_answers_nor_fills_the_memory)
{
    struct ct_server server;
    struct ct_cluster cluster = {&server, 1};
    forced_server(&server,
                  "force while read -r x; do head -c 5000000 /dev/zero >&2; cat /proc/stat "
                  "/proc/meminfo; echo ct-end; done");
    struct ct_watch *w = open_and_start(&cluster);
    size_t at = 0;
    long before_kib = peak_kib();
    for (int i = 0; i < 20; i++)
        (void)wait_for(at + 1, first_is_read, &at);
    cr_assert(lt(long, peak_kib() - before_kib, GROWTH_MAX_KIB));
    ct_watch_free(w);
    sshd_rig_end(&rig);
}

static bool shows_no_proc(const struct seen *s)
{
    return says(&s->servers[0], "shows no /proc/stat");
}

Test(watch, a_server_that_talks_nonsense_is_a_gap)
{
    struct ct_server server;
    struct ct_cluster cluster = {&server, 1};
    forced_server(&server, "force while read -r x; do echo 'cpu -1 -1 -1 -1'; echo ct-end; done");
    struct ct_watch *w = open_and_start(&cluster);
    size_t at = 0;
    (void)wait_for(0, shows_no_proc, &at);
    ct_watch_free(w);
    sshd_rig_end(&rig);
}

/* The number in a file of the rig's folder has come to be at least n. */
static void await_number(const char *name, int n)
{
    char path[300];
    (void)snprintf(path, sizeof(path), "%s/%s", rig.folder, name);
    uint64_t end_ns = ct_clock_ns() + WAIT_S * CT_NS_PER_S;
    int found = 0;
    while (found < n) {
        FILE *f = fopen(path, "r");
        if (f != NULL && fscanf(f, "%d", &found) != 1)
            found = 0;
        if (f != NULL)
            (void)fclose(f);
        cr_assert(lt(u64, ct_clock_ns(), end_ns));
    }
}

Test(watch, a_stop_waits_for_the_snapshot_under_way)
{
    char line[400];
    struct ct_server server = ssh_server();
    struct ct_cluster cluster = {&server, 1};
    struct ct_watch *w;
    struct ct_err err = {0};
    (void)snprintf(line, sizeof(line),
                   "force n=0; while read -r x; do n=$((n + 1)); echo $n >%s/asked; sleep 0.1; "
                   "cat /proc/stat /proc/meminfo; echo ct-end; done",
                   rig.folder);
    sshd_rig_do(&rig, "stop");
    sshd_rig_do(&rig, line);
    sshd_rig_do(&rig, "start");
    /* A stop waits for a second at most: where that is too short for this machine, once more. */
    bool answered = false;
    for (size_t k = 0; k < 10 && !answered; k++) {
        (void)snprintf(line, sizeof(line), "%s/asked", rig.folder);
        (void)unlink(line);
        cr_assert(zero(int, ct_watch_open(&cluster, TIMEOUT_NS, NULL, &w, &err)), "%s", err.msg);
        struct ct_instant t0 = ct_instant_now();
        t0.mono_ns -= 10 * CT_NS_PER_S; /* so that the first instant has come */
        ct_watch_start(w, &t0, 10 * CT_NS_PER_S, &sink);
        await_number("asked", 3); /* two at the opening: which way, and the first reading */
        ct_watch_stop(w);
        ct_watch_free(w);
        cr_assert(eq(sz, count_now(), k + 1));
        answered = all.items[k].servers[0].has_memory;
    }
    cr_assert(answered, "%s", all.items[0].servers[0].gap);
    sshd_rig_end(&rig);
}

/* --- everything once --- */

Test(watch, a_check_reports_each_server)
{
    struct ct_server servers[] = {ssh_server(), local_server()};
    struct ct_cluster cluster = {servers, 2};
    struct ct_watch_report reports[2];
    struct ct_err err = {0};
    cr_assert(zero(int, ct_watch_check(&cluster, TIMEOUT_NS, INTERVAL_NS, reports, &err)), "%s",
              err.msg);
    cr_assert(reports[0].over_ssh);
    cr_assert(zero(int, strcmp(reports[0].ssh.login, "key")));
    cr_assert(zero(int, strcmp(reports[0].ssh.key_type, "ssh-ed25519")));
    cr_assert(reports[0].sample.has_memory);
    cr_assert(not(reports[1].over_ssh));
    sshd_rig_do(&rig, "stop");
    cr_assert(eq(int, ct_watch_check(&cluster, TIMEOUT_NS, INTERVAL_NS, reports, &err), CT_EREACH));
    cr_assert(eq(int, reports[0].code, CT_EREACH));
    cr_assert(zero(int, strcmp(reports[0].reason, "connecting: Connection refused")));
    cr_assert(zero(int, reports[1].code));
    cr_assert(reports[1].sample.has_memory);
    sshd_rig_end(&rig);
}

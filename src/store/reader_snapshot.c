#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/reader_tables.h"

enum { SERVERS_MAX = 1000, NAME_BYTES_MAX = 255 };

/* --- a server in a snapshot; base of these tables is its sample --- */

static int end_memory(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    (void)err;
    ((struct ct_server_sample *)base)->has_memory = ct_json_given(r, "used");
    return 0;
}

#define MEMORY(m) CT_READ_NUMBER(struct ct_server_sample, memory.m)
static const struct ct_json_key memory_keys[] = {
    {.name = "total", MEMORY(total)},
    {.name = "used", MEMORY(used)},
    {.name = "free", MEMORY(free)},
    {.name = "shared", MEMORY(shared)},
    {.name = "buff/cache", MEMORY(buff_cache)},
    {.name = "available", MEMORY(available)},
};
static const struct ct_json_table memory = {CT_READ_KEYS(memory_keys), .end = end_memory};

static int end_cpu(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    (void)err;
    ((struct ct_server_sample *)base)->has_cpu =
        ct_json_given(r, "usr") && ct_json_given(r, "idle");
    return 0;
}

#define CPU(m)                                                                                     \
    {                                                                                              \
        .name = #m, CT_READ_NUMBER(struct ct_server_sample, cpu.m)                                 \
    }
static const struct ct_json_key cpu_keys[] = {
    CPU(usr),  CPU(nice),  CPU(sys),   CPU(iowait), CPU(irq),
    CPU(soft), CPU(steal), CPU(guest), CPU(gnice),  CPU(idle),
};
static const struct ct_json_table cpu = {CT_READ_KEYS(cpu_keys), .end = end_cpu};

static int take_method(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                       const struct ct_json_event *e, struct ct_err *err)
{
    (void)r;
    (void)key;
    (void)err;
    static const char *const methods[] = {"icmp", "tcp", "ssh", "local"};
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        if (strlen(methods[i]) == e->len && memcmp(methods[i], e->text, e->len) == 0)
            ((struct ct_server_sample *)base)->ping.method = methods[i];
    return 0;
}

static int end_ping(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    (void)err;
    ((struct ct_server_sample *)base)->has_ping = ct_json_given(r, "avg");
    return 0;
}

#define PING(m) CT_READ_NUMBER(struct ct_server_sample, ping.m)
#define PACKETS(m)                                                                                 \
    .accepts = CT_JSON_EVENT_NUMBER, .take = ct_read_count,                                        \
    .member = offsetof(struct ct_server_sample, ping.m)
static const struct ct_json_key ping_keys[] = {
    {.name = "transmitted", PACKETS(transmitted)},
    {.name = "received", PACKETS(received)},
    {.name = "min", PING(min_ms)},
    {.name = "avg", PING(avg_ms)},
    {.name = "max", PING(max_ms)},
    {.name = "mdev", PING(mdev_ms)},
    {.name = "method", .accepts = CT_JSON_EVENT_STRING, .take = take_method},
};
static const struct ct_json_table ping = {CT_READ_KEYS(ping_keys), .end = end_ping};

/* member: the vital sign */
static int take_vital(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                      const struct ct_json_event *e, struct ct_err *err)
{
    (void)r;
    (void)err;
    ct_vital_set(&((struct ct_server_sample *)base)->vitals, (enum ct_vital)key->member, e->number);
    return 0;
}

#define VITAL(name_, vital)                                                                        \
    {                                                                                              \
        .name = (name_), .accepts = CT_JSON_EVENT_NUMBER, .take = take_vital,                      \
        .member = CT_VITAL_##vital                                                                 \
    }
static const struct ct_json_key swap_keys[] = {VITAL("total", SWAP_TOTAL), VITAL("used", SWAP_USED),
                                               VITAL("free", SWAP_FREE)};
static const struct ct_json_key load_keys[] = {VITAL("1m", LOAD_1), VITAL("5m", LOAD_5),
                                               VITAL("15m", LOAD_15), VITAL("running", RUNNING),
                                               VITAL("tasks", TASKS)};
static const struct ct_json_key activity_keys[] = {
    VITAL("context_switches_per_s", CONTEXT_SWITCHES), VITAL("interrupts_per_s", INTERRUPTS),
    VITAL("forks_per_s", FORKS)};
static const struct ct_json_key network_keys[] = {
    VITAL("received_bytes_per_s", NET_RECEIVED_BYTES),
    VITAL("received_packets_per_s", NET_RECEIVED_PACKETS),
    VITAL("sent_bytes_per_s", NET_SENT_BYTES),
    VITAL("sent_packets_per_s", NET_SENT_PACKETS),
    VITAL("errors_per_s", NET_ERRORS),
    VITAL("drops_per_s", NET_DROPS)};
static const struct ct_json_key disk_keys[] = {
    VITAL("reads_per_s", DISK_READS), VITAL("read_bytes_per_s", DISK_READ_BYTES),
    VITAL("writes_per_s", DISK_WRITES), VITAL("written_bytes_per_s", DISK_WRITTEN_BYTES)};
static const struct ct_json_key pressure_keys[] = {
    VITAL("cpu_some", PRESSURE_CPU_SOME), VITAL("io_some", PRESSURE_IO_SOME),
    VITAL("io_full", PRESSURE_IO_FULL), VITAL("memory_some", PRESSURE_MEMORY_SOME),
    VITAL("memory_full", PRESSURE_MEMORY_FULL)};
static const struct ct_json_key system_keys[] = {VITAL("uptime_s", UPTIME_S),
                                                 VITAL("clock_offset_s", CLOCK_OFFSET_S)};
static const struct ct_json_key processors_keys[] = {VITAL("online", PROCESSORS),
                                                     VITAL("busiest_percent", BUSIEST_CORE)};
static const struct ct_json_table swap_table = {CT_READ_KEYS(swap_keys)};
static const struct ct_json_table load_table = {CT_READ_KEYS(load_keys)};
static const struct ct_json_table activity = {CT_READ_KEYS(activity_keys)};
static const struct ct_json_table network = {CT_READ_KEYS(network_keys)};
static const struct ct_json_table disk = {CT_READ_KEYS(disk_keys)};
static const struct ct_json_table pressure = {CT_READ_KEYS(pressure_keys)};
static const struct ct_json_table system_table = {CT_READ_KEYS(system_keys)};
static const struct ct_json_table processors = {CT_READ_KEYS(processors_keys)};

const char *ct_read_keep_name(struct ct_reading *d, const struct ct_json_event *e,
                              struct ct_err *err)
{
    if (e->len == 0 || e->len > NAME_BYTES_MAX || memchr(e->text, '\0', e->len) != NULL) {
        (void)ct_fail(err, CT_EUSAGE, "expected a name");
        return NULL;
    }
    for (size_t i = 0; i < d->n_names; i++)
        if (strlen(d->names[i]) == e->len && memcmp(d->names[i], e->text, e->len) == 0)
            return d->names[i];
    if (d->n_names == CT_READ_NAMES_MAX) {
        (void)ct_fail(err, CT_EUSAGE, "more than %d different hosts", CT_READ_NAMES_MAX);
        return NULL;
    }
    d->names[d->n_names] = ct_xstrndup(e->text, e->len);
    return d->names[d->n_names++];
}

static int take_host(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                     const struct ct_json_event *e, struct ct_err *err)
{
    (void)key;
    const char *host = ct_read_keep_name(r->ctx, e, err);
    if (host == NULL)
        return CT_EUSAGE;
    ((struct ct_server_sample *)base)->host = host;
    return 0;
}

static void *begin_server(struct ct_json_reader *r, void *parent, struct ct_err *err)
{
    (void)r;
    struct ct_reading_servers *now = &((struct ct_reading *)parent)->now;
    if (now->count == SERVERS_MAX) {
        (void)ct_fail(err, CT_EUSAGE, "more than %d servers", SERVERS_MAX);
        return NULL;
    }
    if (now->count == now->cap) {
        now->cap = now->cap == 0 ? 8 : 2 * now->cap;
        now->items = ct_xrealloc(now->items, now->cap, sizeof(now->items[0]));
    }
    struct ct_server_sample *s = &now->items[now->count++];
    *s = (struct ct_server_sample){0};
    return s;
}

static const struct ct_json_key server_keys[] = {
    {.name = "host", .required = true, .accepts = CT_JSON_EVENT_STRING, .take = take_host},
    {.name = "timestamp", CT_READ_TIME(struct ct_server_sample, wall_ns)},
    {.name = "memory", .accepts = CT_JSON_EVENT_OBJECT, .inside = &memory},
    {.name = "stats", .accepts = CT_JSON_EVENT_OBJECT, .inside = &cpu},
    {.name = "ping", .accepts = CT_JSON_EVENT_OBJECT, .inside = &ping},
    {.name = "swap", .accepts = CT_JSON_EVENT_OBJECT, .inside = &swap_table},
    {.name = "load", .accepts = CT_JSON_EVENT_OBJECT, .inside = &load_table},
    {.name = "activity", .accepts = CT_JSON_EVENT_OBJECT, .inside = &activity},
    {.name = "network", .accepts = CT_JSON_EVENT_OBJECT, .inside = &network},
    {.name = "disk", .accepts = CT_JSON_EVENT_OBJECT, .inside = &disk},
    {.name = "pressure", .accepts = CT_JSON_EVENT_OBJECT, .inside = &pressure},
    {.name = "system", .accepts = CT_JSON_EVENT_OBJECT, .inside = &system_table},
    {.name = "processors", .accepts = CT_JSON_EVENT_OBJECT, .inside = &processors},
    {.name = "watched", .accepts = CT_JSON_EVENT_OBJECT, .inside = &ct_read_watched},
    {.name = "cgroups",
     .accepts = CT_JSON_EVENT_ARRAY,
     .elements = CT_JSON_EVENT_OBJECT,
     .inside = &ct_read_cgroup},
    {.name = "cores",
     .accepts = CT_JSON_EVENT_ARRAY,
     .elements = CT_JSON_EVENT_NUMBER,
     .take = ct_read_core},
};
static const struct ct_json_table server = {CT_READ_KEYS(server_keys), .begin = begin_server};

/* --- snapshots --- */

void ct_read_release_snapshots(struct ct_reading *d)
{
    for (size_t i = 0; i < d->n_names; i++)
        free(d->names[i]);
    free(d->now.items);
    free(d->mean.items);
}

void ct_read_give_snapshot(const struct ct_reading *d, const struct ct_reading_servers *s)
{
    struct ct_snapshot snapshot = {
        .wall_ns = s->wall_ns, .n_servers = s->count, .servers = s->items};
    if (d->handler->snapshot != NULL)
        d->handler->snapshot(d->handler->ctx, &snapshot);
}

static void *begin_snapshot(struct ct_json_reader *r, void *parent, struct ct_err *err)
{
    (void)r;
    (void)err;
    struct ct_reading *d = parent;
    d->now.count = 0;
    d->now.wall_ns = 0;
    return d;
}

static int end_snapshot(struct ct_json_reader *r, void *base, struct ct_err *err)
{
    (void)err;
    struct ct_reading *d = base;
    if (r->frames[r->open - 2].table == NULL) { /* an entry of a list */
        d->has_list = true;
        ct_read_give_snapshot(d, &d->now);
        return 0;
    }
    struct ct_reading_servers free_one = d->mean;
    d->mean = d->now;
    d->now = free_one;
    d->has_mean = true;
    return 0;
}

static const struct ct_json_key snapshot_keys[] = {
    {.name = "servers",
     .accepts = CT_JSON_EVENT_ARRAY,
     .elements = CT_JSON_EVENT_OBJECT,
     .inside = &server},
    {.name = "timestamp", CT_READ_TIME(struct ct_reading, now.wall_ns)},
};
const struct ct_json_table ct_read_snapshot = {CT_READ_KEYS(snapshot_keys), .begin = begin_snapshot,
                                               .end = end_snapshot};

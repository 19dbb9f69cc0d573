#include "io/sftp.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
    INIT = 1,
    VERSION = 2,
    OPEN = 3,
    CLOSE = 4,
    READ = 5,
    STATUS = 101,
    HANDLE = 102,
    DATA = 103
};
enum { STATUS_EOF = 1, OPEN_READ = 1 };
enum {
    PACKET_MAX = 40000,
    READ_BYTES = 32768,
    READING_MAX = 256 << 10,
    HANDLE_MAX = 256, /* of the draft */
    ID = 0x100,       /* the id of a file's requests is its place and this */
    /* A file of /proc gives at least a page but for its last record, which is shorter than half of
     * one: what is as short as this was the rest of the file. */
    LAST_PIECE = 2048,
};

struct file {
    const char *path;
    unsigned char handle[HANDLE_MAX];
    size_t handle_len; /* 0: it could not be opened */
    struct ct_buf data;
    unsigned char asked; /* the request that is under way: OPEN, READ, CLOSE; 0: none */
};

struct ct_sftp {
    struct ct_buf in;
    size_t count, lasting, waiting;
    bool has_version, reading;
    size_t bytes; /* of this reading */
    struct file files[];
};

struct ct_sftp *ct_sftp_new(const char *const *paths, size_t count, size_t lasting)
{
    struct ct_sftp *s = ct_xcalloc(1, sizeof(*s) + count * sizeof(s->files[0]));
    ct_buf_init(&s->in, (size_t)2 * PACKET_MAX);
    s->count = count;
    s->lasting = lasting;
    for (size_t i = 0; i < count; i++) {
        s->files[i].path = paths[i];
        ct_buf_init(&s->files[i].data, READING_MAX);
    }
    return s;
}

void ct_sftp_free(struct ct_sftp *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->count; i++)
        ct_buf_release(&s->files[i].data);
    ct_buf_release(&s->in);
    free(s);
}

/* --- packets out --- */

static void put_u32(struct ct_buf *b, uint32_t v)
{
    const unsigned char bytes[4] = {(unsigned char)(v >> 24), (unsigned char)(v >> 16),
                                    (unsigned char)(v >> 8), (unsigned char)v};
    (void)ct_buf_add(b, bytes, sizeof(bytes));
}

static void put_string(struct ct_buf *b, const void *bytes, size_t len)
{
    put_u32(b, (uint32_t)len);
    (void)ct_buf_add(b, bytes, len);
}

/* Length, type and id of a request whose rest has that many bytes. */
static void put_request(struct ct_sftp *s, size_t file, unsigned char type, size_t rest,
                        struct ct_buf *out)
{
    put_u32(out, (uint32_t)(5 + rest));
    (void)ct_buf_add(out, &type, 1);
    put_u32(out, (uint32_t)(ID + file));
    s->files[file].asked = type;
    s->waiting++;
}

static void open_file(struct ct_sftp *s, size_t file, struct ct_buf *out)
{
    size_t len = strlen(s->files[file].path);
    put_request(s, file, OPEN, 4 + len + 8, out);
    put_string(out, s->files[file].path, len);
    put_u32(out, OPEN_READ);
    put_u32(out, 0); /* no attributes */
}

static void close_file(struct ct_sftp *s, size_t file, struct ct_buf *out)
{
    struct file *f = &s->files[file];
    put_request(s, file, CLOSE, 4 + f->handle_len, out);
    put_string(out, f->handle, f->handle_len);
    f->handle_len = 0;
}

static void ask(struct ct_sftp *s, size_t file, struct ct_buf *out)
{
    const struct file *f = &s->files[file];
    put_request(s, file, READ, 4 + f->handle_len + 12, out);
    put_string(out, f->handle, f->handle_len);
    put_u32(out, 0);
    put_u32(out, (uint32_t)f->data.len);
    put_u32(out, READ_BYTES);
}

void ct_sftp_open(struct ct_sftp *s, struct ct_buf *out)
{
    static const char init[] = {0, 0, 0, 5, INIT, 0, 0, 0, 3};
    (void)ct_buf_add(out, init, sizeof(init));
    for (size_t i = 0; i < s->lasting; i++)
        open_file(s, i, out);
}

void ct_sftp_read(struct ct_sftp *s, struct ct_buf *out)
{
    s->bytes = 0;
    s->reading = true;
    for (size_t i = 0; i < s->count; i++) {
        ct_buf_clear(&s->files[i].data);
        if (s->files[i].handle_len > 0)
            ask(s, i, out);
        else if (i >= s->lasting)
            open_file(s, i, out);
    }
}

/* --- packets in --- */

struct packet {
    const unsigned char *at;
    size_t left;
};

static bool get_u32(struct packet *p, uint32_t *out)
{
    if (p->left < 4)
        return false;
    *out = (uint32_t)p->at[0] << 24 | (uint32_t)p->at[1] << 16 | (uint32_t)p->at[2] << 8 | p->at[3];
    p->at += 4;
    p->left -= 4;
    return true;
}

static bool get_string(struct packet *p, const unsigned char **bytes, size_t *len)
{
    uint32_t n;
    if (!get_u32(p, &n) || n > p->left)
        return false;
    *bytes = p->at;
    *len = n;
    return true;
}

static enum ct_sftp_answer take_data(struct ct_sftp *s, size_t file, struct packet *p,
                                     struct ct_buf *out)
{
    struct file *f = &s->files[file];
    const unsigned char *bytes;
    size_t len;
    if (!get_string(p, &bytes, &len) || len > READ_BYTES)
        return CT_SFTP_BROKEN;
    s->bytes += len;
    if (s->bytes > READING_MAX || !ct_buf_add(&f->data, bytes, len))
        return CT_SFTP_LARGE;
    if (len > LAST_PIECE)
        ask(s, file, out);
    return CT_SFTP_MORE;
}

static enum ct_sftp_answer take_handle(struct ct_sftp *s, size_t file, struct packet *p,
                                       struct ct_buf *out)
{
    struct file *f = &s->files[file];
    const unsigned char *bytes;
    if (f->handle_len > 0 || !get_string(p, &bytes, &f->handle_len) || f->handle_len == 0 ||
        f->handle_len > HANDLE_MAX) {
        f->handle_len = 0;
        return CT_SFTP_BROKEN;
    }
    memcpy(f->handle, bytes, f->handle_len);
    if (s->reading)
        ask(s, file, out);
    return CT_SFTP_MORE;
}

/* A file that cannot be opened is missing; one that cannot be read is, this time: a group that is
 * gone may come back as another one. */
static enum ct_sftp_answer take_status(struct ct_sftp *s, size_t file, unsigned char asked,
                                       struct packet *p, struct ct_buf *out)
{
    struct file *f = &s->files[file];
    uint32_t code;
    if (!get_u32(p, &code))
        return CT_SFTP_BROKEN;
    if (code != STATUS_EOF)
        ct_buf_clear(&f->data);
    if (code != STATUS_EOF && asked == READ && file >= s->lasting)
        close_file(s, file, out);
    return CT_SFTP_MORE;
}

static enum ct_sftp_answer take_packet(struct ct_sftp *s, struct packet p, struct ct_buf *out)
{
    uint32_t id;
    unsigned type = *p.at++;
    p.left--;
    if (!s->has_version) {
        s->has_version = true;
        return type == VERSION ? CT_SFTP_MORE : CT_SFTP_ANOTHER;
    }
    if (!get_u32(&p, &id) || id < ID || id - ID >= s->count || s->files[id - ID].asked == 0)
        return CT_SFTP_BROKEN;
    size_t file = id - ID;
    unsigned char asked = s->files[file].asked;
    s->files[file].asked = 0;
    s->waiting--;
    switch (type) {
    case DATA:
        return asked == READ ? take_data(s, file, &p, out) : CT_SFTP_BROKEN;
    case HANDLE:
        return asked == OPEN ? take_handle(s, file, &p, out) : CT_SFTP_BROKEN;
    case STATUS:
        return take_status(s, file, asked, &p, out);
    default:
        return CT_SFTP_BROKEN;
    }
}

/* The packet at the beginning of what came; MORE with p->left 0: not all of it is there. */
static enum ct_sftp_answer next_packet(const struct ct_sftp *s, struct packet *p)
{
    struct packet head = {(const unsigned char *)s->in.data, s->in.len};
    uint32_t len;
    p->left = 0;
    if (!get_u32(&head, &len))
        return CT_SFTP_MORE;
    if (len == 0 || len > PACKET_MAX)
        return s->has_version ? CT_SFTP_BROKEN : CT_SFTP_ANOTHER;
    if (head.left >= len)
        *p = (struct packet){head.at, len};
    return CT_SFTP_MORE;
}

static enum ct_sftp_answer take_packets(struct ct_sftp *s, struct ct_buf *out)
{
    struct packet p;
    enum ct_sftp_answer answer;
    while ((answer = next_packet(s, &p)) == CT_SFTP_MORE && p.left > 0) {
        if ((answer = take_packet(s, p, out)) != CT_SFTP_MORE)
            return answer;
        ct_buf_consume(&s->in, 4 + p.left);
    }
    return answer;
}

enum ct_sftp_answer ct_sftp_take(struct ct_sftp *s, const char *bytes, size_t len,
                                 struct ct_buf *out)
{
    while (len > 0) {
        size_t piece = len < PACKET_MAX ? len : PACKET_MAX;
        if (!ct_buf_add(&s->in, bytes, piece))
            return CT_SFTP_BROKEN;
        enum ct_sftp_answer answer = take_packets(s, out);
        if (answer != CT_SFTP_MORE)
            return answer;
        bytes += piece;
        len -= piece;
    }
    return s->waiting == 0 && s->has_version ? CT_SFTP_DONE : CT_SFTP_MORE;
}

bool ct_sftp_has(const struct ct_sftp *s, size_t file)
{
    return s->files[file].handle_len > 0;
}

void ct_sftp_text(const struct ct_sftp *s, struct ct_buf *out)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct file *f = &s->files[i];
        if (f->data.len > 0 && ct_buf_printf(out, "==> %s <==\n", f->path) &&
            ct_buf_add(out, f->data.data, f->data.len))
            (void)ct_buf_puts(out, "\n");
    }
}

#include "io/ssh_reader.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/lines.h"
#include "base/mem.h"
#include "io/proc_files.h"
#include "io/sftp.h"
#include "io/ssh_reading.h"

/*
 * closed -> opening -> starting -> talking -> done
 *    \________________________________________/ a command per sample begins at closed again
 *
 * Each state is a function that tries one call of libssh2. While the way is being found, a failure
 * is no end: the next way is tried.
 */
enum way { SFTP, LOOP, ONCE, WAYS };
enum state { CLOSED, OPENING, STARTING, TALKING, DONE };

struct ct_ssh_reader {
    LIBSSH2_SESSION *session;
    const struct ct_server *server;
    LIBSSH2_CHANNEL *channel;
    enum way way;
    enum state state;
    bool finding, forced;
    bool other; /* on the SFTP channel another program answers */
    struct ct_sftp *sftp;
    const char **paths; /* of sftp: the files of /proc, then those of the control groups */
    char (*groups)[CT_CGROUP_PATH];
    struct ct_buf out; /* to be sent */
    struct ct_buf reply;
    size_t reply_len;
};

enum { AGAIN = 1 };

static void name_files(struct ct_ssh_reader *r)
{
    size_t count = r->server->n_cgroups * CT_CGROUP_FILES;
    r->groups = ct_xcalloc(count, sizeof(*r->groups));
    r->paths = ct_xcalloc(CT_PROC_FILES + count, sizeof(*r->paths));
    memcpy((void *)r->paths, (const void *)ct_proc_files, sizeof(ct_proc_files));
    for (size_t i = 0; i < count; i++) {
        ct_cgroup_path((enum ct_cgroup_file)(i % CT_CGROUP_FILES),
                       r->server->cgroups[i / CT_CGROUP_FILES], r->groups[i]);
        r->paths[CT_PROC_FILES + i] = r->groups[i];
    }
    r->sftp = ct_sftp_new(r->paths, CT_PROC_FILES + count, CT_PROC_FILES);
}

struct ct_ssh_reader *ct_ssh_reader_new(LIBSSH2_SESSION *session, const struct ct_server *server)
{
    struct ct_ssh_reader *r = ct_xcalloc(1, sizeof(*r));
    r->session = session;
    r->server = server;
    /* who is looked for, a listing of all processes says: not over SFTP */
    r->way = server->n_watch > 0 ? LOOP : SFTP;
    r->finding = true;
    name_files(r);
    ct_buf_init(&r->out, 16 << 10);
    ct_buf_init(&r->reply, CT_SSH_REPLY_MAX);
    return r;
}

void ct_ssh_reader_free(struct ct_ssh_reader *r)
{
    if (r == NULL)
        return;
    ct_sftp_free(r->sftp);
    free((void *)r->paths);
    free(r->groups);
    ct_buf_release(&r->out);
    ct_buf_release(&r->reply);
    free(r);
}

static int fail_ssh(struct ct_ssh_reader *r, struct ct_err *err)
{
    char *text = NULL;
    switch (libssh2_session_last_error(r->session, &text, NULL, 0)) {
    case LIBSSH2_ERROR_SOCKET_SEND:
    case LIBSSH2_ERROR_SOCKET_RECV:
    case LIBSSH2_ERROR_SOCKET_DISCONNECT:
        return ct_fail(err, CT_EREACH, "the connection was lost");
    default:
        break;
    }
    return ct_fail(err, CT_EREACH, "%s", text != NULL && text[0] != '\0' ? text : "failed");
}

static bool would_block(const struct ct_ssh_reader *r)
{
    return libssh2_session_last_errno(r->session) == LIBSSH2_ERROR_EAGAIN;
}

/* A loop of the account's own choice answers on the channel that was meant for SFTP. */
static bool is_loop(const struct ct_ssh_reader *r)
{
    return r->way == LOOP || (r->way == SFTP && r->other);
}

/* --- states --- */

static int opening(struct ct_ssh_reader *r, struct ct_err *err)
{
    r->channel = libssh2_channel_open_session(r->session);
    if (r->channel == NULL)
        return would_block(r) ? AGAIN : fail_ssh(r, err);
    /* what the server writes as errors must not pile up in memory */
    (void)libssh2_channel_handle_extended_data2(r->channel, LIBSSH2_CHANNEL_EXTENDED_DATA_IGNORE);
    r->state = STARTING;
    return 0;
}

static int starting(struct ct_ssh_reader *r, struct ct_err *err)
{
    int rc = r->way == SFTP   ? libssh2_channel_subsystem(r->channel, "sftp")
             : r->way == LOOP ? libssh2_channel_exec(r->channel, ct_ssh_command)
                              : libssh2_channel_exec(r->channel, ct_ssh_command_once);
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return AGAIN;
    if (rc != 0)
        return fail_ssh(r, err);
    if (r->way == SFTP)
        ct_sftp_open(r->sftp, &r->out);
    else if (r->way == LOOP)
        ct_ssh_question(r->server, &r->out);
    r->state = TALKING;
    return 0;
}

static int send_out(struct ct_ssh_reader *r, struct ct_err *err)
{
    while (r->out.len > 0) {
        ssize_t n = libssh2_channel_write(r->channel, r->out.data, r->out.len);
        if (n == LIBSSH2_ERROR_EAGAIN)
            return AGAIN;
        if (n < 0)
            return fail_ssh(r, err);
        ct_buf_consume(&r->out, (size_t)n);
    }
    return 0;
}

static int take_text(struct ct_ssh_reader *r, const char *bytes, size_t len, struct ct_err *err)
{
    if (!ct_buf_add(&r->reply, bytes, len))
        return ct_fail(err, CT_EREACH, "the answer is larger than 256 KiB");
    /* a greeting of the shell, and then SFTP after all: it cannot be told where that begins */
    if (r->way == SFTP && memchr(bytes, '\0', len) != NULL)
        return ct_fail(err, CT_EREACH, "the account's shell writes into SFTP");
    if (is_loop(r) && ct_ssh_reply_complete(&r->reply, &r->reply_len))
        r->state = DONE;
    return 0;
}

static int take_sftp(struct ct_ssh_reader *r, const char *bytes, size_t len, struct ct_err *err)
{
    switch (ct_sftp_take(r->sftp, bytes, len, &r->out)) {
    case CT_SFTP_MORE:
        return 0;
    case CT_SFTP_DONE:
        r->state = DONE;
        if (r->finding && !ct_sftp_has(r->sftp, 0))
            return ct_fail(err, CT_EREACH, "SFTP does not show /proc/stat");
        ct_sftp_text(r->sftp, &r->reply);
        r->reply_len = r->reply.len;
        return 0;
    case CT_SFTP_ANOTHER:
        r->other = true;
        return take_text(r, bytes, len, err);
    case CT_SFTP_LARGE:
        return ct_fail(err, CT_EREACH, "the answer is larger than 256 KiB");
    case CT_SFTP_BROKEN:
        break;
    }
    return ct_fail(err, CT_EREACH, "the server's SFTP makes no sense");
}

/* The channel ended. A command that has said what is needed has done its work. */
static int take_end(struct ct_ssh_reader *r, struct ct_err *err)
{
    const char *line_end;
    if (ct_ssh_reply_complete(&r->reply, &r->reply_len)) {
        r->state = DONE;
        return 0;
    }
    if (r->way == ONCE &&
        ct_line_find(r->reply.data, r->reply.data + r->reply.len, "cpu ", &line_end) != NULL)
        r->reply_len = r->reply.len;
    else
        return ct_fail(err, CT_EREACH, "the server ended the shell");
    r->state = DONE;
    return 0;
}

static int talking(struct ct_ssh_reader *r, struct ct_err *err)
{
    char chunk[16384];
    int rc = send_out(r, err);
    if (rc != 0)
        return rc;
    ssize_t n = libssh2_channel_read(r->channel, chunk, sizeof(chunk));
    if (n == LIBSSH2_ERROR_EAGAIN)
        return AGAIN;
    if (n < 0)
        return fail_ssh(r, err);
    if (n == 0)
        return take_end(r, err);
    return r->way == SFTP && !r->other ? take_sftp(r, chunk, (size_t)n, err)
                                       : take_text(r, chunk, (size_t)n, err);
}

/* A channel per sample has to be given back. */
static int closed(struct ct_ssh_reader *r, struct ct_err *err)
{
    if (r->channel != NULL && libssh2_channel_free(r->channel) == LIBSSH2_ERROR_EAGAIN)
        return AGAIN;
    (void)err;
    r->channel = NULL;
    r->state = OPENING;
    return 0;
}

static int run_state(struct ct_ssh_reader *r, struct ct_err *err)
{
    switch (r->state) {
    case CLOSED:
        return closed(r, err);
    case OPENING:
        return opening(r, err);
    case STARTING:
        return starting(r, err);
    case TALKING:
        return talking(r, err);
    case DONE:
        break;
    }
    return 0;
}

int ct_ssh_reader_step(struct ct_ssh_reader *r, struct ct_err *err)
{
    int rc = 0;
    while (rc == 0 && r->state != DONE)
        rc = run_state(r, err);
    return rc;
}

/* --- finding the way --- */

/* The channel stays with the session, which frees it; the server is told that it is over. */
static void leave_channel(struct ct_ssh_reader *r)
{
    if (r->channel != NULL)
        (void)libssh2_channel_close(r->channel);
    r->channel = NULL;
}

void ct_ssh_reader_skip(struct ct_ssh_reader *r)
{
    if (r->way + 1 < WAYS && r->state == TALKING) {
        leave_channel(r);
        r->way++;
        r->other = false;
        r->state = OPENING;
        ct_buf_clear(&r->out);
        ct_buf_clear(&r->reply);
    }
}

int ct_ssh_reader_find(struct ct_ssh_reader *r, struct ct_err *err)
{
    for (;;) {
        struct ct_err why = {0};
        int rc = ct_ssh_reader_step(r, &why);
        bool is_flood = r->reply.failed;
        if (rc == 0) {
            r->forced = r->other || (r->way != SFTP && !ct_ssh_reply_is_ours(&r->reply));
            r->finding = false;
        } else if (rc < 0 && r->way + 1 < WAYS && !is_flood) {
            r->state = r->channel != NULL ? TALKING : OPENING;
            if (r->channel == NULL)
                r->way++;
            else
                ct_ssh_reader_skip(r);
            continue;
        } else if (rc < 0 && err != NULL) {
            *err = why;
        }
        return rc;
    }
}

/* What a loop said without being asked is no answer to the next question. */
static void drain(struct ct_ssh_reader *r)
{
    char chunk[4096];
    size_t left = CT_SSH_REPLY_MAX;
    ssize_t n;
    while (left >= sizeof(chunk) &&
           (n = libssh2_channel_read(r->channel, chunk, sizeof(chunk))) > 0)
        left -= (size_t)n;
}

void ct_ssh_reader_ask(struct ct_ssh_reader *r)
{
    ct_buf_clear(&r->reply);
    ct_buf_clear(&r->out);
    r->state = r->way == ONCE ? CLOSED : TALKING;
    if (is_loop(r)) {
        drain(r);
        ct_ssh_question(r->server, &r->out);
    } else if (r->way == SFTP) {
        ct_sftp_read(r->sftp, &r->out);
    }
}

const char *ct_ssh_reader_text(const struct ct_ssh_reader *r, size_t *len)
{
    *len = r->reply_len;
    return r->reply.data;
}

const char *ct_ssh_reader_how(const struct ct_ssh_reader *r)
{
    static const char *const names[WAYS] = {"sftp", "shell loop", "command per sample"};
    if (r->finding)
        return "";
    return r->forced ? "forced command" : names[r->way];
}

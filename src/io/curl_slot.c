#include <errno.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "io/classify.h"
#include "io/curl_client.h"
#include "io/http1_parse.h"

enum { BODY_KEPT_MAX = 1024 * 1024 };

/* --- callbacks of libcurl --- */

static curl_socket_t socket_open(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct curl_slot *slot = ctx;
    (void)purpose;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0) {
        slot->socket_errno = errno;
        return CURL_SOCKET_BAD;
    }
    slot->client->opened++;
    slot->fd = fd;
    return fd;
}

static int socket_close(void *ctx, curl_socket_t fd)
{
    struct curl_client *client = ctx;
    client->closed++;
    return close(fd);
}

/* The request is about to be written. A second time it is libcurl's own retry: refused.
 * NOLINTNEXTLINE(readability-non-const-parameter): the type is libcurl's */
static int about_to_send(void *ctx, char *peer, char *local, int peer_port, int local_port)
{
    struct curl_slot *slot = ctx;
    struct ct_exchange *x = slot->exchange;
    (void)peer;
    (void)local;
    (void)peer_port;
    (void)local_port;
    if (x->wire_attempts > 0) {
        slot->suppressed = true;
        return CURL_PREREQFUNC_ABORT;
    }
    x->wire_attempts = 1;
    x->sent_ns = ct_clock_ns();
    x->stage = CT_STAGE_FIRST_BYTE;
    return CURL_PREREQFUNC_OK;
}

static size_t refuse(struct curl_slot *slot, enum ct_failure failure, const char *detail)
{
    slot->refused = failure;
    slot->refused_detail = detail;
    return 0;
}

static bool is_line(const char *line, size_t len, const char *begin)
{
    size_t n = strlen(begin);
    return len >= n && strncasecmp(line, begin, n) == 0;
}

static void head_begun(struct curl_slot *slot, const char *line, size_t len)
{
    const char *status = memchr(line, ' ', len);
    slot->lengths = 0;
    slot->chunked = false;
    slot->final_head = status == NULL || status + 1 == line + len || status[1] != '1';
}

/* What libcurl lets pass and http1 does not. */
static const char *head_fault(const struct curl_slot *slot)
{
    if (slot->lengths > 1)
        return "two Content-Length";
    return slot->lengths > 0 && slot->chunked ? "Content-Length and Transfer-Encoding" : NULL;
}

static size_t header_came(char *line, size_t size, size_t count, void *ctx)
{
    struct curl_slot *slot = ctx;
    size_t len = size * count;
    slot->begun = true;
    slot->exchange->stage = CT_STAGE_BODY;
    size_t *bytes = slot->head_done ? &slot->trailer_bytes : &slot->head_bytes;
    *bytes += len;
    if (*bytes > CT_H1_HEAD_MAX)
        return refuse(slot, CT_FAILURE_HEADER_TOO_LARGE, "head above 64 KiB");
    if (slot->head_done)
        return len;
    if (is_line(line, len, "HTTP/"))
        head_begun(slot, line, len);
    else if (is_line(line, len, "Content-Length:"))
        slot->lengths++;
    else if (is_line(line, len, "Transfer-Encoding:"))
        slot->chunked = true;
    else if (line[0] == '\r' || line[0] == '\n')
        slot->head_done = slot->final_head;
    if (is_line(line, len, "HTTP/1.1 101"))
        return refuse(slot, CT_FAILURE_PROTOCOL_ERROR, "the server switched protocols");
    if (head_fault(slot) != NULL)
        return refuse(slot, CT_FAILURE_PROTOCOL_ERROR, head_fault(slot));
    return len;
}

static size_t body_came(char *bytes, size_t size, size_t count, void *ctx)
{
    struct curl_slot *slot = ctx;
    size_t len = size * count;
    slot->body_bytes += len;
    if (slot->body_bytes > slot->client->opts.body_max)
        return refuse(slot, CT_FAILURE_BODY_TOO_LARGE, NULL);
    if (slot->client->opts.keep_body)
        (void)ct_buf_add(&slot->body, bytes, len);
    return len;
}

/* --- what the end of a transfer means --- */

static bool reused(const struct curl_slot *slot)
{
    long connects = 0;
    (void)curl_easy_getinfo(slot->easy, CURLINFO_NUM_CONNECTS, &connects);
    return connects == 0;
}

static enum ct_failure not_connected(const struct curl_slot *slot)
{
    long error = 0;
    if (slot->socket_errno != 0)
        return ct_classify_connect(slot->socket_errno);
    (void)curl_easy_getinfo(slot->easy, CURLINFO_OS_ERRNO, &error);
    return ct_classify_connect((int)error);
}

static enum ct_failure not_verified(const struct curl_slot *slot)
{
    long verify = 0;
    (void)curl_easy_getinfo(slot->easy, CURLINFO_SSL_VERIFYRESULT, &verify);
    /* libcurl checks the name itself, before it asks OpenSSL for its result. */
    bool unasked = verify == X509_V_OK || verify == X509_V_ERR_UNSPECIFIED;
    return unasked ? CT_FAILURE_TLS_NAME : ct_classify_verify(verify);
}

static enum ct_failure closed_early(const struct curl_slot *slot)
{
    if (slot->begun)
        return CT_FAILURE_TRUNCATED;
    return reused(slot) ? CT_FAILURE_CLOSED_ON_REUSE : CT_FAILURE_CLOSED_BEFORE_RESPONSE;
}

/* CURLE_RECV_ERROR and CURLE_SEND_ERROR cover several faults; only the text tells them apart. */
static enum ct_failure broken(const struct curl_slot *slot)
{
    long error = 0;
    (void)curl_easy_getinfo(slot->easy, CURLINFO_OS_ERRNO, &error);
    if (strstr(slot->error, "chunk") != NULL)
        return CT_FAILURE_PROTOCOL_ERROR;
    if (strstr(slot->error, "unexpected eof") != NULL)
        return closed_early(slot);
    if (!slot->begun && reused(slot))
        return CT_FAILURE_CLOSED_ON_REUSE;
    return ct_classify_broken((int)error, slot->head_done);
}

static enum ct_failure failure_of(const struct curl_slot *slot, CURLcode code)
{
    if (slot->suppressed)
        return CT_FAILURE_CLOSED_ON_REUSE;
    if (slot->refused != CT_FAILURE_NONE)
        return slot->refused;
    switch ((int)code) {
    case CURLE_OK:
        return CT_FAILURE_NONE;
    case CURLE_COULDNT_RESOLVE_HOST:
        return slot->socket_errno != 0 ? not_connected(slot) : CT_FAILURE_DNS;
    case CURLE_COULDNT_CONNECT:
        return not_connected(slot);
    case CURLE_OPERATION_TIMEDOUT: /* we set none: libcurl's own for connecting */
        return CT_FAILURE_CONNECT_TIMEOUT;
    case CURLE_PEER_FAILED_VERIFICATION:
        return not_verified(slot);
    case CURLE_SSL_CACERT_BADFILE: /* as OpenSSL has it: no authorities, nobody is trusted */
        return CT_FAILURE_TLS_UNTRUSTED;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
        return CT_FAILURE_TLS_HANDSHAKE;
    case CURLE_GOT_NOTHING:
        return closed_early(slot);
    case CURLE_PARTIAL_FILE:
        return CT_FAILURE_TRUNCATED;
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return broken(slot);
    case CURLE_OUT_OF_MEMORY:
        return CT_FAILURE_GEN_MEMORY;
    default: /* not HTTP/1: CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY and the like */
        return CT_FAILURE_PROTOCOL_ERROR;
    }
}

static void fill_sizes(const struct curl_slot *slot, struct ct_exchange *x)
{
    long head = 0, request = 0;
    curl_off_t uploaded = 0;
    (void)curl_easy_getinfo(slot->easy, CURLINFO_HEADER_SIZE, &head);
    (void)curl_easy_getinfo(slot->easy, CURLINFO_REQUEST_SIZE, &request);
    (void)curl_easy_getinfo(slot->easy, CURLINFO_SIZE_UPLOAD_T, &uploaded);
    x->bytes_received = (uint64_t)head + slot->body_bytes;
    /* libcurl counts a small body with the head, a large one apart. */
    bool apart = (uint64_t)request < slot->client->body.len;
    x->bytes_sent = (uint64_t)request + (apart ? (uint64_t)uploaded : 0);
}

static bool is_tls(enum ct_failure failure)
{
    return failure == CT_FAILURE_TLS_UNTRUSTED || failure == CT_FAILURE_TLS_EXPIRED ||
           failure == CT_FAILURE_TLS_NAME || failure == CT_FAILURE_TLS_HANDSHAKE;
}

void curl_slot_result(struct curl_slot *slot, CURLcode code)
{
    struct ct_exchange *x = slot->exchange;
    long status = 0;
    x->done_ns = ct_clock_ns();
    x->failure = failure_of(slot, code);
    x->detail = slot->refused_detail;
    if (x->stage < CT_STAGE_FIRST_BYTE)
        x->stage = is_tls(x->failure) ? CT_STAGE_TLS : CT_STAGE_CONNECT;
    if (slot->head_done)
        (void)curl_easy_getinfo(slot->easy, CURLINFO_RESPONSE_CODE, &status);
    x->status = (int)status;
    x->new_connection = !slot->suppressed && !reused(slot); /* not that of the retry */
    fill_sizes(slot, x);
    if (x->failure != CT_FAILURE_NONE)
        return;
    x->woke_ns = ct_loop_woke_ns(slot->client->loop);
    x->body_len = slot->body_bytes;
    if (slot->client->opts.keep_body)
        x->body = slot->body.data;
}

/* libcurl does not tell a connection that is there from one that is being made; the socket does. */
enum ct_stage curl_slot_stage(const struct curl_slot *slot)
{
    struct sockaddr_storage peer;
    socklen_t len = sizeof(peer);
    if (slot->exchange->stage >= CT_STAGE_FIRST_BYTE)
        return slot->exchange->stage;
    if (slot->fd < 0 || getpeername(slot->fd, (struct sockaddr *)&peer, &len) < 0)
        return CT_STAGE_CONNECT;
    return CT_STAGE_TLS;
}

/* --- making slots --- */

static void set_request(CURL *easy, const struct curl_client *client)
{
    bool is_head = strcmp(client->method, "HEAD") == 0;
    (void)curl_easy_setopt(easy, CURLOPT_URL, client->url);
    (void)curl_easy_setopt(easy, CURLOPT_REQUEST_TARGET, client->target);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, client->headers);
    if (client->resolve != NULL)
        (void)curl_easy_setopt(easy, CURLOPT_RESOLVE, client->resolve);
    if (client->sends_body) {
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)client->body.len);
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, client->body.data);
    }
    if (is_head)
        (void)curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    else
        (void)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, client->method);
}

/* Nothing from the environment, nothing behind our back. */
static void set_manners(CURL *easy, const struct curl_client *client)
{
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, client->opts.keep_alive ? 0L : 1L);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, client->opts.insecure ? 0L : 1L);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, client->opts.insecure ? 0L : 2L);
    /* As OpenSSL does by itself, so that the preflight and the load trust the same. */
    const char *file = getenv(X509_get_default_cert_file_env());
    const char *folder = getenv(X509_get_default_cert_dir_env());
    if (file != NULL)
        (void)curl_easy_setopt(easy, CURLOPT_CAINFO, file);
    if (folder != NULL)
        (void)curl_easy_setopt(easy, CURLOPT_CAPATH, folder);
}

static void set_callbacks(CURL *easy, struct curl_slot *slot)
{
    (void)curl_easy_setopt(easy, CURLOPT_PRIVATE, slot);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, slot->error);
    (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, socket_open);
    (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, slot);
    (void)curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, socket_close);
    (void)curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, slot->client);
    (void)curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, about_to_send);
    (void)curl_easy_setopt(easy, CURLOPT_PREREQDATA, slot);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, header_came);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, slot);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, body_came);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, slot);
}

static struct curl_slot *make(struct curl_client *client)
{
    CURL *easy = curl_easy_init();
    if (easy == NULL)
        return NULL;
    struct curl_slot *slot = ct_xcalloc(1, sizeof(*slot));
    slot->client = client;
    slot->easy = easy;
    slot->fd = -1;
    if (client->opts.keep_body)
        ct_buf_init(&slot->body, client->opts.body_max);
    set_request(easy, client);
    set_manners(easy, client);
    set_callbacks(easy, slot);
    slot->next_made = client->made;
    client->made = slot;
    return slot;
}

struct curl_slot *curl_slot_take(struct curl_client *client)
{
    struct curl_slot *slot = client->free_slots;
    if (slot == NULL)
        return make(client);
    client->free_slots = slot->next_free;
    slot->fd = -1;
    slot->socket_errno = 0;
    slot->head_bytes = slot->trailer_bytes = 0;
    slot->body_bytes = 0;
    slot->lengths = 0;
    slot->chunked = slot->final_head = slot->begun = slot->head_done = slot->suppressed = false;
    slot->refused = CT_FAILURE_NONE;
    slot->refused_detail = NULL;
    slot->error[0] = '\0';
    if (client->opts.keep_body)
        ct_buf_clear(&slot->body);
    return slot;
}

void curl_slot_give(struct curl_slot *slot)
{
    struct ct_buf *body = &slot->body;
    if (slot->client->opts.keep_body && body->cap > BODY_KEPT_MAX) {
        ct_buf_release(body);
        ct_buf_init(body, slot->client->opts.body_max);
    }
    slot->next_free = slot->client->free_slots;
    slot->client->free_slots = slot;
}

void curl_slot_free(struct curl_slot *slot)
{
    curl_easy_cleanup(slot->easy);
    if (slot->client->opts.keep_body)
        ct_buf_release(&slot->body);
    free(slot);
}

/*
 * Private to curl*.c: libcurl's multi interface on our loop, behind the interface of a transport.
 *
 * How it differs from http1: a connection that libcurl finds dead before it writes is replaced
 * silently (no byte was sent); which idle connection is taken is libcurl's choice (the newest);
 * sent_ns is the instant the request is about to be written (CURLOPT_PREREQFUNCTION), early by the
 * 10 us or so that libcurl takes to build and write it; done_ns is stamped when libcurl returns,
 * late by as much; bytes_received counts head and body, not the framing of chunks.
 */
#ifndef CT_IO_CURL_CLIENT_H
#define CT_IO_CURL_CLIENT_H

#include <curl/curl.h>
#include <uv.h>

#include "base/buf.h"
#include "base/pool.h"
#include "io/ended.h"
#include "io/transport.h"

struct curl_client;

/* One reusable easy handle and what its callbacks saw of the exchange it carries. */
struct curl_slot {
    struct curl_client *client;
    CURL *easy;
    struct ct_exchange *exchange; /* NULL: free */
    struct curl_slot *next_free, *next_made;
    struct ct_buf body; /* unused unless keep_body */

    int fd;           /* of the connection that was made for it; -1: none yet */
    int socket_errno; /* of socket(), which libcurl does not report */
    size_t head_bytes, trailer_bytes;
    uint64_t body_bytes;
    unsigned lengths;        /* Content-Length lines in this head */
    bool chunked;            /* Transfer-Encoding in this head */
    bool final_head;         /* the head being read is not interim */
    bool begun;              /* a line of an answer came */
    bool head_done;          /* the final head is complete */
    bool suppressed;         /* libcurl was about to send it again */
    enum ct_failure refused; /* by one of our callbacks, with its detail */
    const char *refused_detail;
    char error[CURL_ERROR_SIZE];
};

struct curl_client {
    struct ct_loop *loop;
    struct ct_transport_opts opts;
    CURLM *multi;
    struct curl_slist *headers, *resolve;
    struct ct_buf body; /* of the request */
    bool sends_body;
    char *method, *url, *target;
    struct curl_slot *made, *free_slots;
    uint64_t opened, closed; /* sockets */
    uv_timer_t timer;        /* libcurl's */
    struct ct_pool watches;  /* struct of curl_loop.c, one per socket that libcurl waits for */
    struct ct_ended ended;
    int open_handles; /* timer and ended, while closing */
    void (*closed_fn)(void *ctx);
    void *closed_ctx;
};

/* curl_loop.c: sockets and timer of the multi handle. */
int curl_loop_init(struct curl_client *client, struct ct_err *err);
void curl_loop_kick(struct curl_client *client);  /* let libcurl do what it can do at once */
void curl_loop_close(struct curl_client *client); /* multi, timer, sockets; then curl_freed */
void curl_loop_closed(struct curl_client *client);

/* curl_slot.c: callbacks of one transfer and what its end means. */
struct curl_slot *curl_slot_take(struct curl_client *client); /* NULL: no memory */
void curl_slot_give(struct curl_slot *slot);
void curl_slot_free(struct curl_slot *slot);

/* Fill the result of the slot's exchange from libcurl's code. */
void curl_slot_result(struct curl_slot *slot, CURLcode code);

/* How far the exchange of a slot in flight came. */
enum ct_stage curl_slot_stage(const struct curl_slot *slot);

#endif

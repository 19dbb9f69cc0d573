#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "io/request_bytes.h"
#include "io/wire.h"
#include "services/feed.h"
#include "services/target_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int no_body(const char *path, struct ct_request *request, struct ct_err *err)
{
    (void)err;
    ct_request_set_body(request, path, strlen(path));
    return 0;
}

/* Whatever the values are, a request on the wire has one head, and its body's length is right. */
static void check_bytes(const struct ct_buf *bytes)
{
    const char *end = strstr(bytes->data, "\r\n\r\n");
    assert(end != NULL);
    const char *length = strstr(bytes->data, "\r\nContent-Length: ");
    if (length != NULL && length < end)
        assert(strtoull(length + 18, NULL, 10) == bytes->len - (size_t)(end + 4 - bytes->data));
}

static void render(const struct ct_feed *feed, const struct ct_request *request)
{
    struct ct_endpoint e;
    struct ct_err err = {0};
    struct ct_wire w;
    struct ct_buf scratch;
    assert(ct_endpoint_parse("http://h", &e, NULL, &err) == 0);
    if (ct_request_header(request, "Content-Length") != NULL ||
        ct_wire_init(&w, &e, request, true, feed, &err) < 0)
        return;
    ct_buf_init(&scratch, SIZE_MAX);
    for (uint64_t i = 0; i < feed->n_rows && i < 4; i++)
        check_bytes(ct_wire_bytes(&w, ct_feed_row(feed, i), &scratch));
    ct_buf_release(&scratch);
    ct_wire_release(&w);
}

/* A feed, an empty line of two '\n' with a bar between, a list. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *cut = memmem(text, size, "\n|\n", 3);
    size_t first = cut != NULL ? (size_t)(cut - text) : size;
    struct ct_feed feed;
    struct ct_mix mix;
    struct ct_err err = {0};
    char *url;
    bool has_feed = ct_feed_parse(text, first, &feed, &err) == 0;
    if (cut != NULL &&
        ct_target_list_parse(cut + 3, size - first - 3, no_body, &mix, &url, &err) == 0) {
        for (size_t k = 0; has_feed && k < mix.count && k < 4; k++)
            render(&feed, &mix.requests[k]);
        ct_mix_release(&mix);
        free(url);
    }
    if (has_feed)
        ct_feed_release(&feed);
    return 0;
}

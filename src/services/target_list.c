#include "services/target_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/units.h"
#include "io/transport.h"

enum { LIST_MAX = 64 << 20, BODY_MAX = 64 << 20, LINE_MAX = 64 << 10 };

/* The list so far, and the request that is being read. */
struct list {
    struct ct_mix *mix;
    ct_target_body_fn *body;
    struct ct_endpoint first;
    struct ct_request request; /* method NULL: none yet */
    uint32_t weight;
    char **url;
};

static void finish_request(struct list *l)
{
    if (l->request.method != NULL)
        ct_mix_add(l->mix, &l->request, l->weight);
}

static int check_host(struct list *l, const char *url, const struct ct_endpoint *e,
                      struct ct_err *err)
{
    if (*l->url == NULL) {
        *l->url = ct_xstrdup(url);
        l->first = *e;
        return 0;
    }
    if (e->https != l->first.https || e->port != l->first.port ||
        strcmp(e->host, l->first.host) != 0)
        return ct_fail(err, CT_EUSAGE, "all requests of a list go to one host, the first to %s:%u",
                       l->first.host, (unsigned)l->first.port);
    return 0;
}

static int read_weight(const char *text, uint32_t *out, struct ct_err *err)
{
    uint64_t weight;
    if (*text == '\0')
        return 0;
    if (strncmp(text, "weight=", 7) != 0 || ct_count_parse(text + 7, &weight, err) < 0 ||
        weight < 1 || weight > 1000000)
        return ct_fail(err, CT_EUSAGE, "'%.40s' is no weight from 1 to 1,000,000 (weight=3)", text);
    *out = (uint32_t)weight;
    return 0;
}

/* Cut off behind it; *rest is moved to what follows. */
static const char *next_word(char **rest)
{
    char *word = *rest;
    *rest += strcspn(*rest, " \t");
    if (**rest != '\0')
        *(*rest)++ = '\0';
    *rest += strspn(*rest, " \t");
    return word;
}

/* METHOD URL [weight=N]; line is changed. */
static int begin_request(struct list *l, char *line, struct ct_err *err)
{
    struct ct_endpoint endpoint;
    char *rest = line, *path = NULL;
    const char *method = next_word(&rest), *url = next_word(&rest);
    finish_request(l);
    if (l->mix->count == CT_MIX_MAX)
        return ct_fail(err, CT_EUSAGE, "more than %d requests", CT_MIX_MAX);
    l->weight = 1;
    int rc = read_weight(rest, &l->weight, err);
    if (rc == 0 && (rc = ct_endpoint_parse(url, &endpoint, &path, err)) == 0) {
        rc = check_host(l, url, &endpoint, err);
        ct_request_init(&l->request, method, path);
        free(path);
    }
    return rc;
}

static int add_header(struct ct_request *r, char *line, struct ct_err *err)
{
    char *colon = strchr(line, ':');
    if (colon == NULL || colon == line)
        return ct_fail(err, CT_EUSAGE,
                       "'%.40s' is no request ('GET http://...'), header ('Name: value') or body "
                       "('@file')",
                       line);
    *colon = '\0';
    ct_request_add_header(r, line, colon + 1 + strspn(colon + 1, " \t"));
    return 0;
}

static bool begins_request(const char *line)
{
    size_t word = strcspn(line, " \t:");
    const char *after = line + word + strspn(line + word, " \t");
    return word > 0 && (strncmp(after, "http://", 7) == 0 || strncmp(after, "https://", 8) == 0);
}

static int read_line(struct list *l, char *line, struct ct_err *err)
{
    if (*line == '\0' || *line == '#')
        return 0;
    if (begins_request(line))
        return begin_request(l, line, err);
    if (l->request.method == NULL)
        return ct_fail(err, CT_EUSAGE, "a list begins with a request such as 'GET http://host/'");
    if (*line == '@')
        return l->body(line + 1, &l->request, err);
    return add_header(&l->request, line, err);
}

static int read_lines(struct list *l, const char *text, size_t len, struct ct_err *err)
{
    const char *at = text, *end = text + len;
    int rc = 0;
    for (size_t line_no = 1; rc == 0 && at < end; line_no++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t n = (size_t)((stop != NULL ? stop : end) - at);
        if (n > LINE_MAX || memchr(at, '\0', n) != NULL)
            return ct_fail(err, CT_EUSAGE, "line %zu is too long or has a NUL byte", line_no);
        char *line = ct_xstrndup(at, n);
        if (n > 0 && line[n - 1] == '\r')
            line[n - 1] = '\0';
        if ((rc = read_line(l, line, err)) < 0)
            (void)ct_fail_while(err, "line %zu", line_no);
        free(line);
        at += n + (stop != NULL);
    }
    return rc;
}

int ct_target_list_parse(const char *text, size_t len, ct_target_body_fn *body, struct ct_mix *mix,
                         char **url, struct ct_err *err)
{
    struct list l = {.mix = mix, .body = body, .url = url};
    memset(mix, 0, sizeof(*mix));
    *url = NULL;
    int rc = read_lines(&l, text, len, err);
    if (rc == 0)
        finish_request(&l);
    else
        ct_request_release(&l.request);
    if (rc == 0 && mix->count == 0)
        rc = ct_fail(err, CT_EUSAGE, "there is no request in it, such as 'GET http://host/'");
    if (rc == 0 && ct_mix_set_order(mix) < 0)
        rc = ct_fail(err, CT_EUSAGE, "the weights add up to more than %d", CT_MIX_ORDER_MAX);
    if (rc < 0) {
        ct_mix_release(mix);
        free(*url);
        *url = NULL;
    }
    return rc;
}

int ct_target_body_read(const char *path, struct ct_request *request, struct ct_err *err)
{
    struct ct_buf b;
    ct_buf_init(&b, BODY_MAX);
    int rc = ct_buf_read_file(&b, path, err);
    if (rc == 0)
        ct_request_set_body(request, b.data, b.len);
    ct_buf_release(&b);
    return rc;
}

int ct_target_list_read(const char *path, struct ct_mix *mix, char **url, struct ct_err *err)
{
    struct ct_buf b;
    bool is_stdin = strcmp(path, "-") == 0;
    ct_buf_init(&b, LIST_MAX);
    int rc = ct_buf_read_file(&b, is_stdin ? "/dev/stdin" : path, err);
    if (rc == 0 &&
        (rc = ct_target_list_parse(b.data, b.len, ct_target_body_read, mix, url, err)) < 0)
        (void)ct_fail_while(err, "the list of requests on %s", is_stdin ? "stdin" : path);
    ct_buf_release(&b);
    return rc;
}

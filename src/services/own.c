#include "services/own.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

enum { LINES_MAX = 1 << 20 };

static size_t watched_count(const struct ct_session *s)
{
    return s->watch != NULL ? s->opts.config->cluster.count : 0;
}

char *ct_own_servers(const struct ct_session *s)
{
    struct ct_buf lines;
    ct_buf_init(&lines, LINES_MAX);
    for (size_t i = 0; i < watched_count(s); i++)
        if (ct_watch_is_here(s->watch, i))
            (void)ct_buf_printf(&lines, "%s\n", s->opts.config->cluster.servers[i].id);
    char *text = ct_xstrdup(lines.data);
    ct_buf_release(&lines);
    return text;
}

/* host is the endpoint's, as it was written or as it was resolved ("1.2.3.4:80", "[::1]:80"). */
static bool is_host_of(const char *host, const struct ct_endpoint *e)
{
    size_t len = strlen(host);
    const char *at = e->addr_text + (e->addr_text[0] == '[');
    return strcmp(host, e->host) == 0 ||
           (strncmp(at, host, len) == 0 && (at[len] == ':' || at[len] == ']'));
}

bool ct_own_target(const struct ct_session *s)
{
    if (ct_endpoint_is_local(&s->endpoint))
        return true;
    for (size_t i = 0; i < watched_count(s); i++) {
        const struct ct_server *v = &s->opts.config->cluster.servers[i];
        if (v->auth != CT_AUTH_LOCAL && ct_watch_is_here(s->watch, i) &&
            is_host_of(v->host, &s->endpoint))
            return true;
    }
    return false;
}

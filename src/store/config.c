#include "store/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/opt.h"
#include "store/config_check.h"
#include "store/config_tables.h"

enum { FILE_BYTES_MAX = 1024 * 1024, ENTRIES_MAX = 1000 };

void *ct_config_grow(void *list, size_t count, size_t size, struct ct_err *err)
{
    if (count == ENTRIES_MAX) {
        (void)ct_fail(err, CT_EUSAGE, "more than %d entries", ENTRIES_MAX);
        return NULL;
    }
    char *grown = ct_xrealloc(list, count + 1, size);
    memset(grown + count * size, 0, size);
    return grown;
}

/* --- app --- */

static int take_url(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                    const struct ct_json_event *e, struct ct_err *err)
{
    if (ct_json_take_string(r, key, base, e, err) != 0)
        return CT_EUSAGE;
    char *url = ((struct ct_config *)base)->app_url;
    for (size_t len = strlen(url); len > 0 && url[len - 1] == '/'; len--)
        url[len - 1] = '\0';
    return 0;
}

static const struct ct_json_key app_keys[] = {
    {.name = "name",
     CT_CONFIG_TEXT,
     .member = offsetof(struct ct_config, app_name),
     .check = ct_config_check_text,
     .example = "\"lab-k3s\""},
    {.name = "url",
     .accepts = CT_JSON_EVENT_STRING,
     .take = take_url,
     .member = offsetof(struct ct_config, app_url),
     .check = ct_config_check_url,
     .example = "\"http://192.168.1.240\""},
};
static const struct ct_json_table app = {CT_CONFIG_KEYS(app_keys)};

/* --- targets --- */

static int take_allow(struct ct_json_reader *r, const struct ct_json_key *key, void *base,
                      const struct ct_json_event *e, struct ct_err *err)
{
    struct ct_config *c = base;
    char **grown = ct_config_grow(c->allow, c->n_allow, sizeof(*grown), err);
    if (grown == NULL)
        return CT_EUSAGE;
    c->allow = grown;
    struct ct_json_key entry = *key;
    entry.member = 0;
    int rc = ct_json_take_string(r, &entry, &c->allow[c->n_allow], e, err);
    c->n_allow += rc == 0;
    return rc;
}

static const struct ct_json_key targets_keys[] = {
    {.name = "allow",
     .accepts = CT_JSON_EVENT_ARRAY,
     .elements = CT_JSON_EVENT_STRING,
     .take = take_allow,
     .check = ct_config_check_allow,
     .example = "[\"*.staging.example.net\"]"},
};
static const struct ct_json_table targets = {CT_CONFIG_KEYS(targets_keys)};

/* --- defaults --- */

static int check_option(const struct ct_config_draft *d, const char *name, struct ct_err *err)
{
    const char *bare = name + strspn(name, "-");
    for (size_t i = 0; i < d->n_known; i++)
        if (strcmp(d->known_options[i], bare) == 0)
            return bare == name
                       ? 0
                       : ct_fail(err, CT_EUSAGE,
                                 "an option is named without dashes here: write \"%s\"", bare);
    const char *near = ct_nearest(bare, d->known_options, d->n_known);
    if (near != NULL)
        return ct_fail(err, CT_EUSAGE, "unknown option: did you mean '%s'?", near);
    return ct_fail(err, CT_EUSAGE,
                   "unknown option: write one of those that a command's --help lists, without "
                   "dashes");
}

static int take_default(struct ct_json_reader *r, void *base, const char *name,
                        const struct ct_json_event *e, struct ct_err *err)
{
    struct ct_config_draft *d = r->ctx;
    struct ct_config *c = base;
    if (d->known_options != NULL && check_option(d, name, err) != 0)
        return CT_EUSAGE;
    for (size_t i = 0; i < c->n_defaults; i++)
        if (strcmp(c->defaults[i].option, name) == 0)
            return ct_fail(err, CT_EUSAGE, "this key stands twice, first in line %u: remove one",
                           c->defaults[i].line);
    if (memchr(e->text, '\0', e->len) != NULL)
        return ct_fail(err, CT_EUSAGE, "a \\u0000 is no text: remove it");
    struct ct_default *grown = ct_config_grow(c->defaults, c->n_defaults, sizeof(*grown), err);
    if (grown == NULL)
        return CT_EUSAGE;
    c->defaults = grown;
    c->defaults[c->n_defaults++] = (struct ct_default){
        .option = ct_xstrdup(name), .value = ct_xstrndup(e->text, e->len), .line = e->line};
    return 0;
}

static const struct ct_json_key any_default = {.accepts = CT_JSON_EVENT_STRING |
                                                          CT_JSON_EVENT_NUMBER | CT_JSON_EVENT_BOOL,
                                               .example = "\"10s\""};
static const struct ct_json_table defaults = {.any = &any_default, .take_any = take_default};

/* --- the file --- */

static const struct ct_json_key file_keys[] = {
    {.name = "app",
     .accepts = CT_JSON_EVENT_OBJECT,
     .inside = &app,
     .example = "{\"name\": \"my-app\", \"url\": \"http://127.0.0.1:8080\"}"},
    {.name = "monitorServers",
     .accepts = CT_JSON_EVENT_ARRAY,
     .elements = CT_JSON_EVENT_OBJECT,
     .inside = &ct_config_server,
     .example = "[{\"host\": \"192.168.1.100\"}]"},
    {.name = "testCases",
     .accepts = CT_JSON_EVENT_ARRAY,
     .elements = CT_JSON_EVENT_OBJECT,
     .inside = &ct_config_case,
     .example = "[{\"name\": \"checkout\", \"request\": {\"path\": \"/cart/{load}\"}}]"},
    {.name = "targets",
     .accepts = CT_JSON_EVENT_OBJECT,
     .inside = &targets,
     .example = "{\"allow\": [\"*.staging.example.net\"]}"},
    {.name = "defaults",
     .accepts = CT_JSON_EVENT_OBJECT,
     .inside = &defaults,
     .example = "{\"duration-per-test\": \"10s\"}"},
};
static const struct ct_json_table file = {CT_CONFIG_KEYS(file_keys)};

int ct_config_parse(const char *text, size_t len, const char *path,
                    const char *const *known_options, size_t n_known, struct ct_config *out,
                    struct ct_err *err)
{
    struct ct_config_draft draft = {.known_options = known_options, .n_known = n_known};
    struct ct_json_reader reader = {
        .path = path, .ctx = &draft, .root = &file, .base = &draft.config};
    int rc = ct_json_events_parse(text, len, path, ct_json_table_event, &reader, err);
    if (rc != 0) {
        ct_config_release(&draft.config);
        return rc;
    }
    ct_config_name_servers(&draft.config.cluster);
    draft.config.path = ct_xstrdup(path);
    *out = draft.config;
    return 0;
}

static int fail_missing(const char *path, struct ct_err *err)
{
    return ct_fail(err, CT_EUSAGE,
                   "there is no '%s': name another with --config, or write this into it:\n"
                   "{\n"
                   "  \"app\": {\"name\": \"my-app\", \"url\": \"http://127.0.0.1:8080\"}\n"
                   "}",
                   path);
}

int ct_config_load(const char *path, const char *const *known_options, size_t n_known,
                   struct ct_config *out, struct ct_err *err)
{
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return fail_missing(path, err);
    struct ct_buf text;
    ct_buf_init(&text, FILE_BYTES_MAX);
    int rc = ct_buf_read_file(&text, path, err);
    if (rc == 0)
        rc = ct_config_parse(text.data, text.len, path, known_options, n_known, out, err);
    explicit_bzero(text.data, text.len); /* passwords may stand in it */
    ct_buf_release(&text);
    return rc;
}

#include "io/ssh_reading.h"

#include <string.h>

#include "io/proc_files.h"

#define OURS "ct-own\n"
#define WORD(path) path " "
#define FILES CT_PROC_FILES_FOR(WORD)
/* One process for all files; cat where head does not know -v. */
#define BEGIN                                                                                      \
    "exec sh -c 'r=cat; head -v -n 1 /proc/stat >/dev/null 2>&1 && r=\"head -v -n 100000\"; "
#define REPLY "$r " FILES "$p \"$@\" 2>/dev/null; echo ct-end"
/* Of builtins only: what is asked for is matched here, where nothing is started for it. What stands
 * behind two slashes is taken off first: control groups, whose files become the arguments. */
#define GROUP_FILE(kind, folder, name) "\"/" folder "$c/" name "\" "
#define GROUPS                                                                                     \
    "set --; y=${x#*//}; [ \"$y\" = \"$x\" ] && y=; x=${x%%//*}; "                                 \
    "while [ -n \"$y\" ]; do c=${y%%//*}; y=${y#\"$c\"}; y=${y#//}; "                              \
    "for f in " CT_CGROUP_FILES_FOR(GROUP_FILE) "; do "                                            \
                                                "[ -r \"/sys/fs/cgroup$f\" ] && set -- \"$@\" "    \
                                                "\"/sys/fs/cgroup$f\"; done; done; "
#define WATCH                                                                                      \
    "p=; if [ -n \"$x\" ]; then printf \"==> ct-watch <==\\n%s\\n\" \"$z\"; "                      \
    "for f in /proc/[0-9]*; do read -r c <$f/comm && "                                             \
    "case \"/$x/\" in *\"/$c/\"*) p=\"$p $f/stat\";; esac; done 2>/dev/null; fi; "

const char ct_ssh_command[] = BEGIN "z=$(getconf PAGESIZE 2>/dev/null); while read -r x; do "
                                    "echo ct-own; " GROUPS WATCH REPLY "; done'";
const char ct_ssh_command_once[] = BEGIN "echo ct-own; " REPLY "'";

static const char marker[] = "\nct-end\n";

void ct_ssh_question(const struct ct_server *server, struct ct_buf *out)
{
    for (size_t i = 0; i < server->n_watch; i++)
        (void)ct_buf_printf(out, "%s%s", i > 0 ? "/" : "", server->watch[i]);
    for (size_t i = 0; i < server->n_cgroups; i++)
        (void)ct_buf_printf(out, "//%s", server->cgroups[i]);
    (void)ct_buf_puts(out, "\n");
}

bool ct_ssh_reply_complete(const struct ct_buf *reply, size_t *out_len)
{
    size_t len = sizeof(marker) - 1;
    if (reply->len < len || memcmp(reply->data + reply->len - len, marker, len) != 0)
        return false;
    *out_len = reply->len - len + 1;
    return true;
}

bool ct_ssh_reply_is_ours(const struct ct_buf *reply)
{
    size_t len = sizeof(OURS) - 1;
    return reply->len >= len && memcmp(reply->data, OURS, len) == 0;
}

#include "h2_server.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define WINDOW_BITS "28" /* large: what a client sends meets the kernel's limits, not these */
enum { TRIES = 10, LOOKS = 1000, LOOK_MS = 10 };

static void die(const char *what)
{
    (void)fprintf(stderr, "h2_server: %s\n", what);
    abort();
}

/* Free when asked; another process may take it before the server does: then all begins again. */
static uint16_t free_port(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fd, (struct sockaddr *)&addr, len) < 0 ||
        getsockname(fd, (struct sockaddr *)&addr, &len) < 0)
        die("no free port");
    (void)close(fd);
    return ntohs(addr.sin_port);
}

static FILE *create(const struct h2_server *s, const char *name)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/%s", s->folder, name);
    FILE *f = fopen(path, "w");
    if (f == NULL)
        die("cannot write its files");
    return f;
}

static void write_files(const struct h2_server *s)
{
    FILE *f = create(s, "ok");
    (void)fputs("ok\n", f);
    (void)fclose(f);
    f = create(s, "big");
    for (int i = 0; i < H2_SERVER_BIG; i++)
        (void)fputc('x', f);
    (void)fclose(f);
}

static void make_certificate(const struct h2_server *s)
{
    char command[512];
    (void)snprintf(command, sizeof(command),
                   "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
                   "-subj '/CN=ct test' -addext subjectAltName=IP:127.0.0.1 "
                   "-keyout %s/key -out %s 2>/dev/null",
                   s->folder, s->certificate);
    if (system(command) != 0)
        die("openssl makes no certificate");
}

static void write_nginx_conf(const struct h2_server *s)
{
    FILE *f = create(s, "nginx.conf");
    (void)fprintf(f,
                  "pid %s/pid; error_log %s/err; worker_processes 1; daemon off;\n"
                  "events { worker_connections 256; }\n"
                  "http { access_log off; client_body_temp_path %s/b; proxy_temp_path %s/p;\n"
                  "fastcgi_temp_path %s/f; uwsgi_temp_path %s/u; scgi_temp_path %s/s;\n"
                  "server { listen 127.0.0.1:%u http2%s; root %s;\n",
                  s->folder, s->folder, s->folder, s->folder, s->folder, s->folder, s->folder,
                  s->port, s->tls == H2_SERVER_TLS ? " ssl" : "", s->folder);
    if (s->tls == H2_SERVER_TLS)
        (void)fprintf(f, "ssl_certificate %s; ssl_certificate_key %s/key;\n", s->certificate,
                      s->folder);
    (void)fputs("} }\n", f);
    (void)fclose(f);
}

static void run(const struct h2_server *s)
{
    char port[8], conf[128], key[128];
    int null = open("/dev/null", O_RDWR);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)snprintf(port, sizeof(port), "%u", s->port);
    (void)snprintf(conf, sizeof(conf), "%s/nginx.conf", s->folder);
    (void)snprintf(key, sizeof(key), "%s/key", s->folder);
    (void)setenv("PATH", "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin", 1);
    (void)dup2(null, STDOUT_FILENO);
    (void)dup2(null, STDERR_FILENO);
    if (s->kind == H2_SERVER_NGINX)
        (void)execlp("nginx", "nginx", "-c", conf, (char *)NULL);
    else if (s->tls == H2_SERVER_TLS)
        (void)execlp("nghttpd", "nghttpd", "--echo-upload", "-w", WINDOW_BITS, "-W", WINDOW_BITS,
                     "-a", "127.0.0.1", "-d", s->folder, port, key, s->certificate, (char *)NULL);
    else
        (void)execlp("nghttpd", "nghttpd", "--no-tls", "--echo-upload", "-w", WINDOW_BITS, "-W",
                     WINDOW_BITS, "-a", "127.0.0.1", "-d", s->folder, port, (char *)NULL);
    _exit(127);
}

static bool answers(const struct h2_server *s)
{
    struct sockaddr_in addr = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                               .sin_port = htons(s->port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool yes = connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0;
    (void)close(fd);
    return yes;
}

/* Until it takes connections; false: it ended instead. */
static bool wait_for(struct h2_server *s)
{
    for (int i = 0; i < LOOKS; i++) {
        int status;
        if (waitpid(s->pid, &status, WNOHANG) == s->pid) {
            if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
                die("nghttpd or nginx is missing: run tools/bootstrap.sh check");
            return false;
        }
        if (answers(s))
            return true;
        (void)poll(NULL, 0, LOOK_MS);
    }
    die("does not take connections");
    return false;
}

void h2_server_start(struct h2_server *s, enum h2_server_kind kind, enum h2_server_tls tls)
{
    memset(s, 0, sizeof(*s));
    s->kind = kind;
    s->tls = tls;
    (void)snprintf(s->folder, sizeof(s->folder), "/tmp/ct-test-h2-XXXXXX");
    if (mkdtemp(s->folder) == NULL || chmod(s->folder, 0755) < 0)
        die("no folder");
    (void)snprintf(s->certificate, sizeof(s->certificate), "%s/certificate", s->folder);
    write_files(s);
    if (tls == H2_SERVER_TLS)
        make_certificate(s);
    for (int i = 0; i < TRIES; i++) {
        s->port = free_port();
        write_nginx_conf(s);
        s->pid = fork();
        if (s->pid == 0)
            run(s);
        if (wait_for(s))
            return;
    }
    die("does not start");
}

void h2_server_stop(struct h2_server *s)
{
    char command[128];
    (void)kill(s->pid, SIGTERM);
    (void)waitpid(s->pid, NULL, 0);
    (void)snprintf(command, sizeof(command), "rm -r %s", s->folder);
    if (system(command) != 0)
        die("cannot remove its folder");
}

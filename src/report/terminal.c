#include "report/terminal.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/mem.h"

/* xterm's and everybody's: another screen (1049), no cursor, no wrapping at the last column. */
#define TAKE "\033[?1049h\033[?25l\033[?7l"
#define GIVE "\033[?7h\033[?25h\033[?1049l"

struct ct_terminal {
    int keys; /* -1 */
    struct termios before;
};

static const int deadly[] = {SIGHUP, SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
enum { DEADLY = sizeof(deadly) / sizeof(*deadly) };

/* Of the handler. */
static struct ct_terminal *taken;
static struct sigaction actions_before[DEADLY];

/* Only what a signal handler may call. */
static void give_back(const struct ct_terminal *t)
{
    ssize_t ignored = write(STDOUT_FILENO, GIVE, sizeof(GIVE) - 1);
    (void)ignored;
    if (t->keys >= 0)
        (void)tcsetattr(t->keys, TCSAFLUSH, &t->before);
}

static void die(int signum)
{
    if (taken != NULL)
        give_back(taken);
    (void)signal(signum, SIG_DFL);
    (void)raise(signum);
}

static void watch_signals(void)
{
    const struct sigaction action = {.sa_handler = die};
    for (int i = 0; i < DEADLY; i++)
        (void)sigaction(deadly[i], &action, &actions_before[i]);
}

static void forget_signals(void)
{
    for (int i = 0; i < DEADLY; i++)
        (void)sigaction(deadly[i], &actions_before[i], NULL);
}

/* A description of its own: non-blocking must not come over what the shell shares with us. */
static void open_keys(struct ct_terminal *t)
{
    t->keys = open("/dev/tty", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (t->keys < 0)
        return;
    struct termios raw;
    if (tcgetattr(t->keys, &t->before) != 0) {
        (void)close(t->keys);
        t->keys = -1;
        return;
    }
    raw = t->before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    (void)tcsetattr(t->keys, TCSAFLUSH, &raw);
}

struct ct_terminal *ct_terminal_open(void)
{
    const char *term = getenv("TERM");
    if (!isatty(STDOUT_FILENO) || term == NULL || strcmp(term, "dumb") == 0)
        return NULL;
    struct ct_terminal *t = ct_xcalloc(1, sizeof(*t));
    open_keys(t);
    taken = t;
    watch_signals();
    (void)fputs(TAKE, stdout);
    (void)fflush(stdout);
    return t;
}

void ct_terminal_close(struct ct_terminal *t)
{
    if (t == NULL)
        return;
    (void)fflush(stdout);
    give_back(t);
    taken = NULL;
    forget_signals();
    if (t->keys >= 0)
        (void)close(t->keys);
    free(t);
}

int ct_terminal_keys(const struct ct_terminal *t)
{
    return t->keys;
}

void ct_terminal_size(const struct ct_terminal *t, unsigned *out_width, unsigned *out_height)
{
    struct winsize size;
    (void)t;
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0;
    *out_width = known ? size.ws_col : 80;
    *out_height = known ? size.ws_row : 24;
}

/* The last line has no newline: it would move the first one out of sight. */
void ct_terminal_show(struct ct_terminal *t, const char *lines)
{
    (void)t;
    (void)fputs("\033[H", stdout);
    for (const char *at = lines; *at != '\0';) {
        size_t len = strcspn(at, "\n");
        (void)fputs("\033[K",
                    stdout); /* before: behind a full line it would take the last column */
        (void)fwrite(at, 1, len, stdout);
        at += len + (at[len] == '\n');
        if (*at != '\0')
            (void)fputs("\r\n", stdout);
    }
    (void)fputs("\033[J", stdout);
    (void)fflush(stdout);
}

#!/bin/sh
# ct cluster watch: a table on a terminal that is left as it was found; lines without one; servers that come and go.
. "$(dirname "$0")/../support/sshd.sh"
. "$(dirname "$0")/lib.sh"
trap 'sshd_stop; cleanup' EXIT
need python3
sshd_prepare
sshd_start
known_host kh
config http://127.0.0.1:1 '{"name": "here", "host": "here", "sshAuthMethod": "local"},
    {"name": "node", "host": "127.0.0.1", "port": '"$SSHD_PORT"', "knownHosts": "'"$PWD"'/kh",
     "authentication": {"username": "root", "privateKey": "'"$KEY"'"}}'

# without a terminal: a line for each server and snapshot, nothing that moves a cursor
status 0 "$CT" cluster watch --monitoring-interval 0.2 -n 8
[ "$(wc -l <out)" = 16 ] || fail "not two lines for each of eight snapshots"
shows '^[0-9-]+T[0-9:]+ here cpu [0-9.]+ % \(user [0-9]+, sys [0-9]+, iowait [0-9]+, steal [0-9]+\), memory [0-9./]+ [MGT]iB, load [0-9.]+, ping'
! grep -q "$(printf '\033')" out || fail "escape sequences in a file"
status 0 "$CT" cluster watch --monitoring-interval 0.1 --duration 3s --output json
[ "$(wc -l <out)" -ge 5 ] || fail "fewer than five snapshots of 0.1 s in three seconds"
[ "$(jq -s 'all(.schema == "ct/cluster/1" and (.servers | length) == 2)' out)" = true ] || fail "not one object a line"
[ "$(jq -s 'last | .servers[0].status' out)" = '"ok"' ] || fail "no sample of this machine"

# nobody reads on: there is nothing to go on for
timeout 20 sh -c '"$0" cluster watch --monitoring-interval 0.2 2>err; echo $? >got' "$CT" | head -n 1 >out
[ "$(cat got)" = 1 ] || fail "exit status $(cat got) without a reader"
says 'writing to standard output failed'

# a server that is not there is a gap from the start, and is seen when it comes
sshd_stop
"$CT" cluster watch --monitoring-interval 0.2 --duration 15s >out 2>err &
RUN=$!
PIDS="$PIDS $RUN"
wait_for 'grep -q "127.0.0.1 gap: connecting: Connection refused" out'
sshd_start
wait_for 'grep -Eq "^[0-9-]+T[0-9:]+ 127\.0\.0\.1 cpu [0-9.]+ %" out'
kill -TERM $RUN
got=0
wait $RUN || got=$?
[ "$got" = 143 ] || fail "exit status $got after SIGTERM"

# on a terminal
cat >on_tty.py <<'PY'
"""on_tty.py COLUMNS ROWS HOW COMMAND...: runs it on a terminal of that size and ends it: a key, a signal, or a new size
before the key. Prints the screens as lines of text; fails when the terminal is not left as it was."""
import fcntl, os, pty, re, select, signal, struct, sys, termios, time

columns, rows, how, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:]


def resize(fd, columns, rows):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


pid, fd = pty.fork()
if pid == 0:
    # the shell's place: it holds the terminal before and after
    before = termios.tcgetattr(0)
    child = os.fork()
    if child == 0:
        time.sleep(0.1)
        os.execvp(command[0], command)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.write(1, b"child %d\n" % child)
    status = os.waitpid(child, 0)[1]
    same = termios.tcgetattr(0) == before
    blocking = os.get_blocking(0) and os.get_blocking(1)
    code = 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    os.write(1, b"\nstatus %d same %d blocking %d\n" % (code, same, blocking))
    os._exit(0)

resize(fd, columns, rows)
seen = b""


def read_until(done, seconds=20):
    global seen
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            sys.exit("waited in vain: %r" % seen[-2000:])
        if select.select([fd], [], [], 0.1)[0]:
            try:
                more = os.read(fd, 65536)
            except OSError:
                return
            if not more:
                return
            seen += more


frames = lambda: seen.split(b"\033[H")[1:]
read_until(lambda: len(frames()) >= 6 and re.search(rb"127.0.0.1 ok +[0-9]", frames()[-2]))
child = int(re.search(rb"child (\d+)", seen).group(1))
last = frames()[-2]
if how == "resize":
    resize(fd, 40, 5)
    n = len(frames())
    read_until(lambda: len(frames()) >= n + 4)
    last = frames()[-2]
if how in ("q", "resize"):
    os.write(fd, b"q")
elif how == "ctrl-c":
    os.write(fd, b"\003")
elif how == "other":
    os.write(fd, b"x\033[A\032")
    n = len(frames())
    read_until(lambda: len(frames()) >= n + 2)
    os.write(fd, b"Q")
else:
    os.kill(child, getattr(signal, how))
read_until(lambda: b"blocking" in seen and seen.endswith(b"\n"))
text = last.decode()
sys.stdout.write(re.sub(r"\033\[[0-9;?]*[A-Za-z]", "", text).replace("\r", "") + "\n")
colour = bool(re.search(r"\033\[[0-9;]*m", text))
end = seen[seen.rindex(b"\033[?1049l"):] if b"\033[?1049l" in seen else b""
print("took", b"\033[?1049h" in seen and b"\033[?25l" in seen, "gave", bool(end), "cursor", b"\033[?25h" in seen,
      "colour", colour)
print(seen[seen.rindex(b"status "):].decode().strip())
PY
# on_terminal COLUMNS ROWS HOW STATUS: the screen in ./out; the terminal is as it was
on_terminal() {
    timeout 60 python3 -B on_tty.py "$1" "$2" "$3" "$CT" cluster watch --monitoring-interval 0.1 >out 2>err ||
        fail "no table on a terminal of $1 x $2, $3"
    shows '^took True gave True cursor True'
    shows "^status $4 same 1 blocking 1"
    [ "$(sed '/^took/,$d' out | wc -l)" -le "$2" ] || fail "more than $2 lines"
    [ "$(sed '/^took/,$d' out | LC_ALL=C.UTF-8 wc -L)" -le "$1" ] ||
        fail "more than $1 columns"
}
export TERM=xterm LC_ALL=C.UTF-8
unset NO_COLOR || true
on_terminal 80 24 q 0
shows '^2 servers, every 100ms, [0-9:]{8}, '
shows '^server +CPU % history +user +sys +iow steal +memory +load ping ms$'
shows '^here +ok +[0-9.]+ +[▁▂▃▄▅▆▇█·]+ '
shows '^127\.0\.0\.1 ok +[0-9.]+ '
shows '^q quits$'
shows 'colour True'
on_terminal 80 24 ctrl-c 130
on_terminal 80 24 SIGTERM 143
on_terminal 80 24 SIGINT 130
on_terminal 80 24 SIGHUP 129
on_terminal 80 24 other 0
on_terminal 200 50 resize 0
[ "$(sed '/^took/,$d' out | wc -l)" = 5 ] || fail "not the new size: 5 lines"
[ "$(sed -n 2p out | wc -m)" -le 41 ] || fail "not the new size: 40 columns"
export NO_COLOR=1 LC_ALL=C
on_terminal 80 24 q 0
shows 'colour False'
shows '^here +ok +[0-9.]+ +[-.:=+*%#x]+ '
! LC_ALL=C grep -q '[^ -~]' out || fail "more than ASCII in a locale of it"

# what only watch does; what it needs
status 2 "$CT" cluster stats -n 3
says "is for ct cluster watch"
status 2 "$CT" cluster wach
says "did you mean 'watch'"
config http://127.0.0.1:1
status 2 "$CT" cluster watch
says '"monitorServers" is empty'

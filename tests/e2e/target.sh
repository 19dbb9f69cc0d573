#!/bin/sh
# "ct target" says where it listens in one line, does what its routes say, and ends cleanly however it is ended.
. "$(dirname "$0")/lib.sh"
need curl

# ended STATUS: the target ended by itself with this status and said nothing more.
ended() {
    got=0
    wait "$TARGET" || got=$?
    [ "$got" = "$1" ] || fail "the target ended with $got instead of $1"
    [ ! -s target.err ] || fail "the target wrote on stderr"
    [ "$(wc -l <target.out)" = 1 ] || fail "the target wrote $(wc -l <target.out) lines"
}

start_target
grep -qxE 'listening on http://127\.0\.0\.1:[0-9]+' target.out || fail "its line: $(cat target.out)"
curl -sS "$URL/" >out
is out '[.endpoints[].method] == ["GET", "GET"] and (.message | type) == "string"' .
curl -sS "$URL/fibonacci/20" >out
is out '.fibonacci == 6765 and .start <= .end and keys_unsorted == ["start", "fibonacci", "end"]' .
curl -sS "$URL/bubble-sort?n=1024" >out
is out '.start <= .end and keys_unsorted == ["start", "end"]' .
[ "$(curl -sS -o out -w '%{http_code} %{content_type}' "$URL/fibonacci/0")" = "400 application/json" ] ||
    fail "fibonacci/0: $(cat out)"
is out '.error | type == "string"' .

# what it holds is held by nobody else
PORT=${URL##*:}
status 1 "$CT" target --port "$PORT"
one_line
says "127.0.0.1 port $PORT: Address already in use"

kill "$TARGET"
ended 0
start_target
kill -INT "$TARGET"
ended 0

# it is being asked all the time when it is told to end: it ends as cleanly
for i in 1 2 3 4 5; do
    start_target
    "$CT" run "$URL/bubble-sort?n=64" --rate 4000 --duration 5s --storage "load$i" >load.out 2>load.err &
    LOAD=$!
    PIDS="$PIDS $LOAD"
    wait_for 'curl -sS "$URL/" >out && [ -n "$(find "load$i" -name "*.journal" 2>/dev/null)" ]'
    kill "$TARGET"
    ended 0
    kill "$LOAD" 2>/dev/null || true
    wait "$LOAD" || true
done

# --exit-with-stdin: it lives exactly as long as whoever holds the other end
mkfifo stdin
: >target.out
"$CT" target --port 0 --exit-with-stdin <stdin >target.out 2>target.err &
TARGET=$!
PIDS="$PIDS $TARGET"
exec 7>stdin
wait_for 'grep -q "^listening on " target.out'
curl -sS "$(sed -n 's/^listening on //p' target.out)/fibonacci/3" >out
is out '.fibonacci == 2' .
exec 7>&-
ended 0

# --access-log: on stdout behind the first line, or in a file
"$CT" target --port 0 --access-log - --threads 1 >log.out 2>target.err &
PIDS="$PIDS $!"
wait_for 'grep -q "^listening on " log.out'
curl -sS "$(sed -n 's/^listening on //p' log.out)/bubble-sort?n=16" >out
wait_for 'grep -qxE "[0-9]{19} GET /bubble-sort 16 200" log.out'

# --fan-out: the recursion goes through the other one
start_target --access-log behind.log
: >front.out
"$CT" target --port 0 --fan-out "$URL" >front.out 2>front.err &
PIDS="$PIDS $!"
wait_for 'grep -q "^listening on " front.out'
FRONT=$(sed -n 's/^listening on //p' front.out)
curl -sS "$FRONT/fibonacci/20" >out
is out '.fibonacci == 6765' .
[ "$(cut -d ' ' -f 2- behind.log | sort)" = "GET /fibonacci/18 18 200
GET /fibonacci/19 19 200" ] || fail "behind it: $(cat behind.log)"
kill "$TARGET"
wait "$TARGET"
[ "$(curl -sS -o out -w '%{http_code}' "$FRONT/fibonacci/20")" = 502 ] || fail "no 502: $(cat out)"
is out '.error | startswith("upstream: ")' .

# what it cannot be
status 2 "$CT" target --port 65536
one_line
status 2 "$CT" target --port 0 --listen here
one_line
says "--listen: 'here'"
status 2 "$CT" target --port 0 --fan-out https://127.0.0.1
one_line
says '--fan-out'
status 3 "$CT" target --port 0 --fan-out http://no-such-host.invalid
one_line
says 'no-such-host.invalid'
status 1 "$CT" target --port 0 --access-log /no/such/folder/log
one_line
says '/no/such/folder/log'

#!/bin/sh
# Signals: a gentle stop keeps what was measured; a paused generator accuses itself, a paused target does not.
. "$(dirname "$0")/lib.sh"
start_target
config "$URL"

begun() { find db -name '.*journal' -size +1k 2>/dev/null | grep -q .; }
start() { # in the background; JOB
    rm -rf db
    "$CT" test-execution --test-cases bubble-sort --load 4 --rate 100 --storage db --output json "$@" >out 2>err &
    JOB=$!
    wait_for begun
}
finish() { # STATUS
    got=0
    wait "$JOB" || got=$?
    [ "$got" = "$1" ] || fail "exit status $got instead of $1"
}

start --duration 30
kill -INT "$JOB"
finish 130
file=$(only db)
closed "$file"
is "$file" '.summary.accounting.skipped.stopped > 0 and .summary.accounting.ok > 0'
is "$file" '.summary.verdict.reasons | map(select(. == "interrupted" or .code == "interrupted")) | length == 1' .summary.verdict
start --duration 30
kill -TERM "$JOB"
finish 143
closed "$(only db)"

# the generator is stopped for 3 s: invalid, exit 92, and no burst afterwards
start --duration 6
kill -STOP "$JOB"
sleep 3
kill -CONT "$JOB"
finish 92
file=$(only db)
closed "$file"
is "$file" '.summary.verdict.status == "invalid" and .summary.accounting.skipped.stall > 200' .summary
is "$file" '[.seconds[].sent] | max <= 125' '[.seconds[].sent]'

# the target is stopped for 2 s: never the generator's fault, and the tail shows it (a machine that is busy
# besides may make ct late: then again)
for _ in 1 2 3 4 5; do
    start --duration 5 --timeout 10s
    kill -STOP "$TARGET"
    sleep 2
    kill -CONT "$TARGET"
    got=0
    wait "$JOB" || got=$?
    [ "$got" = 92 ] || break
done
[ "$got" = 0 ] || [ "$got" = 92 ] || fail "exit status $got instead of 0"
file=$(only db)
closed "$file"
answered "$file" 500
is "$file" '(.summary.accounting.skipped.stall // 0) < 150' .summary.accounting # 200 were due in those 2 s
is "$file" '.summary.response_ms.max > 1500' .summary

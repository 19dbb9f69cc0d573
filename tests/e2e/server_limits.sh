#!/bin/sh
# What a watched server must keep: cpu(HOST), memory(HOST) and ping(HOST) over SSH, as thresholds of a run and as limits
# of a search. What nothing was sampled of is not kept.
. "$(dirname "$0")/../support/sshd.sh"
. "$(dirname "$0")/lib.sh"
trap 'sshd_stop; cleanup' EXIT
sshd_prepare
sshd_start
known_host kh
start_target --threads 1
config "$URL" '{"name": "node", "host": "127.0.0.1", "port": '"$SSHD_PORT"', "knownHosts": "'"$PWD"'/kh",
    "authentication": {"username": "root", "privateKey": "'"$KEY"'"}}'

# a run: the values are the means of the samples
status 99 "$CT" run "$URL/" --config config.json --monitoring-interval 0.2 --rate 20 --duration 3s --output json \
    --threshold 'cpu(127.0.0.1)<=100%,memory(127.0.0.1)>1MiB,ping(127.0.0.1)<10s' \
    --threshold 'cpu(127.0.0.1)<0%,memory(127.0.0.1)<1MiB,ping(127.0.0.1)<1ns'
is out '[.thresholds[].ok] == [true, true, true, false, false, false]' .thresholds
is out '[.thresholds[].unit] == ["%", "bytes", "ms", "%", "bytes", "ms"]' .thresholds
is out 'def near(a; b): a > b * 0.999 - 0.01 and a < b * 1.001 + 0.01;
    .servers[0] as $s | .thresholds | near(.[0].value; $s.cpu_percent_mean) and near(.[1].value; $s.memory_used_kib_mean * 1024)
        and near(.[2].value; $s.ping_ms_mean) and .[0].value > 0 and .[2].value > 0' '[.servers, .thresholds]'
got=0
"$CT" run "$URL/" --config config.json --monitoring-interval 0.2 --rate 20 --duration 2s \
    --threshold 'memory(127.0.0.1)<1MiB' >out 2>err || got=$?
[ "$got" = 99 ] || [ "$got" = 92 ] || fail "exit status $got"
shows 'threshold FAIL  memory\(127\.0\.0\.1\)<1MiB: [0-9.]+ [MG]iB'

# a search: what is kept at the highest rate, and what is not even at the lowest
find_for() {
    limit=$1
    shift
    got=0
    "$CT" find "$URL/bubble-sort?n=1024" --config config.json --monitoring-interval 0.2 --limit "$limit" --up-to 2 \
        --budget 9s --confirm 0 --output json "$@" >out 2>err || got=$?
    # a busy machine spoils a search, but never turns its answer round
    [ "$got" = 0 ] || [ "$got" = 92 ] || fail "exit status $got"
    fits find_summary out
}
find_for 'ping(127.0.0.1)<10s,memory(127.0.0.1)<1TiB'
[ "$got" = 92 ] || is out '.answer | .ending == "at_least" and .capacity == 2 and .gave_way == null' .answer
is "$(jq -r .result_file out)" '[.search.trials[] | select(.phase != "calibrate") | .values] | length > 0 and all(.[0] > 0 and .[1] > 1000000)' \
    '[.search.trials[].values]'
find_for 'memory(127.0.0.1)<1TiB,cpu(127.0.0.1)<0.01%'
[ "$got" = 92 ] || is out '.answer | .ending == "unreachable" and .gave_way == "cpu(127.0.0.1)<0.01%"' .answer
status 2 "$CT" find "$URL/" --config config.json --limit 'cpu(127.0.0.2)<80%'
says "did you mean '127.0.0.1'"

# the server goes while the search runs: nothing was sampled, so nothing is said of its CPU
(
    wait_for '[ -e err ] && grep -q "^calibrate" err'
    sshd_stop
) &
rm -f err
find_for 'cpu(127.0.0.1)<=100%'
wait $!
[ "$got" = 92 ] || fail "a limit without a sample was kept"
is out '.answer.capacity == null' .answer
! grep -q '"code": "unsampled"' out || is out '.text | contains("there was no sample to judge cpu(127.0.0.1)<=100% by")' .text

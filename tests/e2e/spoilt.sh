#!/bin/sh
# A run that the generator spoilt is called invalid for the right reason, and nothing is said against the target:
# stopped for 3 s, a twentieth of a CPU, too few descriptors, too few local ports.
. "$(dirname "$0")/lib.sh"
start_faults

# invalid FILTER: the run in ./out is invalid, with a reason as jq's filter over codes says, and no failure of the target's
invalid() {
    [ "$got" = 92 ] || fail "exit status $got instead of 92"
    closed out
    is out '.verdict.status == "invalid"'
    is out "[.verdict.reasons[].code] | $1"
    is out '[.accounting.failed | keys[] | startswith("gen_")] | all' .accounting
}

# SIGSTOP for 3 s
"$CT" run "$FAULTS/ok" --rate 200 --duration 6s --output json >out 2>err &
JOB=$!
PIDS="$PIDS $JOB"
wait_for 'find results -name ".*.journal" -size +1k 2>/dev/null | grep -q .' # it has begun to send
kill -STOP $JOB
sleep 3 # the length of the stop is what is tested
kill -CONT $JOB
got=0
wait $JOB || got=$?
invalid 'index("stalled") != null'
is out '.accounting.skipped.stall >= 500' .accounting
grep -qE 'this run is invalid already: (stalled|late)' err || fail "it does not say so while it runs"

# the wall clock is set by an hour while it runs: a note, and not one number is another
FAKE=$(find /usr/lib -name libfaketimeMT.so.1 | head -n 1)
[ -n "$FAKE" ] || fail "this test needs faketime: run tools/bootstrap.sh check"
ASAN=$(ldd "$CT" | sed -n 's/.*=> \([^ ]*libasan[^ ]*\).*/\1/p') # a sanitizer's library wants to come first
for step in -3600 +3600; do
    for try in 1 2 3 4 5; do
        rm -rf results
        echo +0 >clock
        LD_PRELOAD="${ASAN:+$ASAN }$FAKE" FAKETIME_TIMESTAMP_FILE=$WORK/clock FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 \
            "$CT" run "$FAULTS/ok" --rate 200 --duration 3s --output json >out 2>err &
        JOB=$!
        PIDS="$PIDS $JOB"
        wait_for '[ -s err ]'
        sleep 1 # into the run
        echo $step >clock
        got=0
        wait $JOB || got=$?
        [ "$got" = 92 ] && [ $try != 5 ] || break
    done
    [ "$got" = 0 ] || [ "$got" = 92 ] || fail "exit status $got instead of 0"
    closed out
    is out '[.verdict.reasons[].code] | index("clock_step") != null'
    answered out 600
    is out '.response_ms.max < 60000' .response_ms
    is "$(jq -r .result_file out)" '[.seconds[].due] | add == 600' '[.seconds[].due]'
done

# descriptors: asked for more than there are
got=0
(exec prlimit --nofile=64:64 "$CT" run "$FAULTS/hang" --rate 200 --duration 1s --timeout 1s --max-in-flight 150 --output json) \
    >out 2>err || got=$?
[ "$got" = 92 ] || fail "exit status $got instead of 92"
is out '[.verdict.reasons[].code] | index("gen_fd") != null'
is out '.accounting.failed | (keys - ["gen_fd", "timeout"] == []) and .gen_fd > 50' .accounting

# descriptors: the default fits itself to them, and says so when that was too little
got=0
(exec prlimit --nofile=80:80 "$CT" run "$FAULTS/hang" --rate 100 --duration 1s --timeout 1s --output json) >out 2>err || got=$?
[ "$got" = 92 ] || fail "exit status $got instead of 92"
is out '.plan.max_in_flight == 16 and ([.verdict.reasons[].code] | index("gen_fd") != null)' '[.plan, .verdict]'

# local ports, in a network of its own where there are 40
cat >ports.sh <<'END'
ip link set lo up && echo 20000 20039 >/proc/sys/net/ipv4/ip_local_port_range || exit 77
"$CT_TOOLS/faultd" >inner.out 2>&1 &
until grep -q '^listening on ' inner.out; do sleep 0.05; done
"$CT" run "$(sed -n 's/^listening on //p' inner.out)/ok" --rate 400 --duration 1s --keep-alive off --max-in-flight 30 --output json >out 2>err
echo $? >status
kill $!
END
export CT
unshare -rn sh ports.sh || fail "no network namespace of its own: unshare -rn"
got=$(cat status)
invalid 'index("gen_ports") != null'

# a twentieth of a CPU, where this test may make a cgroup
if cpu_group 5000; then
    got=0
    within "$CT" run "$FAULTS/ok" --rate 5k --duration 4s --output json >out 2>err || got=$?
    invalid 'map(select(. == "late" or . == "skipped" or . == "stalled" or . == "loop_busy")) | length > 0'
else
    echo "no cgroup can be made here: the quota was not tested" >&2
fi

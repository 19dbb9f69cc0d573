#!/bin/sh
# ct doctor says what this machine can send and what to change; it names limits that were lowered for it.
. "$(dirname "$0")/lib.sh"

# text: the forecast first, then timers, then one line a finding with what to do below
status 0 "$CT" doctor
sed -n 1p out | grep -qE 'about [0-9.,]+[kM]?/s on one thread' || fail "no forecast"
for topic in timers sending cpus quota steal others governor clock files ports memory; do
    shows "^(ok|warn|bad) +$topic +[^ ]"
done
awk '/^(ok|warn|bad) / {want = $1 != "ok"; next} /^ +-> / {if (!want) exit 1; want = 0}' out || fail "advice where all is well"
[ "$(grep -cE '^(warn|bad) ' out)" = "$(grep -cE '^ +-> ' out)" ] || fail "not one advice for each doubt"

# JSON
status 0 "$CT" doctor --output json
fits doctor out
is out '.schema == "ct/doctor/1" and .forecast.one_thread_rps > 0 and (.wakeups | length) == 3' .forecast
is out 'all(.findings[]; (.mark == "ok") == (.advice == null))' .findings
is out '.machine.cpus >= 1 and .machine.timer_slack_ns == 1' .machine

# it leaves nothing behind
[ ! -e results ] || fail "it wrote results"

# a lowered limit of descriptors
status 0 sh -c 'ulimit -n 200 && exec "$0" doctor --output json' "$CT"
is out '.machine.descriptors_hard == 200 and .forecast.connections == 136' .forecast
is out '.findings[] | select(.topic == "files") | .mark == "bad" and (.advice | test("ulimit"))' .findings

# too few descriptors to measure at all: one line, 1
status 1 sh -c 'ulimit -n 8 && exec "$0" doctor' "$CT"
one_line

# one CPU, if there are more
if [ "$(nproc)" -gt 1 ] && command -v taskset >/dev/null; then
    status 0 taskset -c 0 "$CT" doctor --output json
    is out '.machine.cpus == 1 and .forecast.threads == 1' .machine
    is out '.findings[] | select(.topic == "cpus") | .mark == "warn" and (.advice | test("taskset"))' .findings
fi

# a CPU quota, where one can be set
if cpu_group 20000; then
    status 0 within "$CT" doctor --output json
    is out '.machine.quota_cpus == 0.2 and (.machine.quota_cgroup | test("ct-test"))' .machine
    is out '.findings[] | select(.topic == "quota") | .mark == "bad" and (.advice | test("ct-test"))' .findings
else
    echo "not tried: no cgroup with a CPU quota can be made here" >&2
fi

# against known delays: a conclusion or, on a machine that is too busy, a reason; both with every run
got=0
"$CT" doctor --prove --output json >out 2>err || got=$?
[ $got = 0 ] || [ $got = 92 ] || fail "exit status $got"
says 'note: proving: 200/s, answers after 5ms'
fits doctor out
is out ".proof.trusted == ($got == 0)" .proof
is out '.proof | .trusted == (.p99_floor_ms != null) and (.failed_rps == null) == (.why == null)' .proof
is out 'all(.proof.runs[]; .held == (.why == null) and .server_ms.p50 >= 1 and .planned >= 1000)' .proof
is out 'all(.proof.runs[] | select(.held); .ok == .planned and .arrived == .planned and .status == "valid")' .proof
is out '.proof | if .trusted then .rate_rps >= 200 and .p99_floor_ms > 0 else .failed_rps == 200 end' .proof

# a machine that spoils even the smallest rate: 92, and why
if [ -n "$GROUP" ]; then
    echo 3000 2>/dev/null >"$GROUP/cpu.cfs_quota_us" || echo '3000 100000' >"$GROUP/cpu.max"
    status 92 within "$CT" doctor --prove --quiet
    shows '^here not even 200/s can be trusted: .*CPU quota'
    [ ! -s err ] || fail "--quiet is not quiet"
fi

# its server goes with it
"$CT" doctor >out 2>err &
doctor=$!
PIDS="$PIDS $doctor"
wait_for 'pgrep -P $doctor >children'
kill -9 $doctor
wait_for '! kill -0 "$(cat children)" 2>/dev/null'

# nothing else is taken
status 2 "$CT" doctor now
one_line

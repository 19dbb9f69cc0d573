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
"$CT_TOOLS/check_schema" "$CT_SOURCE/docs/results.schema.json" doctor out || fail "does not fit the schema"
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

# nothing else is taken
status 2 "$CT" doctor now
one_line

#!/bin/sh
# What a configuration asks for besides: each core, processes and control groups by name, over SFTP, a shell loop, a forced
# command, the system's ssh, and here; in results, also in recovered ones. What is not there is missing. A group that is made
# anew is found again.
. "$(dirname "$0")/../support/sshd.sh"
. "$(dirname "$0")/../support/fleet.sh"
. "$(dirname "$0")/lib.sh"
NAME=ct-test.$$
trap 'fleet_end; rmdir "/sys/fs/cgroup/cpuacct/$NAME" "/sys/fs/cgroup/unified/$NAME" 2>/dev/null || true' EXIT
server() {
    use "$1"
    printf '{"name": "%s", "host": "127.0.0.1", "port": %s, "knownHosts": "%s", %s,
        "authentication": {"username": "root", "privateKey": "%s"}}' "$1" "$SSHD_PORT" "$WORK/$1/kh" "$2" "$SSHD_DIR/user_key"
}
URL=http://127.0.0.1:1
cp "$CT_SOURCE/packaging/ct-readings" .
start files 'Subsystem sftp internal-sftp'
start shell
start narrow "Subsystem sftp internal-sftp
ForceCommand $WORK/ct-readings"

# a group with a tenth of a CPU and a program that wants all of one
group() {
    cpu_group 10000 || return 1
    set -- "$GROUP"
    for other in cpuacct unified; do # version 1 counts elsewhere; version 2 beside it has no quota
        if [ -d /sys/fs/cgroup/$other ]; then
            mkdir -p "/sys/fs/cgroup/$other/$NAME"
            set -- "$@" "/sys/fs/cgroup/$other/$NAME"
        fi
    done
    # shellcheck disable=SC2016 # expanded by the inner shell
    sh -c 'for g in "$@"; do echo $$ >"$g/cgroup.procs"; done; while :; do :; done' sh "$@" &
    BURNER=$!
    PIDS="$PIDS $BURNER"
}
ungroup() {
    kill -KILL $BURNER
    wait $BURNER 2>/dev/null || true
    for group in "$GROUP" "/sys/fs/cgroup/cpuacct/$NAME" "/sys/fs/cgroup/unified/$NAME"; do
        [ ! -d "$group" ] || wait_for 'rmdir "$group" 2>/dev/null'
    done
    GROUP=""
}
group || sshd_skip "needs to make a control group with a quota"
ASKS='"cores": true, "watch": ["cgroup:'$NAME'", "sh", "cgroup:system.slice/no\\x2dsuch@1.service"]'
GROUPS_ONLY='"watch": ["cgroup:'$NAME'", "cgroup:system.slice/no\\x2dsuch@1.service"]'

# stats WORDS: of the one server; the group, not the one that does not exist
stats() {
    status 0 "$CT" cluster stats --output json
    is out '.servers[0] | (.ssh.how // "local") == "'"$1"'" or .ssh.transport == "'"$1"'"' .servers
    is out '.servers[0].cgroups | length == 1 and (.[0] | .name == "'$NAME'" and .cpu_percent > 0 and .cpu_percent < 60
        and .throttled_percent > 0)' '.servers[0].cgroups'
}
cores() {
    is out '.servers[0] | (.cores | length) == '"$(getconf _NPROCESSORS_CONF)"' and (.cores | max) <= 100 and (.cores | max) > 0' '.servers[0].cores'
    is out '.servers[0].watched.sh.processes >= 1' '.servers[0].watched'
}
config "$URL" "$(server files "$GROUPS_ONLY")"
stats sftp
is out '.servers[0] | has("cores") or has("watched") | not' .servers
config "$URL" "$(server narrow "$GROUPS_ONLY")"
stats 'forced command'
for name in files shell; do
    config "$URL" "$(server $name "$ASKS")"
    stats 'shell loop'
    cores
done
config "$URL" "$(server narrow "$ASKS")"
stats 'forced command'
cores
config "$URL" "$(server shell "$ASKS, \"transport\": \"openssh\"")"
stats openssh
cores
config "$URL" '{"host": "here", "sshAuthMethod": "local", '"$ASKS"'}'
stats local
cores

# for people
status 0 "$CT" cluster stats
shows '^here: CPU % of each core$'
shows '^ +0: +[0-9.]+'
shows '^here +[0-9]+ +[0-9.]+ +- +[0-9.]+  sh$'
shows "^here +- +[0-9.]+ +[0-9.]+ +[-0-9.]+  cgroup:$NAME\$"
shows '^here( +-){4}  cgroup:system.slice/no.x2dsuch@1.service$'
status 0 "$CT" cluster check
shows 'not there +control group system.slice/no.x2dsuch@1.service'
! grep -q "not there .*$NAME" out || fail "the group is there"

# version 2 without its controllers, where version 1 has them: what it does not count is null
if [ -d /sys/fs/cgroup/unified ]; then
    for name in files shell; do
        config "$URL" "$(server $name '"watch": ["cgroup:unified/'$NAME'"]')"
        status 0 "$CT" cluster stats --output json
        is out '.servers[0].cgroups[0] | .cpu_percent > 0 and .cpu_percent < 60 and .throttled_percent == null and .memory_kib == null' \
            '.servers[0].cgroups'
    done
fi

# in the result of a run, and in what is recovered of one that was killed
start_target
config "$URL" "$(server files "$ASKS"),$(server narrow "$ASKS")"
sampled() {
    is "$1" '[.cluster_samples[].servers[]] | length >= 4 and all(.cgroups[0].name == "'$NAME'" and (.cores | length) > 0
        and .watched.sh.processes >= 1)' '.cluster_samples[0]'
    fits test_execution_file "$1"
}
got=0
"$CT" run "$URL/" --rate 20 --duration 3 --monitoring-interval 0.5 --config config.json --storage db --output json >out 2>err || got=$?
[ "$got" = 0 ] || [ "$got" = 92 ] || fail "exit status $got"
sampled "$(jq -r .result_file out)"
"$CT" run "$URL/" --rate 20 --duration 30 --monitoring-interval 0.2 --config config.json --storage killed >out 2>err &
RUN=$!
PIDS="$PIDS $RUN"
wait_for 'find killed -name ".*.journal" -size +20k 2>/dev/null | grep -q .'
kill -KILL $RUN
wait $RUN 2>/dev/null || true
status 0 "$CT" recover killed/.*.journal
sampled "$(only killed)"

# a group that goes and is made anew, while it is watched: missing in between, never 0
config "$URL" "$(server files "$GROUPS_ONLY")"
: >out
"$CT" cluster watch --monitoring-interval 0.2 --duration 60s --output json >out 2>err &
RUN=$!
PIDS="$PIDS $RUN"
count() { jq -s "[.[].servers[0] | select(.status == \"ok\") | $1] | length" out; }
wait_for '[ "$(count "select(.cgroups[0].cpu_percent > 0)")" -ge 2 ]'
ungroup
wait_for '[ "$(count "select(has(\"cgroups\") | not)")" -ge 2 ]'
SEEN=$(count 'select(.cgroups[0].cpu_percent > 0)')
export SEEN # for wait_for
group || fail "the group cannot be made again"
wait_for '[ "$(count "select(.cgroups[0].cpu_percent > 0)")" -ge $((SEEN + 2)) ]'
kill -TERM $RUN
wait $RUN || true
! grep -q '"cpu_percent":0,"throttled' out || fail "0 for what is not known"
ungroup

# what the loop of a restricted account is asked for cannot leave the folder of control groups
mkdir -p sneaky
echo 'usage_usec 1' >sneaky/cpu.stat
up=../../../../../..
printf '%s\n' "//$up$WORK/sneaky//a/../../../..$WORK/sneaky//\$(touch $WORK/pwned)//\`touch $WORK/pwned\`//a b//*" |
    timeout 10 sh ct-readings >out
grep -q '^==> /proc/stat <==' out || fail "no reading"
! grep -q 'usage_usec 1$' out || fail "a file from outside"
[ ! -e pwned ] || fail "something was run"
config "$URL" '{"host": "here", "sshAuthMethod": "local", "watch": ["cgroup:'$up$WORK'/sneaky"]}'
status 2 "$CT" cluster stats
one_line
says "without '..'"

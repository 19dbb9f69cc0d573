#!/bin/sh
# A fleet of real sshds, each of another kind: how each is read, once and in a run. (What becomes of those that break:
# breaking.sh.)
. "$(dirname "$0")/../support/sshd.sh"
. "$(dirname "$0")/../support/fleet.sh"
. "$(dirname "$0")/../support/breaking.sh"
. "$(dirname "$0")/lib.sh"
trap fleet_end EXIT
by libssh2
# how NAME WORDS: it is read in that way, and gives CPU and memory
how() {
    servers "$1"
    status 0 "$CT" cluster stats --output json
    is out '.servers[0].ssh.how == "'"$2"'"' .servers
    is out '.servers[0] | .stats.idle >= 0 and .memory.total > 0' .servers
}
# whole: every number that this machine's kernel has
whole() {
    is out '.servers[0] | .load.tasks > 0 and .activity.context_switches_per_s > 0 and .system.uptime_s > 0
        and (.system.clock_offset_s | . > -2 and . < 2)' .servers
    [ ! -r /proc/pressure/cpu ] || is out '.servers[0].pressure.cpu_some >= 0' .servers
}

URL=http://127.0.0.1:1
cp "$CT_SOURCE/packaging/ct-readings" .

start files 'Subsystem sftp internal-sftp'
how files sftp
whole
! grep -q 'Starting session: command' "$SSHD_LOG" || fail "something was started on a server with SFTP"

# what runs there by name, by the loop, a forced command and here; a name is compared, never run
sleep 100 &
PIDS="$PIDS $!"
watched() {
    sed -i 's/{"name": "'"$1"'",/{"name": "'"$1"'", "watch": ["sleep", "$(x);`x`", "sshd"],/' config.json
    status 0 "$CT" cluster stats --output json
    is out '.servers[0].watched | .sleep.processes >= 1 and .sleep.rss_kib > 0 and .sleep.cpu_percent == 0
        and .sshd.processes >= 1 and ."$(x);`x`".processes == 0' .servers
}
servers files
watched files
is out '.servers[0].ssh.how == "shell loop"' .servers
config "$URL" '{"name": "here", "host": "here", "sshAuthMethod": "local"}'
watched here

start shell
how shell 'shell loop'
whole

start narrow "Subsystem sftp internal-sftp
ForceCommand $WORK/ct-readings"
how narrow 'forced command'
[ "$(grep -c 'Starting session' "$SSHD_LOG")" = 1 ] || fail "not one session for all samples of a forced command"
whole
servers narrow
watched narrow

start single 'Subsystem sftp internal-sftp
ForceCommand cat /proc/stat /proc/meminfo'
how single 'forced command'

start flood 'Subsystem sftp internal-sftp
ForceCommand yes'
servers flood
status 3 "$CT" cluster check
shows 'larger than 256 KiB'

# a run over all of them, in step
start_target
servers files shell narrow single
got=0
"$CT" test-execution --test-cases bubble-sort --load 5 --rate 50 --duration 4 --monitoring-interval 0.25 \
    --storage db --output json >out 2>err || got=$?
[ "$got" = 0 ] || [ "$got" = 92 ] || fail "exit status $got"
file=$(jq -r .result_file out)
for name in files shell narrow single; do
    back "$name"
    # on a busy machine an answer may be late, nothing else
    is "$file" "[.cluster_samples[].gaps.\"$(in_results $name)\" | select(. != null)] | all(. == \"no answer within the interval\")" \
        "[.cluster_samples[].gaps]"
done
is "$file" '(.cluster_samples | length) >= 8' '.cluster_samples | length'
closed out
# for people: how many there are, and how far from their instants they were taken
jq -r '[.cluster_samples[] | .timestamp[17:] as $at | .servers[] | (.timestamp[17:] | tonumber) - ($at | tonumber)
    | if . < -30 then . + 60 else . end] | "\(length) samples, within \(max * 1000 | floor) ms of their instants"' "$file"

#!/bin/sh
# Servers that break during a run, watched through the system's ssh: killed and back, stopped, 100 MB of garbage on both
# ways, the ssh process itself killed. Each is a gap with its reason, comes back, and costs no request; no process stays.
. "$(dirname "$0")/../support/sshd.sh"
. "$(dirname "$0")/../support/fleet.sh"
. "$(dirname "$0")/lib.sh"
trap fleet_end EXIT
server() {
    use "$1"
    printf '{"name": "%s", "host": "127.0.0.1", "port": %s, "knownHosts": "%s", "transport": "openssh",
        "authentication": {"username": "root", "privateKey": "%s"}}' "$1" "$SSHD_PORT" "$WORK/$1/kh" "$SSHD_DIR/user_key"
}
# the ssh processes that watch a server
ssh_of() {
    use "$1"
    grep -lszx -- "-[p]$SSHD_PORT" /proc/[0-9]*/cmdline | cut -d/ -f3
}
start well
start killed
start stopped
start cut
cat >garbage.sh <<SH
while read -r x; do
    [ -e $WORK/spoilt ] && { head -c 50000000 /dev/urandom >&2; head -c 50000000 /dev/urandom; }
    cat /proc/stat /proc/meminfo
    echo ct-end
done
SH
start garbage "ForceCommand sh $WORK/garbage.sh"
start wrong 'ForceCommand echo it is closed today >&2; exit 1'
start_target

config "$URL" "$(server wrong)"
status 3 "$CT" cluster check
shows 'it is closed today'
config "$URL" "$(server well),$(server killed),$(server stopped),$(server cut),$(server garbage)"
status 0 "$CT" cluster check

"$CT" test-execution --test-cases bubble-sort --load 5 --rate 50 --duration 10 --monitoring-interval 0.5 \
    --storage db --output json >out 2>err &
RUN=$!
PIDS="$PIDS $RUN"
wait_for 'find db -name ".*.journal" -size +6k 2>/dev/null | grep -q .'
[ "$(ssh_of well | wc -l)" = 1 ] || fail "not one ssh per server: $(ssh_of well)"
stop killed
send STOP stopped
kill -KILL "$(ssh_of cut)"
: >spoilt
sleep 2
again killed
send CONT stopped
rm spoilt
got=0
wait "$RUN" || got=$?
[ "$got" = 0 ] || [ "$got" = 92 ] || fail "exit status $got"
file=$(jq -r .result_file out)
gap killed 'Connection refused|closed by remote host|no answer'
gap stopped 'no answer'
gap cut 'ssh ended without a word'
gap garbage 'larger than 256 KiB|no answer'
for name in well killed stopped cut garbage; do back "$name"; done
# on a busy machine an answer may be late, nothing else
is "$file" "[.cluster_samples[].gaps.\"$(in_results well)\" | select(. != null)] | all(. == \"no answer within the interval\")" \
    "[.cluster_samples[].gaps]"
is "$file" '.summary.accounting | .planned == 500 and .ok == 500'
closed out
for name in $FLEET; do [ -z "$(ssh_of "$name")" ] || fail "an ssh is left: $name"; done
[ "$(grep -c 'Connection from' "$WORK/garbage/sshd/sshd.log")" -le 8 ] || fail "a storm of connections"

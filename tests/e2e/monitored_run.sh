#!/bin/sh
# A run over SSH: samples of every server in the result; a server that dies is a gap, and costs no request.
. "$(dirname "$0")/../support/sshd.sh"
. "$(dirname "$0")/lib.sh"
trap 'sshd_stop; cleanup' EXIT
sshd_prepare
# the restricted account of docs/trust.md
forced=$(sed -n 's/^restrict,command=\("[^"]*"\).*/\1/p' "$CT_SOURCE/docs/trust.md")
[ -n "$forced" ] || fail "docs/trust.md has no authorized_keys line"
echo "restrict,command=$forced $(cat "$KEY.pub")" >"$SSHD_DIR/authorized_keys"
sshd_start
known_host kh
start_target
config "$URL" '{"name": "here", "host": "here", "sshAuthMethod": "local"},
    {"name": "node", "host": "127.0.0.1", "port": '"$SSHD_PORT"', "knownHosts": "'"$PWD"'/kh",
     "authentication": {"username": "'"$PASSWORD_USER"'", "privateKey": "'"$KEY"'"}}'

# 92: the machine was too busy to send on time; that is not what this is about
finished() { [ "$1" = 0 ] || [ "$1" = 92 ] || fail "exit status $1"; }

got=0
"$CT" test-execution --test-cases bubble-sort --load 5 --rate 50 --duration 3 --monitoring-interval 0.2 \
    --storage db --output json >out 2>err || got=$?
finished $got
file=$(jq -r .result_file out)
is "$file" '(.cluster_samples | length) >= 5'
is "$file" '[.cluster_samples[] | .servers | map(.host)] | map(select(. == ["here", "127.0.0.1"])) | length >= 4'
is "$file" '[.cluster_samples[].servers[] | select(.host == "127.0.0.1") | .stats.idle] | all(. >= 0 and . <= 100)'
is "$file" '[.cluster_samples[:5][].servers[] | select(.host == "127.0.0.1")][0].stats != null' # CPU from the first sample on
is "$file" '.summary.servers | map(.host) == ["here", "127.0.0.1"]'
is "$file" '.summary.servers | all(.memory_used_kib_mean > 0 and .cpu_percent_mean >= 0 and .ping_ms_mean > 0)'
answered "$file" 150
closed out

# the server dies at the first requests and comes back: a gap with its reason, then samples again
"$CT" test-execution --test-cases bubble-sort --load 5 --rate 50 --duration 8 --monitoring-interval 0.2 \
    --storage db2 --output json >out 2>err &
RUN=$!
PIDS="$PIDS $RUN"
wait_for 'grep -q "Starting session: forced-command" "$SSHD_LOG"; [ "$(grep -c "Starting session: forced-command" "$SSHD_LOG")" -ge 2 ]'
wait_for 'find db2 -name ".*.journal" -size +2k 2>/dev/null | grep -q .'
sshd_stop
sshd_start
got=0
wait "$RUN" || got=$?
finished $got
file=$(jq -r .result_file out)
is "$file" '[.cluster_samples[].gaps."127.0.0.1" | select(. != null)] | length > 0'
is "$file" '.cluster_samples[-6:] | any(.servers | map(.host) == ["here", "127.0.0.1"])' '.cluster_samples | map(.gaps)'
answered "$file" 400
is "$file" '.summary.servers[1].missed > 0 and .summary.servers[0].missed == 0'

# before the run it is an error: nothing is sent
sshd_stop
mkdir db3
status 3 "$CT" test-execution --test-cases bubble-sort --load 5 --rate 50 --duration 1 --storage db3
says "127.0.0.1: connecting: Connection refused"
: >kh
sshd_start
status 4 "$CT" test-execution --test-cases bubble-sort --load 5 --rate 50 --duration 1 --storage db3
says "unknown host key"
! grep -q 'userauth-request for user' "$SSHD_LOG" || fail "authentication was begun with an untrusted host"

# a new host key that a run accepts is told once, with its fingerprint, by both transports; then it is known
print=$(ssh-keygen -lf "$SSHD_DIR/host_key.pub" | cut -d' ' -f2)
entry() {
    printf '{"host": "%s", "port": %s, "knownHosts": "%s", "transport": "%s", "hostKey": "%s",
        "authentication": {"username": "%s", "privateKey": "%s"}}' "$1" "$SSHD_PORT" "$2" "$transport" "$3" "$PASSWORD_USER" "$KEY"
}
told() { grep -cF "127.0.0.1: new host key accepted and written down: ssh-ed25519 $print" err || true; }
short() { "$CT" test-execution --test-cases bubble-sort --load 5 --rate 20 --duration 1 --storage "$1" >out 2>err; }
for transport in libssh2 openssh; do
    rm -f kh
    config "$URL" "$(entry 127.0.0.1 "$PWD/kh" accept-new)"
    got=0
    short "db-$transport" || got=$?
    finished $got
    [ "$(told)" = 1 ] || fail "$transport: a new key was told $(told) times"
    [ "$(grep -c SHA256 err)" = 1 ] || fail "$transport: more than one line about a key"
    got=0
    short "db-$transport" || got=$?
    finished $got
    ! grep -q 'host key' err || fail "$transport: a known key is called new"
    # also when another server ends the command
    rm -f kh empty
    : >empty
    config "$URL" "$(entry 127.0.0.1 "$PWD/kh" accept-new),$(entry localhost "$PWD/empty" strict)"
    status 4 short "db-$transport"
    [ "$(told)" = 1 ] || fail "$transport: a key that was written down was not told"
    says 'localhost: unknown host key'
done

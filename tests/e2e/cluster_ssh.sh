#!/bin/sh
# ct cluster against a real sshd: who may log in, which host keys are trusted, and what is said when not.
. "$(dirname "$0")/../support/sshd.sh"
. "$(dirname "$0")/lib.sh"
trap 'sshd_stop; cleanup' EXIT
sshd_prepare
sshd_start
BY_KEY='"username": "root", "privateKey": "'$KEY'"'
BY_PASSWORD='"username": "'$PASSWORD_USER'", "password": "'$PASSWORD'"'
printf '%s\n' "$PASSWORD" >password_file
chmod 600 password_file

# servers AUTHENTICATION [MORE KEYS]: a config.json with the server, its known_hosts being ./kh
servers() {
    config http://127.0.0.1:1 '{"host": "'"${HOST:-127.0.0.1}"'", "port": '"$SSHD_PORT"', "knownHosts": "'"$PWD"'/kh",
        "authentication": {'"$1"'}'"${2:-}"'}'
    chmod 600 config.json
}
logins() { grep -c 'userauth-request for user' "$SSHD_LOG" || true; }
# refused WORDS: exit status 4, not one byte of authentication, the fingerprint and what to do
refused() {
    before=$(logins)
    status 4 "$CT" cluster check
    [ "$(logins)" = "$before" ] || fail "authentication was begun with an untrusted host"
    shows '^127\.0\.0\.1: refused: .*SHA256:[A-Za-z0-9+/]{43} \(ssh-ed25519\)'
    grep -qF -- "$1" out || fail "stdout does not say: $1"
    [ "$(wc -l <out)" = 1 ] && [ ! -s err ] || fail "not exactly one line"
}
# silent: no password in anything that was written
silent() {
    ! grep -qF -- "$PASSWORD" out err || fail "the password was shown"
}

# each way in
known_host kh
chmod 644 kh
servers "$BY_KEY"
status 0 "$CT" cluster check
shows '^127\.0\.0\.1: ok \(login by key, host key ssh-ed25519 SHA256:'
servers "$BY_PASSWORD"
status 0 "$CT" cluster check
shows 'login by password'
silent
servers '"username": "'"$PASSWORD_USER"'", "passwordFile": "'"$PWD"'/password_file"'
status 0 "$CT" cluster check
servers '"username": "'"$PASSWORD_USER"'", "passwordEnv": "CT_E2E_PASSWORD"'
status 0 env CT_E2E_PASSWORD="$PASSWORD" "$CT" cluster check
eval "$(ssh-agent -s)" >agent.out
PIDS="$PIDS $SSH_AGENT_PID"
ssh-add -q "$KEY"
servers '"username": "root"'
status 0 "$CT" cluster check
shows 'login by agent'
ssh-add -q -D
status 3 "$CT" cluster check
shows 'agent holds no key'
status 3 env -u SSH_AUTH_SOCK "$CT" cluster check
shows 'no SSH agent answers'

# wrong ways in: exit status 3
servers '"username": "'"$PASSWORD_USER"'", "password": "not it"'
status 3 "$CT" cluster check
shows "unreachable: login of '$PASSWORD_USER' by password was refused"
ssh-keygen -q -t ed25519 -N '' -f stranger
servers '"username": "root", "privateKey": "'"$PWD"'/stranger"'
status 3 "$CT" cluster check
shows "login of 'root' by key was refused"
ssh-keygen -q -t ed25519 -N secret -f locked
servers '"username": "root", "privateKey": "'"$PWD"'/locked"'
status 3 "$CT" cluster check
shows 'passphrase'
servers '"username": "root", "privateKey": "'"$PWD"'/nowhere"'
status 3 "$CT" cluster check
shows 'nowhere'
servers '"username": "root", "passwordEnv": "CT_E2E_PASSWORD"'
status 3 env -u CT_E2E_PASSWORD "$CT" cluster check
shows 'CT_E2E_PASSWORD is not set'

# a snapshot
servers "$BY_KEY"
status 0 "$CT" cluster stats
shows '^127\.0\.0\.1 +[0-9.]+ +[0-9.]+ +[0-9.]+ +[0-9]+ +[0-9]+ +[0-9.]+ \((icmp|tcp)\)$'
status 0 "$CT" cluster stats --output json
is out '.schema == "ct/cluster/1" and (.servers | length) == 1' .
is out '.servers[0] | .host == "127.0.0.1" and .status == "ok" and .error == null' .
is out '.servers[0].ssh.fingerprint | startswith("SHA256:")' .
is out '.servers[0] | ([.stats.usr, .stats.nice, .stats.sys, .stats.idle, .stats.iowait, .stats.irq, .stats.soft,
    .stats.steal, .stats.guest, .stats.gnice] | add | . > 99.9 and . < 100.1)' .
is out '.servers[0].memory | .total > .used and .used > 0 and ."buff/cache" > 0' .
[ "$(jq '.servers[0].memory.total' out)" = "$(awk '/^MemTotal:/ {print $2}' /proc/meminfo)" ] ||
    fail "total memory is not MemTotal in KiB"

# who may not send ICMP asks the SSH port (ping.sh)
servers "$BY_PASSWORD"
chown 65534 config.json
method='icmp|tcp'
[ "$(tr '\t' ' ' </proc/sys/net/ipv4/ping_group_range)" != "1 0" ] || method=tcp
status 0 setpriv --reuid=65534 --regid=65534 --clear-groups "$CT" cluster stats
shows "^127\.0\.0\.1 .* [0-9.]+ \(($method)\)$"

# nobody in known_hosts; "hostKey": "accept-new" writes it down, then it is known
: >kh
servers "$BY_PASSWORD"
refused "unknown host key"
refused "ssh-keyscan -p $SSHD_PORT '127.0.0.1' >> '$PWD/kh'"
silent
rm kh
refused "unknown host key"
printf '# ends within a line' >kh
servers "$BY_PASSWORD" ', "hostKey": "accept-new"'
status 0 "$CT" cluster check
known_host right
[ "$(tail -n 1 kh)" = "$(cat right)" ] || fail "the new key is not in known_hosts: $(cat kh)"
[ "$(wc -l <kh)" = 2 ] || fail "known_hosts was spoiled: $(cat kh)"
servers "$BY_PASSWORD"
status 0 "$CT" cluster check
# the command of the refusal does what it says
: >kh
refused "unknown host key"
eval "$(sed -n 's/.*fingerprint: //p' out)" 2>keyscan.err
status 0 "$CT" cluster check

# another key than the known one, accept-new or not
ssh-keygen -q -t ed25519 -N '' -f other
echo "[127.0.0.1]:$SSHD_PORT $(cut -d' ' -f1,2 other.pub)" >kh
refused "the host key has changed"
eval "$(sed -n 's/.*fingerprint: //p' out)" >keygen.out 2>&1
status 0 "$CT" cluster check
echo "[127.0.0.1]:$SSHD_PORT $(cut -d' ' -f1,2 other.pub)" >kh
servers "$BY_KEY" ', "hostKey": "accept-new"'
refused "the host key has changed"
grep -c . kh | grep -qx 1 || fail "a changed key was written down"

# revoked, whatever else stands there
known_host right
key=$(cut -d' ' -f2,3 right)
for line in "@revoked * $key" "@revoked [127.0.0.1]:$SSHD_PORT $key"; do
    for mode in '' ', "hostKey": "accept-new"'; do
        { echo "$line"; cat right; } >kh
        servers "$BY_PASSWORD" "$mode"
        refused "@revoked"
        echo "$line" >kh
        refused "@revoked"
    done
done
# a revoked key of somebody else is nothing to us
{ echo "@revoked * $(cut -d' ' -f1,2 other.pub)"; cat right; } >kh
status 0 "$CT" cluster check

# certificates are not supported: said, not trusted
echo "@cert-authority * $(cut -d' ' -f1,2 other.pub)" >kh
refused 'certificates are supported with "transport": "openssh" only'
# keys of another type only
ssh-keygen -q -t ecdsa -N '' -f ecdsa
echo "[127.0.0.1]:$SSHD_PORT $(cut -d' ' -f1,2 ecdsa.pub)" >kh
refused "keys of other types"

# forms of a line that OpenSSH takes, with lines around them that make no sense
for name in "[127.0.0.1]:$SSHD_PORT" "elsewhere,[127.0.0.1]:$SSHD_PORT" "[127.0.0.*]:$SSHD_PORT" "*,!nobody"; do
    printf 'garbage\n\n# comment\n|1|bad|hash ssh-ed25519 AAAA\n%s %s\nhost ssh-ed25519\n' "$name" "$key" >kh
    servers "$BY_KEY"
    status 0 "$CT" cluster check
done
cp right kh
ssh-keygen -q -H -f kh >/dev/null 2>&1
grep -q '^|1|' kh || fail "ssh-keygen did not hash"
status 0 "$CT" cluster check
echo "*,![127.0.0.1]:$SSHD_PORT $key" >kh
refused "unknown host key"

# a server with two keys of which only the second type is known shows that one
ssh-keygen -q -t ecdsa -N '' -f "$SSHD_DIR/second_key"
sshd_stop
echo "HostKey $SSHD_DIR/second_key" >>"$SSHD_DIR/config"
sshd_start
echo "[127.0.0.1]:$SSHD_PORT $(cut -d' ' -f1,2 "$SSHD_DIR/second_key.pub")" >kh
status 0 "$CT" cluster check
shows 'host key ecdsa-sha2-nistp256'

# by name: each address of it is tried
HOST=localhost servers "$BY_KEY"
echo "[localhost]:$SSHD_PORT $key" >kh
status 0 "$CT" cluster check

HOST=nobody.invalid servers "$BY_KEY"
status 3 "$CT" cluster check
shows '^nobody.invalid: unreachable: connecting: the name does not resolve'

# nothing of the configuration reaches a shell
HOST='; touch pwned;' servers "$BY_KEY"
status 2 "$CT" cluster check
known_host kh
# shellcheck disable=SC2016 # not to be expanded
servers '"username": "; touch pwned;", "password": "$(touch pwned)"'
status 3 "$CT" cluster check
[ ! -e pwned ] && [ ! -e "$SSHD_DIR/home/pwned" ] || fail "a word of the configuration was run"

# one server down, one up, one refused: a line each, the gravest decides
servers "$BY_KEY"
sshd_stop
status 3 "$CT" cluster check
sshd_start
one='"host": "127.0.0.1", "port": '$SSHD_PORT
: >empty
config http://127.0.0.1:1 '{"host": "here", "sshAuthMethod": "local"},
    {'"$one"', "knownHosts": "'"$PWD"'/empty", "authentication": {'"$BY_KEY"'}},
    {"host": "127.0.0.1", "port": 1, "knownHosts": "'"$PWD"'/kh", "authentication": {'"$BY_KEY"'}}'
status 4 "$CT" cluster check
shows '^here: ok \(this machine\)$'
shows "^127\.0\.0\.1:$SSHD_PORT: refused: unknown host key"
shows '^127\.0\.0\.1:1: unreachable: connecting: Connection refused$'
status 4 "$CT" cluster stats
one_line
says "unknown host key"
shows '^here +[0-9]'
status 4 "$CT" cluster stats --output json
is out '[.servers[].status] == ["ok", "refused", "unreachable"]' .

# a server that accepts and never says a word: the deadline
servers "$BY_KEY"
inner=$(cat "/proc/$SSHD_PID/task/$SSHD_PID/children")
kill -STOP $inner
status 3 "$CT" cluster check
shows 'SSH handshake: no answer in time'
kill -CONT $inner

status 2 "$CT" cluster
one_line
status 2 "$CT" cluster chek
says "did you mean 'check'"
config http://127.0.0.1:1
status 2 "$CT" cluster check
says '"monitorServers" is empty'

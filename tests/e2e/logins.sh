#!/bin/sh
# Ways in: passphrases and passwords from the terminal, agents, questions, RSA, certificates, both transports; and a
# password that is seen nowhere.
. "$(dirname "$0")/../support/sshd.sh"
. "$(dirname "$0")/lib.sh"
trap 'sshd_stop; cleanup' EXIT
need script
sshd_prepare
ssh-keygen -q -t ed25519 -N "$PASSWORD" -a 4 -f locked
ssh-keygen -q -t rsa -b 2048 -N '' -f rsa
ssh-keygen -q -t ed25519 -N '' -f ca
cat locked.pub rsa.pub >>"$SSHD_DIR/authorized_keys"
sshd_start
known_host kh
unset SSH_AUTH_SOCK SSH_AGENT_PID || true

# server TRANSPORT AUTHENTICATION [MORE KEYS]
server() {
    config "${URL:-http://127.0.0.1:1}" '{"host": "127.0.0.1", "port": '"$SSHD_PORT"', "transport": "'"$1"'",
        "knownHosts": "'"$PWD"'/kh", "authentication": {'"$2"'}'"${3:-}"'}'
    chmod 600 config.json
}
# typing PROMPT ANSWER COMMAND...: the command on a terminal; what it showed is in ./typed, its status in $typed
typing() {
    prompt=$1 answer=$2
    shift 2
    rm -f keys typed
    mkfifo keys
    # the shell that is started by script has no more words than these
    script -qefc "$*" typed <keys >/dev/null 2>&1 &
    typist=$!
    PIDS="$PIDS $typist"
    exec 3>keys
    wait_for "grep -q '$prompt' typed 2>/dev/null"
    printf '%s\n' "$answer" >&3
    typed=0
    wait "$typist" || typed=$?
    exec 3>&-
}
typed_shows() { grep -qE -- "$1" typed || fail "the terminal does not show: $1: $(cat typed)"; }

# a key with a passphrase: on the terminal, without echo
server libssh2 '"username": "root", "privateKey": "'"$PWD"'/locked"'
typing "passphrase of" "$PASSWORD" "$CT" cluster check
[ "$typed" = 0 ] || fail "exit status $typed: $(cat typed)"
typed_shows 'ok \(login by key, '
! grep -qF "$PASSWORD" typed || fail "the passphrase was echoed"
typing "passphrase of" "not it" "$CT" cluster check
[ "$typed" = 3 ] || fail "a wrong passphrase: exit status $typed"
typed_shows 'is the passphrase right'
# without a terminal it says what to do; with an agent that has the key nobody is asked
status 3 setsid "$CT" cluster check
shows "the key '.*/locked' has a passphrase: ssh-add it"
eval "$(ssh-agent -s)" >agent.out
PIDS="$PIDS $SSH_AGENT_PID"
printf '#!/bin/sh\necho "%s"\n' "$PASSWORD" >askpass
chmod 700 askpass
SSH_ASKPASS=$PWD/askpass SSH_ASKPASS_REQUIRE=force ssh-add -q locked
status 0 setsid "$CT" cluster check
shows 'login by key \(by agent\)'
server openssh '"username": "root", "privateKey": "'"$PWD"'/locked"'
status 0 setsid "$CT" cluster check
shows 'login by publickey'
ssh-add -q -D
status 3 setsid "$CT" cluster check
shows 'Permission denied'
ssh-add -q "$KEY"
server openssh '"username": "root"' # what is left out: the agent
status 0 "$CT" cluster check
server openssh '"username": "root", "privateKey": "'"$PWD"'/nowhere"'
status 3 "$CT" cluster check
ssh-add -q -D

# a password from the terminal
server libssh2 '"username": "'"$PASSWORD_USER"'"' ', "sshAuthMethod": "password"'
typing "password of $PASSWORD_USER@127.0.0.1: " "$PASSWORD" "$CT" cluster check
[ "$typed" = 0 ] || fail "exit status $typed: $(cat typed)"
! grep -qF "$PASSWORD" typed || fail "the password was echoed"
typing "password of $PASSWORD_USER@127.0.0.1: " "" "$CT" cluster check
[ "$typed" = 2 ] || fail "nothing was typed: exit status $typed"
typed_shows 'but there is none, and none was typed: write'
status 2 setsid "$CT" cluster check
says 'no terminal to ask at'

# words of the configuration become neither options nor commands
for word in '-oProxyCommand=touch pwned' '$(touch pwned)' 'a;touch pwned'; do
    server openssh '"username": "'"$word"'"'
    status 2 "$CT" cluster check
    says 'cannot be given to ssh'
done
server openssh '"username": "root", "privateKey": "'"$PWD"'/-oProxyCommand=touch pwned"'
status 3 "$CT" cluster check
[ ! -e pwned ] || fail "a word of the configuration was run"

# no ssh on this machine
server openssh '"username": "root", "privateKey": "'"$KEY"'"'
status 3 env PATH=/nowhere "$CT" cluster check
shows "^127\.0\.0\.1: unreachable: the program 'ssh' cannot be started: No such file"

# an RSA key, an RSA-only server: the system's ssh can; an old libssh2 says what to do
old=yes
case $(dpkg-query -W -f '${Version}' libssh2-1 2>/dev/null || echo 9) in 0.* | 1.[0-9].* | 1.10.*) ;; *) old="" ;; esac
server openssh '"username": "root", "privateKey": "'"$PWD"'/rsa"'
status 0 "$CT" cluster check
if [ -n "$old" ]; then
    server libssh2 '"username": "root", "privateKey": "'"$PWD"'/rsa"'
    status 3 "$CT" cluster check
    shows 'an RSA key: this libssh2 is older than 1\.11 .* "transport": "openssh"'
    ssh-add -q rsa
    server libssh2 '"username": "root"'
    status 3 "$CT" cluster check
    shows 'by agent was refused: .* an RSA key: this libssh2 is older than 1\.11'
    ssh-add -q -D
fi

# the keys of the account: the one that is locked is passed over when nobody opens it
mkdir -p home/.ssh
cp locked home/.ssh/id_ed25519
# PEM: of OpenSSH's own form of ECDSA keys libssh2 1.10 leaks two numbers, which the leak sanitizer sees
ssh-keygen -q -t ecdsa -m PEM -N '' -f home/.ssh/id_ecdsa
cat home/.ssh/id_ecdsa.pub >>"$SSHD_DIR/authorized_keys"
server libssh2 '"username": "root"' ', "sshAuthMethod": "key"'
status 0 env HOME="$PWD/home" setsid "$CT" cluster check
shows 'login by key, '
# and has no part in what fails later
sed -i '$s/^/command="true" /' "$SSHD_DIR/authorized_keys"
status 3 env HOME="$PWD/home" setsid "$CT" cluster check
shows 'unreachable: starting a shell: '
sed -i '$s/^command="true" //' "$SSHD_DIR/authorized_keys"

# who leaves a password lying about is told
server libssh2 '"username": "'"$PASSWORD_USER"'", "password": "'"$PASSWORD"'"'
status 0 "$CT" cluster check
[ ! -s err ] || fail "a warning without a reason"
chmod 644 config.json
status 0 "$CT" cluster check
says 'config.json holds a clear password and others can read it: chmod 600'
printf '%s\n' "$PASSWORD" >password_file
chmod 640 password_file
server libssh2 '"username": "'"$PASSWORD_USER"'", "passwordFile": "'"$PWD"'/password_file"'
status 0 "$CT" cluster check
says "others can read the password in $PWD/password_file: chmod 600"
! grep -qF "$PASSWORD" out err || fail "the password was shown"
sshd_stop
ssh-keygen -q -t rsa -b 2048 -N '' -f host_rsa
sed -i "s#^HostKey .*#HostKey $PWD/host_rsa#" "$SSHD_DIR/config"
sshd_start
echo "[127.0.0.1]:$SSHD_PORT $(cut -d' ' -f1,2 host_rsa.pub)" >kh
server openssh '"username": "root", "privateKey": "'"$KEY"'"'
status 0 "$CT" cluster check
shows 'host key ssh-rsa SHA256:'
if [ -n "$old" ]; then
    server libssh2 '"username": "root", "privateKey": "'"$KEY"'"'
    status 3 "$CT" cluster check
    shows 'give the server an ed25519 or ecdsa host key, or write "transport": "openssh"'
fi

# a certificate of the host: @cert-authority is for the system's ssh
sshd_stop
ssh-keygen -q -s ca -h -I host -n 127.0.0.1 "$SSHD_DIR/host_key.pub"
{ sshd_config; echo "HostCertificate $SSHD_DIR/host_key-cert.pub"; } >"$SSHD_DIR/config"
sshd_start
echo "@cert-authority * $(cut -d' ' -f1,2 ca.pub)" >kh
server openssh '"username": "root", "privateKey": "'"$KEY"'"'
status 0 "$CT" cluster check
shows 'host key ssh-ed25519-cert-v01@openssh\.com SHA256:'
server libssh2 '"username": "root", "privateKey": "'"$KEY"'"'
status 4 "$CT" cluster check

# the same server behind a jump host, which is itself: by the configuration of ssh
mkdir -m 700 jump
cat >jump/config <<END
Host jump
    HostName 127.0.0.1
    Port $SSHD_PORT
    User root
    IdentityFile $KEY
    UserKnownHostsFile $PWD/jump/known_hosts
Host behind
    HostName 127.0.0.1
    Port $SSHD_PORT
    User root
    IdentityFile $KEY
    ProxyJump jump
END
known_host jump/known_hosts
cp jump/known_hosts kh
cat >>kh <<END
behind $(cut -d' ' -f2,3 jump/known_hosts)
END
config http://127.0.0.1:1 '{"host": "behind", "transport": "openssh", "knownHosts": "'"$PWD"'/kh"}'
behind() {
    unshare --mount --propagation private sh -c 'mkdir -p /etc/ssh && mount --bind "$1" /etc/ssh/ssh_config && shift && exec "$@"' \
        sh "$PWD/jump/config" "$@"
}
status 0 behind "$CT" cluster check
shows '^behind: ok \(login by publickey, '
shows 'behind a jump host'

# keyboard-interactive where nothing else is offered
sshd_stop
known_host kh
{ sshd_config | sed 's/^UsePAM no/UsePAM yes/'; printf 'PasswordAuthentication no\nKbdInteractiveAuthentication yes\n'; } >"$SSHD_DIR/config"
sshd_start
server libssh2 '"username": "'"$PASSWORD_USER"'", "password": "'"$PASSWORD"'"'
status 0 "$CT" cluster check
shows 'login by keyboard-interactive'
server libssh2 '"username": "'"$PASSWORD_USER"'", "password": "not it"'
status 3 "$CT" cluster check
shows 'by keyboard-interactive was refused'

# the canary: a run with a password from the environment, an embedded target, a server by each transport
sshd_stop
sshd_config >"$SSHD_DIR/config"
sshd_start
known_host kh
one='"port": '$SSHD_PORT', "knownHosts": "'$PWD'/kh"'
config embedded '{"host": "127.0.0.1", '"$one"', "authentication": {"username": "'"$PASSWORD_USER"'", "passwordEnv": "CANARY"}},
    {"host": "localhost", '"$one"', "transport": "openssh", "authentication": {"username": "root", "privateKey": "'"$KEY"'"}}'
echo "[localhost]:$SSHD_PORT $(cut -d' ' -f2,3 kh)" >>kh
CANARY=$PASSWORD "$CT" test-execution -v --requests-per-second 20 --duration 3s --storage results >out 2>err &
run=$!
PIDS="$PIDS $run"
children() { cat /proc/$run/task/*/children; }
wait_for 'kill -0 $run && [ "$(children | wc -w)" -ge 2 ] && ls results/.*.journal >/dev/null 2>&1'
for p in $(children) ; do
    seen=yes
    ! grep -qsF "$PASSWORD" "/proc/$p/cmdline" "/proc/$p/environ" || fail "the password is in a child: $(tr '\0' ' ' <"/proc/$p/cmdline")"
done
[ "${seen:-}" = yes ] || fail "no child was seen"
! grep -qsF "$PASSWORD" /proc/[0-9]*/cmdline || fail "the password is in a command line"
! grep -rqF "$PASSWORD" results || fail "the password is in the journal"
got=0
wait "$run" || got=$?
[ "$got" = 0 ] || [ "$got" = 92 ] || fail "exit status $got"
! grep -rqF "$PASSWORD" results out err || fail "the password is in a result or an output"
is "$(only results)" '[.cluster_samples[].servers[].host] | unique == ["127.0.0.1", "localhost"]' .cluster_samples[0]
wait_for '! grep -qs -- "-[p]$SSHD_PORT" /proc/[0-9]*/cmdline' # no ssh is left

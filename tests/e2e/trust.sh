#!/bin/sh
# Which servers are trusted, and what that costs an attacker: both transports, the same known_hosts files, real sshds;
# a refusal sends not one byte of authentication; a password is nowhere but in the login.
. "$(dirname "$0")/../support/sshd.sh"
. "$(dirname "$0")/lib.sh"
trap 'sshd_stop; cleanup' EXIT
sshd_prepare
ssh-keygen -q -t ecdsa -N '' -f other
ssh-keygen -q -t ed25519 -N '' -f ca
sshd_start
NAME="[127.0.0.1]:$SSHD_PORT"
KEYTEXT=$(cut -d' ' -f1,2 "$SSHD_DIR/host_key.pub")
OTHER=$(ssh-keygen -q -t ed25519 -N '' -f stranger && cut -d' ' -f1,2 stranger.pub)
BY_KEY='"username": "root", "privateKey": "'$KEY'"'

# server [MORE KEYS]: a config.json with the server by TRANSPORT, trusting ./kh
server() {
    config http://127.0.0.1:1 '{"host": "127.0.0.1", "port": '"$SSHD_PORT"', "transport": "'$TRANSPORT'",
        "authentication": {'"$BY_KEY"'}'"${1:-, \"knownHosts\": \"$PWD/kh\"}"'}'
    chmod 600 config.json
}
ACCEPT_NEW=', "knownHosts": "'$PWD'/kh", "hostKey": "accept-new"'

userauths() { grep -c 'userauth-request' "$SSHD_LOG" || true; }
# trusted WHAT: it logs in
trusted() {
    status 0 "$CT" cluster check
    shows '^127\.0\.0\.1: ok '
    shows "transport  *$TRANSPORT"
    grep -q 'userauth-request' "$SSHD_LOG" || fail "$TRANSPORT: $1: the debug log shows no login"
}
# refused WHAT [WORDS]: exit status 4, the fingerprint, no authentication
refused() {
    before=$(userauths)
    status 4 "$CT" cluster check
    [ "$(userauths)" = "$before" ] || fail "$TRANSPORT: $1: authentication was begun"
    shows '^127\.0\.0\.1: refused: .*SHA256:[A-Za-z0-9+/]{43} \((ssh-ed25519|ecdsa-sha2-nistp256)\)'
    grep -qF -- "${2:-ssh-keyscan}" out || fail "$TRANSPORT: $1: stdout does not say: ${2:-ssh-keyscan}"
}

twelve() {
    # 1 exact
    server
    echo "$NAME $KEYTEXT" >kh
    trusted exact
    # 2 unknown; the command of the refusal does what it says
    : >kh
    refused unknown "unknown host key"
    eval "$(sed -n 's/.*fingerprint: //p' out)" 2>keyscan.err
    trusted "unknown, accepted by the command"
    # 3 changed, with the command that accepts it
    echo "$NAME $OTHER" >kh
    refused changed "the host key has changed"
    eval "$(sed -n 's/.*fingerprint: //p' out)" >keygen.out 2>&1
    trusted "changed, accepted by the command"
    echo "$NAME $OTHER" >kh
    server "$ACCEPT_NEW"
    refused "changed with accept-new" "the host key has changed"
    [ "$(cat kh)" = "$NAME $OTHER" ] || fail "$TRANSPORT: a changed key was written down"
    # 4 revoked, with accept-new and without, beside a line that trusts it and alone
    for more in "$ACCEPT_NEW" ""; do
        server "$more"
        printf '@revoked * %s\n%s %s\n' "$KEYTEXT" "$NAME" "$KEYTEXT" >kh
        refused revoked "@revoked"
        echo "@revoked * $KEYTEXT" >kh
        refused "only revoked" "@revoked"
    done
    # 5 hashed
    server
    echo "$NAME $KEYTEXT" >kh
    ssh-keygen -q -H -f kh >/dev/null 2>&1
    grep -q '^|1|' kh || fail "ssh-keygen did not hash"
    trusted hashed
    # 6 wildcard
    echo "[127.0.0.*]:$SSHD_PORT $KEYTEXT" >kh
    trusted wildcard
    # 7 negated; OpenSSH looks for the host without its port, too
    echo "*,!$NAME,!127.0.0.1 $KEYTEXT" >kh
    refused negated "unknown host key"
    # 8 another port
    echo "[127.0.0.1]:$((SSHD_PORT + 1)) $KEYTEXT" >kh
    refused "another port" "unknown host key"
    # 9 a certificate authority, and a server without a certificate
    echo "@cert-authority * $(cut -d' ' -f1,2 ca.pub)" >kh
    refused "cert-authority"
    # 10 the global file (in a mount namespace of its own)
    server " "
    echo "$NAME $KEYTEXT" >global/ssh_known_hosts
    status 0 unshare --mount --propagation private sh -c 'mount --bind "$1" /etc/ssh && exec "$2" cluster check' \
        sh "$PWD/global" "$CT"
    echo "$NAME $OTHER" >global/ssh_known_hosts
    before=$(userauths)
    status 4 unshare --mount --propagation private sh -c 'mount --bind "$1" /etc/ssh && exec "$2" cluster check' \
        sh "$PWD/global" "$CT"
    shows "the host key has changed"
    [ "$(userauths)" = "$before" ] || fail "$TRANSPORT: global file: authentication was begun"
    # 11 accept-new: written down once, hashed where the others are
    server "$ACCEPT_NEW"
    rm -f kh
    trusted "accept-new"
    shows 'accepted as new and written down\)$'
    [ "$(cat kh)" = "$NAME $KEYTEXT" ] || fail "$TRANSPORT: the new key is not in known_hosts: $(cat kh)"
    trusted "accepted before"
    ! grep -q 'as new' out || fail "$TRANSPORT: a known key is called new"
    [ "$(wc -l <kh)" = 1 ] || fail "$TRANSPORT: the key was written down twice"
    echo "elsewhere $OTHER" >kh
    ssh-keygen -q -H -f kh >/dev/null 2>&1
    trusted "accept-new, hashed"
    [ "$(grep -c '^|1|' kh)" = 2 ] || fail "$TRANSPORT: the new key is not hashed: $(cat kh)"
    [ "$(ssh-keygen -F "$NAME" -f kh | grep -cF "$KEYTEXT" || true)" = 0 ] ||
        ssh-keygen -F "$NAME" -f kh >/dev/null || fail "$TRANSPORT: ssh-keygen does not find it"
}
mkdir global
cp -a /etc/ssh/. global
for TRANSPORT in libssh2 openssh; do
    twelve
done

# 12 a second key type, of which only one is known
sshd_stop
echo "HostKey $PWD/other" >>"$SSHD_DIR/config"
sshd_start
for TRANSPORT in libssh2 openssh; do
    server
    echo "$NAME $(cut -d' ' -f1,2 other.pub)" >kh
    trusted "second type"
    shows 'host key ecdsa-sha2-nistp256'
done

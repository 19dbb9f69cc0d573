# shellcheck shell=sh
# shellcheck disable=SC2034 # what it sets is for the script that sources it
# Sourced by end-to-end scripts before lib.sh, and by sshd_rig.sh: a real sshd on a free loopback port that
# touches nothing of the machine. It runs in mount and process namespaces of its own: its accounts are bind
# mounts, and everything it started ends with it. Needs root; without, the script is skipped.
#
#   sshd_prepare        keys, accounts, configuration; sets KEY, PASSWORD_USER, PASSWORD
#   sshd_start          sets SSHD_PORT (kept over restarts); empties SSHD_LOG, which is at DEBUG3
#   sshd_stop           the server and all its sessions are dead when it returns
#   sshd_new_host_key   what the next start presents
#   known_host FILE     writes the right known_hosts line of the server
SSHD=$(command -v sshd || echo /usr/sbin/sshd)
SSHD_PID=""
SSHD_PORT=""

sshd_skip() {
    [ -z "${CI:-}" ] || { echo "FAILED: $*" >&2 && exit 1; }
    echo "SKIPPED: $*" >&2
    exit 77
}

sshd_prepare() {
    [ -x "$SSHD" ] || { echo "FAILED: needs openssh-server: run tools/bootstrap.sh check" >&2 && exit 1; }
    [ "$(id -u)" = 0 ] || sshd_skip "needs root, for an sshd in namespaces of its own"
    SSHD_DIR=$PWD/sshd
    SSHD_LOG=$SSHD_DIR/sshd.log
    KEY=$SSHD_DIR/user_key
    PASSWORD_USER=ct-e2e
    PASSWORD=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
    mkdir -p "$SSHD_DIR/home"
    ssh-keygen -q -t ed25519 -N '' -f "$KEY"
    cp "$KEY.pub" "$SSHD_DIR/authorized_keys"
    sshd_new_host_key
    # root's own home has start files that may do anything: one took a lock, and was killed with it
    {
        echo "root:x:0:0::$SSHD_DIR/home:/bin/sh"
        grep -v -e '^root:' -e "^$PASSWORD_USER:" /etc/passwd
        echo "$PASSWORD_USER:x:64999:65534::$SSHD_DIR/home:/bin/sh"
    } >"$SSHD_DIR/passwd"
    { cat /etc/shadow; echo "$PASSWORD_USER:$(printf %s "$PASSWORD" | openssl passwd -6 -stdin):19000:0:99999:7:::"; } >"$SSHD_DIR/shadow"
    chmod 711 "$PWD" "$SSHD_DIR"
    chmod 600 "$SSHD_DIR/shadow"
    sshd_config >"$SSHD_DIR/config"
}

sshd_config() {
    cat <<END
ListenAddress 127.0.0.1
HostKey $SSHD_DIR/host_key
PidFile none
UsePAM no
StrictModes no
PermitRootLogin yes
AuthorizedKeysFile $SSHD_DIR/authorized_keys
LogLevel DEBUG3
${SSHD_EXTRA:-}
END
}

sshd_new_host_key() {
    rm -f "$SSHD_DIR/host_key" "$SSHD_DIR/host_key.pub"
    ssh-keygen -q -t ed25519 -N '' -f "$SSHD_DIR/host_key"
}

# One attempt on SSHD_PORT; false when the port is taken.
sshd_try() {
    : >"$SSHD_LOG"
    # shellcheck disable=SC2016 # expanded by the inner shell
    unshare --mount --pid --fork --kill-child --propagation private sh -c '
        set -e
        mount -t tmpfs tmpfs /run
        mkdir -m 755 /run/sshd
        mount --bind "$1/passwd" /etc/passwd
        mount --bind "$1/shadow" /etc/shadow
        exec "$2" -D -f "$1/config" -p "$3" -E "$1/sshd.log"' \
        sh "$SSHD_DIR" "$SSHD" "$SSHD_PORT" </dev/null >/dev/null 2>"$SSHD_DIR/start.err" &
    SSHD_PID=$!
    n=0
    until grep -q 'Server listening on' "$SSHD_LOG"; do
        n=$((n + 1))
        if [ $n -gt 400 ] || ! kill -0 "$SSHD_PID" 2>/dev/null; then
            sshd_stop
            return 1
        fi
        sleep 0.05
    done
}

sshd_start() {
    if [ -n "$SSHD_PORT" ]; then
        sshd_try || { cat "$SSHD_LOG" "$SSHD_DIR/start.err" >&2; return 1; }
        return 0
    fi
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        # below the range from which the kernel takes ports for connections
        SSHD_PORT=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 12000))
        sshd_try && return 0
    done
    cat "$SSHD_LOG" "$SSHD_DIR/start.err" >&2
    return 1
}

sshd_stop() {
    [ -n "$SSHD_PID" ] || return 0
    # the first process of the namespace: all others go with it, and unshare takes leave of it
    inner=$(cat "/proc/$SSHD_PID/task/$SSHD_PID/children" 2>/dev/null || true)
    kill -KILL ${inner:-"$SSHD_PID"} 2>/dev/null || true
    wait "$SSHD_PID" 2>/dev/null || true
    SSHD_PID=""
}

known_host() {
    echo "[127.0.0.1]:$SSHD_PORT $(cut -d' ' -f1,2 "$SSHD_DIR/host_key.pub")" >"$1"
}

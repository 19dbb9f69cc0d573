#!/bin/sh
# A real sshd (sshd.sh) for a test in C: says "port folder", then does what the lines on its standard input
# say and answers each with "done". Ends, with all it started, at the end of its input.
set -eu
. "$(dirname "$0")/sshd.sh"
DIR=$(mktemp -d)
trap 'sshd_stop; rm -rf "$DIR"' EXIT
trap 'exit 1' INT TERM
cd "$DIR"
# the server and its sessions
signal() {
    read -r server _ <"/proc/$SSHD_PID/task/$SSHD_PID/children" || true
    read -r sessions <"/proc/$server/task/$server/children" || true
    # shellcheck disable=SC2086 # a list
    kill -"$1" "$server" $sessions
}
# the forced command of the account: "force" alone takes it away
force() {
    sshd_config >"$SSHD_DIR/config"
    [ -z "$*" ] || echo "ForceCommand $*" >>"$SSHD_DIR/config"
}
sshd_prepare
sshd_start
known_host known_hosts
echo "$SSHD_PORT $DIR"
while read -r verb rest; do
    case $verb in
    start) sshd_start ;;
    stop) sshd_stop ;;
    freeze) signal STOP ;;
    thaw) signal CONT ;;
    new-key) sshd_new_host_key ;;
    force) force "$rest" ;;
    *) exit 1 ;;
    esac
    echo "done"
done

# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # what it sets and needs is of the script that sources it
# Sourced after sshd.sh and before lib.sh: several real sshds, each in a folder of its own with its own keys.
# The script says "trap fleet_end EXIT" after lib.sh.
FLEET=""
fleet_end() {
    for name in $FLEET; do stop "$name"; done
    cleanup
}

# start NAME [LINES OF sshd_config]: an sshd of its own in ./NAME
start() {
    mkdir "$1"
    cd "$1" || exit
    SSHD_PORT=""
    export SSHD_EXTRA=${2:-}
    sshd_prepare
    sshd_start
    known_host kh
    FLEET="$FLEET $1"
    keep "$1"
    cd "$WORK" || exit
}
keep() { eval "PID_$1=$SSHD_PID PORT_$1=$SSHD_PORT"; }
use() { eval "SSHD_PID=\$PID_$1 SSHD_PORT=\$PORT_$1"; SSHD_DIR=$WORK/$1/sshd; SSHD_LOG=$SSHD_DIR/sshd.log; }
stop() { use "$1"; sshd_stop; keep "$1"; }
again() { use "$1"; sshd_start; keep "$1"; }
# the server and its sessions
send() {
    use "$2"
    read -r server _ <"/proc/$SSHD_PID/task/$SSHD_PID/children" || true
    read -r sessions <"/proc/$server/task/$server/children" || true
    # shellcheck disable=SC2086 # a list
    kill -"$1" "$server" $sessions
}
in_results() { eval "echo 127.0.0.1:\$PORT_$1"; }
# of the result in $file: the server has a gap with these words, or is there again towards the end (unless this machine,
# which did not send in time either, was too busy for its answers)
gap() { is "$file" "[.cluster_samples[].gaps.\"$(in_results "$1")\" | select(. != null)] | any(test(\"$2\"))" "[.cluster_samples[].gaps]"; }
back() {
    server=$(in_results "$1")
    is "$file" ".cluster_samples[-6:] as \$last | (\$last | any(.servers | any(.host == \"$server\"))) or
        (.summary.verdict.status == \"invalid\" and (\$last | all(.gaps.\"$server\" == \"no answer within the interval\" or
            (.partial | any(.host == \"$server\")))))" '[.cluster_samples[] | [.gaps, .partial[].host]]'
}

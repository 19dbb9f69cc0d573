# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # what it sets and needs is of the script that sources it
# Sourced after fleet.sh: servers that break during a run, the same for both transports.
#
#   by TRANSPORT [KILLED GARBAGE]  libssh2 or openssh; the reasons that it gives for a server that was killed or went mad
#   break_servers   starts them
#   break_run MORE  runs with all of them and MORE, breaks them after a second or two, mends them three seconds later;
#                   calls at_break in between, which the script may redefine; sets file
#   break_check     each is a gap with its reason or has no impossible value, comes back, and costs no request
BREAKING="well killed stopped garbage hangs stuck backwards ahead"

by() { TRANSPORT=$1 KILLED_SAYS=${2:-} GARBAGE_SAYS=${3:-}; }
server() {
    use "$1"
    printf '{"name": "%s", "host": "127.0.0.1", "port": %s, "knownHosts": "%s", "transport": "%s",
        "authentication": {"username": "root", "privateKey": "%s"}}' "$1" "$SSHD_PORT" "$WORK/$1/kh" "$TRANSPORT" "$SSHD_DIR/user_key"
}
servers() {
    list=""
    for name in "$@"; do list="$list${list:+,}$(server "$name")"; done
    config "$URL" "$list"
}
# answering NAME 'LINES': a server that can only answer each question with what the lines print; LINES before "answer:"
# are done once
answering() {
    case $2 in
    *answer:*) once=${2%%answer:*} each=${2#*answer:} ;;
    *) once="" each=$2 ;;
    esac
    printf '%s\nwhile read -r x; do\n%s\necho ct-end\ndone\n' "$once" "$each" >"$1.sh"
    start "$1" "ForceCommand sh $WORK/$1.sh"
}

break_servers() {
    for name in well killed stopped; do start "$name" 'Subsystem sftp internal-sftp'; done
    answering garbage "
        [ -e $WORK/broken ] && { head -c 50000000 /dev/urandom >&2; head -c 100000000 /dev/urandom; }
        cat /proc/stat /proc/meminfo"
    answering hangs "
        while [ -e $WORK/broken ]; do sleep 0.1; done
        cat /proc/stat /proc/meminfo"
    answering stuck "
        [ -e $WORK/broken ] && exec sleep 1000
        cat /proc/stat /proc/meminfo"
    # between two readings it spends a quarter of its time each on user and system, or the counters stand or go back
    answering backwards "
        n=1000 up=5000
        answer:
        n=\$((n + 10)) up=\$((up + 1))
        [ -e $WORK/broken ] && n=5 up=3
        printf '==> /proc/stat <==\ncpu  %d 0 %d %d 0 0 0 0 0 0\nctxt %d\nbtime 1700000000\nprocesses %d\n' \$n \$n \$((2 * n)) \$n \$n
        printf '==> /proc/meminfo <==\nMemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 400 kB\n'
        printf '==> /proc/uptime <==\n%d.00 1.00\n' \$up"
    answering ahead "
        b=\$((\$(sed -n 's/^btime //p' /proc/stat) + 3600))
        answer:
        head -v -n 100000 /proc/stat /proc/meminfo /proc/uptime | sed \"s/^btime .*/btime \$b/\""
    start_target
}

at_break() { :; }
break_run() {
    # shellcheck disable=SC2086 # a list
    servers $BREAKING "$@"
    "$CT" test-execution --test-cases bubble-sort --load 5 --rate 50 --duration 12 --monitoring-interval 0.5 \
        --storage db --output json >out 2>err &
    RUN=$!
    PIDS="$PIDS $RUN"
    wait_for 'find db -name ".*.journal" -size +6k 2>/dev/null | grep -q .'
    at_break
    stop killed
    send STOP stopped
    : >broken
    sleep 3
    rm broken
    again killed
    send CONT stopped
    got=0
    wait "$RUN" || got=$?
    [ "$got" = 0 ] || [ "$got" = 92 ] || fail "exit status $got"
    file=$(jq -r .result_file out)
}

# of 'FILTER' NAME: of the samples of a server as an array in $s, whole or in part
of() {
    is "$file" "[.cluster_samples[] | (.servers + .partial)[] | select(.host == \"$(in_results "$2")\")] as \$s | $1" \
        "[.cluster_samples[] | (.servers + .partial)[] | select(.host == \"$(in_results "$2")\") | [.timestamp[17:], .stats.usr, .rebooted, .system]]"
}

break_check() {
    gap killed "$KILLED_SAYS"
    gap stopped 'no answer'
    gap garbage "$GARBAGE_SAYS"
    gap hangs 'no answer'
    gap stuck 'no answer'
    for name in well killed stopped garbage hangs backwards ahead; do back "$name"; done
    # on a busy machine an answer may be late, nothing else
    for name in well backwards ahead; do
        is "$file" "[.cluster_samples[].gaps.\"$(in_results $name)\" | select(. != null)] | all(. == \"no answer within the interval\")" \
            "[.cluster_samples[].gaps]"
    done
    # counters that went back or stand are no value, never a wrong one
    # shellcheck disable=SC2016 # of jq
    of '([$s[].stats | select(. != null)] | length > 4 and all(.usr == 25 and .sys == 25 and .idle == 50))
        and ([$s[] | select(.stats == null)] | length > 1)
        and ([$s[].activity.context_switches_per_s | select(. != null)] | length > 4 and all(. >= 0))
        and ([$s[] | select(.rebooted)] | length == 1)' backwards
    # a clock that is off is told; samples are dated by our own
    # shellcheck disable=SC2016
    of '($s | length > 10) and all($s[].system.clock_offset_s; . > 3597 and . < 3603)' ahead
    is "$file" '[.cluster_samples[] | .timestamp[14:16] as $at | .servers[].timestamp[14:16] | ((tonumber) - ($at | tonumber))
        | if . < -30 then . + 60 else . end] | all(. >= -1 and . <= 1)'
    # a busy machine may cost requests, and then ct says that it was itself
    is "$file" '.summary | .accounting.planned == 600 and (.accounting.ok == 600 or .verdict.status == "invalid")'
    is "$file" '(.cluster_samples | length) >= 14' '.cluster_samples | length'
    closed out
    # no storm: a session a second at most
    [ "$(grep -c 'Connection from' "$WORK/garbage/sshd/sshd.log")" -le 8 ] || fail "a storm of connections"
}

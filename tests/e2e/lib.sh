# shellcheck shell=sh disable=SC2034
# Sourced by the end-to-end scripts: a temporary folder, a target, expectations. Each script is called with
# the ct binary as its argument; its first line says the behaviour that it shows.
set -eu
CT=$1
BUSY=""     # this machine was too busy for a valid run, again and again
WORK=$(mktemp -d)
chmod 755 "$WORK" # for servers that drop their rights
PIDS=""
GROUP=""    # a cgroup that cpu_group made
cleanup() {
    for p in $PIDS; do kill -CONT "$p" 2>/dev/null || true; kill "$p" 2>/dev/null || true; done
    wait 2>/dev/null || true
    [ -z "$GROUP" ] || rmdir "$GROUP" 2>/dev/null || true
    rm -rf "$WORK"
}
trap cleanup EXIT
trap 'exit 1' INT TERM
cd "$WORK"

# Where it may, the test goes before what else runs on this machine, so that ct can be on time.
if [ "$(id -u)" = 0 ]; then
    renice -n -10 -p $$ >/dev/null 2>&1 || true
fi

fail() {
    echo "FAILED: $*" >&2
    for f in out err target.err; do
        [ -s "$WORK/$f" ] && { echo "--- $f"; tail -n 40 "$WORK/$f"; } >&2
    done
    exit 1
}

need() {
    command -v "$1" >/dev/null || fail "this test needs $1: run tools/bootstrap.sh check"
}
need jq

# reset: a script redefines it when a run leaves more than db/ and results/ behind.
reset() { :; }

# robbed: the last command says that this machine spoilt what it measured.
robbed() {
    [ "$got" = 92 ] || grep -q 'say nothing: this machine did not do its part' out
}

# status N COMMAND...: runs it, output in ./out and ./err, fails unless it exits with N. A run that ct itself calls
# invalid (92: this machine was too busy to send on time) is repeated, and so is a search that lost runs to it. When it
# stays so, BUSY says it aloud and the test goes on with what it is about: ct was right about the machine.
status() {
    want=$1
    shift
    tries=3
    [ -z "$BUSY" ] || tries=2
    for try in 1 2 3; do
        got=0
        "$@" >out 2>err || got=$?
        [ "$got" != "$want" ] && [ "$try" -lt $tries ] && robbed || break
        rm -rf db results
        reset
    done
    case $want in
    0 | 91 | 93 | 99)
        [ "$got" = "$want" ] || ! robbed ||
            { BUSY=yes got=$want && echo "too busy here for a valid run: $*" >&2; }
        ;;
    esac
    [ "$got" = "$want" ] || fail "exit status $got instead of $want: $*"
}

# answered FILE N: of N planned requests each was answered, but for those that this machine was too busy to send.
answered() {
    is "$1" "(.summary // .).accounting | .planned == $2 and .failed == {} and .cancelled == 0
        and .ok + (.skipped.late // 0) + (.skipped.stall // 0) == $2" '(.summary // .).accounting'
}

# cpu_group MICROSECONDS: a cgroup whose processes get so much of each 100 ms of CPU; fails when this machine does not
# let the test make one. within COMMAND...: runs it there.
cpu_group() {
    GROUP=/sys/fs/cgroup/cpu/ct-test.$$
    mkdir "$GROUP" 2>/dev/null && echo "$1" 2>/dev/null >"$GROUP/cpu.cfs_quota_us" && return
    rmdir "$GROUP" 2>/dev/null || true
    GROUP=/sys/fs/cgroup/ct-test.$$
    mkdir "$GROUP" 2>/dev/null && echo "$1 100000" 2>/dev/null >"$GROUP/cpu.max" && return
    rmdir "$GROUP" 2>/dev/null || true
    GROUP=""
    return 1
}
within() {
    sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$GROUP" "$@"
}

# one_line: the command wrote nothing but one line, on stderr, that begins with "ct: ".
one_line() {
    [ "$(wc -l <err)" = 1 ] || fail "stderr has $(wc -l <err) lines instead of one"
    grep -q '^ct: ' err || fail "stderr does not begin with 'ct: '"
}

says() {
    grep -qF -- "$1" err || fail "stderr does not say: $1"
}

shows() {
    grep -qE -- "$1" out || fail "stdout does not show: $1"
}

# is FILE 'JQ FILTER': the filter gives true.
is() {
    [ "$(jq -r "$2" "$1")" = true ] || fail "$1: not true: $2 (but $(jq -c "${3:-.verdict}" "$1" 2>/dev/null | head -c 600))"
}

# counts FILE 'JQ FILTER': it gives true, unless this machine was too busy to send some of the requests.
counts() {
    is "$1" "((.summary // .).accounting.skipped | (.late // 0) + (.stall // 0)) > 0 or ($2)" "${3:-.accounting}"
}

# fits DEFINITION FILE: by docs/results.schema.json.
fits() {
    "$CT_TOOLS/check_schema" "$CT_SOURCE/docs/results.schema.json" "$1" "$2" || fail "$2"
}

# wait_for 'SHELL CONDITION': polls until it holds, at most a minute.
wait_for() {
    n=0
    until eval "$1"; do
        n=$((n + 1))
        [ $n -lt 1200 ] || fail "waited in vain for: $1"
        sleep 0.05
    done
}

# begin 'SHELL CONDITION' COMMAND...: in the background until it holds, output in ./out and ./err, results in db/;
# sets JOB. A command that a busy machine ended before that is begun again.
begin() {
    condition=$1
    shift
    for _ in 1 2 3 4 5; do
        rm -rf db
        : >err
        "$@" >out 2>>err &
        JOB=$!
        wait_for "! kill -0 $JOB 2>/dev/null || $condition"
        kill -0 "$JOB" 2>/dev/null && return
    done
    fail "ended five times before: $condition"
}

# start_target [ARGS]: an application under test on a free port; sets URL and TARGET.
start_target() {
    : >target.out
    "$CT" target --port 0 "$@" >target.out 2>target.err &
    TARGET=$!
    PIDS="$PIDS $TARGET"
    wait_for 'grep -q "^listening on " target.out'
    URL=$(sed -n 's/^listening on //p' target.out)
}

# start_faults [CERTIFICATE]: the scripted fault server of the tests; sets FAULTS (its base URL). With a file to write
# its certificate to, over TLS.
start_faults() {
    : >faults.out
    "$CT_TOOLS/faultd" "$@" >faults.out 2>&1 &
    PIDS="$PIDS $!"
    wait_for 'grep -q "^listening on " faults.out'
    FAULTS=$(sed -n 's/^listening on //p' faults.out)
}

# config URL [SERVERS]: a config.json for it.
config() {
    printf '{"app": {"name": "e2e app", "url": "%s"}, "monitorServers": [%s]}\n' "$1" "${2:-}" >config.json
}

# closed FILE: the accounting identity of a summary, from its own terms.
closed() {
    is "$1" '(.summary // .) | .accounting
        | .planned == .started + ([.skipped[]] | add // 0)
          and .started == .ok + ([.failed[]] | add // 0) + .cancelled'
}

# the only result file in a folder
only() {
    set -- "$1"/*.json
    [ $# = 1 ] && [ -f "$1" ] || fail "not exactly one result file: $*"
    echo "$1"
}

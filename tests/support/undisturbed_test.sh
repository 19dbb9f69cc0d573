#!/bin/sh
# A failed test is run again if the hypervisor took CPU time meanwhile, and only then.
set -eu
UNDISTURBED=$(dirname "$0")/undisturbed.sh
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
export WORK CT_TEST_STAT="$WORK/stat" CT_TEST_CALM_S=0

# expect STATUS TRIES STOLEN TEST: of each try's 1,000 ticks so many are stolen.
expect() {
    echo 'cpu 0 0 0 0 0 0 0 0 0 0' >"$CT_TEST_STAT"
    echo 0 >"$WORK/tries"
    got=0
    TEST=$4 STOLEN=$3 "$UNDISTURBED" 20 sh -c '
        tries=$(($(cat "$WORK/tries") + 1))
        echo $tries >"$WORK/tries"
        echo "cpu $((tries * (1000 - STOLEN))) 0 0 0 0 0 0 $((tries * STOLEN)) 0 0" >"$CT_TEST_STAT"
        eval "$TEST"' 2>/dev/null || got=$?
    [ "$got" = "$1" ] && [ "$(cat "$WORK/tries")" = "$2" ] && return
    echo "FAILED: $4 with $3 of 1,000 stolen: status $got instead of $1, $(cat "$WORK/tries") tries instead of $2" >&2
    exit 1
}
expect 0 1 300 true
expect 1 1 20 false
expect 1 3 21 false
expect 0 2 300 '[ $tries = 2 ]'
expect 77 1 300 'exit 77'

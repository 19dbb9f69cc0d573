#!/bin/sh
# Runs started in the same second by a shell loop leave whole, distinct files.
. "$(dirname "$0")/lib.sh"
start_target
config "$URL"
jobs=""
for i in 1 2 3 4; do
    "$CT" test-execution --test-cases bubble-sort --load 4 --rate 50 --duration 1 --storage db --quiet >out.$i 2>err.$i &
    jobs="$jobs $!"
done
for j in $jobs; do
    got=0
    wait "$j" || got=$?
    # four at once on few CPUs may be late and say so: 92 leaves a whole file too
    [ "$got" = 0 ] || [ "$got" = 92 ] || fail "one of four ended with $got: $(cat err.*)"
done
[ "$(find db -name '*_test_execution.json' | wc -l)" = 4 ] || fail "files: $(ls db)"
for f in db/*.json; do
    is "$f" '.summary.accounting.planned == 50 and (.results | length) == .summary.accounting.ok'
    closed "$f"
done
[ -z "$(find db -name '.*')" ] || fail "something was left: $(ls -A db)"

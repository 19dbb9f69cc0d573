#!/bin/sh
# kill -9 in the middle: nothing finished is lost, nothing unfinished looks finished, recover makes the result.
. "$(dirname "$0")/lib.sh"
start_target
config "$URL" '{"name": "me", "host": "localhost", "sshAuthMethod": "local"}'
# not in db: `status` removes that before it repeats a run
"$CT" test-execution --test-cases bubble-sort --load 4 --rate 100 --duration 60 --storage crashed >out 2>err &
JOB=$!
wait_for '[ "$(find crashed -name ".*journal" -size +8k 2>/dev/null | wc -l)" = 1 ]'
kill -9 "$JOB"
wait "$JOB" 2>/dev/null || true
[ -z "$(find crashed -name '*.json')" ] || fail "an unfinished result looks finished"
journal=$(find crashed -name '.*journal')

status 0 "$CT" run "$URL/" --rate 10 --duration 1s --storage crashed
says "ct recover $journal"
rm -f crashed/*.json
status 0 "$CT" recover "$journal"
shows 'recovered 1 execution'
file=$(only crashed)
is "$file" '.summary.verdict.reasons | tostring | contains("truncated")' .summary.verdict
is "$file" '.summary.accounting.ok > 0 and (.results | length) > 0 and ([.seconds[].ok] | add) == .summary.accounting.ok' .summary.accounting
is "$file" '(.cluster_samples | length) > 0'
[ ! -e "$journal" ] || fail "the journal is still there"
status 2 "$CT" recover "$journal"

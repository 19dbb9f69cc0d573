#!/bin/sh
# a benchmark that was killed goes on where it was, with the same trials; one that was stopped leaves what it knows.
. "$(dirname "$0")/lib.sh"

# killed, gone on with, and the same trials again
start_target --threads 1
config "$URL"
twice="benchmark --test-cases bubble-sort --load 13 --max-n-loads-to-test 2 --duration-per-test 1 --budget 14s
    --max-response-time 150ms"
# shellcheck disable=SC2086
begin 'grep -c ": \(bracket\|localise\|visit\)" err | grep -q "[3-9]"' "$CT" $twice --storage db
kill -9 "$JOB"
wait "$JOB" 2>/dev/null || true
journal=$(find db -name '.*_benchmark.journal')
status 2 "$CT" find "$URL/" --limit 'avg<1s' --resume "$journal" --storage other
says 'is not the journal of a search'
# shellcheck disable=SC2086
status 2 "$CT" $twice --resume "$journal" --max-response-time 90ms --storage other
says 'that search kept'
status 2 "$CT" benchmark --test-cases fibonacci --resume "$journal" --storage other
says 'that benchmark is of BubbleSortTestCase'
cp "$journal" copy.journal
status 0 "$CT" recover copy.journal
fits benchmark_file "$(only db)"
is "$(only db)" '.search.kind == "find" and .search.truncated and (.search.trials | length) > 1' '.search.trials | length'
mv "$(only db)" killed.json
got=0
# shellcheck disable=SC2086
"$CT" $twice --storage db --resume "$journal" --output json >out 2>err || got=$?
[ "$got" = 0 ] || [ "$got" = 92 ] || fail "exit status $got"
fits benchmark_summary out
file=$(jq -r '.test_cases[0].result_file' out)
fits benchmark_file "$file"
jq -c '.search.trials' killed.json >before.json
is "$file" ".search.trials[:$(jq length before.json)] == $(cat before.json)" '.search.trials'
is "$file" '[.search.searches[].load] == [13, 12]' '.search.searches'
[ ! -e "$journal" ] || fail "the old journal is still there"

# stopped by a signal: what is known so far is saved, and the journal stays
# shellcheck disable=SC2086
begin 'grep -c ": \(bracket\|localise\)" err | grep -q "[2-9]"' "$CT" $twice --storage db
kill -INT "$JOB"
got=0
wait "$JOB" || got=$?
[ "$got" = 130 ] || fail "exit status $got instead of 130"
fits benchmark_file "$(only db)"
shows "to go on: the same command with --resume db/."

# gone on with while the target is away: nothing is lost, and there is a journal to go on from
journal=$(find db -name '.*_benchmark.journal')
trials=$(jq '.search.trials | length' "$(only db)")
kill "$TARGET"
wait "$TARGET" 2>/dev/null || true
rm db/*.json
# shellcheck disable=SC2086
status 3 "$CT" $twice --storage db --resume "$journal"
says 'to go on: the same command with --resume db/.'
is "$(only db)" '(.search.trials | length) == '"$trials" '.search.trials | length'
[ ! -e "$journal" ] || fail "the old journal is still there"
[ "$(find db -name '.*_benchmark.journal' | wc -l)" = 1 ] || fail "no journal is left: $(ls -A db)"

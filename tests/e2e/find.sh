#!/bin/sh
# find answers with an interval, an ending and an exit status; it can be stopped and go on; its documents fit the
# schema. (How good the search is, is shown by the simulator: docs/search.md.)
. "$(dirname "$0")/lib.sh"
start_target --threads 1
slow="$URL/bubble-sort?n=8192" # some tens of a second at most: a busy machine is on time for that too

# what cannot be searched for is said before anything is sent
status 2 "$CT" find "$URL/"
says 'what must hold?'
one_line
for bad in 'max<1s' 'achieved>=10/s' 'p(99)>1s' 'p(99)<1s over 5s' 'cpu(here)<80%'; do
    status 2 "$CT" find "$URL/" --limit "$bad"
    one_line
done
status 2 "$CT" find "$URL/" --limit 'avg<1s' --precision 80%
status 2 "$CT" find "$URL/" --limit 'avg<1s' --think-time 1s
status 2 "$CT" find "$URL/" --limit 'avg<1s' --resume nothing.journal
status 0 "$CT" find "$URL/" --limit 'p(99)<20ms' --soak 10m --dry-run
shows 'At most'
[ -z "$(find . -name '*.json')" ] || fail "a dry run left a file"

# a target that is down, one that only fails, one that is slower than the limit even alone
status 3 "$CT" find http://127.0.0.1:9/ --limit 'avg<1s' --storage down
fits find_file "$(only down)"
start_faults
status 93 "$CT" find "$FAULTS/500" --limit 'avg<1s' --budget 5s --confirm 0 --output json
[ -n "$BUSY" ] || is out '.verdict.status == "no_data" and .answer.ending == "unreachable"' '[.verdict, .answer]'
status 91 "$CT" find "$slow" --limit 'p(50)<1us' --budget 5s --confirm 0 --require 1 --output json
fits find_summary out
[ -n "$BUSY" ] || is out '.answer.ending == "unreachable" and .answer.base_ms > 1' .answer

# one that takes all that is tried: at least
BUSY=""
status 0 "$CT" find "$slow" --limit 'p(50)<2s' --up-to 4 --budget 60s --confirm 0 --output json --require 4 \
    --storage drawn -o live.svg
fits find_summary out
[ -n "$BUSY" ] || is out '.answer | .ending == "at_least" and .capacity == 4 and .low == 4' .answer
is out '.arrivals == "poisson" and (.text | contains("Poisson arrivals"))' .text

# its file says so again later, with the same picture (but for the words above it)
cp out answer.json
file=$(jq -r .result_file answer.json)
status 0 "$CT" analyze search --files "$file" -o again.svg
[ -n "$BUSY" ] || shows '^sustains at least 4/s with p\(50\)<2s; ended: at_least$'
[ "$(grep -cE '^(calibrate|bracket|localise|visit|upper|confirm) ' out)" = "$(jq '.search.trials | length' "$file")" ] ||
    fail "not a line for each trial"
for picture in live again; do
    grep '<path.*rgb' $picture.svg | sort >$picture.marks
done
[ -n "$BUSY" ] || [ "$(grep -c rgb again.marks)" -ge 3 ] || fail "hardly anything is drawn"
cmp live.marks again.marks || fail "the picture is another"

# the closed model
BUSY=""
status 0 "$CT" find "$slow" --concurrency --up-to 1 --max-response-time 2s --budget 60s --confirm 0 --output json
fits find_summary out
[ -n "$BUSY" ] || is out '.axis == "connections" and .arrivals == null and .answer.ending == "at_least" and .answer.capacity == 1' .answer

# killed, gone on with, and the same trials again
begin 'grep -c "^bracket" err | grep -q "[2-9]"' \
    "$CT" find "$slow" --limit 'p(90)<300ms' --budget 5m --confirm 2s --precision 20% --storage db
kill -9 "$JOB"
wait "$JOB" 2>/dev/null || true
journal=$(find db -name '.*_find.journal')
status 2 "$CT" find "$slow" --limit 'p(90)<400ms' --resume "$journal" --storage other
says 'that search kept'
cp "$journal" copy.journal
status 0 "$CT" recover copy.journal
fits find_file "$(only db)"
is "$(only db)" '.search.truncated and (.search.trials | length) > 1' '.search.trials | length'
mv "$(only db)" killed.json
got=0
"$CT" find "$slow" --limit 'p(90)<300ms' --budget 12s --confirm 2s --precision 20% --resume "$journal" --storage db \
    --output json >out 2>err || got=$?
[ "$got" = 0 ] || [ "$got" = 92 ] || fail "exit status $got"
fits find_summary out
file=$(jq -r .result_file out)
fits find_file "$file"
jq -c '.search.trials' killed.json >before.json
is "$file" '(.search.trials | length) as $n | $n > 2 and .summary.answer == .search.answer' '[.search.trials[].phase]'
is "$file" ".search.trials[:$(jq length before.json)] == $(cat before.json)" '.search.trials'
[ ! -e "$journal" ] || fail "the old journal is still there"
[ "$got" != 0 ] || robbed || shows '"capacity": *[0-9]'

# stopped by a signal: what is known so far is saved, and the journal stays
begin 'grep -q "^bracket" err' "$CT" find "$slow" --limit 'p(90)<300ms' --storage db
kill -INT "$JOB"
got=0
wait "$JOB" || got=$?
[ "$got" = 130 ] || fail "exit status $got instead of 130"
fits find_file "$(only db)"
shows 'to go on: the same command with --resume db/.'

# gone on with while the target is away: what was found is kept, and there is a journal to go on from
journal=$(find db -name '.*_find.journal')
kill "$TARGET"
wait "$TARGET" 2>/dev/null || true
rm db/*.json
status 3 "$CT" find "$slow" --limit 'p(90)<300ms' --storage db --resume "$journal"
says 'to go on: the same command with --resume db/.'
is "$(only db)" '.search.trials | length >= 1' '.search.trials'
[ ! -e "$journal" ] || fail "the old journal is still there"
[ "$(find db -name '.*_find.journal' | wc -l)" = 1 ] || fail "no journal is left: $(ls -A db)"

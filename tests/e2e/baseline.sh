#!/bin/sh
# "ct baseline" records what runs of a plan are like, and says by its exit status whether new ones are worse.
. "$(dirname "$0")/lib.sh"
export CT_STORAGE=past
start_target
status 0 "$CT" run "$URL/fibonacci/12" --rate 300 --duration 1s
MODEL=$(ls past/*_test_execution.json | tail -n 1)

# made NAME HOUR FACTOR: the run once more, its times that much longer
made() {
    jq --argjson x "$3" --arg start "2026-11-20T$2:00:00.000000" '.total_span.start = $start
        | .summary.verdict = {status: "valid", reasons: [], causes: []}
        | .summary.service_ms.p50 = 4 * $x | .summary.response_ms.p90 = 8 * $x
        | .summary.response_ms.p99 = null' "$MODEL" >"$1"
}
hour=10
for factor in 1 1.01 0.99 1.005 0.995 1.008 0.992 1.002; do
    made "old-$hour.json" $hour $factor
    hour=$((hour + 1))
done

status 2 "$CT" baseline check --files old-10.json
says "there is no baseline 'baseline.json'"
status 0 "$CT" baseline record --files 'old-*.json'
shows '^service p50: .* over 8 runs$'
shows 'a check of 1 run shows a change from \+5\.0 %'
shows '^established'
is baseline.json '.schema == "ct/baseline/1" and (.runs | length) == 8 and .outliers == "keep"' .
status 2 "$CT" baseline record --files 'old-*.json'
says '--replace'
status 0 "$CT" baseline record --files 'old-*.json' --replace

made same.json 20 1.02
made slow.json 21 1.1
made fast.json 22 0.9
status 0 "$CT" baseline check --files same.json
shows '^response p90 .* kept$'
shows '^Not worse'
status 90 "$CT" baseline check --files slow.json
shows '^response p90 .* worse$'
shows '^Worse: service p50 \+10\.[01] %, response p90 \+10\.[01] %$'
status 0 "$CT" baseline check --files fast.json
shows 'better$'
status 90 "$CT" baseline check --files slow.json --output json
is out '.verdict == "worse" and .established and .figures.response_p90_ms.status == "worse"
    and .figures.response_p99_ms.status == "none" and .figures.response_p90_ms.runs_needed == 1' .
status 0 "$CT" baseline check --files slow.json --min-effect 20%

# what cannot be compared
jq '.summary.plan.offered_rps = 301' same.json >other.json
status 2 "$CT" baseline check --files other.json
says 'another plan'
jq '.summary.verdict.status = "invalid"' same.json >invalid.json
status 92 "$CT" baseline check --files invalid.json
says 'none of the files holds a valid run'
jq '.summary.verdict.reasons = [{code: "interrupted", text: "stopped by a signal"}]' same.json >cut.json
status 92 "$CT" baseline check --files cut.json
says 'cut.json is left out: invalid: stopped by a signal'
jq '.summary.verdict = {status: "no_data", reasons: [{code: "refused", text: "all were refused"}]} | .total_span.start = "2026-11-20T23:00:00"' \
    same.json >down.json
for action in check update; do
    status 93 "$CT" baseline $action --files same.json down.json
    says 'in 1 of the runs no request succeeded: nothing is judged'
done
is baseline.json '(.runs | length) == 8' .
status 93 "$CT" baseline record --files down.json --baseline none.json
says 'in 1 of the runs no request succeeded'
[ ! -e none.json ] || fail "a baseline of no run"
status 2 "$CT" baseline chek
says "did you mean 'check'?"
echo '{"schema": "ct/baseline/2", "plan": "", "runs": []}' >newer.json
status 2 "$CT" baseline show --baseline newer.json
says 'newer.json:1'

# the same run twice is one; a run that succeeded nowhere is left out
cp old-11.json again.json
status 0 "$CT" baseline record --files 'old-*.json' again.json down.json --baseline once.json
says 'again.json is left out: the same run is there already'
says 'down.json is left out: no_data: all were refused'
is once.json '(.runs | length) == 8' .

# too few runs to judge by: that is said, when they are recorded and when they are used
status 0 "$CT" baseline record --files old-10.json old-11.json --baseline two.json
says 'a check judges against 3 runs or more'
status 0 "$CT" baseline check --files slow.json --baseline two.json
shows '^Nothing could be judged: the baseline has fewer than 3 runs'
status 0 "$CT" baseline check --files slow.json --baseline two.json --output json
fits baseline_check out
is out '.verdict == null and (.runs | length) == 1' .

# the same values are not worse, however small a change counts
for i in 10 11 12 13; do made "flat-$i.json" $i 1; done
status 0 "$CT" baseline record --files 'flat-1[012].json' --baseline flat.json --min-effect 0%
shows 'a check of 1 run shows a change from \+0\.5 %$'
status 0 "$CT" baseline check --files flat-13.json --baseline flat.json --min-effect 0%

# a failure in 300 requests beside none in 2,400 is chance; ten are not
for n in 1 10; do
    jq --argjson n $n '.summary.accounting |= (.started = 300 | .failed = {timeout: $n})' same.json >"failing-$n.json"
done
for f in old-*.json; do jq '.summary.accounting |= (.started = 300 | .failed = {})' "$f" >"clean-$f"; done
status 0 "$CT" baseline record --files 'clean-*.json' --baseline clean.json
status 0 "$CT" baseline check --files failing-1.json --baseline clean.json
shows '^error rate .* kept$'
status 90 "$CT" baseline check --files failing-10.json --baseline clean.json
shows '^Worse: error rate '

# a run that stands out is named, and left out only when that is asked for
made old-18.json 18 1.3
status 0 "$CT" baseline record --files 'old-*.json' --baseline wide.json
shows 'beyond 2 deviations: .*old-18.json'
shows 'without it: '
status 0 "$CT" baseline check --files slow.json --baseline wide.json
status 0 "$CT" baseline record --files 'old-*.json' --baseline narrow.json --outliers drop
status 90 "$CT" baseline check --files slow.json --baseline narrow.json

# checked runs widen it; worse ones only by force
cp baseline.json before.json
status 90 "$CT" baseline update --files slow.json
cmp baseline.json before.json || fail "a run that is worse was added"
status 0 "$CT" baseline update --files same.json same.json
is baseline.json '(.runs | length) == 9' .
status 0 "$CT" baseline show --output json
is out '.baseline_runs == 9 and .verdict == null' .

# what cannot be written, and another plan, is refused before anything is sent, and leaves nothing behind
before=$(ls -A past)
status 1 "$CT" baseline record "$URL/fibonacci/12" --rate 300 --duration 1s --baseline nowhere/b.json
one_line
says "cannot write 'nowhere/b.json'"
for args in '--rate 301 --duration 1s' '--rate 300 --duration 2s' '--rate 300 --duration 1s --timeout 7s' \
    '--rate 300 --duration 1s -H X-New:1' '-c 2 --duration 1s' '--rate 300 --duration 1s --arrivals poisson'; do
    # shellcheck disable=SC2086 # words
    status 2 "$CT" baseline check "$URL/fibonacci/12" $args
    one_line
    says 'another plan'
done
status 2 "$CT" baseline update "$URL/fibonacci/13" --rate 300 --duration 1s
says 'another plan'
[ "$(ls -A past)" = "$before" ] || fail "a check that is refused left something: $(ls -A past)"

# what is asked for and what was run have the same key, however the load is made
reset() { rm -rf one; }
seq 0 0.01 0.3 >instants
config embedded
for args in "$URL/ -c 2 --duration 0.3s" "$URL/ -c 2 -n 50 --think-time 1ms" "$URL/ --rate 100 -n 30 -c 3" \
    "$URL/ --plan line(50,100,0.2s)step(50,70,10,0.1s)" "$URL/ --rate 99.5 --duration 0.3s --arrivals poisson --seed 3" \
    "$URL/ --replay instants" "$URL/ --rate 100 --duration 300ms --new-connection-rate 7.7 --connection-lifetime 333ms  -H X-A:b" \
    "$URL/ --rate 33.3 --duration 333333us --warm-up 0.1s --keep-alive off --timeout 1.7s" \
    "--config config.json --test-cases fibonacci --load 5 --rate 100 --duration 0.3s"; do
    rm -rf one
    # shellcheck disable=SC2086 # words
    status 0 "$CT" run $args --storage one
    [ -z "$BUSY" ] || break
    status 0 "$CT" baseline record --files "$(only one)" --baseline one.json --replace
    # shellcheck disable=SC2086 # words
    status 0 "$CT" baseline check $args --storage one --baseline one.json
    [ -z "$BUSY" ] || break
done
# as many instants over the same time, but others, are another plan
[ -n "$BUSY" ] || {
    rm -rf one
    printf '0\n0.1\n0.3\n' >instants
    printf '0\n0.2\n0.3\n' >others
    status 0 "$CT" run "$URL/" --replay instants --storage one
    status 0 "$CT" baseline record --files "$(only one)" --baseline one.json --replace
    status 2 "$CT" baseline check "$URL/" --replay others --storage one --baseline one.json
    says 'another plan'
}
reset() { :; }

# runs of its own: warm-ups do not count. What a run must keep besides is said by 99, before 90.
status 99 "$CT" baseline record "$URL/fibonacci/12" --rate 300 --duration 0.5s --warm-ups 1 --runs 3 --spread 2s \
    --baseline live.json --threshold 'p(50)<1us'
[ -n "$BUSY" ] || {
    says '3 of 3 runs did not keep a threshold'
    is live.json '(.runs | length) == 3 and ([.runs[].command] | unique) == ["baseline"]' .
    # half a second of a target that this machine holds up for a moment is worse, and rightly called so: then again
    for _ in 1 2 3 4 5; do
        got=0
        "$CT" baseline check "$URL/fibonacci/12" --rate 300 --duration 0.5s --baseline live.json \
            --min-effect 100% --threshold 'p(50)<20s' >out 2>err || got=$?
        [ "$got" = 90 ] || [ "$got" = 92 ] || break
    done
    [ "$got" = 0 ] || [ "$got" = 92 ] || fail "exit status $got instead of 0"
}
[ -n "$BUSY" ] || {
    cp live.json kept.json
    status 99 "$CT" baseline update "$URL/fibonacci/12" --rate 300 --duration 0.5s --baseline live.json \
        --min-effect 100% --threshold 'p(50)<1us' --output json
    says '1 of 1 runs did not keep a threshold'
    [ -n "$BUSY" ] || is out '.schema == "ct/baseline-check/1"' .
    cmp live.json kept.json || fail "a run that broke a threshold was added"
}
status 2 "$CT" baseline check --files same.json --threshold 'p(50)<1us'
says '--threshold is for new runs'
status 2 "$CT" baseline check "$URL/fibonacci/12" --rate 300 --duration 1s --threshold 'p(50)<1us' --abort
says '--abort'

# five good runs of eight, and then none: the baseline stands on what there is, and says so
valid() { [ "$(cat stopped/*_execution.json 2>/dev/null | jq -s 'map(select(.summary.verdict.status == "valid")) | length')" -ge 5 ]; }
"$CT" baseline record "$URL/" --rate 200 --duration 0.5s --warm-ups 0 --runs 8 --storage stopped --baseline few.json >out 2>err &
JOB=$!
PIDS="$PIDS $JOB"
n=0
until valid || [ $n -ge 600 ] || ! kill -0 $JOB 2>/dev/null; do
    n=$((n + 1))
    sleep 0.05
done
while kill -STOP $JOB 2>/dev/null; do # most of the time it stands still: that is what is tested
    sleep 0.3
    kill -CONT $JOB
    sleep 0.1
done
got=0
wait $JOB || got=$?
if valid; then
    [ "$got" = 0 ] || fail "exit status $got instead of 0"
    says "'ct baseline update' adds more"
    is few.json '(.runs | length) >= 5 and (.runs | length) < 8' '.runs | length'
else # a machine that spoils more than half of all runs
    [ "$got" = 92 ] || fail "exit status $got instead of 92"
    says 'nothing is recorded'
fi

# a target that is gone
kill $TARGET
wait $TARGET 2>/dev/null || true
status 3 "$CT" baseline check "$URL/fibonacci/12" --rate 300 --duration 1s

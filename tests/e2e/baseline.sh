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
status 2 "$CT" baseline chek
says "did you mean 'check'?"
echo '{"schema": "ct/baseline/2", "plan": "", "runs": []}' >newer.json
status 2 "$CT" baseline show --baseline newer.json
says 'newer.json:1'

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

# runs of its own: warm-ups do not count
status 0 "$CT" baseline record "$URL/fibonacci/12" --rate 300 --duration 0.5s --warm-ups 1 --runs 3 --spread 2s \
    --baseline live.json
[ -n "$BUSY" ] || {
    is live.json '(.runs | length) == 3 and ([.runs[].command] | unique) == ["baseline"]' .
    status 0 "$CT" baseline check "$URL/fibonacci/12" --rate 300 --duration 0.5s --baseline live.json --min-effect 100%
}
status 3 "$CT" baseline check http://127.0.0.1:1/ --rate 300 --duration 0.5s

#!/bin/sh
# every document and every summary that ct writes fits the published schema.
. "$(dirname "$0")/lib.sh"

# sends COMMAND...: whatever the verdict, there are documents. The machine may be busy.
sends() {
    got=0
    "$@" >out 2>err || got=$?
    case $got in 0 | 92 | 93) ;; *) fail "exit status $got: $*" ;; esac
}

config embedded '{"name": "me", "host": "localhost", "sshAuthMethod": "local"}'
sends "$CT" test-execution --load 5 --rate 40 --duration 2 --monitoring-interval 0.2 --storage db --output json
fits summary out
fits test_execution_file "$(only db)"
is "$(only db)" '(.cluster_samples | length) > 0 and (.results | length) > 0' .cluster_samples

rm -rf db
sends "$CT" benchmark --test-cases bubble-sort --load 11 --duration-per-test 1 --budget 8s --quiet \
    --max-response-time 20ms --max-n-loads-to-test 2 --storage db --monitoring-interval 0.1s --output json
fits benchmark_summary out
fits benchmark_file "$(only db)"

# failures: without an answer, with a wrong one, in time-outs
start_faults
for kind in rst0 500 hang; do
    rm -rf db
    sends "$CT" run "$FAULTS/$kind" --rate 20 --duration 1 --timeout 300ms --storage db --output json
    fits summary out
    fits test_execution_file "$(only db)"
done
rm -rf db
sends "$CT" run "$FAULTS/ok" --rate 20 --duration 1 --results none --storage db --output json
fits test_execution_file "$(only db)"

# a target that is down leaves a file that fits too
config http://127.0.0.1:9
rm -rf db
status 3 "$CT" test-execution --storage db
fits test_execution_file "$(only db)"
rm -rf db
status 3 "$CT" benchmark --storage db
for file in db/*.json; do
    fits benchmark_file "$file"
done

# what is known of past runs, and what a comparison says: with and without runs, changes, noise
history=$WORK/past
mkdir "$history"
rm -rf db
sends "$CT" run "$FAULTS/ok" --rate 200 --duration 1 --results none --storage db
real=$(only db)
# made NAME SECOND FACTOR: that run once more, valid, its times that much longer
made() {
    jq --arg start "2026-11-20T10:00:$2.000000" --argjson x "$3" '.total_span.start = $start
        | .summary.verdict = {status: "valid", reasons: [], causes: []}
        | .summary.lateness_us.p50 = 50 | .summary.generator.steal_percent = 0
        | .summary.service_ms.p50 = 4 * $x | .summary.response_ms.p90 = 8 * $x | .summary.response_ms.p99 = null' "$real" >"$1"
}
for k in 10 11 12 13 14 15 16 17 18 19; do
    made "$history/$k.json" $k "1.00$((k % 3))"
    made "$history/1$k.json" $((k + 20)) "1.20$((k % 3))"
done
jq '.summary.verdict = {status: "invalid", reasons: [{code: "late", text: "late"}], causes: []} | .total_span.start = "2026-11-20T10:00:59"' \
    "$real" >"$history/spoilt.json"
status 0 "$CT" history rebuild --storage "$history"
status 0 "$CT" history list --storage "$history" --output json
fits history out
is out '(.series | length) == 1 and (.series[0] | .n_runs == 21 and (has("runs") | not) and (.changes | length) > 0)' .series
status 0 "$CT" history show --storage "$history" --output json
fits history out
is out '(.series[0].runs | length) == 21 and .series[0].runs[-1].reason == "late"' .series

status 0 "$CT" baseline record --files "$history/1?.json" --output json
fits baseline_check out
fits baseline_file baseline.json
status 0 "$CT" baseline show --output json
fits baseline_check out
status 90 "$CT" baseline check --files "$history/110.json" --output json
fits baseline_check out
is out '.verdict == "worse" and (.runs | length) == 1 and .figures.response_p99_ms.status == "none"' .
status 0 "$CT" baseline update --files "$history/10.json" --output json
fits baseline_check out

for args in "--baseline $history/1?.json --candidate $history/11?.json" "$history/10.json $history/11.json" \
    "$history/10.json $history/11.json --run-noise 2%" "$history/10.json $history/spoilt.json"; do
    got=0
    # shellcheck disable=SC2086 # words
    "$CT" compare $args --storage "$history" --output json >out 2>err || got=$?
    case $got in 0 | 90 | 92) ;; *) fail "exit status $got: $args" ;; esac
    fits comparison out
done

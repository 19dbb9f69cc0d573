#!/bin/sh
# benchmark ends with a clear verdict, the right exit status and a file for every kind of target.
. "$(dirname "$0")/../support/unfit_targets.sh"
. "$(dirname "$0")/lib.sh"
short="--duration-per-test 1 --budget 8s --min-requests-per-second 10 --quiet"

# what cannot be is said before anything is sent, and a dry run sends nothing
config embedded '{"name": "me", "host": "localhost", "sshAuthMethod": "local"}'
for bad in '--limit max<1s' '--max-response-time 0 --search classic' '--search classic --budget 1m' \
    '--rest-time soon' '--precision 80%' '--resume nothing.journal' '--load 1'; do
    # shellcheck disable=SC2086
    status 2 "$CT" benchmark $bad --storage db
    one_line
done
status 0 "$CT" benchmark --dry-run --storage db
shows 'At most 11 m 30 s'
status 0 "$CT" benchmark --test-cases bubble-sort --budget 2m --duration 10 --max-n-loads-to-test 2 --dry-run --output json
is out '.test_cases[0] | .at_most_s == 140 and .rates == 2 and .finds_load' .
[ ! -e db ] || fail "a dry run left a file"

# embedded target, monitored, the real thing in small: two rates, two monitored runs
for _ in 1 2 3; do # a machine that is busy besides finds no rate for a load: then again
    rm -rf db
    # shellcheck disable=SC2086
    status 0 "$CT" benchmark --test-cases bubble-sort --load 12 $short --max-response-time 200ms --max-n-loads-to-test 2 \
        --storage db --monitoring-interval 0.1s -o knee.svg
    [ "$(jq '[.search.points[].rps | select(. != null)] | length' db/*.json)" != 2 ] || break
done
shows 'Highest load with avg<=200(\.0)?ms and error_rate<1'
shows 'tests, [0-9a-z. ]* of load'
file=$(only db)
fits benchmark_file "$file"
case $file in db/e2e_app-BubbleSortTestCase-*_benchmark.json) ;; *) fail "name: $file" ;; esac
is "$file" '.test_case_name == "BubbleSortTestCase" and (.test_executions | length) == 2' '.search.points'
is "$file" '[.test_executions[].results | length > 0] | all'
is "$file" '[.test_executions[].cluster_stats | length > 0] | all' '[.test_executions[].cluster_stats]'
is "$file" '.test_executions[0].results[0].load > .test_executions[1].results[0].load'
is "$file" '[.test_executions[].request_per_second] == [.search.points[].rps]' '.search.points'
is "$file" '.search.kind == "find" and ([.search.searches[].axis] == ["rate", "rate"])' '.search.searches'
is "$file" '[.search.trials[] | has("rps") and has("passed") and has("load") and has("over")] | all'
is "$file" '[.search.trials[-2, -1].phase] == ["confirm", "confirm"]' '[.search.trials[].phase]'
[ "$(find . -name 'knee-bubble-sort-load-*.svg' | wc -l)" = 2 ] || fail "not two pictures: $(ls)"

# shellcheck disable=SC2086 # words
unfit_targets 2 $short

# one whose loads end before its rate does: at least, and what limited it
for _ in 1 2 3; do
    rm -rf db
    # shellcheck disable=SC2086
    status 0 "$CT" benchmark --test-cases sized $short --budget 12s --max-n-loads-to-test 1 --storage db --max-response-time 50ms --output json
    jq -e '.test_cases[0].points[0].limited_by | . == "generator" or . == "load_max"' out >said || continue
    break
done
fits benchmark_summary out
is out '.schema == "ct/benchmark-summary/1" and .test_cases[0].test_case == "sized"'
[ -n "$BUSY" ] || is out '.test_cases[0].points[0] | .at_least and (.limited_by == "generator" or (.load == 2 and .limited_by == "load_max"))' '.test_cases'
[ -n "$BUSY" ] || is "$(only db)" '[.search.searches[].axis] == ["load", "rate"] and .search.searches[0].answer.at_least' '.search.searches'
is "$(only db)" '([.search.trials[] | select(.axis == "load") | .load] | unique | .[0] == 1) and .search.trials[0].rps == 10' '.search.trials'

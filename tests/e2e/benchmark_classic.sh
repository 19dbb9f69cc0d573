#!/bin/sh
# the classic search of benchmark: a clear verdict, the right exit status and a file for every kind of target.
. "$(dirname "$0")/../support/unfit_targets.sh"
. "$(dirname "$0")/lib.sh"
fast="--search classic --duration-per-test 300ms --rest-time 0 --quiet"

# embedded target, monitored, the real thing in small
config embedded '{"name": "me", "host": "localhost", "sshAuthMethod": "local"}'
for _ in 1 2 3 4 5; do # a machine that is busy besides finds no rate for a load: then again
    rm -rf db
    # shellcheck disable=SC2086
    status 0 "$CT" benchmark --test-cases bubble-sort $fast --max-response-time 20ms --max-n-loads-to-test 2 \
        --storage db --monitoring-interval 0.1s
    [ "$(jq '[.search.points[].rps | select(. != null)] | length' db/*.json)" != 2 ] || break
done
shows 'Highest load'
file=$(only db)
case $file in db/e2e_app-BubbleSortTestCase-*_benchmark.json) ;; *) fail "name: $file" ;; esac
is "$file" '.test_case_name == "BubbleSortTestCase" and (.test_executions | length) == 2' '.search.points'
is "$file" '[.test_executions[].results | length > 0] | all'
is "$file" '[.test_executions[].cluster_stats | length > 0] | all' '[.test_executions[].cluster_stats]'
is "$file" '.test_executions[0].results[0].load > .test_executions[1].results[0].load'
is "$file" '[.search.trials[] | has("rps") and has("passed")] | all'
is "$file" '[.search.points[].rps] | length == 2'
is "$file" '.search.kind == "classic" and .search.rest_time == 0'
fits benchmark_file "$file"
pgrep -f 'ct target --port 0 --exit-with-stdin' >pids 2>/dev/null && fail "the embedded target was left running: $(cat pids)"

# shellcheck disable=SC2086 # words
unfit_targets 3 $fast

# one whose loads end before its rate does: at least, and what limited it
for _ in 1 2 3 4 5; do
    rm -rf db
    # shellcheck disable=SC2086
    status 0 "$CT" benchmark --test-cases sized $fast --storage db --max-response-time 50ms --min-requests-per-second 20 --output json
    [ "$(jq '.test_cases[0].points[0] | .load == 3 and .at_least' out)" != true ] || break
done
is out '.schema == "ct/benchmark-summary/1" and .test_cases[0].test_case == "sized"'
is out '.test_cases[0].points[0] | .load == 3 and .at_least and (.limited_by == "load_max" or .limited_by == "generator")' '.test_cases'

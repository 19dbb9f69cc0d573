#!/bin/sh
# test-execution sends exactly rate x duration requests, accounts for each, and leaves the documented file.
. "$(dirname "$0")/lib.sh"
start_target --access-log access.log
reset() { : >access.log; }
config "$URL" '{"name": "me", "host": "localhost", "sshAuthMethod": "local"}'

status 0 "$CT" test-execution --test-cases bubble-sort --load 10 --requests-per-second 50 \
    --duration-per-test 2 --storage db --output json
cp out summary.json
if [ -n "$BUSY" ]; then # ct says that it could not send on time, again and again: exact counts cannot be shown here
    is summary.json '.verdict.status == "invalid" and .accounting.planned == 100'
    closed summary.json
    exit 0
fi
is summary.json '.schema == "ct/summary/1" and .command == "test-execution" and .model == "open"'
is summary.json '.plan.planned == 100 and .accounting.started == 100 and .accounting.ok == 100'
closed summary.json
is summary.json '.accounting.wire_attempts == 100 and .status_codes == {"200": 100}'
is summary.json '.verdict.status == "valid"'
is summary.json '.response_ms.p50 != null and .response_ms.p99 == null and .response_ms.withheld.p99 == "samples"'
is summary.json '.server_processing_ms.mean != null and .colocated'
[ "$(grep -c bubble-sort access.log)" = 100 ] || fail "the target saw $(grep -c bubble-sort access.log) requests"

file=$(only db)
case $file in db/[0-9]*_[0-9]*_test_execution.json) ;; *) fail "name: $file" ;; esac
[ "$(jq -r .result_file summary.json)" = "$file" ] || fail "result_file"
[ "$(jq -r 'keys_unsorted[:10] | join(" ")' "$file")" = "test_case load avg_response_time avg_server_processing_time \
request_per_second seconds_making_requests span_making_requests total_span errors cluster_stats" ] ||
    fail "the ten short-form keys: $(jq -c 'keys_unsorted[:10]' "$file")"
is "$file" '.test_case == "BubbleSortTestCase" and .load == 10 and .request_per_second == 50 and .seconds_making_requests == 2'
is "$file" '(.results | length) == 100 and ([.results[].i] | sort) == [range(100)]'
is "$file" '[.results[] | (.done_ns - .due_ns) == (.begun_ns - .due_ns) + (.sent_ns - .begun_ns) + (.done_ns - .sent_ns)
    and .begun_ns >= .due_ns and .sent_ns >= .begun_ns and .done_ns > .sent_ns] | all'
is "$file" '[.results[].due_ns] | sort == [range(100) * 20000000]'
is "$file" '([.seconds[].ok] | add) == 100 and ([.seconds[].due] | add) == 100 and ([.seconds[].sent] | add) == 100'
is "$file" '.histograms.response.count == 100'
is "$file" '.cluster_stats.servers[0].host == "localhost" and .cluster_stats.servers[0].memory.total > 0'
is "$file" '(.cluster_samples | length) >= 3'
[ -z "$(find db -name '.*journal')" ] || fail "a journal was left"

status 0 "$CT" test-execution --test-cases bubble-sort --load 10 --rate 20 --duration 1 --storage db --results none
shows 'result: db/.*_test_execution.json'
file=$(sed -n 's/^result: //p' out)
is "$file" '(.results | length) == 0 and .results_kept != null'

# every option of the table reaches the run: the alias, the environment and the config's defaults too
status 0 env CT_REQUESTS_PER_SECOND=30 "$CT" test-execution --test-cases bubble-sort --load 1 --duration 1 --output json --storage db
is out '.plan.planned == 30'
printf '{"app": {"name": "d", "url": "%s"}, "monitorServers": [], "defaults": {"requests-per-second": 7, "duration-per-test": "1s"}}\n' "$URL" >config.json
status 0 "$CT" test-execution --test-cases bubble-sort --output json --storage db
is out '.plan.planned == 7'
status 0 "$CT" test-execution --test-cases bubble-sort --output json --storage db --rate 3
is out '.plan.planned == 3'

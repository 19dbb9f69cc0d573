#!/bin/sh
# every document and every summary that ct writes fits the published schema.
. "$(dirname "$0")/lib.sh"

# fits DEFINITION FILE
fits() {
    "$CT_TOOLS/check_schema" "$CT_SOURCE/docs/results.schema.json" "$1" "$2" || fail "$2"
}

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
is "$(only db)" '(.cluster_samples | length) > 5 and (.results | length) > 60' .cluster_samples

rm -rf db
sends "$CT" benchmark --test-cases bubble-sort --duration-per-test 200ms --rest-time 0 --quiet \
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

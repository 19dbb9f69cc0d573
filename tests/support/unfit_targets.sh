# shellcheck shell=sh
# shellcheck disable=SC2154 # what it needs is of the script that sources it
# Sourced by the tests of ct benchmark: targets that no search can find a rate of, whichever way it searches.

# unfit_targets LOADS OPTIONS...: leaves a config.json for a fault server; its case "sized" has loads up to LOADS
unfit_targets() {
    loads=$1
    shift
    # one that is not there
    start_target
    kill "$TARGET"
    wait "$TARGET" 2>/dev/null || true
    config "$URL"
    rm -rf db
    status 3 "$CT" benchmark --test-cases bubble-sort "$@" --storage db
    fits benchmark_file "$(only db)"
    is "$(only db)" '.test_executions == [] and (.summary.verdict.status == "no_data") and (.summary.verdict.reasons | tostring | contains("connect_refused"))' .summary

    # one that answers 500: exit 93, the failed trial is in the file
    start_faults
    cat >config.json <<END
{"app": {"name": "faults", "url": "$FAULTS"}, "monitorServers": [],
 "testCases": [{"name": "broken", "request": {"path": "/500"}},
               {"name": "quick", "request": {"path": "/ok"}, "maxLoad": 3},
               {"name": "sized", "request": {"path": "/ok?n={load}"}, "maxLoad": $loads}]}
END
    rm -rf db
    status 93 "$CT" benchmark --test-cases broken "$@" --storage db
    is "$(only db)" '.test_executions == [] and (.search.trials[0].failed > 0) and (.search.trials[0].passed | not)' .search

    # one that is too slow for the limit even at the lowest load and rate
    rm -rf db
    status 0 "$CT" benchmark --test-cases quick "$@" --storage db --max-response-time 1us
    is "$(only db)" '.test_executions == [] and ([.search.points[].rps // empty] == [])' .search
    [ -n "$BUSY" ] || shows 'lowest load and rate'
}

#!/bin/sh
# Every way to say how much: stages, Poisson arrivals, a replay, the closed model, threads, spinning.
. "$(dirname "$0")/lib.sh"
start_target

# run FILTER ARGS...: one run whose summary is as the filter says.
run() {
    filter=$1
    shift
    status 0 "$CT" run "$URL/" --timeout 5s --output json "$@"
    closed out
    counts out "$filter"
}

# a ramp: each second has the requests of its integral, the pause none
run '.plan.planned == 300 and .plan.offered_rps == 50 and (.plan.stages | length) == 3 and .model == "open"' \
    --plan 'line(0,100,4s) pause(1s) const(100,1s)'
file=$(jq -r .result_file out)
is "$file" '[.seconds[].due][:6] == [13, 37, 63, 87, 0, 100]' '[.seconds[].due]'

# Poisson: the same seed plans the same instants
run '.plan.arrivals == "poisson" and .plan.seed == 7' --rate 300 --arrivals poisson --seed 7 --duration 1s
first=$(jq -c '[.results[].due_ns] | sort' "$(jq -r .result_file out)")
run '.plan.seed == 7' --rate 300 --arrivals poisson --seed 7 --duration 1s --threads 2
[ -n "$BUSY" ] || [ "$first" = "$(jq -c '[.results[].due_ns] | sort' "$(jq -r .result_file out)")" ] ||
    fail "the same seed gave other instants"

# a replay, from a file and from stdin
printf '# a log\n10.0 GET\n10.25 GET\n11 GET\n10.25 GET\n' >log.txt
run '.plan.arrivals == "replay" and .plan.planned == 4 and .accounting.ok == 4' --replay log.txt
counts "$(jq -r .result_file out)" '[.results[].due_ns] | sort == [0, 250000000, 250000000, 1000000000]'
printf '1\n1.5\n' >two.txt
# shellcheck disable=SC2016
status 0 sh -c '"$0" run "$1/" --replay - --output json <two.txt' "$CT" "$URL"
counts out '.accounting.ok == 2'

# the closed model: 10 users that think for 100 ms send at most 10 a round
run '.model == "closed" and .plan.offered_rps == null and .plan.think_s == 0.1 and .plan.connections == 10
     and .accounting.planned <= 200 and .accounting.planned >= 100 and .plan.planned == .accounting.planned' \
    -c 10 --think-time 100ms --duration 2s
run '.model == "closed" and .accounting.ok == 500' -c 7 -n 500
run '.model == "closed" and .accounting.ok == 500' -c 7 -n 500 --threads 3
is "$(jq -r .result_file out)" '.connections.opened == 7 and ([.results[].i] | sort) == [range(500)]' .connections

# threads, spinning, rates below one a second, a millisecond
run '.accounting.ok == 1000 and .plan.threads == 4' --rate 1k --duration 1s --threads 4
run '.accounting.ok == 200 and .plan.pacing == "spin"' --rate 200 --duration 1s --pacing spin
run '.accounting.ok == 1' --rate 1/h --duration 1s
run '.accounting.ok == 1' --rate 500 --duration 1ms

# the line wins over the environment, also where it says it in other words
(export CT_REQUESTS_PER_SECOND=7 && run '.plan.planned == 20 and .plan.stages != null' --plan 'const(20,1s)')
(export CT_PLAN='const(20,1s)' && run '.plan.planned == 30 and .plan.stages == null' --rate 30 --duration 1s)

# what contradicts itself
for bad in '--rate 5 --plan const(1,1s)' '--plan const(1,1s) --duration 3s' '--think-time 1s --rate 5' '--plan const(1)' \
    '--replay missing.txt' '-c 2 --threads 3' '--plan const(1,1s) -n 3' '--rate 5 -n 3 --arrivals poisson' '-c 900k'; do
    # shellcheck disable=SC2086 # words
    status 2 "$CT" run "$URL/" $bad
    one_line
done

# a target that goes away under the closed model is asked again at a walking pace: at most 10 times a second each
(
    wait_for '[ -s progress.txt ]'
    kill -9 "$TARGET"
) &
"$CT" run "$URL/" -c 10 --duration 2s --output json >out 2>progress.txt || true
closed out
is out '.failed.connect_refused == null and .accounting.failed.connect_refused <= 210' .accounting

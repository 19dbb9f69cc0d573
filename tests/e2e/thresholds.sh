#!/bin/sh
# What a run must keep: passed, failed (99), too little measured, given up early; a warm-up that stands apart; the
# same answers from the journal.
. "$(dirname "$0")/lib.sh"
start_target

# want STATUS FILTER ARGS...: one run at 200/s whose summary is as the filter says.
want() {
    code=$1
    filter=$2
    shift 2
    status "$code" "$CT" run "$URL/" --rate 200 --output json "$@"
    closed out
    counts out "$filter" '[.accounting, .thresholds]'
}

# all kept
want 0 '(.thresholds | length) == 6 and all(.thresholds[]; .ok and .value != null)
    and .thresholds[0].expression == "p(50)<2s" and .thresholds[0].unit == "ms" and .thresholds[0].from_s == null
    and .thresholds[3].value == 100 and .thresholds[5].from_s != null
    and (.verdict.reasons | map(.code) | index("threshold")) == null' \
    --duration 3s --threshold 'p(50) < 2000ms,avg<2s' --threshold 'error_rate<1%' --threshold 'sent>=90%' \
    --threshold 'achieved>=150/s' --threshold 'p(50)<2s over 1s'

# broken: 99, and both outputs say which
want 99 '.thresholds[0].ok == false and .thresholds[0].value > 0.001 and .thresholds[1].ok
    and (.verdict.reasons | map(select(.code == "threshold")) | length) == 1' \
    --duration 1s --threshold 'avg<1us,avg<1s'
status 99 "$CT" run "$URL/" --rate 200 --duration 1s --threshold 'avg<1us,avg<1s'
shows 'threshold FAIL  avg<1us: [0-9.]+ [um]s'
shows ' pass  avg<1s: [0-9.]+ [um]s'

# too few requests to say is not kept, and it says how many it needs
want 99 '.thresholds[0] | .ok == false and .value == null and (.text | contains("needs 1,000 requests"))' \
    --duration 1s --threshold 'p(99)<10s'
says 'needs 1,000 requests and the plan has 200'

# failed requests are slower than any value
start_faults
printf 'GET %s/ok\n\nGET %s/500\n' "$FAULTS" "$FAULTS" >half.txt
status 99 "$CT" run --targets half.txt --rate 200 --duration 1s --output json \
    --threshold 'p(40)<5s,p(60)<5s,error_rate<=50%,error_rate<50%'
counts out '[.thresholds[].ok] == [true, false, true, false]' .thresholds
counts out '.thresholds[1].value == null and (.thresholds[1].text | contains("failed"))' .thresholds

# given up as soon as it cannot be kept any more
want 99 '.thresholds[0].ok == false and (.thresholds[0].text | contains("certain from"))
    and (.verdict.reasons | map(.code) | index("aborted")) != null
    and .accounting.skipped.stopped > 10000 and .plan.planned == 12000' \
    --duration 60s --threshold 'p(99)<1us' --abort
want 99 '.thresholds[0].ok == false and .thresholds[0].from_s == 0 and .accounting.started <= 200 * 5' \
    --duration 60s --threshold 'p(50)<1us over 1s' --abort
want 0 '.accounting.started == 400 and .thresholds[0].ok' --duration 2s --threshold 'p(50)<5s over 1s' --abort

# a target that stands still in the middle: given up within two seconds of the broken window
(
    wait_for 'find results -name ".*.journal" -size +8k 2>/dev/null | grep -q .'
    kill -STOP "$TARGET"
) &
"$CT" run "$URL/" --rate 200 --duration 60s --timeout 1s --threshold 'error_rate<5% over 1s' --abort --output json \
    >out 2>err || true
kill -CONT "$TARGET"
closed out
is out '.thresholds[0].ok == false and .accounting.failed.timeout > 0' .thresholds
is "$(jq -r .result_file out)" '([.seconds[] | select((.failed.timeout // 0) > 10) | .t] | min) as $broken
    | ([.seconds[] | select(.sent > 0) | .t] | max) <= $broken + 3' .summary.verdict

# a warm-up: sent and accounted for, in seconds[] too, but in no rate and no latency
want 0 '.plan.warm_up_s == 1.5 and .achieved_rps == 200 and .sent_rps == 200 and .accounting.ok == .accounting.warm_up.ok + 300
    and (.accounting.warm_up | .planned == 300 and .started + .skipped == 300 and .ok == .started and .ok > 0)' \
    --duration 3s --warm-up 1500ms
file=$(jq -r .result_file out)
counts "$file" '([.seconds[].ok] | add) == .summary.accounting.ok and ([.seconds[].due][:3]) == [200, 200, 200]' '[.seconds[].due]'
counts "$file" '.histograms.response.count == 300' '.histograms.response.count'

# servers: this machine's own
config "$URL" '{"name": "here", "host": "here", "sshAuthMethod": "local"}'
status 99 "$CT" test-execution --test-cases bubble-sort --load 4 --rate 50 --duration 3s --monitoring-interval 0.2 \
    --output json --threshold 'cpu(here)<=100%' --threshold 'memory(here)>1MiB over 1s' --threshold 'ping(here)<10s' \
    --threshold 'cpu(here)<0%'
is out '[.thresholds[].ok] == [true, true, true, false] and all(.thresholds[]; .value != null)' .thresholds
is out '[.thresholds[].unit] == ["%", "bytes", "ms", "%"]' .thresholds
status 2 "$CT" test-execution --threshold 'cpu(her)<80%'
says "did you mean 'here'"
status 2 "$CT" run "$URL/" --threshold 'cpu(here)<80%'
says 'no server is monitored'

# the journal gives the same answers: recovered from a second name of the same file
(
    wait_for 'find again -name ".*.journal" -size +8k 2>/dev/null | grep -q .'
    ln "$(find again -name '.*.journal')" kept.journal
) &
LINK=$!
"$CT" test-execution --test-cases bubble-sort --load 4 --rate 200 --duration 12s --warm-up 1500ms --storage again \
    --threshold 'p(50)<5s,p(50)<5s over 2s,avg<1us,cpu(here)<=100% over 2s,p(99.9)<1s' >out 2>err || true
wait $LINK
file=$(only again)
jq -S .summary "$file" >lived.json
rm "$file"
status 0 "$CT" recover kept.journal
jq -S .summary "$(only again)" >read.json
sed -i 's/"command": "[^"]*"/"command": ""/' lived.json read.json
diff lived.json read.json || fail "recover gives another summary"
# on a busy machine lateness may have moved the median: then it is withheld, and so is its interval
is lived.json '.response_ms.withheld.p50 == "generator" or (.interval_95.p50 | length == 2 and .[0] <= .[1])' '[.response_ms.withheld, .interval_95]'
is lived.json '.response_ms.withheld.p50 == "generator" or (.response_ms.p50 >= .interval_95.p50[0] and .response_ms.p50 <= .interval_95.p50[1])' .interval_95

# the config can say them
printf '{"app": {"url": "%s"}, "defaults": {"threshold": "avg<1us, avg<5s", "warm-up": "200ms"}}\n' "$URL" >config.json
want 99 '.plan.warm_up_s == 0.2 and [.thresholds[].ok] == [false, true]' --duration 1s

# what cannot be understood or answered, before anything is sent
for bad in 'p99<1s' 'avg=1s' 'eror_rate<1%' 'avg<1s over 40s' 'avg<1s stage 2' 'p(100)<1s'; do
    status 2 "$CT" run "$URL/" --rate 5 --duration 2s --threshold "$bad"
    one_line
done
rm config.json
status 2 "$CT" run "$URL/" --duration 2s --warm-up 2s
says 'leaves nothing'
status 2 "$CT" run "$URL/" --abort
one_line

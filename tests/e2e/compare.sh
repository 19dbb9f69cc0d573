#!/bin/sh
# "ct compare" finds a target that became slower, says so in every form, and lets the same one pass.
. "$(dirname "$0")/lib.sh"

start_target --threads 1
last="" before=""
reset() { rm -rf runs; }

# one real run, of which sides are made whose truth is known: service p50 10 ms and response p90 20 ms times a factor
"$CT" run "$URL/" --rate 100 --duration 1.5s --results none --output json --storage runs >out 2>err || true
real=$(only runs)
mkdir sides
side() {
    for i in 1 2 3 4; do
        jq --argjson f "$2" --argjson i "$i" --arg path "$3" --arg start "2026-11-20T1$i:00:0$4" '.environment.path = $path
            | .total_span.start = $start
            | .summary.verdict = {status: "valid", reasons: [], causes: []}
            | .summary.lateness_us.p50 = 50 | .summary.generator.steal_percent = 0
            | ($f * (1 + 0.004 * $i)) as $g
            | .summary.service_ms.p50 = 10 * $g | .summary.response_ms.p90 = 20 * $g' "$real" >"$1$i.json"
    done
}
side a 1 /old 1
side b 1.12 /new 2
side c 1.002 /old 3
side d 1.12 /old 4

# the request differs, so it has to be forced
status 2 "$CT" compare a1.json b1.json
one_line
says 'not measured alike: path /old and /new'
says '--force'

worse() {
    status 90 "$CT" compare --baseline a?.json --candidate b?.json --force "$@"
}
worse
shows '^B is worse than A: service p50 is 12 % longer'
shows 'and 1 more: a$|a minor|regression'
shows '^differs: path: '
shows '^response p90 .* worse \(minor\)$'
worse --output json
is out '.schema == "ct/comparison/1" and .verdict.status == "worse" and .verdict.severity == "minor"'
is out '.points[0].metrics[] | select(.metric == "response_p90") | .decides and .noise_from == "runs" and (.change_percent - 12 | fabs) < 0.1'
is out '(.points[0].a.runs == 4) and ([.differences[].what] == ["path"])' .
fits comparison out
worse --output markdown -o comment.md
[ "$(wc -l <out)" = 1 ] || fail "with -o stdout is more than the sentence"
grep -q '^### .* B is worse than A' comment.md || fail "the comment has no verdict"
grep -q '^| response p90 | .* | \*\*worse (minor)\*\* |$' comment.md || fail "the comment has no table"
worse --output junit -o report.xml
python3 - report.xml <<'END' || fail "the report is no JUnit file with a failure"
import sys, xml.etree.ElementTree as tree
suite = tree.parse(sys.argv[1]).getroot().find("testsuite")
cases = suite.findall("testcase")
failed = [c for c in cases if c.find("failure") is not None]
assert len(cases) == int(suite.get("tests")) and len(failed) == int(suite.get("failures")) >= 1
assert any(c.get("name") == "response p90" for c in failed)
END

# B before A: better, and that is no failure
status 0 "$CT" compare --baseline b?.json --candidate a?.json --force --output json
is out '.verdict.status == "better"'

# the same program
status 0 "$CT" compare --baseline a?.json --candidate c?.json --output json
is out '.verdict.status == "not_worse"'

# one run a side: only 15 % count, unless it is known how runs differ
status 0 "$CT" compare a1.json b1.json --force --storage sides
shows 'cannot be said'
status 90 "$CT" compare a1.json b1.json --force --run-noise 1%

# what the history knows of the plan is used: what the runs there differ by, those that are compared left out
# (B's own change would look like noise)
history() { # FILE...
    rm -rf past
    mkdir past
    cp "$@" past
    "$CT" history rebuild --storage past >/dev/null 2>&1 || fail "no history"
}
from_history() { # RUNS: how many there are beside the two
    is out '(.verdict.notes[0] | startswith("from '"$1"' earlier runs of this plan in '"'past'"'"))
        and ([.points[0].metrics[] | select(.decides and .p != null) | .noise_from] | unique == ["noise"])'
}
history a?.json c?.json
status 90 "$CT" compare a1.json b1.json --force --storage past --output json
from_history 7
differs=$(python3 -c 'import math, statistics
print("%.1f" % (100 * statistics.stdev([math.log((1 + 0.004 * i) * f) for i in range(1, 5) for f in (1, 1.002)][1:])))')
is out '.verdict.notes[0] | contains("service p50 differs by '"$differs"' % from run to run")' .verdict.notes
jq -c '[.points[0].metrics[].p]' out >alone
status 90 "$CT" compare a1.json d1.json --storage past --output json
from_history 7
history a?.json c?.json d1.json
status 90 "$CT" compare a1.json d1.json --storage past --output json
from_history 7
[ "$(jq -c '[.points[0].metrics[].p]' out)" = "$(cat alone)" ] || fail "B is in its own noise"
history a?.json
status 0 "$CT" compare a1.json d1.json --storage past --output json
is out '.verdict.notes | any(contains("knows 3 other runs of this plan: four would tell"))' .verdict.notes
# other runs of the same rate, but another plan, or another machine, say nothing
for change in '.summary.plan.timeout_s = 29' '.environment.hostname = "elsewhere"' '.summary.verdict.status = "invalid"'; do
    rm -rf others && mkdir others
    for f in a?.json c?.json; do jq "$change" "$f" >"others/$f"; done
    history others/*.json
    status 0 "$CT" compare a1.json d1.json --storage past --output json
    is out '[.points[0].metrics[].noise_from] | index("noise") == null' .verdict.notes
done
# invalid runs do not make four of three
for f in d2 d3 d4; do jq '.summary.verdict.status = "invalid"' $f.json >spoilt-$f.json; done
history a?.json c?.json
status 90 "$CT" compare --baseline a1.json --candidate d1.json 'spoilt-d?.json' --storage past --output json
is out '[.points[0].metrics[] | select(.decides and .p != null) | .noise_from] | unique == ["noise"]' .verdict.notes

# and what "ct run" itself kept of its runs: real ones, of this plan and of another
for i in 1 2 3 4 5 6; do
    status 0 "$CT" run "$URL/" --rate 150 --duration 0.4s --results none --output json --storage kept
    last=$before
    before=$(jq -r .result_file out)
done
if [ -z "$BUSY" ]; then
    got=0
    "$CT" compare "$last" "$before" --storage kept --output json >out 2>err || got=$?
    case $got in 0 | 90) ;; *) fail "exit status $got" ;; esac
    is out '.verdict.notes[0] | startswith("from 4 earlier runs of this plan in")' .verdict.notes
    is out '[.points[0].metrics[] | select(.metric == "service_p50" or .metric == "response_p90") | .noise_from] | unique == ["noise"]' .verdict.notes
    for i in 1 2; do
        status 0 "$CT" run "$URL/" --rate 151 --duration 0.4s --results none --output json --storage kept
        last=$before
        before=$(jq -r .result_file out)
    done
    status 0 "$CT" compare "$last" "$before" --storage kept --output json
    is out '[.points[0].metrics[].noise_from] | index("noise") == null' .verdict.notes
fi

# error rates that hardly differ do not keep it open when only the noise of times is given
for f in a1:100 c1:101; do
    jq --argjson n "${f#*:}" '.summary.accounting |= (.started = 100000 | .failed = {timeout: $n})' "${f%:*}.json" >"failing-${f%:*}.json"
done
status 0 "$CT" compare failing-a1.json failing-c1.json --run-noise 1% --output json
is out '.verdict.status == "not_worse" and (.points[0].metrics[] | select(.metric == "error_rate") | .status == "alike" and .a == 0.1)' .

# the same file once, however it is called; and it is not worse than itself
status 0 "$CT" compare --baseline a1.json ./a1.json a2.json 'a[12].json' --candidate c?.json --output json
is out '.points[0].a.runs == 2 and .points[0].b.runs == 4' '.points[0]'
status 0 "$CT" compare a1.json a1.json --min-effect 0% --output json
is out '.verdict | .status == "not_worse" and (.text | endswith("is worse by 0 % or more."))'

# another body or other headers are another request; another seed is not
jq '.environment.request = "5a1f0c77"' c1.json >body.json
status 2 "$CT" compare a1.json body.json
one_line
says 'not measured alike: what is sent (headers, body, list or feed) '
jq '.summary.plan.seed = 7' c1.json >seed.json
status 0 "$CT" compare a1.json seed.json

# what lies among failed requests is unclear, and each form says it
for i in 1 2 3 4; do
    jq '.summary.response_ms |= (.p90 = null | .withheld.p90 = "failed")' c$i.json >"lost$i.json"
done
lost() { status 0 "$CT" compare --baseline a?.json --candidate lost?.json "$@"; }
lost
shows '^Whether B is worse than A cannot be said: response p90 of B lies'
shows '^response p90 +20.* ms +- +- +- +unclear: failed or not sent$'
lost --output json
fits comparison out
is out '.verdict.status == "inconclusive" and (.points[0].metrics[] | select(.metric == "response_p90") | .decides and .b == null and .status == "unclear")' .
lost --output markdown
shows '^\| response p90 \| 20.* ms \| - \| - \| - \| unclear: failed or not sent \|$'
lost --output junit
shows 'name="response p90"><skipped message="unclear: 20.* ms -&gt; - \(-\)"/>'
if grep -q nan out; then fail "a number that is none"; fi

# a point of a benchmark whose rate differs is shown only: that it is spoilt says nothing of the other
jq -s '{test_executions: [.[0], (.[1] | .load = 2)]}' a1.json a2.json >many-a.json
jq -s '{test_executions: [.[0], (.[1] | .load = 2 | .summary.plan.offered_rps = 55 | .summary.verdict.status = "invalid")]}' \
    c1.json c2.json >many-b.json
status 0 "$CT" compare many-a.json many-b.json --run-noise 1% --output json
is out '.verdict.status == "not_worse" and ([.points[].shown_only] == [false, true])
    and (.verdict.notes | any(contains("shown, not judged")))' .

# a side that this machine spoilt, and one that was cut short
jq '.summary.verdict.reasons = [{code: "interrupted", text: "stopped by a signal"}]' a1.json >cut.json
status 92 "$CT" compare a1.json cut.json
shows '^No comparison: B has no valid run \(stopped by a signal\)'
jq '.summary.verdict = {status: "invalid", reasons: [{code: "late", text: "late by far"}]}' a1.json >spoilt.json
status 92 "$CT" compare a1.json spoilt.json
shows '^No comparison: B has no valid run \(late by far\)'

# what cannot be compared is refused with one line
for args in a1.json 'a1.json b1.json a2.json' '--baseline a1.json' 'a1.json missing.json' 'a1.json a1.json --min-effect x'; do
    got=0
    # shellcheck disable=SC2086 # words
    "$CT" compare $args >out 2>err || got=$?
    [ "$got" = 2 ] || [ "$got" = 1 ] || fail "exit status $got: $args"
    one_line
done
echo '{"test_case": "A", "results": []}' >foreign.json
status 2 "$CT" compare a1.json foreign.json
says 'foreign.json:1'

# two real targets by turns, one of them sorts three times as many numbers; the files say the same again
reset
for try in 1 2 3; do
    got=0
    "$CT" compare --live "$URL/bubble-sort?n=512" "$URL/bubble-sort?n=1536" --rate 105 --segment 1s --segments 4 \
        --storage runs --output json >out 2>err || got=$?
    [ "$got" = 90 ] && break
    [ "$try" = 3 ] || reset
done
case $got in
90) is out '.verdict.status == "worse" and .points[0].a.runs >= 4 and .points[0].b.runs >= 4' ;;
0 | 92)
    is out '.verdict.status == "inconclusive" or .verdict.status == "invalid"'
    echo "too busy here to see a target nine times slower" >&2
    ;;
*) fail "exit status $got" ;;
esac
[ "$(find runs -name "*_benchmark.json" | wc -l)" = 2 ] || fail "not one file a side: $(ls -A runs)"
for f in runs/*_benchmark.json; do
    fits benchmark_file "$f"
done
again=0
"$CT" compare --force --storage sides runs/*SegmentsA*.json runs/*SegmentsB*.json --output json >again || again=$?
[ "$again" = "$got" ] || fail "the files say $again, and live it was $got"
[ "$(jq -c '[.points[0].metrics[].status]' again)" = "$(jq -c '[.points[0].metrics[].status]' out)" ] ||
    fail "the files say something else than what was measured"

# of B every second request fails: its p90 is beyond all values, live and from the files
reset
start_faults
printf 'GET %s/ok\n' "$FAULTS" >good.txt
printf 'GET %s/ok\n\nGET %s/500\n' "$FAULTS" "$FAULTS" >half.txt
got=0
"$CT" compare --live good.txt half.txt --rate 100 --segment 1s --segments 4 --storage runs --output json >out 2>err || got=$?
again=0
"$CT" compare --force --storage sides runs/*SegmentsA*.json runs/*SegmentsB*.json --output json >again || again=$?
[ "$again" = "$got" ] || fail "the files say $again, and live it was $got"
case $got in
0 | 90)
    for f in out again; do
        is $f '.points[0].metrics[] | select(.metric == "response_p90") | .decides and .b == null and .status == "unclear"' .points
    done
    ;;
92) echo "too busy here for a valid segment" >&2 ;;
*) fail "exit status $got" ;;
esac
status 2 "$CT" compare --live "$URL/" --rate 30
says '--live needs two URLs'
status 2 "$CT" compare a1.json a1.json --rate 30
says '--requests-per-second does nothing for result files'
status 2 "$CT" compare --live "$URL/" "$URL/" --force
says '--force does nothing with --live'
status 3 "$CT" compare --live "$URL/" http://127.0.0.1:1/ --rate 30 --storage runs
says 'ct: B: '

# a signal ends it; what was measured is kept, nothing is concluded
reset
"$CT" compare --live "$URL/" "$URL/" --rate 30 --segment 1s --segments 100 --storage runs --quiet >out 2>err &
pid=$!
PIDS="$PIDS $pid"
wait_for 'find runs -name ".*SegmentsB*.journal" -size +2k 2>/dev/null | grep -q .'
kill -INT $pid
got=0
wait $pid || got=$?
[ "$got" = 130 ] || fail "exit status $got instead of 130"
shows '^No comparison: it was interrupted'
[ "$(find runs -name '*_benchmark.json' | wc -l)" = 2 ] || fail "the segments are not kept: $(ls -A runs)"

# a segment that cannot be begun: an error, and those before it are in a file, or (no descriptor is left to make one)
# in a journal that makes it
reset
"$CT" compare --live "$URL/" "$URL/" --rate 30 --segment 1s --segments 100 --storage runs --quiet >out 2>err &
pid=$!
PIDS="$PIDS $pid"
wait_for 'find runs -name ".*SegmentsB*.journal" -size +2k 2>/dev/null | grep -q .'
prlimit --pid $pid --nofile=5:5
got=0
wait $pid || got=$?
[ "$got" = 1 ] || fail "exit status $got instead of 1"
for side in A B; do
    [ -n "$(find runs -name "*Segments$side-*_benchmark.json")" ] ||
        status 0 "$CT" recover runs/.*Segments$side*.journal
    is runs/*Segments$side*_benchmark.json '.test_executions | length >= 1 and all(.total_span.start > "2000")' .
done

#!/bin/sh
# "ct compare" finds a target that became slower, says so in every form, and lets the same one pass.
. "$(dirname "$0")/lib.sh"

start_target --threads 1

# measure N FILE: a result of one short run. The work grows with the square of n.
reset() { rm -rf runs; }
measure() {
    reset
    status 0 "$CT" run "$URL/bubble-sort?n=$1" --rate 30 --duration 1.5s --output json --storage runs
    [ "$BUSY" != "" ] || mv runs/*.json "$2"
}

for i in 1 2 3 4; do
    measure 2048 "a$i.json"
    measure 8192 "b$i.json"
done
if [ "$BUSY" != "" ]; then
    echo "too busy here for valid runs: nothing to compare" >&2
    exit 0
fi

# the request differs, so it has to be forced
status 2 "$CT" compare a1.json b1.json
one_line
says 'not measured alike: path /bubble-sort?n=2048 and /bubble-sort?n=8192'
says '--force'

worse() {
    status 90 "$CT" compare --baseline a?.json --candidate b?.json --force "$@"
}
worse
shows '^B is worse than A: service p50 is .* % longer'
shows 'a critical regression'
shows '^differs: path: '
shows '^service p50 .* worse \(critical\)$'
worse --output json
is out '.schema == "ct/comparison/1" and .verdict.status == "worse" and .verdict.severity == "critical"'
is out '.points[0].metrics[0] | .metric == "service_p50" and .decides and .noise_from == "runs" and .change_percent > 100'
is out '(.points[0].a.runs == 4) and ([.differences[].what] == ["path"])' .
"$CT_TOOLS/check_schema" "$CT_SOURCE/docs/results.schema.json" comparison out || fail "the comparison breaks its schema"
worse --output markdown -o comment.md
[ "$(wc -l <out)" = 1 ] || fail "with -o stdout is more than the sentence"
grep -q '^### .* B is worse than A' comment.md || fail "the comment has no verdict"
grep -q '^| service p50 | .* | \*\*worse (critical)\*\* |$' comment.md || fail "the comment has no table"
worse --output junit -o report.xml
python3 - report.xml <<'END' || fail "the report is no JUnit file with a failure"
import sys, xml.etree.ElementTree as tree
suite = tree.parse(sys.argv[1]).getroot().find("testsuite")
cases = suite.findall("testcase")
failed = [c for c in cases if c.find("failure") is not None]
assert len(cases) == int(suite.get("tests")) and len(failed) == int(suite.get("failures")) >= 1
assert any(c.get("name") == "service p50" for c in failed)
END

# B before A: better, and that is no failure
status 0 "$CT" compare --baseline b?.json --candidate a?.json --force --output json
is out '.verdict.status == "better"'

# with itself
status 0 "$CT" compare --baseline a?.json --candidate a?.json --output json
is out '.verdict.status == "not_worse" or .verdict.status == "inconclusive"'

# one run a side: only a large difference counts, and it says so
status 0 "$CT" compare a1.json a1.json
shows 'cannot be said|is not worse'
status 90 "$CT" compare a1.json b1.json --force --run-noise 3%

# a side that this machine spoilt
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

# two targets by turns; the files say the same again
reset
status 90 "$CT" compare --live "$URL/bubble-sort?n=2048" "$URL/bubble-sort?n=8192" --rate 30 --segment 1s --segments 4 \
    --storage runs --output json
is out '.verdict.status == "worse" and .points[0].a.valid >= 4 and .points[0].b.valid >= 4 and .points[0].offered_rps == 30'
[ "$(find runs -name "*_benchmark.json" | wc -l)" = 2 ] || fail "not one file a side: $(ls -A runs)"
for f in runs/*_benchmark.json; do
    "$CT_TOOLS/check_schema" "$CT_SOURCE/docs/results.schema.json" benchmark_file "$f" || fail "$f breaks its schema"
done
status 90 "$CT" compare --force runs/*SegmentsA*.json runs/*SegmentsB*.json
status 2 "$CT" compare --live "$URL/" --rate 30
says '--live needs two URLs'
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

#!/bin/sh
# ct analyze says what Cluster Tester says of a Cluster Tester file, to the last digit, and draws its three charts.
. "$(dirname "$0")/lib.sh"
GOLDEN=$CT_SOURCE/tests/golden/cluster-tester
NAME=baseline-BubbleSortTestCase-20261121_021942_benchmark.json
SHORT=20261121_021606_test_execution.json
mkdir db
cp "$GOLDEN"/*.json db

# texts
text() { # TYPE 'FIRST LINE', the rest on stdin
    status 0 "$CT" analyze "$1" --storage db --files $NAME
    { printf '%s\nResults for %s:\n' "$2 for benchmark file: $NAME" "$NAME"; cat; } >want
    diff want out || fail "$1"
    [ ! -s err ] || fail "$1 wrote to stderr"
}
text avg-response-time "Analyzing average response time" <<END
Load: 13, Avg Response Time: 0.1436 seconds over 28 requests (at 14 RPS)
Load: 12, Avg Response Time: 0.0388 seconds over 44 requests (at 22 RPS)
Load: 11, Avg Response Time: 0.0047 seconds over 48 requests (at 24 RPS)
END
text min-response-time "Analyzing minimum response time" <<END
Load: 13, Min Response Time: 0.0800 seconds (at 14 RPS)
Load: 12, Min Response Time: 0.0160 seconds (at 22 RPS)
Load: 11, Min Response Time: 0.0030 seconds (at 24 RPS)
END
text max-response-time "Analyzing maximum response time" <<END
Load: 13, Max Response Time: 0.2230 seconds (at 14 RPS)
Load: 12, Max Response Time: 0.0750 seconds (at 22 RPS)
Load: 11, Max Response Time: 0.0160 seconds (at 24 RPS)
END
text ram-usage "Analyzing RAM usage" <<END
Load: 13(at 14 RPS)
    Host: 127.0.0.1, Avg RAM Usage: 1432.54 MB
Load: 12(at 22 RPS)
    Host: 127.0.0.1, Avg RAM Usage: 1431.19 MB
Load: 11(at 24 RPS)
    Host: 127.0.0.1, Avg RAM Usage: 1424.95 MB
END
text cpu-usage "Analyzing CPU usage" <<END
Load: 13(at 14 RPS)
    Host: 127.0.0.1, Avg CPU Usage: 88.31 %
Load: 12(at 22 RPS)
    Host: 127.0.0.1, Avg CPU Usage: 76.84 %
Load: 11(at 24 RPS)
    Host: 127.0.0.1, Avg CPU Usage: 91.13 %
END

# Cluster Tester's word for the command; the client's times; globs, absolute paths, the short form
status 0 "$CT" data-analysis avg-response-time --span client --files "$GOLDEN/$NAME"
shows '^Load: 13, Avg Response Time: 0\.2633 seconds over 28 requests \(at 14 RPS\)$'
status 0 "$CT" analyze avg-response-time --storage db --files '*.json'
[ "$(grep -c '^Results for ' out)" = 3 ] || fail "the glob did not find three files"
shows '^Load: 10, Avg Response Time: 0\.[0-9]{4} seconds over all requests \(at 25 RPS\)$'
status 0 "$CT" analyze min-response-time --storage db --files $SHORT
shows '^Load: 10, Min Response Time: no requests \(at 25 RPS\)$'

# charts
size() { od -An -tu1 -j16 -N8 "$1" | awk '{print (($1 * 256 + $2) * 256 + $3) * 256 + $4 "x" (($5 * 256 + $6) * 256 + $7) * 256 + $8}'; }
png() { # FILE WIDTHxHEIGHT
    [ "$(head -c 4 "$1" | tail -c 3)" = PNG ] || fail "$1 is no PNG"
    [ "$(size "$1")" = "$2" ] || fail "$1 is $(size "$1"), not $2"
}
chart() { # TYPE FILE SIZE
    status 0 "$CT" analyze "$1" --load 13 --storage db --files $NAME --benchmark-names k3s
    shows "saved as $2\$"
    [ ! -s err ] || fail "$1 wrote to stderr"
    png "$2" "$3"
}
chart cpu-usage-compare cpu_usage_comparison_load_13_files_k3s.png 3600x2100
chart ram-usage-compare ram_usage_comparison_load_13_k3s.png 3600x2100
chart response-time-compare response_time_load_13_k3s.png 3600x2400
cp db/$NAME db/again.json
status 0 "$CT" analyze cpu-usage-compare --load 12 --storage db --files $NAME again.json "db/$NAME"
png "cpu_usage_comparison_load_12_files_${NAME}_again.json.png" 3600x2100
status 0 "$CT" analyze response-time-compare --load 12 --storage db --files $NAME -o a.svg
[ "$(head -c 5 a.svg)" = '<?xml' ] || fail "a.svg is no SVG"
status 0 "$CT" analyze response-time-compare --load 12 --storage db --files $NAME -o a.pdf
[ "$(head -c 5 a.pdf)" = '%PDF-' ] || fail "a.pdf is no PDF"
status 0 "$CT" analyze ram-usage-compare --load 12 --storage db --files $NAME -o -
png out 3600x2100
[ -z "$(find . -maxdepth 1 -name '*tmp*')" ] || fail "a temporary file was left"

# both forms of --alias-hosts; an alias without its host is a warning
status 0 "$CT" analyze cpu-usage-compare --load 13 --storage db --files $NAME -o a.png --alias-hosts 127.0.0.1:laptop,'[fe80::1]:b'
says "warning: --alias-hosts: no host is called fe80::1"
[ "$(wc -l <err)" = 1 ] || fail "the alias of 127.0.0.1 was not used"

# what a file lacks is a warning and an empty place
status 0 "$CT" analyze response-time-compare --load 99 --storage db --files $NAME -o none.png
says "it has 13, 12, 11"
png none.png 3600x2400
printf '{"test_executions": [{"results": [], "cluster_stats": null, "errors": [], "request_per_second": 5}], "test_case_name": "X"}' >db/empty.json
for type in avg-response-time min-response-time max-response-time ram-usage cpu-usage; do
    status 0 "$CT" analyze $type --storage db --files empty.json
done
shows 'no server was monitored'
for type in cpu-usage-compare ram-usage-compare response-time-compare; do
    status 0 "$CT" analyze $type --load 0 --storage db --files empty.json $NAME -o b.png
done
status 0 "$CT" analyze cpu-usage-compare --load 13 --storage db --files $NAME empty.json -o b.png --benchmark-names one
says "1 names for 2 files"

# wrong input
bad() { # STATUS 'WORDS OF THE MESSAGE' ARGUMENTS...
    want=$1 text=$2
    shift 2
    status "$want" "$CT" analyze "$@"
    one_line
    says "$text"
}
bad 2 "did you mean 'cpu-usage-compare'" cpu-usage-compar --files a
bad 2 "choose avg-response-time, min-response-time" nothing-of-the-kind --files a
bad 2 "which analysis?" --files a
bad 2 "--files" avg-response-time
bad 1 "there is no file 'missing.json', neither here nor in 'db'" avg-response-time --storage db --files missing.json
echo 'not JSON' >db/text
bad 2 "db/text:1" avg-response-time --storage db --files text
echo '{"a": 1}' >db/other.json
bad 2 "other.json" avg-response-time --storage db --files other.json
bad 2 ".png, .svg or .pdf" cpu-usage-compare --load 13 --storage db --files $NAME -o a.bmp
bad 1 "nowhere/a.png" cpu-usage-compare --load 13 --storage db --files $NAME -o nowhere/a.png
PLPLOT_DRV_DIR=$WORK bad 1 "plplot" cpu-usage-compare --load 13 --storage db --files $NAME -o c.png
bad 2 "--out is for charts" cpu-usage --storage db --files $NAME -o a.png
bad 2 "is not host:alias" cpu-usage-compare --load 13 --storage db --files $NAME --alias-hosts host
bad 2 "two hosts are called 'x'" cpu-usage-compare --load 13 --storage db --files $NAME --alias-hosts a:x b:x

# searches: what was found, each trial, and the picture; of ct find, of a benchmark, classic ones
SEARCHES=$CT_SOURCE/tests/fuzz/corpus/searched
cp "$SEARCHES"/find.json "$SEARCHES"/benchmark.json "$SEARCHES"/classic.json .
status 0 "$CT" analyze search --files find.json
cat >want <<'END'
Analyzing search for benchmark file: find.json
Results for find.json:
find search, poisson arrivals
sustains 770/s (95 %: 750/s to 790/s) with p(99)<20ms and error_rate<1%; ended: precise; p(99)<20ms gave way first; confirmed; drifts, few_visits
phase      rate  seconds  requests  mean ms  p(99)  error_rate  verdict
calibrate     1        2       900      1.5    3.5           0  kept
visit       780       10      7800      4.5   21.5           -  broke p(99)<20ms
visit      2000       10         -        -      -           3  invalid
END
diff want out || fail "a search of ct find"
status 0 "$CT" analyze search --files benchmark.json classic.json
shows '^at 1/s: sustains load 13 \(load 14 failed\) with avg<=2s; ended: whole$'
shows '^load 13: sustains 15/s \(16/s failed\) with avg<=2s; ended: whole; avg<=2s gave way first$'
shows '^load 5: sustains 32/s; errors gave way first; confirmed$'
shows '^rate +5 +64 +- +640 +- +broke the limit$'
jq '.search |= (.limits = [range(8) | "p(99)<\(. + 1)ms"] | .trials = [range(40) as $i | .trials[0] | .values = [range(8)]])' benchmark.json >wide.json
status 0 "$CT" analyze search --files wide.json
shows '^phase +load +rate/s +seconds'
[ "$(grep -c '^bracket ' out)" = 40 ] || fail "eight limits beside a load: not each trial is there"
status 0 "$CT" analyze search --files find.json -o knee.svg
shows '^Search chart saved as knee\.svg$'
grep -q '<svg' knee.svg || fail "knee.svg is none"
status 0 "$CT" analyze search --files find.json -o -
head -c 8 out | od -An -tx1 | grep -q '89 50 4e 47' || fail "-o - is no PNG alone"
status 0 "$CT" analyze search --files benchmark.json --load 13 -o knee.pdf
for wrong in 'find.json benchmark.json -o none.svg' 'benchmark.json --load 12 -o none.svg' 'classic.json -o none.svg' "$GOLDEN/$SHORT" 'find.json -o a.gif'; do
    # shellcheck disable=SC2086 # words
    status 2 "$CT" analyze search --files $wrong
    one_line
done
[ ! -e none.svg ] || fail "a picture of nothing"

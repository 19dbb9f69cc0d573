#!/bin/sh
# Every wrong input ends with one clear line, the documented exit status, and nothing half-written.
. "$(dirname "$0")/lib.sh"
bad() { # STATUS 'WORDS OF THE MESSAGE' COMMAND...
    want=$1 text=$2
    shift 2
    status "$want" "$@"
    one_line
    says "$text"
    [ ! -s out ] || fail "stdout is not empty: $*"
}
bad 2 "did you mean 'benchmark'" "$CT" benchmrk
bad 2 "no command" "$CT" xyzzy
bad 2 "--rat" "$CT" run http://127.0.0.1:1/ --rat 5
bad 2 "--rate" "$CT" run http://127.0.0.1:1/ --rate fast
bad 2 "--duration" "$CT" run http://127.0.0.1:1/ --duration 5parsecs
bad 2 "--rate" "$CT" run http://127.0.0.1:1/ --rate
bad 2 "127.0.0.1:x" "$CT" run http://127.0.0.1:x/
bad 2 "ftp" "$CT" run ftp://127.0.0.1/
bad 2 "does not end in .png" "$CT" find http://127.0.0.1:1/ --limit 'p(99)<1s' -o x.bmp
bad 1 "nowhere/x.png" "$CT" find http://127.0.0.1:1/ --limit 'p(99)<1s' -o nowhere/x.png
bad 1 "nowhere/x.md" "$CT" compare --live http://127.0.0.1:1/ http://127.0.0.1:2/ --rate 5 -o nowhere/x.md
bad 2 "--feed FILE.csv" "$CT" run 'http://127.0.0.1:1/users/{{id}}'
bad 2 "operand" "$CT" run http://127.0.0.1:1/ http://127.0.0.1:2/
for file in config.json elsewhere.json; do # a missing file is answered with the smallest one that works
    status 2 "$CT" benchmark --config $file
    says "ct: there is no '$file'"
    sed '1d;s/8080/1/' err >$file # something may listen there
    status 3 "$CT" benchmark --config $file --test-cases bubble-sort --duration-per-test 1 --rest-time 0 --storage mini
    rm -rf $file mini
done
printf '{"app": {"name": "a",\n "url": "http://127.0.0.1:1"},\n "monitorServer": []}\n' >config.json
bad 2 "config.json:3" "$CT" benchmark
says "monitorServers"
printf '{"app": {"name": "a" "url": 3}}\n' >config.json
bad 2 "config.json:1" "$CT" benchmark
config http://127.0.0.1:1
bad 2 "did you mean 'bubble-sort'" "$CT" benchmark --test-cases bubblesort
bad 2 "did you mean 'check'" "$CT" cluster chek
bad 2 "exactly one" "$CT" test-execution --test-cases fibonacci bubble-sort
[ ! -e results ] || fail "results/ was made for a wrong command line"

# a URL without a server: exit 3, before anything is sent; the file says no_data
start_target
kill "$TARGET"
wait "$TARGET" 2>/dev/null || true
status 3 "$CT" run "$URL/" --rate 10 --duration 1s --storage db
says connect_refused
is "$(only db)" '.summary.verdict.status == "no_data"'
rm -rf db
# port in use
start_target
bad 1 "in use" "$CT" target --port "${URL##*:}"
# unwritable storage (also for root: a file stands in its place)
: >plain
config "$URL"
bad 1 "plain" "$CT" test-execution --test-cases bubble-sort --storage plain
bad 1 "nowhere" "$CT" test-execution --test-cases bubble-sort --storage nowhere/at/all
# a target outside loopback and private ranges is refused before any connection
bad 4 "targets" "$CT" run http://192.0.2.1/ --rate 1 --duration 1s
bad 2 "journal" "$CT" recover plain
bad 2 "which journal" "$CT" recover

#!/bin/sh
# "ct testcases" lists what can be asked of a target: the built-in cases and those of the config, with their loads.
. "$(dirname "$0")/lib.sh"

status 0 "$CT" testcases
[ "$(grep -c '^[a-z]' out)" = 2 ] || fail "not two cases: $(cat out)"
shows '^fibonacci$'
shows '^bubble-sort$'
shows 'load 10 to 45: '
shows 'load 10 to 17: .*2\^load'

cat >config.json <<'END'
{"app": {"name": "shop", "url": "http://127.0.0.1:1"}, "monitorServers": [],
 "testCases": [
  {"name": "search", "request": {"method": "GET", "path": "/search?size={2^load}"}, "minRecommendedLoad": 3, "maxLoad": 12},
  {"name": "home", "request": {"method": "GET", "path": "/"}}]}
END
status 0 "$CT" testcases
[ "$(grep '^[a-z]' out | xargs)" = "fibonacci bubble-sort search home" ] || fail "the cases: $(cat out)"
shows 'load 3 to 12: '
[ "$(sed -n '/^home/,$p' out | grep -c 'load')" = 0 ] || fail "home has a load: $(cat out)"
mv config.json other.json
status 0 "$CT" testcases
[ "$(grep -c '^[a-z]' out)" = 2 ] || fail "a config that is not there: $(cat out)"
status 0 "$CT" testcases --config other.json
[ "$(grep -c '^[a-z]' out)" = 4 ] || fail "another config: $(cat out)"

# what cannot be used is named with its place
sed 's/2^load/load-9/' other.json >config.json
status 2 "$CT" testcases
one_line
says 'config.json:3'
says '{load-9}: the value is negative'
sed 's/"home"/"fibonacci"/' other.json >config.json
status 2 "$CT" testcases
one_line
says "config.json:4: the test case 'fibonacci' exists already"
status 2 "$CT" testcases --config missing.json
says 'missing.json'
status 2 "$CT" test-execution --config other.json --test-cases serch
one_line
says "did you mean 'search'?"

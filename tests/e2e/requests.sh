#!/bin/sh
# Several requests with weights, and rows of a feed in path and body, as the target's access log sees them.
. "$(dirname "$0")/lib.sh"
start_target --access-log access.log
reset() { : >access.log; } # a repeated run is counted alone

# three to one, exactly
printf 'GET %s/fibonacci/5 weight=3\n\nGET %s/bubble-sort?n=16\nX-A: b\n' "$URL" "$URL" >list.txt
status 0 "$CT" run --targets list.txt --rate 100 -n 80 --output json
answered out 80
wait_for '[ "$(grep -c "GET /" access.log)" -ge "$(jq .accounting.ok out)" ]'
ok=$(grep -c '/fibonacci/5' access.log)
[ -n "$BUSY" ] || [ "$ok" = 60 ] || fail "fibonacci was asked $ok times instead of 60"
"$CT" run - --rate 100 -n 8 --output json <list.txt >out 2>err || [ $? = 92 ] || fail "a list from stdin"

# rows of a feed, in order, round again
printf 'n\n1\n2\n3\n' >rows.csv
: >access.log
status 0 "$CT" run "$URL/fibonacci/{{n}}" --feed rows.csv --rate 50 -n 9 --output json
wait_for '[ "$(grep -c "/fibonacci/[123] " access.log)" -ge "$(jq .accounting.ok out)" ]'
for n in 1 2 3; do
    [ -n "$BUSY" ] || [ "$(grep -c "/fibonacci/$n " access.log)" = 3 ] || fail "row $n was not sent three times"
done

# a body with a value has its right length: nginx-like strictness is the fault server's /echo
printf 'word\nlong\nx\n' >words.csv
status 93 "$CT" run "$URL/nothing" --body 'w={{word}}' --feed words.csv --rate 50 -n 4 --output json
counts out '.status_codes == {"404": 4} or .status_codes == {"405": 4} or .status_codes == {"400": 4}' .status_codes

for bad in "--targets missing.txt" "--targets list.txt $URL" "$URL/{{m}} --feed rows.csv" "$URL/{{n}} --feed list.txt" \
    "--targets list.txt -X POST"; do
    # shellcheck disable=SC2086 # words
    status 2 "$CT" run $bad
    one_line
done

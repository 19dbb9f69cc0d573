#!/bin/sh
# Runs add themselves to the history of their storage; a history that is damaged or locked is a warning, never a lost
# run or another exit status; "ct history" lists, shows and rebuilds it.
. "$(dirname "$0")/lib.sh"
need sqlite3

# not "results": what a repeated run left must stay
export CT_STORAGE=past
start_target
mkdir -p past .git/refs/heads
echo 'ref: refs/heads/main' >.git/HEAD
echo 1111111111111111111111111111111111111111 >.git/refs/heads/main
status 0 "$CT" history list
shows 'no runs in the history'

measure() {
    status 0 "$CT" run "$URL/fibonacci/10" --rate 200 --duration 0.5s --output json "$@"
    [ ! -s err ] || ! grep -q warning err || fail "a warning"
}
measure
measure --commit v2
measure --rate 100
[ "$(sqlite3 past/history.db 'SELECT count(*) FROM runs WHERE verdict = 0')" = 3 ] || [ -n "$BUSY" ] || fail "not three valid runs"

status 0 "$CT" history list --output json
is out '.schema == "ct/history/1" and (.series | length) == 2 and ([.series[].n_runs] | add) >= 3' .
KEY=$(jq -r '.series[] | select(.plan | contains("rps 200 ")).plan_key' out)
status 0 "$CT" history show --plan "$KEY" --output json
is out '[.series[].runs[].commit] | unique == ["1111111111111111111111111111111111111111", "v2"]' .
[ -n "$BUSY" ] || is out '.series[0].runs[-1] | .requests == 100 and .figures.achieved_rps > 150' .
status 0 "$CT" history show --plan "$KEY" --last 1 --output json
is out '.series[0] | (.runs | length) == 1 and .runs[0].run == .n_runs and .n_runs >= 2' .
status 0 "$CT" history show --plan 'rps 100 '
shows 'plan [0-9a-f]{16} on .*: [0-9]+ runs?$'
shows '^run +time +commit'
status 0 "$CT" history show --since 2099-01-01
shows 'no runs'
shows 'as --plan and --since ask'
status 1 "$CT" history show --storage nowhere
says "no folder 'nowhere'"
status 2 "$CT" history show --since tomorrow
says '2026-11-21'
status 2 "$CT" history rebuilt
says "did you mean 'rebuild'?"
status 2 "$CT" run "$URL/" -n 1 --commit 'a b'
says '--commit'

# made again from the files it is what it was
sqlite3 past/history.db .dump >before
rm past/history.db
status 0 "$CT" history rebuild
sqlite3 past/history.db .dump >after
cmp before after || fail "a rebuilt history differs"

# damaged: the run is whole, the exit status its own, the way out is named
echo "no database" >past/history.db
status 0 "$CT" run "$URL/fibonacci/10" --rate 200 --duration 0.5s
says 'ct: warning: history'
says 'ct history rebuild'
shows '^result: past/'
status 1 "$CT" history list
one_line
status 0 "$CT" history rebuild
shows 'made anew'
[ "$(sqlite3 past/history.db 'SELECT count(*) FROM runs')" -ge 4 ] || fail "the damaged history was not made anew"

# locked by somebody else
mkfifo hold
sqlite3 past/history.db <hold &
PIDS="$PIDS $!"
exec 9>hold
printf '%s\n' '.timeout 10000' 'BEGIN EXCLUSIVE;' >&9 # who looks whether it is locked, locks it
wait_for '! sqlite3 past/history.db "BEGIN IMMEDIATE; ROLLBACK;" 2>/dev/null'
status 0 "$CT" run "$URL/fibonacci/10" --rate 200 --duration 0.5s
says 'is locked'
exec 9>&-

# a folder in its place
rm -f past/history.db
mkdir past/history.db
status 0 "$CT" run "$URL/fibonacci/10" --rate 200 --duration 0.5s
says 'ct: warning: history'


#!/bin/sh
# Every command of the README works as it is written (on a free port, and with shorter tests).
. "$(dirname "$0")/lib.sh"
README=$CT_SOURCE/README.md
ln -s "$CT" ct
PATH=$WORK:$PATH

# the target's port is chosen by the system; the README's 8080 becomes it
start_target
PORT=${URL##*:}
awk '/^```json$/ { on = 1; next } /^```$/ { on = 0 } on' "$README" | sed "s/8080/$PORT/" >config.json
is config.json '.app.name == "shop"' .
awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on' "$README" | grep '^ct ' | sed "s/8080/$PORT/" >commands
[ "$(wc -l <commands)" -ge 6 ] || fail "the README has only $(wc -l <commands) commands"

while read -r line; do
    case $line in
    "ct target "*) continue ;; # it runs already
    esac
    for _ in 1 2 3 4 5; do # 92: this machine was too busy to send on time
        got=0
        CT_REST_TIME=0 CT_BUDGET=8s CT_CONFIRM=1s CT_PRECISION=50% sh -c "$line" >out 2>err </dev/null || got=$?
        [ "$got" = 92 ] || break
    done
    [ "$got" = 0 ] || [ "$got" = 92 ] || fail "exit status $got: $line"
    [ -s out ] || fail "no answer: $line"
done <commands

# the files that it names are there
for f in $(grep -o '](\([^)#:]*\))' "$README" | tr -d ']()'); do
    [ -e "$CT_SOURCE/$f" ] || fail "README.md names $f, which is not there"
done

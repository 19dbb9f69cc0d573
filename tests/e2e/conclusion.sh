#!/bin/sh
# What was the limit? A server whose CPU the target burns, watched over SSH and by itself; a calm run; one that is too
# short; one that nobody watches. The sentence never says more than the series.
. "$(dirname "$0")/../support/sshd.sh"
. "$(dirname "$0")/lib.sh"
trap 'sshd_stop; cleanup' EXIT
sshd_prepare
sshd_start
known_host kh
start_target --threads "$(nproc)"
NODE='{"name": "node", "host": "127.0.0.1", "port": '"$SSHD_PORT"', "knownHosts": "'"$PWD"'/kh",
    "authentication": {"username": "root", "privateKey": "'"$KEY"'"}}'

# run ARGUMENTS: its summary in ./out. Where this machine was too busy for a valid run (92), the sentence must say so.
run() {
    got=0
    "$CT" run "$URL/bubble-sort?n=1024" --config config.json --monitoring-interval 0.5 --output json "$@" >out 2>err || got=$?
    [ "$got" = 0 ] || [ "$got" = 92 ] || fail "exit status $got: $*"
}
accused() {
    [ "$got" = 92 ] || return 1
    is out '.conclusion.limits == [{"limit": "generator", "host": null}]' .conclusion
    is out '.conclusion.text | startswith("ct itself was the limit (")' .conclusion
}

# every CPU of the machine burnt, by as many connections as keep them busy: over SSH it is seen that the server is this
# very machine, and that CPU is the limit
config "$URL" "$NODE"
run -c 16 --duration 5
is out '.servers | length == 1 and .[0].this_machine' .servers
is out '.colocated and (.conclusion.text | contains("ct and the target share a machine (127.0.0.1)"))' .conclusion
is out '.conclusion.evidence[] | select(.metric == "cpu_percent") | .to > 90 and .host == "127.0.0.1"' .conclusion
if ! accused && [ "$(jq .limited_by out)" = null ]; then
    is out '.conclusion.limits == [{"limit": "cpu", "host": "127.0.0.1"}]' .conclusion
    is out '.conclusion.text | endswith(": the limit is CPU on 127.0.0.1")' .conclusion
fi
file=$(jq -r .result_file out)
[ "$(jq -S .conclusion out)" = "$(jq -S .summary.conclusion "$file")" ] || fail "the file says something else"

# the same at an open load far above what it can take: responses slow down; in text the sentence ends the answer
run --rate 20000 --duration 5 --max-in-flight 200 --timeout 2
accused || is out '.conclusion.limits | map(.limit) == ["cpu"]' .conclusion
got=0
"$CT" run "$URL/bubble-sort?n=1024" --config config.json --monitoring-interval 0.5 -c 16 --duration 3 >out 2>err || got=$?
sed -n '/^in short  /,/^result: /p' out >sentence
[ "$(wc -l <sentence)" -ge 3 ] || fail "no sentence at the end"
tail -n 1 sentence | grep -q '^result: ' || fail "the sentence does not end the answer"

# a calm run, watched twice: both are this machine
config "$URL" '{"name": "here", "host": "here", "sshAuthMethod": "local"}, '"$NODE"
run --rate 20 --duration 4
is out '.servers | map(.this_machine) == [true, true]' .servers
is out '(.conclusion.evidence | length) > 0 and (.conclusion.text | length) > 20' .conclusion
accused || is out '.conclusion.limits == []' .conclusion

# a run that is killed: what is recovered ends with a sentence, too
"$CT" run "$URL/" --config config.json --monitoring-interval 0.5 --rate 20 --duration 30 --storage killed >out 2>err &
RUN=$!
PIDS="$PIDS $RUN"
wait_for 'find killed -name ".*.journal" -size +20k 2>/dev/null | grep -q .'
kill -KILL $RUN
wait $RUN 2>/dev/null || true
status 0 "$CT" recover killed/.*.journal
file=$(only killed)
is "$file" '.summary.conclusion.text | contains("share a machine (here)")' .summary.conclusion
is "$file" '.summary.servers | map(.this_machine) == [true, true]' .summary.servers

# too short to say anything; not watched at all
run --rate 20 --duration 1s
is out '.conclusion.limits == [] or .verdict.status == "invalid"' .conclusion
is out '.conclusion.text | contains(": too few to say what the limit is")' .conclusion
got=0
"$CT" run "$URL/" --rate 20 --duration 1s --output json >out 2>err || got=$?
is out '.conclusion == null' .conclusion

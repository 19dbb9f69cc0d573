#!/bin/sh
# Every fault of a target has its own class, counted exactly, with connections kept and not; nothing broken is called
# ok, the identity holds, and the server saw as many requests as ct says it put on the wire.
. "$(dirname "$0")/lib.sh"
start_faults
seen() { curl -s "$FAULTS/stats" | jq .requests; }

# check PATH STATUS ACCOUNTING ARGS...: 200 requests; jq's view of .ok and .failed
check() {
    path=$1 want=$2 accounting=$3
    shift 3
    for keep in on off; do
        before=$(seen) got=0
        "$CT" run "$FAULTS/$path" --rate 400 -n 200 --timeout 5s --keep-alive $keep --output json "$@" >out 2>err || got=$?
        [ "$got" = "$want" ] || [ "$got" = 92 ] || fail "$path: exit status $got instead of $want"
        closed out
        counts out "(.accounting | [.ok, .failed]) == $accounting"
        wire=$(jq .accounting.wire_attempts out)
        [ "$wire" = $(($(seen) - before)) ] || fail "$path: the server saw $(($(seen) - before)) requests, ct sent $wire"
    done
}

check ok 0 '[200, {}]'
check 204 0 '[200, {}]'
check chunked 0 '[200, {}]'
check until-close 0 '[200, {}]'
check interim 0 '[200, {}]'
check close 0 '[200, {}]'
check slow 0 '[200, {}]'
check 302 0 '[200, {}]'
check 500 93 '[0, {"http_status": 200}]'
check rst0 93 '[0, {"reset_before_response": 200}]'
check rstbody 93 '[0, {"reset_in_body": 200}]'
check short 93 '[0, {"truncated": 200}]'
check shortchunk 93 '[0, {"truncated": 200}]'
check shorthead 93 '[0, {"truncated": 200}]'
check close0 93 '[0, {"closed_before_response": 200}]'
check garbage 93 '[0, {"protocol_error": 200}]'
check badchunk 93 '[0, {"protocol_error": 200}]'
check dupcl 93 '[0, {"protocol_error": 200}]'
check bothcl 93 '[0, {"protocol_error": 200}]'
check 101 93 '[0, {"protocol_error": 200}]'
check bighdr 93 '[0, {"header_too_large": 200}]'
check 1xx 93 '[0, {"header_too_large": 200}]'
check hang 93 '[0, {"timeout": 200}]' --timeout 2s
check stall 93 '[0, {"timeout": 200}]' --timeout 2s

# a server that ends kept connections: what was on its way is lost once, never sent again
before=$(seen)
"$CT" run "$FAULTS/race" --rate 400 -n 200 --timeout 5s --output json >out 2>err || true
closed out
is out '.accounting | (.failed | keys) - ["closed_on_reuse", "closed_before_response"] == []' .accounting
[ "$(jq .accounting.wire_attempts out)" = $(($(seen) - before)) ] || fail "race: something was sent twice"

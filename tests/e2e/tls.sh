#!/bin/sh
# Over TLS: a server that is not trusted gets no request; one that is, is loaded as any other, and its faults have the
# classes that they have without TLS.
. "$(dirname "$0")/lib.sh"
start_faults "$PWD/server.pem"
seen() { curl -sk "$FAULTS/stats" | jq .requests; }

status 4 "$CT" run "$FAULTS/ok" --rate 200 -n 100
grep -q 'tls_untrusted: self-signed certificate' err || fail "the reason is missing"
[ "$(seen)" = 0 ] || fail "a request was sent to a server that is not trusted"

# check PATH STATUS ACCOUNTING ARGS...: jq's view of .ok and .failed
check() {
    path=$1 want=$2 accounting=$3
    shift 3
    for keep in on off; do
        before=$(seen)
        reset() { before=$(seen); }
        status "$want" "$CT" run "$FAULTS/$path" --rate 200 -n 100 --timeout 5s --keep-alive $keep --output json "$@"
        closed out
        [ -n "$BUSY" ] || is out "(.accounting | [.ok, .failed]) == $accounting" .accounting
        wire=$(jq .accounting.wire_attempts out)
        [ "$wire" = $(($(seen) - before)) ] || fail "$path: the server saw $(($(seen) - before)) requests, ct sent $wire"
    done
}

check ok 0 '[100, {}]' --insecure
export SSL_CERT_FILE="$PWD/server.pem"
check ok 0 '[100, {}]'
check ok 0 '[100, {}]' --connections 8
check cut 93 '[0, {"truncated": 100}]'
check rstbody 93 '[0, {"reset_in_body": 100}]'
check close0 93 '[0, {"closed_before_response": 100}]'

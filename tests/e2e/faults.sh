#!/bin/sh
# Every fault of a target has its own class, counted exactly; nothing broken is called ok.
. "$(dirname "$0")/lib.sh"
start_faults
check() {
    status 93 "$CT" run "$FAULTS/$1" --rate 40 --duration 1s --timeout "${3:-5s}" --output json
    is out ".accounting.failed == {\"$2\": 40} and .accounting.ok == 0" .accounting
    closed out
}
check rst0 reset_before_response
check rstbody reset_in_body
check short truncated
check close0 closed_before_response
check garbage protocol_error
check badchunk protocol_error
check bighdr header_too_large
check 500 http_status
check hang timeout 500ms
status 0 "$CT" run "$FAULTS/ok" --rate 40 --duration 1s --output json
is out '.accounting.ok == 40'

#!/bin/sh
# An invalid run says what this machine did to it; a cause alone makes no run invalid.
. "$(dirname "$0")/lib.sh"
start_target

status 0 "$CT" run "$URL/" --rate 50 --duration 1s --output json
is out '.generator | has("steal_percent") and has("throttled_s") and has("cpu_wait_percent")' .generator
[ -n "$BUSY" ] || is out '.verdict.causes == []'

cpu_group 2000 || {
    echo "skipped: no cgroup with a CPU quota can be made here" >&2
    exit 77
}
status 92 within "$CT" run "$URL/" --rate 2000 --duration 2s --timeout 5s --output json
is out '.verdict.causes | any(.code == "throttled" and (.text | test("the CPU quota of 0.02 CPUs stopped ct for")))'
is out '.generator.throttled_s > 0' .generator
file=$(jq -r .result_file out)
is "$file" '.summary.verdict.causes | any(.code == "throttled")' .summary.verdict

# the same words for people
status 92 within "$CT" run "$URL/" --rate 2000 --duration 2s --timeout 5s
shows '^  cause +the CPU quota of 0.02 CPUs stopped ct'

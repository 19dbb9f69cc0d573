#!/bin/sh
# How late does ct begin its requests, against the floor of this machine (a bare timerfd and epoll)?
# Interleaved rounds floor, ct, floor again; medians; the last column is the floor against itself and
# tells how much of a difference is noise.
#
#   bench/lateness.sh CT PACER_FLOOR [ROUNDS]
set -eu
ct=$1
floor=$2
rounds=${3:-7}
dir=$(mktemp -d)
trap 'kill "$target" 2>/dev/null || true; rm -rf "$dir"' EXIT INT TERM

# The sender on one CPU, the target on another, where there are two.
sender="" server=""
if [ "$(nproc)" -gt 1 ]; then
    sender="taskset -c 0" server="taskset -c 1"
fi

$server "$ct" target --port 0 >"$dir/target" 2>"$dir/target.err" &
target=$!
until grep -q '^listening on' "$dir/target"; do
    kill -0 "$target" 2>/dev/null || { cat "$dir/target.err" >&2; exit 1; }
    sleep 0.05
done
cat >"$dir/config.json" <<END
{"app": {"name": "bench", "url": "$(sed -n 's/^listening on //p' "$dir/target")"},
 "monitorServers": [],
 "testCases": [{"name": "root", "request": {"method": "GET", "path": "/"}}]}
END

# p99 in us of one run of ct: rate, seconds
ct_p99() {
    $sender "$ct" test-execution --config "$dir/config.json" --storage "$dir" --test-cases root \
        --requests-per-second "$1" --duration-per-test "$2" --results none --output json --quiet |
        jq -r '.lateness_us.p99'
}

floor_p99() {
    $sender "$floor" "$1" "$2" | cut -d ' ' -f 2
}

median() {
    sort -g "$1" | awk '{v[NR] = $1} END {printf "%.1f", (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2}'
}

ratio() {
    awk -v a="$1" -v b="$2" 'BEGIN {printf "%.2f", a / b}'
}

printf 'p99 of lateness, us, median of %s rounds\n' "$rounds"
printf '%8s %10s %10s %10s %12s\n' rate/s floor ct ct/floor floor/floor
for plan in '100 11' '1000 5' '10000 3'; do
    rate=${plan% *} seconds=${plan#* } round=0
    rm -f "$dir/a" "$dir/b" "$dir/c"
    while [ "$round" -lt "$rounds" ]; do
        floor_p99 "$rate" "$seconds" >>"$dir/a"
        ct_p99 "$rate" "$seconds" >>"$dir/c"
        floor_p99 "$rate" "$seconds" >>"$dir/b"
        round=$((round + 1))
    done
    a=$(median "$dir/a") b=$(median "$dir/b") c=$(median "$dir/c")
    both=$(cat "$dir/a" "$dir/b" >"$dir/ab" && median "$dir/ab")
    printf '%8s %10s %10s %10s %12s\n' "$rate" "$both" "$c" "$(ratio "$c" "$both")" "$(ratio "$b" "$a")"
done

#!/bin/sh
# tools/tsan.sh CT: runs a thread-sanitized ct as a user would, with several threads, monitoring, signals and both
# models, and fails on any data race. (Criterion cannot run under the sanitizer.)
set -eu
ct=$1
work=$(mktemp -d)
trap 'kill "$target" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
export TSAN_OPTIONS="log_path=$work/race exitcode=66 second_deadlock_stack=1"

"$ct" target --port 0 --threads 2 >target.out 2>&1 &
target=$!
until grep -q '^listening on' target.out; do
    kill -0 $target 2>/dev/null || { cat target.out && exit 1; }
    sleep 0.1
done
url=$(sed -n 's/^listening on //p' target.out)
printf '{"app": {"name": "a", "url": "%s"}, "monitorServers": [{"host": "localhost", "sshAuthMethod": "local"}]}' \
    "$url" >config.json

# what a run is worth on a machine this busy does not matter here: only races do
try() {
    got=0
    timeout 120 "$ct" "$@" --quiet >>out 2>&1 || got=$?
    case $got in
    0 | 90 | 91 | 92 | 93 | 99 | 130) ;;
    *) cat out race.* 2>/dev/null && echo "tsan: exit status $got: $*" && exit 1 ;;
    esac
}
try run "$url/" --rate 2k --threads 4 --duration 2s --results all
try run "$url/" -c 20 --threads 3 --duration 2s --results none
try run "$url/" --rate 500 --threads 2 --pacing spin --duration 1s --arrivals poisson
try run "$url/fibonacci/5" --rate 500 --threads 2 --duration 2s --keep-alive off --threshold 'p(90)<1us' --abort
try test-execution --config config.json --requests-per-second 200 --duration 3 --threads 2
try benchmark --config config.json --test-cases bubble-sort --load 11 --duration-per-test 1 --budget 8s \
    --max-n-loads-to-test 1 --max-response-time 20ms
try find --config config.json --load 5 --limit 'p(99)<200ms' --budget 6s --confirm 3s --up-to 300 --threads 2
try compare --live "$url/" "$url/fibonacci/5" --segment 1s --segments 4 --rate 200 --threads 2 --config config.json
try cluster watch --config config.json --snapshots 3 --monitoring-interval 100ms
timeout --signal=INT 1 "$ct" run "$url/" --rate 1k --threads 2 --duration 5s --quiet >>out 2>&1 || true

if ls race.* >/dev/null 2>&1; then
    cat race.*
    echo "tsan: data races"
    exit 1
fi
echo "tsan: no data race"

#!/bin/sh
# tools/fuzz.sh FOLDER SECONDS: run each fuzz target of the folder for some seconds, from its corpus.
set -eu
folder=$1
seconds=$2
here=$(cd "$(dirname "$0")/.." && pwd)
for target in "$folder"/fuzz_*; do
    [ -x "$target" ] && [ -f "$target" ] || continue
    name=${target##*/fuzz_}
    found=$(mktemp -d)
    echo "fuzz: $name for $seconds s"
    "$target" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=2048 -print_final_stats=0 -verbosity=0 \
        -artifact_prefix="$found/" "$found" "$here/tests/fuzz/corpus/$name" || {
        echo "fuzz: $name failed; the input is in $found" >&2
        exit 1
    }
    rm -rf "$found"
done

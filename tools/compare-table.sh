#!/bin/sh
# Simulate ct compare on pairs whose truth is known and write the table into docs/comparing.md.
# Usage: tools/compare-table.sh [PAIRS] (1000), after a build with the dev or release preset.
set -eu
cd "$(dirname "$0")/.."
pairs=${1:-1000}
for build in release dev; do
    program=build/$build/tests/compare-simulation
    [ -x "$program" ] && break
done
[ -x "$program" ] || {
    echo "compare-table: build first: cmake --preset dev && cmake --build --preset dev --target compare-simulation" >&2
    exit 1
}
table=$(mktemp)
trap 'rm -f "$table"' EXIT
"$program" "$pairs" | tee "$table"
page=docs/comparing.md
awk -v table="$table" '
    /^<!-- end -->$/ { inside = 0 }
    !inside { print }
    /^<!-- table -->$/ { inside = 1; while ((getline line < table) > 0) print line }
' "$page" >"$page.new"
mv "$page.new" "$page"

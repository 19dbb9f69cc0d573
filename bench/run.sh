#!/bin/sh
# bench/run.sh BUILD: every bench against the binaries of a release build; prints tables, judges nothing.
set -eu
build=$1
here=$(dirname "$0")
"$here/lateness.sh" "$build/ct" "$build/bench/pacer_floor"

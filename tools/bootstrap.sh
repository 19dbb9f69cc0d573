#!/bin/sh
# Install the Debian packages that are missing: "tools/bootstrap.sh [build|check|bench]" (default: build).
# check is for tests and lint too, bench adds the peers that ct is compared with. Nothing is asked of the
# package registry when all are there.
set -eu
build="build-essential cmake ninja-build pkg-config libuv1-dev libcurl4-openssl-dev libssl-dev libssh2-1-dev libnghttp2-dev
 libjansson-dev libyajl-dev libsqlite3-dev zlib1g-dev libcairo2-dev libpango1.0-dev libplplot-dev plplot-driver-cairo
 fonts-dejavu-core node-llhttp libmicrohttpd-dev"
check="libcriterion-dev libgsl-dev clang libclang-rt-14-dev clang-format clang-tidy cppcheck shellcheck codespell
 universal-ctags openssh-server openssh-client openssl nginx-light nghttp2-server curl jq strace iproute2 iputils-ping
 sqlite3 util-linux procps file time faketime poppler-utils python3 python3-jsonschema"
bench="wrk nghttp2-client hey apache2-utils httperf"
case ${1:-build} in
build) wanted=$build ;;
check) wanted="$build $check" ;;
bench) wanted="$build $check $bench" ;;
*) echo "usage: tools/bootstrap.sh [build|check|bench]" >&2 && exit 2 ;;
esac

missing=""
for p in $wanted; do
    status=$(dpkg-query -W -f '${Status}' "$p" 2>/dev/null || true)
    [ "$status" = "install ok installed" ] || missing="$missing $p"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null; then
    as_root="sudo"
else
    echo "bootstrap: these packages are missing, and neither root nor sudo is at hand to install them:$missing" >&2
    exit 1
fi
echo "bootstrap: installing$missing"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # lists of words
{
    $as_root apt-get update -q
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends --no-remove $missing
} || {
    echo "bootstrap: apt-get could not install:$missing" >&2
    exit 1
}

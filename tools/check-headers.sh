#!/bin/sh
# Every header compiles on its own, twice in a row, with all warnings.
# Usage: tools/check-headers.sh [ROOT]
set -eu
cd "${1:-$(dirname "$0")/..}"

libraries='libuv libcurl openssl libssh2 jansson yajl zlib plplot cairo cairo-pdf cairo-svg
pangocairo libmicrohttpd'
# shellcheck disable=SC2086 # a list
flags="$(pkg-config --cflags $libraries) -isystem /usr/share/include/llhttp"
bad=0
for header in src/*/*.h; do
    name=${header#src/}
    # shellcheck disable=SC2086 # flags are words
    printf '#include "%s"\n#include "%s"\n' "$name" "$name" |
        ${CC:-cc} -std=c17 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Wstrict-prototypes -Wundef \
            -Werror -Isrc $flags -x c -fsyntax-only - || {
        echo "$header does not compile alone"
        bad=1
    }
done
exit $bad

#!/bin/sh
# Every #include points down the layers, and each library is included by one module only
# (docs/architecture.md, section 2). The ranks are those of cmake/CtModule.cmake.
# Usage: tools/check-layers.sh [ROOT]
set -eu
cd "${1:-$(dirname "$0")/..}"

ranks=$(sed -n 's/^set(CT_LAYER_\([a-z0-9]*\) \([0-9][0-9]*\))$/\1 \2/p' cmake/CtModule.cmake)
[ -n "$ranks" ] || {
    echo "cmake/CtModule.cmake: no line like set(CT_LAYER_base 0)"
    exit 1
}

# What the C library and the kernel provide; then: header of a library, the module that may use it.
system='assert ctype dirent dlfcn errno fcntl fenv float fnmatch getopt glob ifaddrs inttypes langinfo
limits link locale malloc math netdb poll pthread pwd regex sched semaphore setjmp signal spawn
stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string strings termios
threads time unistd wchar wctype'
libraries='
uv.h io
curl/ io
llhttp.h io
nghttp2/ io
openssl/ io
libssh2 io
nats io
jansson.h store
yajl/ store
zlib.h store
sqlite3.h store
plplot chart
cairo chart
pango/ chart
microhttpd.h target
'

grep -noE '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"][^>"]*[>"]' -- src/*/*.[ch] |
    awk -v ranks="$ranks" -v system_names="$system" -v libraries="$libraries" '
    BEGIN {
        n = split(ranks, word, /[ \n]+/)
        for (i = 1; i < n; i += 2)
            rank[word[i]] = word[i + 1]
        n = split(system_names, word, /[ \n]+/)
        for (i = 1; i <= n; i++)
            known[word[i] ".h"] = 1
        n_libraries = split(libraries, row, /\n/)
    }
    function complain(text) {
        printf "%s:%s: %s\n", file, line, text
        bad = 1
    }
    function check_own(header,    to) {
        to = header
        sub("/.*", "", to)
        if (index(header, "/") == 0 || !(to in rank))
            complain("\"" header "\" is written as \"module/file.h\"")
        else if (to != from && rank[to] >= rank[from])
            complain(from " (layer " rank[from] ") may not include " to " (layer " rank[to] ")")
    }
    function check_library(header,    i, part) {
        if (header in known || header ~ "^(arpa|net|netinet|sys|linux|asm)/")
            return
        for (i = 1; i <= n_libraries; i++) {
            if (split(row[i], part, " ") != 2 || index(header, part[1]) != 1)
                continue
            if (part[2] != from)
                complain("<" header "> is for " part[2] " only")
            return
        }
        complain("<" header "> belongs to no module: see the lists in tools/check-layers.sh")
    }
    {
        match($0, /^[^:]*:[0-9]*:/)
        place = substr($0, 1, RLENGTH)
        split(place, part, ":")
        file = part[1]
        line = part[2]
        split(file, part, "/")
        from = part[2]
        if (!(from in rank)) {
            complain("module " from " has no layer in cmake/CtModule.cmake")
            next
        }
        header = $0
        own = header ~ /"$/
        sub(/^[^<"]*[<"]/, "", header)
        sub(/[>"]$/, "", header)
        if (own)
            check_own(header)
        else
            check_library(header)
        n_includes++
    }
    END {
        if (n_includes == 0) {
            print "no include found: wrong folder?"
            bad = 1
        }
        exit bad
    }'

#!/bin/sh
# What the compiler and clang-tidy do not see: banned functions, unfinished work, output from the
# wrong place, functions over 70 lines, files over 400.
# Usage: tools/check-style.sh [ROOT]
set -eu
cd "${1:-$(dirname "$0")/..}"
function_lines_max=70
file_lines_max=400
bad=0

# say TEXT: print the lines of standard input as "line: TEXT"; remember that there were any.
say() {
    while IFS= read -r found; do
        printf '%s: %s\n' "$found" "$1"
    done
}

# code FILE...: the lines without comments and the contents of strings, as FILE:LINE:TEXT.
code() {
    awk '
    FNR == 1 { inside = 0 }
    {
        text = $0
        gsub(/\\./, "", text)
        gsub(/"[^"]*"/, "\"\"", text)
        out = ""
        while (text != "") {
            if (inside) {
                i = index(text, "*/")
                if (i == 0) break
                text = substr(text, i + 2)
                inside = 0
            } else {
                i = index(text, "/*")
                if (i == 0) { out = out text; break }
                out = out substr(text, 1, i - 1)
                text = substr(text, i + 2)
                inside = 1
            }
        }
        sub(/\/\/.*/, "", out)
        if (out ~ /[^ \t]/) print FILENAME ":" FNR ":" out
    }' "$@"
}

found=$(
    all=$(code src/*/*.[ch])
    # grep_code PATTERN PLACES-ALLOWED TEXT
    grep_code() {
        printf '%s\n' "$all" | grep -E ":.*(^|[^A-Za-z0-9_>.])($1)[[:space:]]*\(" |
            grep -vE "^src/($2)" | cut -d: -f1,2 | say "$3" || true
    }
    grep_code 'atoi|atol|atof|strcpy|strcat|stpcpy|sprintf|vsprintf|strtok|gets|gmtime|localtime|asctime|ctime' \
        'none/' 'a banned function'
    grep_code 'malloc|calloc|realloc|reallocarray|strdup|strndup|asprintf' 'base/' \
        'memory comes from base/mem.h'
    grep_code 'sleep|usleep|nanosleep|clock_nanosleep' 'none/' 'sleeping is no synchronisation'
    grep_code 'printf|vprintf|puts|putchar' '(cli|report|chart)/' 'only cli and report print'
    grep_code 'ct_error_line|ct_warn|ct_note|ct_debug' '(cli|services)/|base/log\.[ch]' \
        'only cli and services write lines on stderr'
    printf '%s\n' "$all" | grep -E ':.*[^A-Za-z0-9_](stdout|stderr)[^A-Za-z0-9_]' |
        grep -vE '^src/((cli|report|chart)/|base/mem\.c:)' | cut -d: -f1,2 |
        say 'only cli and report print' || true

    grep -nE '\bgt\(' -r tests --include='*.c' | cut -d: -f1,2 |
        say "Criterion 2.4.1's gt also passes on equality: write ge(type, a, b + 1)" || true

    grep -nE '\((all|any)\(' -r tests --include='*.c' | cut -d: -f1,2 |
        say "Criterion 2.4.1's all and any leak, which LeakSanitizer calls a failure: write && or ||" || true

    grep -nE 'FIXME|TODO' -r src tests tools cmake docs bench \
        --include='*.[ch]' --include='*.sh' --include='*.md' --include='*.txt' \
        --include='*.cmake' --exclude=check-style.sh | cut -d: -f1,2 |
        say 'unfinished work is no part of a commit' || true

    for file in src/*/*.[ch]; do
        lines=$(wc -l <"$file")
        [ "$lines" -le "$file_lines_max" ] ||
            echo "$file: $lines lines, more than $file_lines_max"
    done

    if ctags --version 2>/dev/null | grep -q 'Universal Ctags'; then
        ctags --languages=C --c-kinds=f --fields=ne -f - src/*/*.c | awk -F '\t' -v max="$function_lines_max" '
        {
            start = end = 0
            for (i = 4; i <= NF; i++) {
                if ($i ~ /^line:/) start = substr($i, 6)
                if ($i ~ /^end:/) end = substr($i, 5)
            }
            if (end - start + 1 > max)
                printf "%s:%d: %s has %d lines, more than %d\n", $2, start, $1, end - start + 1, max
        }'
    fi
)
if [ -n "$found" ]; then
    printf '%s\n' "$found"
    bad=1
fi
exit $bad

#!/bin/sh
# Every option of every command is read: a wrong value is refused by its name, from the line, the environment and the
# configuration's defaults; a flag takes none.
. "$(dirname "$0")/lib.sh"
printf '{"app": {"name": "a", "url": "http://127.0.0.1:1"}, "monitorServers": []}\n' >config.json
seen=0
for command in $("$CT" help | sed -n 's/^  \([a-z-]*\)  *[a-z].*/\1/p'); do
    status 0 "$CT" help "$command"
    grep -q '^example:' out || fail "no example for $command"
    case $command in
    benchmark) ;;
    *) [ -z "$(awk 'length > 80' out)" ] || fail "'ct help $command' is wider than 80 columns" ;;
    esac
    cp out help
    for row in $(sed -n 's/^ *\(-[a-zA-Z] \)\{0,1\}--\([a-z-]*\) \{0,1\}\([^ ]*\).*/\2=\3/p' help); do
        option=${row%%=*} value=${row#*=}
        case $value in
        N | TIME | RATE | *'|'*) ;;
        '') # a flag
            status 2 "$CT" "$command" "--$option=yes"
            says "--$option"
            seen=$((seen + 1))
            continue
            ;;
        *) continue ;; # a text or a list: any word is right
        esac
        [ "$value" != 'TEXT|@FILE' ] && [ "$value" != 'FILE|-' ] && [ "$value" != 'check|stats' ] || continue
        status 2 "$CT" "$command" "--$option" 'bogus!'
        says "--$option"
        name=CT_$(echo "$option" | tr 'a-z-' 'A-Z_')
        status 2 env "$name=bogus!" "$CT" "$command"
        grep -q "is missing" err || says "$name" # a required option may be missed first
        seen=$((seen + 1))
    done
done
[ $seen -ge 40 ] || fail "only $seen options were tried"

printf '{"app": {"name": "a", "url": "http://127.0.0.1:1"}, "monitorServers": [], "defaults": {"timeout": "bogus!"}}\n' >config.json
status 2 "$CT" test-execution
says timeout

#!/bin/sh
# Servers that break during a run, watched through the system's ssh: as breaking.sh, and the ssh process itself is
# killed. One process per server, and none is left.
. "$(dirname "$0")/../support/sshd.sh"
. "$(dirname "$0")/../support/fleet.sh"
. "$(dirname "$0")/../support/breaking.sh"
. "$(dirname "$0")/lib.sh"
trap fleet_end EXIT
by openssh 'Connection refused|closed by remote host|no answer' 'larger than 256 KiB|no answer'
# the ssh processes that watch a server
ssh_of() {
    use "$1"
    grep -lszx -- "-[p]$SSHD_PORT" /proc/[0-9]*/cmdline | cut -d/ -f3
}
break_servers
start cut
start wrong 'ForceCommand echo it is closed today >&2; exit 1'

servers wrong
status 3 "$CT" cluster check
shows 'it is closed today'
servers ahead
status 0 "$CT" cluster check
shows '    clock       3(599|600|601) s ahead of this machine'

at_break() {
    [ "$(ssh_of well | wc -l)" = 1 ] || fail "not one ssh per server: $(ssh_of well)"
    kill -KILL "$(ssh_of cut)"
}
break_run cut
break_check
gap cut 'ssh ended without a word'
back cut
for name in $FLEET; do [ -z "$(ssh_of "$name")" ] || fail "an ssh is left: $name"; done

#!/bin/sh
# Servers that break during a run, watched through libssh2: killed and back, stopped, 100 MB of garbage on both ways, a
# command that hangs for a while or for ever, counters that go backwards, a clock that is off by an hour.
. "$(dirname "$0")/../support/sshd.sh"
. "$(dirname "$0")/../support/fleet.sh"
. "$(dirname "$0")/../support/breaking.sh"
. "$(dirname "$0")/lib.sh"
trap fleet_end EXIT
by libssh2 'Connection refused' 'larger than 256 KiB'
break_servers
servers ahead
status 0 "$CT" cluster check
shows '    clock       3(599|600|601) s ahead of this machine'
break_run
break_check

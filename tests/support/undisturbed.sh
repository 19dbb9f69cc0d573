#!/bin/sh
# undisturbed.sh SECONDS COMMAND...: runs a test, SECONDS at most. A test that failed while the hypervisor took more
# than STEAL % of the CPU time from this machine has shown nothing: it is run again as soon as that is over (after
# CALM_MAX_S at the latest), twice at most. On a machine that is left alone a failure is final.
set -u
STEAL=2 CALM_S=${CT_TEST_CALM_S:-5} CALM_MAX_S=60
limit=$1
shift

# ticks: of all CPUs since the machine started: stolen, and all
ticks() {
    awk '$1 == "cpu" { for (i = 2; i <= 9; i++) all += $i; print $9 + 0, all }' "${CT_TEST_STAT:-/proc/stat}"
}
# robbed STOLEN ALL: since those ticks more than STEAL % was taken
robbed() {
    ticks | awk -v stolen="$1" -v all="$2" -v most=$STEAL '{ exit !(100 * ($1 - stolen) > most * ($2 - all)) }'
}
wait_for_calm() {
    until=$(($(date +%s) + CALM_MAX_S))
    while [ "$(date +%s)" -lt $until ]; do
        before=$(ticks)
        sleep $CALM_S
        # shellcheck disable=SC2086 # two numbers
        robbed $before || return
    done
}

for try in 1 2 3; do
    before=$(ticks)
    got=0
    timeout -k 10 "$limit" "$@" || got=$?
    # shellcheck disable=SC2086
    [ $got != 0 ] && [ $got != 77 ] && [ $try != 3 ] && robbed $before || break
    echo "failed ($got) while the hypervisor took more than $STEAL % of the CPU time: again" >&2
    wait_for_calm
done
exit $got

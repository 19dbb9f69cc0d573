#!/bin/sh
# How far away is a server? An ICMP echo, else the time to the answer of the SSH port, which sshd never sees, else the
# round trip of the SSH connection; by both transports, in a network of its own in which ICMP can be forbidden.
if [ -z "${CT_E2E_NET:-}" ]; then
    unshare --net true 2>/dev/null || { echo "SKIPPED: needs a network namespace" >&2 && exit 77; }
    CT_E2E_NET=own exec unshare --net "$0" "$@"
fi
. "$(dirname "$0")/../support/sshd.sh"
. "$(dirname "$0")/../support/fleet.sh"
. "$(dirname "$0")/../support/breaking.sh"
. "$(dirname "$0")/lib.sh"
trap fleet_end EXIT
ip link set lo up
net=/proc/sys/net/ipv4
# icmp ignored|answered, icmp for everybody|nobody
icmp() {
    case $1 in
    ignored) echo 1 >$net/icmp_echo_ignore_all ;;
    answered) echo 0 >$net/icmp_echo_ignore_all ;;
    everybody) echo "0 2147483647" >$net/ping_group_range ;;
    nobody) echo "1 0" >$net/ping_group_range ;;
    esac
}
# method WORD COMMAND...: what a snapshot by the command says; one number for min, avg and max
method() {
    want_method=$1
    shift
    status 0 "$@" "$CT" cluster stats --output json
    is out ".servers[0].ping | .method == \"$want_method\" and .transmitted == 1 and .received == 1 and .min > 0
        and .min < 5000 and .min == .avg and .avg == .max and .mdev >= 0" .servers
}
# that the listener accepted, whatever became of them
connections() { grep -c 'Forked child' "$SSHD_LOG"; }

start node
start_target
cat >as_nobody <<'SH'
#!/bin/sh
exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
SH
chmod 755 as_nobody
for TRANSPORT in libssh2 openssh; do
    by "$TRANSPORT"
    servers node
    icmp answered
    icmp everybody
    method icmp env
    icmp nobody
    method icmp env # root has a raw socket
    icmp ignored
    status 0 "$CT" cluster stats --output json # the only echo of a snapshot is lost, and says so
    is out '.servers[0].ping | .method == "icmp" and .transmitted == 1 and .received == 0 and .avg == null' .servers

    # in a run three echoes are lost, then the port is asked; sshd sees one connection; when its queue is full and the port
    # is silent, the connection that is there tells
    use node
    read -r listener _ <"/proc/$SSHD_PID/task/$SSHD_PID/children" || true
    before=$(connections)
    "$CT" test-execution --test-cases bubble-sort --load 5 --rate 20 --duration 7 --monitoring-interval 0.2 \
        --storage "db-$TRANSPORT" --output json >out 2>err &
    RUN=$!
    PIDS="$PIDS $RUN"
    wait_for 'find "db-$TRANSPORT" -name ".*.journal" -size +12k 2>/dev/null | grep -q .'
    after=$(connections)
    kill -STOP "$listener"
    "$CT" run "http://127.0.0.1:$SSHD_PORT/" -c 200 --duration 60 --timeout 60 --storage full >full.out 2>&1 &
    FULL=$!
    PIDS="$PIDS $FULL"
    got=0
    wait "$RUN" || got=$?
    kill -KILL "$FULL"
    wait "$FULL" 2>/dev/null || true
    # a new one, with an empty queue: this one would refuse us over what is left in it (MaxStartups)
    stop node
    again node
    [ "$got" = 0 ] || [ "$got" = 92 ] || fail "exit status $got"
    file=$(jq -r .result_file out)
    # (on a busy machine a sample may be missing: then fewer of the three lost ones are there)
    is "$file" '(if all(.cluster_samples[].servers; length == 1) then 3 else 1 end) as $lost
        | [.cluster_samples[].servers[].ping] | map(.method) as $m
        | ($m | index("tcp")) as $tcp | ($m | index("ssh")) as $ssh
        | $tcp != null and $ssh != null and $tcp <= 3 and all($m[$tcp:$ssh][]; . == "tcp") and all($m[$ssh:][]; . == "ssh")
          and all(.[:$tcp][]; .received == 0 and .method == "icmp")
          and ([.[$tcp:$ssh][] | select(.received == 1)] | length > 3)
          and all(.[$ssh - $lost:$ssh][]; .received == 0 and .avg == null) and all(.[$ssh:][]; .received == 1 and .avg > 0)' \
        '[.cluster_samples[].servers[].ping | [.method, .received]]'
    is "$file" '[.cluster_samples[].servers[].ping | select(.received == 1) | .avg] as $all
        | .summary.servers[0].ping_ms_mean as $mean | ($all | add / length) as $right
        | $mean > $right * 0.999 and $mean < $right * 1.001' '[.summary.servers, [.cluster_samples[].servers[].ping.avg]]'
    [ "$after" = $((before + 1)) ] || fail "$TRANSPORT: sshd saw $((after - before)) connections instead of one"
done

# who may not send ICMP asks the port at once
icmp answered
icmp nobody
use node
cp "$SSHD_DIR/user_key" nobody_key
chown 65534 nobody_key config.json
chmod 600 nobody_key
by libssh2
servers node
sed -i "s,$SSHD_DIR/user_key,$WORK/nobody_key," config.json
chown 65534 config.json
method tcp ./as_nobody

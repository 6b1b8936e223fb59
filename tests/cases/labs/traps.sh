#!/bin/bash
# A trap that takes part of it down, and what runs side by side.
# shellcheck disable=SC2317 # cleanup is reached by the trap
cleanup() {
    kill "$server" 2>/dev/null
    wait "$server" 2>/dev/null
    ip netns del scratch
    ip link del tmp0
}
trap cleanup EXIT

ip netns add scratch
ip link add tmp0 type veth peer name tmp1
ip netns exec scratch sleep 1000 &
server=$!

for n in 1 2 3 4; do
    (
        ip netns add "side$n"
        ip link add "s$n" type veth peer name "e$n" netns "side$n"
        ip -n "side$n" addr add "10.0.$n.1/24" dev "e$n"
        ip -n "side$n" link set "e$n" up
        ip link set "s$n" up
    ) &
    jobs[n]=$!
done
wait "${jobs[@]}"
seq 5 8 | xargs -P 4 -I{} ip netns add side{}
nsenter --net=/run/netns/side5 ip link set lo up
timeout 0.2 ip monitor >/dev/null
unshare --net ip link set lo up
exit 3

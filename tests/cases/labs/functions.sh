#!/bin/bash
# Functions and loops, and set -e: some pods on a bridge, and one that is given up again.
set -euo pipefail
BRIDGE=cni0
PODS=${1:-3}

pod() {
    local name=$1 address=$2
    ip netns add "$name"
    ip link add "v-$name" type veth peer name eth0 netns "$name"
    ip link set "v-$name" master "$BRIDGE" up
    ip netns exec "$name" ip link set lo up
    ip netns exec "$name" ip addr add "$address/24" dev eth0
    ip -n "$name" link set eth0 up
    ip -n "$name" route add default via 10.244.0.1
}

ip link add "$BRIDGE" type bridge
ip addr add 10.244.0.1/24 dev "$BRIDGE"
ip link set "$BRIDGE" up
for ((n = 1; n <= PODS; n++)); do
    pod "pod$n" "10.244.0.$((n + 1))"
done
if ip link show dev "v-pod$PODS" >/dev/null 2>&1; then
    ip link delete "v-pod$PODS"
    ip netns delete "pod$PODS"
fi
[ "$(ip -o link show type veth | wc -l)" = "$((PODS - 1))" ]
mac=$(ip -n pod1 -br link show dev eth0 | awk '{print $3}')
ip neigh add 10.244.0.2 lladdr "$mac" dev "$BRIDGE" nud permanent
ip netns exec pod1 bash -c 'ip rule add from 10.244.0.2 table 100 pref 100; ip route add blackhole 10.66.0.0/16 table 100'

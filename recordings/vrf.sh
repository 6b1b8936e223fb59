#!/bin/sh
# Written by ipwrap 0.1.0. It needs sh and iproute2, and util-linux for --sandbox.
#
#   sh vrf.sh             build it, here
#   sh vrf.sh down        take away what it built, in reverse
#   sh vrf.sh --sandbox   build it in a throw-away place, without root, and leave a shell there
#   sh vrf.sh --sandbox -- COMMAND...   the same, and run a command there instead
set -eu
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH

up() {
    # One router. Each customer has a VRF there: a link whose ports look routes up in a table of its own.
    ip netns add router
    ip netns exec router sysctl -q -w net.ipv4.ip_forward=1
    ip -n router link add name red up type vrf table 10
    ip -n router link add name blue up type vrf table 20

    # Two sites each, with the same addresses for both customers.
    ip netns add red1
    ip link add name red1 netns router type veth peer name eth0 netns red1
    ip -n router link set dev red1 up master red
    ip -n router address add local 10.1.0.1/24 dev red1
    ip -n red1 address add local 10.1.0.2/24 dev eth0
    ip -n red1 link set dev eth0 up
    ip -n red1 route add to default via 10.1.0.1
    ip netns add red2
    ip link add name red2 netns router type veth peer name eth0 netns red2
    ip -n router link set dev red2 up master red
    ip -n router address add local 10.2.0.1/24 dev red2
    ip -n red2 address add local 10.2.0.2/24 dev eth0
    ip -n red2 link set dev eth0 up
    ip -n red2 route add to default via 10.2.0.1
    ip netns add blue1
    ip link add name blue1 netns router type veth peer name eth0 netns blue1
    ip -n router link set dev blue1 up master blue
    ip -n router address add local 10.1.0.1/24 dev blue1
    ip -n blue1 address add local 10.1.0.2/24 dev eth0
    ip -n blue1 link set dev eth0 up
    ip -n blue1 route add to default via 10.1.0.1
    ip netns add blue2
    ip link add name blue2 netns router type veth peer name eth0 netns blue2
    ip -n router link set dev blue2 up master blue
    ip -n router address add local 10.2.0.1/24 dev blue2
    ip -n blue2 address add local 10.2.0.2/24 dev eth0
    ip -n blue2 link set dev eth0 up
    ip -n blue2 route add to default via 10.2.0.1

    # Each reaches his own other site. Two routes to 10.2.0.0/24 are there, and neither hides the other.
    ip netns exec red1 ping -c 1 -W 5 10.2.0.2
    ip netns exec blue1 ping -c 1 -W 5 10.2.0.2
}

undo() {
    "$@" || failed=1
}

down() {
    failed=0
    undo ip netns delete blue2
    undo ip netns delete blue1
    undo ip netns delete red2
    undo ip netns delete red1
    undo ip netns delete router
    return "$failed"
}

sandbox() {
    if [ ! -r "$0" ]; then
        echo "--sandbox needs the script as a file: sh FILE --sandbox" >&2
        exit 2
    fi
    user=--map-root-user
    # Root without CAP_SYS_ADMIN, as in a container, needs a user namespace as others do.
    if [ "$(id -u)" = 0 ] && unshare --mount true 2>/dev/null; then user=; fi
    exec unshare $user --net --mount --pid --fork --mount-proc --kill-child sh "$0" --inside "$@"
}

inside() {
    mount -t tmpfs -o mode=755 tmpfs "$(readlink -f /var/run)"
    mount -t sysfs sysfs /sys
    ip link set dev lo up
    up >&2 </dev/null
    if [ "$#" = 0 ]; then set -- "${SHELL:-/bin/sh}"; fi
    "$@"
}

usage() {
    echo "usage: sh $0 [up | down | --sandbox [-- COMMAND...]]" >&2
    exit 2
}

task=${1:-up}
if [ "$#" -gt 0 ]; then shift; fi
if [ "$task" = --sandbox ] && [ "${1:-}" = -- ]; then
    shift
elif [ "$#" -gt 0 ] && [ "$task" != --inside ]; then
    usage
fi
case $task in
    up) up </dev/null ;;
    down) down ;;
    --sandbox) sandbox "$@" ;;
    --inside) inside "$@" ;;
    *) usage ;;
esac

#!/bin/sh
# Written by ipwrap 0.1.0. It needs sh and iproute2, and util-linux for --sandbox.
#
#   sh router.sh             build it, here
#   sh router.sh down        take away what it built, in reverse
#   sh router.sh --sandbox   build it in a throw-away place, without root, and leave a shell there
#   sh router.sh --sandbox -- COMMAND...   the same, and run a command there instead
set -eu
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH

up() {
    # Two hosts and two routers, each a namespace. A router is one that forwards.
    ip netns add left
    ip -n left link set dev lo up
    ip netns add r1
    ip -n r1 link set dev lo up
    ip netns add r2
    ip -n r2 link set dev lo up
    ip netns add right
    ip -n right link set dev lo up
    ip netns exec r1 sysctl -q -w net.ipv4.ip_forward=1
    ip netns exec r2 sysctl -q -w net.ipv4.ip_forward=1

    # A cable is named after the other end.
    ip link add name to-r1 netns left type veth peer name to-left netns r1
    ip -n left address add local 10.1.0.2/24 dev to-r1
    ip -n left link set dev to-r1 up
    ip -n r1 address add local 10.1.0.1/24 dev to-left
    ip -n r1 link set dev to-left up
    ip link add name to-r2 netns r1 type veth peer name to-r1 netns r2
    ip -n r1 address add local 10.2.0.1/24 dev to-r2
    ip -n r1 link set dev to-r2 up
    ip -n r2 address add local 10.2.0.2/24 dev to-r1
    ip -n r2 link set dev to-r1 up
    ip link add name to-right netns r2 type veth peer name to-r2 netns right
    ip -n r2 address add local 10.3.0.1/24 dev to-right
    ip -n r2 link set dev to-right up
    ip -n right address add local 10.3.0.2/24 dev to-r2
    ip -n right link set dev to-r2 up

    # Nobody learns routes by himself here: each is told the way to what is not next to him.
    ip -n left route add to default via 10.1.0.1
    ip -n r1 route add to 10.3.0.0/24 via 10.2.0.2
    ip -n r2 route add to 10.1.0.0/24 via 10.2.0.1
    ip -n right route add to default via 10.3.0.1

    # From one end to the other: each of the two routers on the way takes one from the time to live of 64.
    ip netns exec left ping -c 1 -W 2 10.3.0.2
}

undo() {
    "$@" || failed=1
}

down() {
    failed=0
    undo ip netns delete right
    undo ip netns delete r2
    undo ip netns delete r1
    undo ip netns delete left
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

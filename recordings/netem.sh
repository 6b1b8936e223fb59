#!/bin/sh
# Written by ipwrap 0.1.0. It needs sh and iproute2, and util-linux for --sandbox.
#
#   sh netem.sh             build it, here
#   sh netem.sh down        take away what it built, in reverse
#   sh netem.sh --sandbox   build it in a throw-away place, without root, and leave a shell there
#   sh netem.sh --sandbox -- COMMAND...   the same, and run a command there instead
set -eu
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH

up() {
    # Two hosts, each a namespace, and a cable between them.
    ip netns add near
    ip netns add far
    ip link add name wan netns near type veth peer name wan netns far
    ip -n near address add local 10.0.0.1/24 dev wan
    ip -n near link set dev wan up
    ip -n far address add local 10.0.0.2/24 dev wan
    ip -n far link set dev wan up

    # Each end keeps what it sends for 40 ms, so that there and back takes 80 ms.
    tc -n near qdisc add dev wan root handle 1: netem delay 40ms rate 10mbit
    tc -n far qdisc add dev wan root handle 1: netem delay 40ms rate 10mbit

    # Now about every fifth packet on the way there is lost; iproute2 6.6 could make it the same ones with a seed.
    tc -n near qdisc change dev wan root netem delay 40ms loss random 20% rate 10mbit

    # What the kernel has counted.
}

undo() {
    "$@" || failed=1
}

down() {
    failed=0
    undo ip netns delete far
    undo ip netns delete near
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

#!/bin/sh
# Written by ipwrap 0.1.0. It needs sh and iproute2, and util-linux for --sandbox.
#
#   sh isolation.sh             build it, here
#   sh isolation.sh down        take away what it built, in reverse
#   sh isolation.sh --sandbox   build it in a throw-away place, without root, and leave a shell there
#   sh isolation.sh --sandbox -- COMMAND...   the same, and run a command there instead
set -eu
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH

up() {
    # Two namespaces. What red gets, blue does not have.
    ip netns add red
    ip -n red link set dev lo up
    ip netns add blue
    ip -n blue link set dev lo up

    # Links: each has an eth0, and they are two different things.
    ip -n red link add name eth0 address 02:00:00:00:00:01 up type bridge
    ip -n blue link add name eth0 address 02:00:00:00:00:02 up type veth peer name eth1

    # Addresses: both have 10.0.0.1, without conflict. Routes and neighbours: only red's.
    ip -n red address add local 10.0.0.1/24 dev eth0
    ip -n blue address add local 10.0.0.1/24 dev eth0
    ip -n red route add to 10.99.0.0/16 via 10.0.0.2
    ip -n red neigh add to 10.0.0.2 dev eth0 lladdr 02:00:00:00:00:99

    # A port: listened on in red and, at the same time, in blue.

    # An abstract UNIX socket belongs to a network namespace too.

    # /proc/net and /sys/class/net show the namespace of who looks.

    # Sysctls of the network: red forwards, blue does not.
    ip netns exec red sysctl -q -w net.ipv4.ip_forward=1
}

undo() {
    "$@" || failed=1
}

down() {
    failed=0
    undo ip netns delete blue
    undo ip netns delete red
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

#!/bin/sh
# Written by ipwrap 0.1.0. It needs sh and iproute2, and util-linux for --sandbox.
#
#   sh veth.sh             build it, here
#   sh veth.sh down        take away what it built, in reverse
#   sh veth.sh --sandbox   build it in a throw-away place, without root, and leave a shell there
#   sh veth.sh --sandbox -- COMMAND...   the same, and run a command there instead
set -eu
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH

up() {
    # A veth pair is a cable with two ends. One goes into red, the other into blue.
    ip netns add red
    ip netns add blue
    ip link add name veth-red netns red type veth peer name veth-blue netns blue

    # Each end gets an address and is set up.
    ip -n red address add local 192.168.15.1/24 dev veth-red
    ip -n red link set dev veth-red up
    ip -n blue address add local 192.168.15.2/24 dev veth-blue
    ip -n blue link set dev veth-blue up

    # Red reaches blue, and has learned where blue is.
    ip netns exec red ping -c 1 -W 2 192.168.15.2
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

#!/bin/sh
# Written by ipwrap 0.1.0. It needs sh and iproute2, and util-linux for --sandbox.
#
#   sh netns.sh             build it, here
#   sh netns.sh down        take away what it built, in reverse
#   sh netns.sh --sandbox   build it in a throw-away place, without root, and leave a shell there
#   sh netns.sh --sandbox -- COMMAND...   the same, and run a command there instead
set -eu
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH

up() {
    # A network namespace is a network of its own: it has its own links, addresses, routes and ports.
    # What runs in a pod sees the one that it was put into, and nothing else.
    # `ip netns add` makes one, `ip netns list` names them all. Here are two, red and blue.
    ip netns add red
    ip netns add blue

    # `ip link show` lists the links of the namespace that one is in. Out here these are the host's
    # (this ran in a sandbox, where the host has none but its loopback).

    # `ip netns exec red` runs a program inside red, and the same question is answered from there.
    # A new namespace has nothing but a loopback of its own, and that is down.

    # For ip itself there is a shorter way, `ip -n`. What red has, blue has too, and they are two different things.

    # The loopback of red is set up. The one of blue stays down: what is done in one is not done in the other.
    ip -n red link set dev lo up
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

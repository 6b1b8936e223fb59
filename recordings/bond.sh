#!/bin/sh
# Written by ipwrap 0.1.0. It needs sh and iproute2, and util-linux for --sandbox.
#
#   sh bond.sh             build it, here
#   sh bond.sh down        take away what it built, in reverse
#   sh bond.sh --sandbox   build it in a throw-away place, without root, and leave a shell there
#   sh bond.sh --sandbox -- COMMAND...   the same, and run a command there instead
set -eu
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH

up() {
    # Two hosts and two cables between them.
    ip netns add one
    ip netns add other
    ip link add name a netns one type veth peer name a netns other
    ip link add name b netns one type veth peer name b netns other

    # At each end a bond with both cables as its ports. One is active; the carrier is looked at each 100 ms.
    ip -n one link add name bond0 type bond mode active-backup miimon 100
    ip -n one link set dev a master bond0
    ip -n one link set dev b master bond0
    ip -n one address add local 10.0.0.1/24 dev bond0
    ip -n one link set dev bond0 up
    ip -n other link add name bond0 type bond mode active-backup miimon 100
    ip -n other link set dev a master bond0
    ip -n other link set dev b master bond0
    ip -n other address add local 10.0.0.2/24 dev bond0
    ip -n other link set dev bond0 up
    ip netns exec one ping -q -c 5 -i 0.2 -W 5 10.0.0.2

    # The active cable is pulled. The other takes over.
    ip -n one link set dev a down
    ip netns exec one ping -q -c 5 -i 0.2 -W 5 10.0.0.2
}

undo() {
    "$@" || failed=1
}

down() {
    failed=0
    undo ip netns delete other
    undo ip netns delete one
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

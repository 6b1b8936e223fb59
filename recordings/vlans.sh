#!/bin/sh
# Written by ipwrap 0.1.0. It needs sh and iproute2, and util-linux for --sandbox.
#
#   sh vlans.sh             build it, here
#   sh vlans.sh down        take away what it built, in reverse
#   sh vlans.sh --sandbox   build it in a throw-away place, without root, and leave a shell there
#   sh vlans.sh --sandbox -- COMMAND...   the same, and run a command there instead
set -eu
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH

up() {
    # Two switches that know VLANs. No port is in any VLAN of itself: vlan_default_pvid is 0.
    ip link add name left up type bridge vlan_filtering 1 vlan_default_pvid 0
    ip link add name right up type bridge vlan_filtering 1 vlan_default_pvid 0

    # The trunk carries both VLANs, each frame with its tag.
    ip link add name trunk-l type veth peer name trunk-r
    ip link set dev trunk-l up master left
    bridge vlan add vid 10 dev trunk-l
    bridge vlan add vid 20 dev trunk-l
    ip link set dev trunk-r up master right
    bridge vlan add vid 10 dev trunk-r
    bridge vlan add vid 20 dev trunk-r

    # An access port is in one VLAN, and its host sees no tag.
    ip netns add red1
    ip link add name red1 up master left type veth peer name eth0 netns red1
    bridge vlan add vid 10 dev red1 pvid untagged
    ip -n red1 address add local 10.0.0.1/24 dev eth0
    ip -n red1 link set dev eth0 up
    ip netns add blue1
    ip link add name blue1 up master left type veth peer name eth0 netns blue1
    bridge vlan add vid 20 dev blue1 pvid untagged
    ip -n blue1 address add local 10.0.0.2/24 dev eth0
    ip -n blue1 link set dev eth0 up
    ip netns add red2
    ip link add name red2 up master right type veth peer name eth0 netns red2
    bridge vlan add vid 10 dev red2 pvid untagged
    ip -n red2 address add local 10.0.0.3/24 dev eth0
    ip -n red2 link set dev eth0 up
    ip netns add blue2
    ip link add name blue2 up master right type veth peer name eth0 netns blue2
    bridge vlan add vid 20 dev blue2 pvid untagged
    ip -n blue2 address add local 10.0.0.4/24 dev eth0
    ip -n blue2 link set dev eth0 up

    # Red reaches red, over the trunk; blue it does not reach, though both have addresses of one network.
    ip netns exec red1 ping -c 1 -W 5 10.0.0.3
    # in the session: status 1
    ip netns exec red1 ping -c 1 -W 1 10.0.0.4 || true
}

undo() {
    "$@" || failed=1
}

down() {
    failed=0
    undo ip link delete dev blue2
    undo ip link delete dev red2
    undo ip link delete dev blue1
    undo ip link delete dev red1
    undo ip link delete dev trunk-l
    undo ip link delete dev right
    undo ip link delete dev left
    undo ip netns delete blue2
    undo ip netns delete red2
    undo ip netns delete blue1
    undo ip netns delete red1
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

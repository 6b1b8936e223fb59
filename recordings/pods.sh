#!/bin/sh
# Written by ipwrap 0.1.0. It needs sh and iproute2, and util-linux for --sandbox.
#
#   sh pods.sh             build it, here
#   sh pods.sh down        take away what it built, in reverse
#   sh pods.sh --sandbox   build it in a throw-away place, without root, and leave a shell there
#   sh pods.sh --sandbox -- COMMAND...   the same, and run a command there instead
# shellcheck disable=SC2016
set -eu
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH

up() {
    # A bridge for 4 pods. Its address is the gateway of them all.
    ip link add name cni0 up type bridge
    ip address add local 10.244.0.1/16 dev cni0

    # pod1: its own namespace, with eth0 at 10.244.0.2.
    ip netns add pod1
    ip link add name veth1 up master cni0 type veth peer name eth0 netns pod1
    ip -n pod1 link set dev lo up
    ip -n pod1 address add local 10.244.0.2/16 dev eth0
    ip -n pod1 link set dev eth0 up
    ip -n pod1 route add to default via 10.244.0.1

    # pod2: its own namespace, with eth0 at 10.244.0.3.
    ip netns add pod2
    ip link add name veth2 up master cni0 type veth peer name eth0 netns pod2
    ip -n pod2 link set dev lo up
    ip -n pod2 address add local 10.244.0.3/16 dev eth0
    ip -n pod2 link set dev eth0 up
    ip -n pod2 route add to default via 10.244.0.1

    # pod3: its own namespace, with eth0 at 10.244.0.4.
    ip netns add pod3
    ip link add name veth3 up master cni0 type veth peer name eth0 netns pod3
    ip -n pod3 link set dev lo up
    ip -n pod3 address add local 10.244.0.4/16 dev eth0
    ip -n pod3 link set dev eth0 up
    ip -n pod3 route add to default via 10.244.0.1

    # pod4: its own namespace, with eth0 at 10.244.0.5.
    ip netns add pod4
    ip link add name veth4 up master cni0 type veth peer name eth0 netns pod4
    ip -n pod4 link set dev lo up
    ip -n pod4 address add local 10.244.0.5/16 dev eth0
    ip -n pod4 link set dev eth0 up
    ip -n pod4 route add to default via 10.244.0.1

    # Every pod reaches the gateway and every other pod, directly.
    ip netns exec pod1 sh -c 'for ip; do ping -q -c 1 -W 2 "$ip" >/dev/null && echo "$ip answers" || exit 1; done' ping 10.244.0.1 10.244.0.3 10.244.0.4 10.244.0.5
    ip netns exec pod2 sh -c 'for ip; do ping -q -c 1 -W 2 "$ip" >/dev/null && echo "$ip answers" || exit 1; done' ping 10.244.0.1 10.244.0.2 10.244.0.4 10.244.0.5
    ip netns exec pod3 sh -c 'for ip; do ping -q -c 1 -W 2 "$ip" >/dev/null && echo "$ip answers" || exit 1; done' ping 10.244.0.1 10.244.0.2 10.244.0.3 10.244.0.5
    ip netns exec pod4 sh -c 'for ip; do ping -q -c 1 -W 2 "$ip" >/dev/null && echo "$ip answers" || exit 1; done' ping 10.244.0.1 10.244.0.2 10.244.0.3 10.244.0.4
}

undo() {
    "$@" || failed=1
}

down() {
    failed=0
    undo ip link delete dev veth4
    undo ip link delete dev veth3
    undo ip link delete dev veth2
    undo ip link delete dev veth1
    undo ip link delete dev cni0
    undo ip netns delete pod4
    undo ip netns delete pod3
    undo ip netns delete pod2
    undo ip netns delete pod1
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

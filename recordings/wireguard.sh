#!/bin/sh
# Written by ipwrap 0.1.0. It needs sh and iproute2, and util-linux for --sandbox.
#
#   sh wireguard.sh             build it, here
#   sh wireguard.sh down        take away what it built, in reverse
#   sh wireguard.sh --sandbox   build it in a throw-away place, without root, and leave a shell there
#   sh wireguard.sh --sandbox -- COMMAND...   the same, and run a command there instead
# shellcheck disable=SC2016
set -eu
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH

up() {
    # Two hosts on a wire of which nobody knows who listens.
    ip netns add east
    ip netns add west
    ip link add name wire-e type veth peer name wire-w
    ip link set dev wire-e name wire netns east
    ip link set dev wire-w name wire netns west
    ip -n east address add local 192.0.2.1/24 dev wire
    ip -n east link set dev wire up
    ip -n west address add local 192.0.2.2/24 dev wire
    ip -n west link set dev wire up

    # Each makes a key. Scripts and recordings have but its name; the other host is told the public one.
    EAST_KEY=${EAST_KEY:-$(wg genkey)}
    EAST_PUBLIC=${EAST_PUBLIC:-$(printf '%s' "$EAST_KEY" | wg pubkey)}
    ip -n east link add name wg0 type wireguard
    printf '%s' "$EAST_KEY" | ip netns exec east wg set wg0 listen-port 51820 private-key /dev/stdin
    ip -n east address add local 10.0.0.1/24 dev wg0
    ip -n east link set dev wg0 up
    WEST_KEY=${WEST_KEY:-$(wg genkey)}
    WEST_PUBLIC=${WEST_PUBLIC:-$(printf '%s' "$WEST_KEY" | wg pubkey)}
    ip -n west link add name wg0 type wireguard
    printf '%s' "$WEST_KEY" | ip netns exec west wg set wg0 listen-port 51820 private-key /dev/stdin
    ip -n west address add local 10.0.0.2/24 dev wg0
    ip -n west link set dev wg0 up
    ip netns exec east wg set wg0 peer "$WEST_PUBLIC" endpoint 192.0.2.2:51820 allowed-ips 10.0.0.2/32
    ip netns exec west wg set wg0 peer "$EAST_PUBLIC" endpoint 192.0.2.1:51820 allowed-ips 10.0.0.1/32

    # What goes through the tunnel arrives.
}

undo() {
    "$@" || failed=1
}

down() {
    failed=0
    undo ip netns delete west
    undo ip netns delete east
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

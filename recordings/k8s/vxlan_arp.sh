#!/bin/sh
# Written by ipwrap 0.1.0. It needs sh and iproute2, and util-linux for --sandbox.
#
#   sh vxlan_arp.sh             build it, here
#   sh vxlan_arp.sh down        take away what `up` made here, in reverse, and nothing else
#   sh vxlan_arp.sh state       print the path of the file where `up` notes what it made
#   sh vxlan_arp.sh --sandbox   build it in a throw-away place, without root, and leave a shell there
#   sh vxlan_arp.sh --sandbox -- COMMAND...   the same, and run a command there instead
# shellcheck disable=SC1003,SC2028
set -eu
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH

up() {
    # Two nodes. The cable between them is not up yet.
    ip netns add node1
    made 1 netns node1
    ip netns add node2
    made 2 netns node2
    ip -n node1 link add eth0 type veth peer name eth0 netns node2
    ip -n node1 addr add 192.0.2.1/24 dev eth0
    ip -n node2 addr add 192.0.2.2/24 dev eth0

    # node1: a bridge, a pod, and a tunnel that learns nothing and answers ARP.
    ip -n node1 link add br0 mtu 1450 up type bridge
    ip netns add pod1
    made 3 netns pod1
    ip -n pod1 link set lo up
    ip -n node1 link add veth-pod1 mtu 1450 type veth peer name eth0 mtu 1450 netns pod1
    ip -n node1 link set veth-pod1 master br0
    ip -n node1 link set veth-pod1 up
    ip -n pod1 addr add 10.244.0.1/24 dev eth0
    ip -n pod1 link set eth0 up
    ip -n pod1 link set eth0 address 02:00:00:00:00:01
    ip -n node1 link add vxlan10 mtu 1450 up master br0 type vxlan id 10 local 192.0.2.1 dstport 4789 nolearning proxy

    # node2: a bridge, a pod, and a tunnel that learns nothing and answers ARP.
    ip -n node2 link add br0 mtu 1450 up type bridge
    ip netns add pod2
    made 4 netns pod2
    ip -n pod2 link set lo up
    ip -n node2 link add veth-pod2 mtu 1450 type veth peer name eth0 mtu 1450 netns pod2
    ip -n node2 link set veth-pod2 master br0
    ip -n node2 link set veth-pod2 up
    ip -n pod2 addr add 10.244.0.2/24 dev eth0
    ip -n pod2 link set eth0 up
    ip -n pod2 link set eth0 address 02:00:00:00:00:02
    ip -n node2 link add vxlan10 mtu 1450 up master br0 type vxlan id 10 local 192.0.2.2 dstport 4789 nolearning proxy

    # What the daemon of each node programs for each pod of another one.
    ip -n node1 neigh add 10.244.0.2 dev vxlan10 lladdr 02:00:00:00:00:02 nud permanent
    bridge -n node1 fdb append 02:00:00:00:00:02 dev vxlan10 dst 192.0.2.2
    ip -n node2 neigh add 10.244.0.1 dev vxlan10 lladdr 02:00:00:00:00:01 nud permanent
    bridge -n node2 fdb append 02:00:00:00:00:01 dev vxlan10 dst 192.0.2.1

    # pod1 asks for pod2, and gets an answer, though the nodes are apart: by node1.
    # in the session: status 1
    ip netns exec pod1 ping -q -c 1 -W 0.3 10.244.0.2 || true
    step wait_for
    wait_for 10 "ip -n pod1 neigh show to 10.244.0.2 dev eth0 nud all 2>/dev/null | grep -q ' lladdr 02:00:00:00:00:02 '"

    # The cable comes up. The pods reach each other, with no router between (ttl=64).
    ip -n node1 link set eth0 up
    ip -n node2 link set eth0 up
    step wait_for
    wait_for 10 'ip -n node1 -o link show dev eth0 2>/dev/null | grep -q '"'"'^[0-9]*: [^ ]* <[^ ]*> [^\]* state UP '"'"''
    step wait_for
    wait_for 10 'ip -n node2 -o link show dev eth0 2>/dev/null | grep -q '"'"'^[0-9]*: [^ ]* <[^ ]*> [^\]* state UP '"'"''
    ip netns exec pod1 ping -c 1 -W 5 10.244.0.2
    ip netns exec pod2 ping -c 1 -W 5 10.244.0.1
}

down() {
    ours 4 netns pod2 && vacate pod2 && undo 4 ip netns del pod2
    ours 3 netns pod1 && vacate pod1 && undo 3 ip netns del pod1
    ours 2 netns node2 && vacate node2 && undo 2 ip netns del node2
    ours 1 netns node1 && vacate node1 && undo 1 ip netns del node1
}

# ---- The rest counts the commands, notes what they make, and serves the words of the usage.

nl='
'
number=0

bridge() {
    step "bridge $*"
    command bridge "$@"
}

ip() {
    step "ip $*"
    command ip "$@"
}

step() {
    number=$((number + 1))
    line=$*
}

# Note a new object with its identity.
made() {
    mark=$1
    shift
    identify "$@"
    if [ ! -e "$state" ]; then echo "$boot" >"$state"; fi
    echo "$mark $id" >>"$state"
}

# Note that an object is gone.
gone() {
    echo "$1 gone" >>"$state"
}

# A namespace is known by its inode and the time of its making, a link by its index.
identify() {
    id=here
    netns=
    if [ "${1:-}" = netns ]; then
        netns=$2
        id=$(stat -L -c %i.%Z "/var/run/netns/$netns") || return
        shift 2
    fi
    if [ "${1:-}" = dev ]; then
        link=$(command ip ${netns:+-n "$netns"} -o link show dev "$2") || return
        id=$id/${link%%:*}
    fi
}

# Tell whether an object is the one that `up` made.
ours() {
    mark=$1
    shift
    case $notes in
        *"$nl$mark gone$nl"*) return 1 ;;
        *"$nl$mark "*) ;;
        *) return 1 ;;
    esac
    if identify "$@" 2>/dev/null; then
        case $notes in
            *"$nl$mark $id$nl"*)
                standing=yes
                [ "$task" = down ]
                return
                ;;
        esac
    fi
    if [ "$task" = down ]; then
        say "$* is gone, or is not the one that this script made: left alone"
        gone "$mark"
        failed=1
    fi
    return 1
}

undo() {
    mark=$1
    shift
    if "$@"; then
        gone "$mark"
    else
        failed=1
        left=yes
    fi
}

# Say something, in characters that are safe on a terminal.
say() {
    printf '%s: %s' "$script" "$*" | tr -c '[:print:]' '?' >&2
    echo >&2
}

# Find the state file: for this script, in this network namespace.
locate() {
    script="sh $0"
    if [ ! -r "$0" ]; then script="this script"; fi
    if [ -w /run ]; then
        folder=/run/ipwrap-up
    elif [ -w "${XDG_RUNTIME_DIR:-}" ]; then
        folder=$XDG_RUNTIME_DIR/ipwrap-up
    else
        folder=${HOME:?has to be set, for the state file}/.local/state/ipwrap-up
    fi
    state=$folder/31f2a27f7f32-$(stat -L -c %i /proc/self/ns/net)
    read -r boot </proc/sys/kernel/random/boot_id
}

# Read the state file, unless it is of an earlier boot.
recall() {
    if [ ! -e "$state" ]; then return 1; fi
    notes=$nl$(cat "$state")$nl
    case $notes in
        "$nl$boot$nl"*) ;;
        *) return 1 ;;
    esac
    standing=
    left=
    failed=0
}

build() {
    locate
    if recall; then
        down || :
        if [ -n "$standing" ]; then
            say "it stands already, as a whole or in part: first $script down"
            exit 1
        fi
    fi
    rm -f "$state"
    mkdir -p "$folder"
    number=0
    line='none was run'
    trap stopped EXIT
    trap 'exit 130' HUP INT TERM
    if [ "$task" = up ]; then export IPWRAP_UP="$state"; fi
    up
    trap - EXIT HUP INT TERM
}

# Say where `up` stopped, and what to do.
stopped() {
    status=$?
    trap - EXIT
    say "up stopped with status $status at command $number of 37: $line"
    if [ "$task" != up ]; then
        :
    elif [ -e "$state" ]; then
        say "what it made is noted in $state: $script down takes away that, and nothing else"
    else
        say "it has made nothing that down would have to take away"
    fi
    exit "$status"
}

take_away() {
    locate
    if ! recall; then
        rm -f "$state"
        say "nothing to take away: up has made nothing here since the last boot, or down was here"
        return
    fi
    down || :
    if [ -n "$left" ]; then
        say "not all could be taken away: $state notes the rest, for another down"
    else
        rm -f "$state"
    fi
    return "$failed"
}

# Try a command until it succeeds, at most so many seconds.
within() {
    read -r now _ </proc/uptime
    deadline=$((${now%.*} + $1 + ($1 > 0)))
    shift
    until "$@"; do
        read -r now _ </proc/uptime
        if [ "${now%.*}" -ge "$deadline" ]; then return 1; fi
        sleep 0.1
    done
}

# Say something, in characters that are safe on a terminal.
tell() {
    printf '%s\n' "$*" | tr -c '[:print:]\n' '?' >&2
}

# Wait until a condition holds, at most so many seconds.
wait_for() {
    if within "$1" holds "$2"; then return 0; fi
    tell "wait_for: it did not hold within $1 s: $2"
    return 1
}

holds() {
    (eval "$1") >/dev/null 2>&1
}

# Print the pids of the processes in a namespace, but for the workers of ipwrap, which leave one
# that is deleted.
inhabitants() {
    for inhabitant in $(command ip netns pids "$1" 2>/dev/null); do
        parent=$(sed -n '$s/.*) . \([0-9]*\) .*/\1/p' "/proc/$inhabitant/stat" 2>/dev/null) || :
        case $(words_of "$parent") in
            *"/ipwrap/executors/spawner_main.py "*) ;;
            *) echo "$inhabitant" ;;
        esac
    done
}

# Print the command line of a process, with a blank behind each word.
words_of() {
    tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" || :
}

# Print the pids of those processes in a namespace that `up` has started.
own_inhabitants() {
    for own_pid in $(inhabitants "$1"); do
        variables=$(tr '\0' '\n' 2>/dev/null <"/proc/$own_pid/environ" || :)
        case $nl$variables$nl in *"${nl}IPWRAP_UP=$state$nl"*) echo "$own_pid" ;; esac
    done
}

has_no_own() {
    [ -z "$(own_inhabitants "$1")" ]
}

is_vacant() {
    [ -z "$(inhabitants "$1")" ]
}

# Tell whether a namespace may be deleted, because no process is left in it. Those that `up` has
# started are ended: SIGTERM, and SIGKILL after 3 seconds. The others are named.
vacate() {
    for signal in TERM KILL; do
        for pid in $(own_inhabitants "$1"); do kill "-$signal" "$pid" 2>/dev/null || :; done
        has_no_own "$1" || within 3 has_no_own "$1" || :
    done
    if is_vacant "$1" || within 1 is_vacant "$1"; then return 0; fi
    for pid in $(inhabitants "$1"); do
        words=$(words_of "$pid" | cut -c -200)
        say "$1: process $pid still runs in it: ${words% }"
    done
    say "$1 is left as it is: end what runs in it, then $script down"
    failed=1
    left=yes
    return 1
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
    build >&2 </dev/null
    if [ "$#" = 0 ]; then set -- "${SHELL:-/bin/sh}"; fi
    "$@"
}

usage() {
    echo "usage: sh $0 [up | down | state | --sandbox [-- COMMAND...]]" >&2
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
    up) build </dev/null ;;
    down) take_away ;;
    state)
        locate
        echo "$state"
        ;;
    --sandbox) sandbox "$@" ;;
    --inside) inside "$@" ;;
    *) usage ;;
esac

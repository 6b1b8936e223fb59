#!/bin/sh
# Written by ipwrap 0.1.0. It needs sh and iproute2, and util-linux for --sandbox.
#
#   sh router_chain.sh             build it, here
#   sh router_chain.sh down        take away what `up` made here, in reverse, and nothing else
#   sh router_chain.sh state       print the path of the file where `up` notes what it made
#   sh router_chain.sh --sandbox   build it in a throw-away place, without root, and leave a shell there
#   sh router_chain.sh --sandbox -- COMMAND...   the same, and run a command there instead
# shellcheck disable=SC2016
set -eu
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH

up() {
    # Two hosts and 4 routers between them. A router is a namespace that forwards.
    ip netns add left
    made 1 netns left
    ip netns add r1
    made 2 netns r1
    ip netns add r2
    made 3 netns r2
    ip netns add r3
    made 4 netns r3
    ip netns add r4
    made 5 netns r4
    ip netns add right
    made 6 netns right
    ip netns exec r1 sysctl -w net.ipv4.ip_forward=1
    ip netns exec r2 sysctl -w net.ipv4.ip_forward=1
    ip netns exec r3 sysctl -w net.ipv4.ip_forward=1
    ip netns exec r4 sysctl -w net.ipv4.ip_forward=1

    # The cables: the first one is 10.0.0.0/24, and each next one has the next subnet.
    ip -n left link add to-r1 type veth peer name to-left netns r1
    ip -n left addr add 10.0.0.1/24 dev to-r1
    ip -n left link set to-r1 up
    ip -n r1 addr add 10.0.0.2/24 dev to-left
    ip -n r1 link set to-left up
    ip -n r1 link add to-r2 type veth peer name to-r1 netns r2
    ip -n r1 addr add 10.0.1.1/24 dev to-r2
    ip -n r1 link set to-r2 up
    ip -n r2 addr add 10.0.1.2/24 dev to-r1
    ip -n r2 link set to-r1 up
    ip -n r2 link add to-r3 type veth peer name to-r2 netns r3
    ip -n r2 addr add 10.0.2.1/24 dev to-r3
    ip -n r2 link set to-r3 up
    ip -n r3 addr add 10.0.2.2/24 dev to-r2
    ip -n r3 link set to-r2 up
    ip -n r3 link add to-r4 type veth peer name to-r3 netns r4
    ip -n r3 addr add 10.0.3.1/24 dev to-r4
    ip -n r3 link set to-r4 up
    ip -n r4 addr add 10.0.3.2/24 dev to-r3
    ip -n r4 link set to-r3 up
    ip -n r4 link add to-right type veth peer name to-r4 netns right
    ip -n r4 addr add 10.0.4.1/24 dev to-right
    ip -n r4 link set to-right up
    ip -n right addr add 10.0.4.2/24 dev to-r4
    ip -n right link set to-r4 up

    # Static routes: the default route leads to the right, and what is on the left is behind the router before. right is the end, and has the left as its default.
    ip -n left route add default via 10.0.0.2
    ip -n r1 route add default via 10.0.1.2
    ip -n r2 route add default via 10.0.2.2
    ip -n r3 route add default via 10.0.3.2
    ip -n r4 route add default via 10.0.4.2
    ip -n r2 route add 10.0.0.0/24 via 10.0.1.1
    ip -n r3 route add 10.0.0.0/24 via 10.0.2.1
    ip -n r4 route add 10.0.0.0/24 via 10.0.3.1
    ip -n right route add default via 10.0.4.1

    # From left to right, each router answers with its address on the left.
    ip netns exec left sh -c 'target=$1 ttl=0; shift
for hop; do
  ttl=$((ttl + 1))
  ping -n -c 1 -W 5 -t "$ttl" "$target" | grep -q "[Ff]rom $hop[: ]" || exit 1
  echo "$ttl $hop"
done
' trace 10.0.4.2 10.0.0.2 10.0.1.2 10.0.2.2 10.0.3.2 10.0.4.2

    # From right to left, with its address on the right.
    ip netns exec right sh -c 'target=$1 ttl=0; shift
for hop; do
  ttl=$((ttl + 1))
  ping -n -c 1 -W 5 -t "$ttl" "$target" | grep -q "[Ff]rom $hop[: ]" || exit 1
  echo "$ttl $hop"
done
' trace 10.0.0.1 10.0.4.1 10.0.3.1 10.0.2.1 10.0.1.1 10.0.0.1
}

down() {
    ours 6 netns right && vacate right && undo 6 ip netns del right
    ours 5 netns r4 && vacate r4 && undo 5 ip netns del r4
    ours 4 netns r3 && vacate r3 && undo 4 ip netns del r3
    ours 3 netns r2 && vacate r2 && undo 3 ip netns del r2
    ours 2 netns r1 && vacate r1 && undo 2 ip netns del r1
    ours 1 netns left && vacate left && undo 1 ip netns del left
}

# ---- The rest counts the commands, notes what they make, and serves the words of the usage.

nl='
'
number=0

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
    state=$folder/9c3ce9ed1624-$(stat -L -c %i /proc/self/ns/net)
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
    say "up stopped with status $status at command $number of 46: $line"
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

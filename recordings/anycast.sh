#!/bin/sh
# Written by ipwrap 0.1.0. It needs sh and iproute2, and util-linux for --sandbox.
#
#   sh anycast.sh             build it, here
#   sh anycast.sh down        take away what `up` made here, in reverse, and nothing else
#   sh anycast.sh state       print the path of the file where `up` notes what it made
#   sh anycast.sh --sandbox   build it in a throw-away place, without root, and leave a shell there
#   sh anycast.sh --sandbox -- COMMAND...   the same, and run a command there instead
# shellcheck disable=SC2016
set -eu
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH

up() {
    # A client, two routers, and two servers.
    ip netns add client
    made 1 netns client
    ip -n client link set lo up
    ip netns add r1
    made 2 netns r1
    ip -n r1 link set lo up
    ip netns add r2
    made 3 netns r2
    ip -n r2 link set lo up
    ip netns add near
    made 4 netns near
    ip -n near link set lo up
    ip netns add far
    made 5 netns far
    ip -n far link set lo up
    ip -n client link add eth0 type veth peer name to-client netns r1
    ip -n client addr add 10.1.0.2/24 dev eth0
    ip -n client link set eth0 up
    ip -n r1 addr add 10.1.0.1/24 dev to-client
    ip -n r1 link set to-client up
    ip -n r1 link add to-near type veth peer name eth0 netns near
    ip -n r1 addr add 10.2.0.1/24 dev to-near
    ip -n r1 link set to-near up
    ip -n near addr add 10.2.0.2/24 dev eth0
    ip -n near link set eth0 up
    ip -n r1 link add to-r2 type veth peer name to-r1 netns r2
    ip -n r1 addr add 10.3.0.1/24 dev to-r2
    ip -n r1 link set to-r2 up
    ip -n r2 addr add 10.3.0.2/24 dev to-r1
    ip -n r2 link set to-r1 up
    ip -n r2 link add to-far type veth peer name eth0 netns far
    ip -n r2 addr add 10.4.0.1/24 dev to-far
    ip -n r2 link set to-far up
    ip -n far addr add 10.4.0.2/24 dev eth0
    ip -n far link set eth0 up
    ip netns exec r1 sysctl -w net.ipv4.ip_forward=1
    ip netns exec r2 sysctl -w net.ipv4.ip_forward=1

    # Both servers have the address of the service, and tell their names.
    ip -n near addr add 198.51.100.53/32 dev lo
    ip -n near route add default via 10.2.0.1
    near_log=$logs/near
    step python3
    setsid ip netns exec near python3 -c 'import socketserver, sys
class Answer(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(sys.argv[1].encode())
socketserver.TCPServer(("", 7000), Answer).serve_forever()
' near >"$near_log" 2>&1 & near=$!
    started "$near" ip
    kept p1 "$near"
    step wait_for
    wait_for 10 "ip netns exec near ss -Hltn 'sport = :7000' 2>/dev/null | grep -q ." "$near" "$near_log"
    ip -n far addr add 198.51.100.53/32 dev lo
    ip -n far route add default via 10.4.0.1
    far_log=$logs/far
    step python3
    setsid ip netns exec far python3 -c 'import socketserver, sys
class Answer(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(sys.argv[1].encode())
socketserver.TCPServer(("", 7000), Answer).serve_forever()
' far >"$far_log" 2>&1 & far=$!
    started "$far" ip
    kept p2 "$far"
    step wait_for
    wait_for 10 "ip netns exec far ss -Hltn 'sport = :7000' 2>/dev/null | grep -q ." "$far" "$far_log"

    # r1 has two routes to it. The nearer server is the one with the lower metric.
    ip -n client route add default via 10.1.0.1
    ip -n r1 route add 198.51.100.53 metric 10 via 10.2.0.2
    ip -n r1 route add 198.51.100.53 metric 20 via 10.3.0.2
    ip -n r2 route add 198.51.100.53 via 10.4.0.2
    ip -n r2 route add 10.1.0.0/24 via 10.3.0.1
    ip netns exec client python3 -c 'import socket, sys
address, expected = sys.argv[1:]
server = socket.create_connection((address, 7000), 10).makefile().read()
print(f"{address} is {server}")
sys.exit(server != expected)
' 198.51.100.53 near

    # The cable to near is pulled. r1 is told to use no route on a link without carrier.
    ip netns exec r1 sysctl -w net.ipv4.conf.all.ignore_routes_with_linkdown=1
    ip -n near link set eth0 down
    step wait_for
    wait_for 10 "ip -n r1 -o link show dev to-near 2>/dev/null | grep -qv '^[0-9]*: [^ ]* <[^ ]*LOWER_UP[,>]'"
    ip netns exec client python3 -c 'import socket, sys
address, expected = sys.argv[1:]
server = socket.create_connection((address, 7000), 10).makefile().read()
print(f"{address} is {server}")
sys.exit(server != expected)
' 198.51.100.53 far

    # It is put back. near has lost its default route with the cable.
    ip -n near link set eth0 up
    ip -n near route add default via 10.2.0.1
    step wait_for
    wait_for 10 "ip -n r1 -o link show dev to-near 2>/dev/null | grep -q '^[0-9]*: [^ ]* <[^ ]*LOWER_UP[,>]'"
    ip netns exec client python3 -c 'import socket, sys
address, expected = sys.argv[1:]
server = socket.create_connection((address, 7000), 10).makefile().read()
print(f"{address} is {server}")
sys.exit(server != expected)
' 198.51.100.53 near
}

down() {
    undo_process p2
    undo_process p1
    ours 5 netns far && vacate far && undo 5 ip netns del far
    ours 4 netns near && vacate near && undo 4 ip netns del near
    ours 3 netns r2 && vacate r2 && undo 3 ip netns del r2
    ours 2 netns r1 && vacate r1 && undo 2 ip netns del r1
    ours 1 netns client && vacate client && undo 1 ip netns del client
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
    state=$folder/4dd205d3fa3c-$(stat -L -c %i /proc/self/ns/net)
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
    logs=$(mktemp -d "${TMPDIR:-/tmp}/ipwrap-up.XXXXXX")
    if [ "$task" = up ]; then export IPWRAP_UP="$state"; fi
    up
    trap - EXIT HUP INT TERM
    if [ "$task" = up ]; then leave_processes; fi
}

# Say where `up` stopped, and what to do.
stopped() {
    status=$?
    trap - EXIT
    say "up stopped with status $status at command $number of 54: $line"
    if [ "$task" != up ]; then
        :
    elif [ -e "$state" ]; then
        say "what it made is noted in $state: $script down takes away that, and nothing else"
    else
        say "it has made nothing that down would have to take away"
    fi
    end_processes
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
        delete_logs
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

# Wait until a condition holds, at most so many seconds. A process, if given, must not end before
# (but for a daemon, whose child gets 2 seconds more): then the end of its log is shown.
wait_for() {
    looks=0
    problem="it did not hold within $1 s"
    within "$1" is_settled "$2" "${3:-}" || :
    if [ -z "$problem" ]; then return 0; fi
    tell "wait_for: $problem: $2"
    if [ -e "${4:-}" ]; then tail -n 5 "$4" | tr -c '[:print:]\n' '?' >&2; fi
    return 1
}

is_settled() {
    if (eval "$1") >/dev/null 2>&1; then
        problem=
    elif [ -n "$2" ] && ! runs "$2"; then
        problem='the process has ended before'
        looks=$((looks + 1))
        [ "$looks" -ge 20 ]
    else
        return 1
    fi
}

# ---- Background processes. Each leads a session (setsid is of util-linux, and of busybox), so that
# a signal reaches all that it started. `processes` holds those of this script, the newest first, as
# PID:START: a pid may be another's later.
processes=

# Print when a process started, in ticks since the boot; nothing for one that has ended.
start_of() {
    sed -n '$s/.*) \([^ZX]\)/\1/p' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20
}

# Note a new process, once it leads its session and is the program that it was to become: then it
# is in its namespace.
started() {
    tries=0
    until is_begun "$1" "${2:-}" || [ -z "$(start_of "$1")" ] || [ "$tries" = 500 ]; do
        sleep 0.01
        tries=$((tries + 1))
    done
    processes="$1:$(start_of "$1") $processes"
}

# Tell whether a process leads its session, and is no longer one of the programs that run it: these
# are setsid, env where it resets signals, and ip where it enters a namespace.
is_begun() {
    kill -0 "-$1" 2>/dev/null || return 1
    case $(readlink "/proc/$1/exe" || :) in */setsid | */env | */"${2:-setsid}") return 1 ;; esac
}

# A state file may say anything: `kill -TERM -1` would reach every process.
runs() {
    case $1 in '' | 0* | 1 | *[!0-9]*) return 1 ;; esac
    start=$(start_of "$1")
    if [ -z "$start" ]; then return 1; fi
    case " $processes" in *" $1:$start "*) ;; *) return 1 ;; esac
}

ended() {
    ! runs "$1"
}

# Tell whether no process of a group is left.
is_empty() {
    ! kill -0 "-$1" 2>/dev/null
}

# Send a signal to a process and all that it started; one that has ended gets none.
send() {
    if runs "$2"; then kill "-$1" "-$2" 2>/dev/null || :; fi
}

# End a process and all that it started: SIGTERM, and SIGKILL after so many seconds.
stop() {
    if runs "$2"; then
        send TERM "$2"
        send CONT "$2"
        if ! within "$1" ended "$2"; then
            send KILL "$2"
            within 60 ended "$2" || :
        fi
    fi
    wait "$2" 2>/dev/null || :
    if [ -e "/proc/$2" ] || is_empty "$2"; then return 0; fi
    kill -TERM "-$2" 2>/dev/null || :
    if ! within 1 is_empty "$2"; then kill -KILL "-$2" 2>/dev/null || :; fi
}

# End what is left, and delete the logs.
end_processes() {
    for process in $processes; do stop 3 "${process%%:*}"; done
    if [ -n "${logs:-}" ]; then rm -rf "$logs"; fi
}

# Note a process with its start, and the directory of the logs.
kept() {
    if [ ! -e "$state" ]; then echo "$boot" >"$state"; fi
    echo "$1 $2:$(start_of "$2")" >>"$state"
    if [ -n "${logs:-}" ]; then echo "logs $logs" >>"$state"; fi
}

# Leave the processes to `down`. Without any, nobody needs the logs.
leave_processes() {
    for process in $processes; do
        if runs "${process%%:*}"; then return 0; fi
    done
    end_processes
}

# End a process that `up` has left running.
undo_process() {
    case $notes in *"$nl$1 "*) ;; *) return 0 ;; esac
    process=${notes##*"$nl$1 "}
    process=${process%%"$nl"*}
    processes="$process $processes"
    if ended "${process%%:*}"; then return 0; fi
    standing=yes
    if [ "$task" != down ]; then return 0; fi
    stop 3 "${process%%:*}"
    if runs "${process%%:*}"; then
        failed=1
        left=yes
    fi
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

# Delete the logs of the processes that `down` has ended.
delete_logs() {
    case $notes in *"${nl}logs "*) ;; *) return 0 ;; esac
    logs=${notes##*"${nl}logs "}
    logs=${logs%%"$nl"*}
    case $logs in
        */../* | */ipwrap-up.*/*) ;;
        /*/ipwrap-up.??????) rm -rf "$logs" ;;
    esac
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
    trap end_processes EXIT
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

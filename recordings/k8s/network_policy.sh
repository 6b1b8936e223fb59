#!/bin/sh
# Written by ipwrap 0.1.0. It needs sh and iproute2, and util-linux for --sandbox.
#
#   sh network_policy.sh             build it, here
#   sh network_policy.sh down        take away what `up` made here, in reverse, and nothing else
#   sh network_policy.sh state       print the path of the file where `up` notes what it made
#   sh network_policy.sh --sandbox   build it in a throw-away place, without root, and leave a shell there
#   sh network_policy.sh --sandbox -- COMMAND...   the same, and run a command there instead
# shellcheck disable=SC2016
set -eu
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH

up() {
    # A node that forwards, and a cable to each pod: all packets pass the node's rules.
    ip netns add node
    made 1 netns node
    ip netns exec node sysctl -w net.ipv4.ip_forward=1
    ip netns add db
    made 2 netns db
    ip -n node link add to-db type veth peer name eth0 netns db
    ip -n node addr add 10.244.0.1/32 dev to-db
    ip -n node link set to-db up
    ip -n db addr add 10.244.0.2/32 dev eth0
    ip -n db link set eth0 up
    ip -n node route add 10.244.0.2 dev to-db
    ip -n db route add 10.244.0.1 scope link dev eth0
    ip -n db route add default via 10.244.0.1
    ip netns add backend
    made 3 netns backend
    ip -n node link add to-backend type veth peer name eth0 netns backend
    ip -n node addr add 10.244.0.1/32 dev to-backend
    ip -n node link set to-backend up
    ip -n backend addr add 10.244.0.3/32 dev eth0
    ip -n backend link set eth0 up
    ip -n node route add 10.244.0.3 dev to-backend
    ip -n backend route add 10.244.0.1 scope link dev eth0
    ip -n backend route add default via 10.244.0.1
    ip netns add frontend
    made 4 netns frontend
    ip -n node link add to-frontend type veth peer name eth0 netns frontend
    ip -n node addr add 10.244.0.1/32 dev to-frontend
    ip -n node link set to-frontend up
    ip -n frontend addr add 10.244.0.4/32 dev eth0
    ip -n frontend link set eth0 up
    ip -n node route add 10.244.0.4 dev to-frontend
    ip -n frontend route add 10.244.0.1 scope link dev eth0
    ip -n frontend route add default via 10.244.0.1

    # A database in db. Without a policy, every pod reaches it.
    database_log=$logs/database
    step python3
    setsid ip netns exec db python3 -c 'import socketserver
class Answer(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(b"rows")
socketserver.TCPServer(("", 5432), Answer).serve_forever()
' >"$database_log" 2>&1 & database=$!
    started "$database" ip
    kept p1 "$database"
    step wait_for
    wait_for 10 "ip netns exec db ss -Hltn 'sport = :5432' 2>/dev/null | grep -q ." "$database" "$database_log"
    ip netns exec backend python3 -c 'import socket, sys
address, expected = sys.argv[1:]
try:
    answer = socket.create_connection((address, 5432), 10).makefile().read()
except ConnectionRefusedError:
    answer = "refused"
print(answer)
sys.exit(answer != expected)
' 10.244.0.2 rows
    ip netns exec frontend python3 -c 'import socket, sys
address, expected = sys.argv[1:]
try:
    answer = socket.create_connection((address, 5432), 10).makefile().read()
except ConnectionRefusedError:
    answer = "refused"
print(answer)
sys.exit(answer != expected)
' 10.244.0.2 rows

    # The policy: pods with app=db are reached by pods with role=client only.
    step nft
    printf '%s' 'table ip policies {
    set app_db {
        type ipv4_addr
    }
    set role_client {
        type ipv4_addr
    }
    chain forward {
        type filter hook forward priority filter
        ct state established,related accept
        ip daddr @app_db ip saddr @role_client tcp dport 5432 accept
        ip daddr @app_db reject
    }
}
' | ip netns exec node nft -f -
    ip netns exec node nft add element ip policies app_db '{ 10.244.0.2 }'
    ip netns exec node nft add element ip policies role_client '{ 10.244.0.3 }'
    ip netns exec backend python3 -c 'import socket, sys
address, expected = sys.argv[1:]
try:
    answer = socket.create_connection((address, 5432), 10).makefile().read()
except ConnectionRefusedError:
    answer = "refused"
print(answer)
sys.exit(answer != expected)
' 10.244.0.2 rows
    ip netns exec frontend python3 -c 'import socket, sys
address, expected = sys.argv[1:]
try:
    answer = socket.create_connection((address, 5432), 10).makefile().read()
except ConnectionRefusedError:
    answer = "refused"
print(answer)
sys.exit(answer != expected)
' 10.244.0.2 refused

    # frontend gets the label, backend loses it. The rules stay, the sets change.
    ip netns exec node nft add element ip policies role_client '{ 10.244.0.4 }'
    ip netns exec node nft delete element ip policies role_client '{ 10.244.0.3 }'
    ip netns exec backend python3 -c 'import socket, sys
address, expected = sys.argv[1:]
try:
    answer = socket.create_connection((address, 5432), 10).makefile().read()
except ConnectionRefusedError:
    answer = "refused"
print(answer)
sys.exit(answer != expected)
' 10.244.0.2 refused
    ip netns exec frontend python3 -c 'import socket, sys
address, expected = sys.argv[1:]
try:
    answer = socket.create_connection((address, 5432), 10).makefile().read()
except ConnectionRefusedError:
    answer = "refused"
print(answer)
sys.exit(answer != expected)
' 10.244.0.2 rows
}

down() {
    undo_process p1
    ours 4 netns frontend && vacate frontend && undo 4 ip netns del frontend
    ours 3 netns backend && vacate backend && undo 3 ip netns del backend
    ours 2 netns db && vacate db && undo 2 ip netns del db
    ours 1 netns node && vacate node && undo 1 ip netns del node
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
    state=$folder/8dde0ea727f7-$(stat -L -c %i /proc/self/ns/net)
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
    say "up stopped with status $status at command $number of 42: $line"
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

#!/bin/sh
# Written by ipwrap 0.1.0. It needs sh and iproute2, and util-linux for --sandbox.
#
#   sh mtu.sh             build it, here
#   sh mtu.sh down        take away what `up` made here, in reverse, and nothing else
#   sh mtu.sh state       print the path of the file where `up` notes what it made
#   sh mtu.sh --sandbox   build it in a throw-away place, without root, and leave a shell there
#   sh mtu.sh --sandbox -- COMMAND...   the same, and run a command there instead
# shellcheck disable=SC1003,SC2016,SC2028
set -eu
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH

up() {
    # A switch that takes 1400 bytes, and two nodes that believe in 1500.
    ip netns add switch
    made 1 netns switch
    ip -n switch link add br0 up type bridge
    ip netns add node1
    made 2 netns node1
    ip netns exec node1 sysctl -w net.ipv4.ip_forward=1
    ip -n switch link add to-node1 type veth peer name eth0 netns node1
    ip -n switch link set to-node1 master br0
    ip -n switch link set to-node1 up
    ip -n node1 addr add 192.0.2.1/24 dev eth0
    ip -n node1 link set eth0 up
    ip -n switch link set to-node1 mtu 1400
    ip netns add node2
    made 3 netns node2
    ip netns exec node2 sysctl -w net.ipv4.ip_forward=1
    ip -n switch link add to-node2 type veth peer name eth0 netns node2
    ip -n switch link set to-node2 master br0
    ip -n switch link set to-node2 up
    ip -n node2 addr add 192.0.2.2/24 dev eth0
    ip -n node2 link set eth0 up
    ip -n switch link set to-node2 mtu 1400

    # Behind each node a host. It sends single packets, as hardware does in the end: between namespaces the kernel would pass on many at once, of any length.
    ip netns add client
    made 4 netns client
    ip -n node1 link add to-client mtu 1450 type veth peer name eth0 mtu 1450 netns client
    ip -n node1 addr add 10.1.0.1/24 dev to-client
    ip -n node1 link set to-client up
    ip -n client addr add 10.1.0.2/24 dev eth0
    ip -n client link set eth0 up
    ip -n client link set eth0 gso_max_segs 1
    ip -n client route add default via 10.1.0.1
    ip netns add server
    made 5 netns server
    ip -n node2 link add to-server mtu 1450 type veth peer name eth0 mtu 1450 netns server
    ip -n node2 addr add 10.2.0.1/24 dev to-server
    ip -n node2 link set to-server up
    ip -n server addr add 10.2.0.2/24 dev eth0
    ip -n server link set eth0 up
    ip -n server link set eth0 gso_max_segs 1
    ip -n server route add default via 10.2.0.1

    # The tunnel takes 1450 bytes, as the hosts do: 50 bytes of 1500 are its headers.
    ip -n node1 link add vxlan1 mtu 1450 up type vxlan id 1 remote 192.0.2.2 local 192.0.2.1 dstport 4789
    ip -n node1 addr add 10.9.0.1/24 dev vxlan1
    ip -n node1 route add 10.2.0.0/24 via 10.9.0.2
    ip -n node2 link add vxlan1 mtu 1450 up type vxlan id 1 remote 192.0.2.1 local 192.0.2.2 dstport 4789
    ip -n node2 addr add 10.9.0.2/24 dev vxlan1
    ip -n node2 route add 10.1.0.0/24 via 10.9.0.1
    serve_log=$logs/serve
    step python3
    setsid ip netns exec server python3 -c 'import socketserver
class Answer(socketserver.StreamRequestHandler):
    def handle(self):
        line = self.rfile.readline()
        self.wfile.write(line)
        try:
            self.wfile.write(bytes(int(line)))
        except ConnectionError:
            pass  # the client has given up
socketserver.ThreadingTCPServer(("", 7000), Answer).serve_forever()
' >"$serve_log" 2>&1 & serve=$!
    started "$serve" ip
    kept p1 "$serve"
    step wait_for
    wait_for 10 "ip netns exec server ss -Hltn 'sport = :7000' 2>/dev/null | grep -q ." "$serve" "$serve_log"

    # A small answer arrives.
    ip netns exec client python3 -c 'import socket, sys
address, size, expected = sys.argv[1:]
server = socket.create_connection((address, 7000), 10)
server.sendall(size.encode() + b"\n")
answer = server.makefile("rb", buffering=0)
print("the line", answer.readline().decode().strip())
server.settimeout(10 if expected == "all" else 0.5)
received = 0
try:
    while data := answer.read(65536):
        received += len(data)
except TimeoutError:
    pass
print(received, "bytes")
sys.exit(received != (int(size) if expected == "all" else 0))
' 10.2.0.2 1000 all

    # Of a big answer, only the first line arrives. node2 sends long packets that node1 never sees, and the server is told nothing.
    capture_log=$logs/capture
    step tcpdump
    setsid env --default-signal=INT,QUIT ip netns exec node2 tcpdump --immediate-mode -B 8192 -s 66000 -U -n -Z root -i eth0 -w sent.pcap -- 'udp and greater 1415' >"$capture_log" 2>&1 & capture=$!
    started "$capture" ip
    kept p2 "$capture"
    step wait_for
    wait_for 10 'grep -Eq -e '"'"'listening on'"'"' "$capture_log" 2>/dev/null' "$capture" "$capture_log"
    capture_2_log=$logs/capture_2
    step tcpdump
    setsid env --default-signal=INT,QUIT ip netns exec node1 tcpdump --immediate-mode -B 8192 -s 66000 -U -n -Z root -i eth0 -w arrived.pcap -- 'udp and greater 1415' >"$capture_2_log" 2>&1 & capture_2=$!
    started "$capture_2" ip
    kept p3 "$capture_2"
    step wait_for
    wait_for 10 'grep -Eq -e '"'"'listening on'"'"' "$capture_2_log" 2>/dev/null' "$capture_2" "$capture_2_log"
    capture_3_log=$logs/capture_3
    step tcpdump
    setsid env --default-signal=INT,QUIT ip netns exec server tcpdump --immediate-mode -B 8192 -s 66000 -U -n -Z root -i eth0 -w told.pcap -- icmp >"$capture_3_log" 2>&1 & capture_3=$!
    started "$capture_3" ip
    kept p4 "$capture_3"
    step wait_for
    wait_for 10 'grep -Eq -e '"'"'listening on'"'"' "$capture_3_log" 2>/dev/null' "$capture_3" "$capture_3_log"
    ip netns exec client python3 -c 'import socket, sys
address, size, expected = sys.argv[1:]
server = socket.create_connection((address, 7000), 10)
server.sendall(size.encode() + b"\n")
answer = server.makefile("rb", buffering=0)
print("the line", answer.readline().decode().strip())
server.settimeout(10 if expected == "all" else 0.5)
received = 0
try:
    while data := answer.read(65536):
        received += len(data)
except TimeoutError:
    pass
print(received, "bytes")
sys.exit(received != (int(size) if expected == "all" else 0))
' 10.2.0.2 100000 line
    step wait_for
    wait_for 60 '! grep -q '"'"'^State:.[RD]'"'"' "/proc/$capture_3/status" 2>/dev/null'
    step send
    send INT "$capture_3"
    step wait_within
    wait_within 60 "$capture_3"
    step wait_for
    wait_for 60 '! grep -q '"'"'^State:.[RD]'"'"' "/proc/$capture_2/status" 2>/dev/null'
    step send
    send INT "$capture_2"
    step wait_within
    wait_within 60 "$capture_2"
    step wait_for
    wait_for 60 '! grep -q '"'"'^State:.[RD]'"'"' "/proc/$capture/status" 2>/dev/null'
    step send
    send INT "$capture"
    step wait_within
    wait_within 60 "$capture"

    # Pings that must not be fragmented (-M do) find the size that passes: 28 bytes are headers of the ping, 50 those of the tunnel, so 1322 fit.
    ip netns exec client ping -q -c 1 -M 'do' -W 5 -s 1322 10.2.0.2
    # in the session: status 1
    ip netns exec client ping -q -c 1 -M 'do' -W 0.3 -s 1422 10.2.0.2 || true

    # The tunnel gets an MTU that fits. Now node2 knows that packets are too long for it, and tells the server: fragmentation needed. TCP sends shorter ones.
    capture_4_log=$logs/capture_4
    step tcpdump
    setsid env --default-signal=INT,QUIT ip netns exec server tcpdump --immediate-mode -B 8192 -s 66000 -U -n -Z root -i eth0 -w told.pcap -- icmp >"$capture_4_log" 2>&1 & capture_4=$!
    started "$capture_4" ip
    kept p5 "$capture_4"
    step wait_for
    wait_for 10 'grep -Eq -e '"'"'listening on'"'"' "$capture_4_log" 2>/dev/null' "$capture_4" "$capture_4_log"
    ip -n node1 link set vxlan1 mtu 1350
    ip -n node2 link set vxlan1 mtu 1350
    ip netns exec client python3 -c 'import socket, sys
address, size, expected = sys.argv[1:]
server = socket.create_connection((address, 7000), 10)
server.sendall(size.encode() + b"\n")
answer = server.makefile("rb", buffering=0)
print("the line", answer.readline().decode().strip())
server.settimeout(10 if expected == "all" else 0.5)
received = 0
try:
    while data := answer.read(65536):
        received += len(data)
except TimeoutError:
    pass
print(received, "bytes")
sys.exit(received != (int(size) if expected == "all" else 0))
' 10.2.0.2 100000 all
    step wait_for
    wait_for 60 '! grep -q '"'"'^State:.[RD]'"'"' "/proc/$capture_4/status" 2>/dev/null'
    step send
    send INT "$capture_4"
    step wait_within
    wait_within 60 "$capture_4"
}

down() {
    undo_process p5
    undo_process p4
    undo_process p3
    undo_process p2
    undo_process p1
    ours 5 netns server && vacate server && undo 5 ip netns del server
    ours 4 netns client && vacate client && undo 4 ip netns del client
    ours 3 netns node2 && vacate node2 && undo 3 ip netns del node2
    ours 2 netns node1 && vacate node1 && undo 2 ip netns del node1
    ours 1 netns switch && vacate switch && undo 1 ip netns del switch
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
    state=$folder/d4d19e9ae306-$(stat -L -c %i /proc/self/ns/net)
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
    say "up stopped with status $status at command $number of 69: $line"
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

# Wait for the end of a process, at most so many seconds, and return its status.
wait_within() {
    if ! within "$1" ended "$2"; then
        tell "wait: the process $2 still runs after $1 s"
        return 124
    fi
    wait "$2"
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

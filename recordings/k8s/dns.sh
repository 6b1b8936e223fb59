#!/bin/sh
# Written by ipwrap 0.1.0. It needs sh and iproute2, and util-linux for --sandbox.
#
#   sh dns.sh             build it, here
#   sh dns.sh down        take away what `up` made here, in reverse, and nothing else
#   sh dns.sh state       print the path of the file where `up` notes what it made
#   sh dns.sh --sandbox   build it in a throw-away place, without root, and leave a shell there
#   sh dns.sh --sandbox -- COMMAND...   the same, and run a command there instead
# shellcheck disable=SC1003,SC2016,SC2028
set -eu
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH

up() {
    # Four pods on a bridge.
    ip link add cni0 type bridge
    made 1 dev cni0
    ip addr add 10.244.0.1/24 dev cni0
    ip link set cni0 up
    ip netns add client
    made 2 netns client
    ip -n client link set lo up
    ip link add veth-client type veth peer name eth0 netns client
    made 3 dev veth-client
    ip link set veth-client master cni0
    ip link set veth-client up
    ip -n client addr add 10.244.0.2/24 dev eth0
    ip -n client link set eth0 up
    ip -n client route add default via 10.244.0.1
    ip netns add dns
    made 4 netns dns
    ip -n dns link set lo up
    ip link add veth-dns type veth peer name eth0 netns dns
    made 5 dev veth-dns
    ip link set veth-dns master cni0
    ip link set veth-dns up
    ip -n dns addr add 10.244.0.3/24 dev eth0
    ip -n dns link set eth0 up
    ip -n dns route add default via 10.244.0.1
    ip netns add web1
    made 6 netns web1
    ip -n web1 link set lo up
    ip link add veth-web1 type veth peer name eth0 netns web1
    made 7 dev veth-web1
    ip link set veth-web1 master cni0
    ip link set veth-web1 up
    ip -n web1 addr add 10.244.0.4/24 dev eth0
    ip -n web1 link set eth0 up
    ip -n web1 route add default via 10.244.0.1
    ip netns add web2
    made 8 netns web2
    ip -n web2 link set lo up
    ip link add veth-web2 type veth peer name eth0 netns web2
    made 9 dev veth-web2
    ip link set veth-web2 master cni0
    ip link set veth-web2 up
    ip -n web2 addr add 10.244.0.5/24 dev eth0
    ip -n web2 link set eth0 up
    ip -n web2 route add default via 10.244.0.1

    # Two of them are the service web.
    serve_web1_log=$logs/serve_web1
    step python3
    setsid ip netns exec web1 python3 -c 'import sys
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer
class Web(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(sys.argv[1].encode())
TCPServer(("", 8080), Web).serve_forever()
' web1 >"$serve_web1_log" 2>&1 & serve_web1=$!
    started "$serve_web1" ip
    kept p1 "$serve_web1"
    step wait_for
    wait_for 10 "ip netns exec web1 ss -Hltn 'sport = :8080' 2>/dev/null | grep -q ." "$serve_web1" "$serve_web1_log"
    serve_web2_log=$logs/serve_web2
    step python3
    setsid ip netns exec web2 python3 -c 'import sys
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer
class Web(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(sys.argv[1].encode())
TCPServer(("", 8080), Web).serve_forever()
' web2 >"$serve_web2_log" 2>&1 & serve_web2=$!
    started "$serve_web2" ip
    kept p2 "$serve_web2"
    step wait_for
    wait_for 10 "ip netns exec web2 ss -Hltn 'sport = :8080' 2>/dev/null | grep -q ." "$serve_web2" "$serve_web2_log"

    # One serves names. A daemon of the cluster would keep them up to date.
    name_server_log=$logs/name_server
    step python3
    setsid ip netns exec dns python3 -c '"""A name server that fits on a page: the addresses of services, by UDP (RFC 1035).

    python3 dns_server.py web.default.svc.cluster.local=10.244.0.3,10.244.0.4 …

It answers questions for IPv4 addresses; other names do not exist. scripts/k8s/dns.py runs it.
"""

import socket
import struct
import sys

IPV4, INTERNET = 1, 1
RECURSION_WANTED, RESPONSE, AUTHORITATIVE, NO_SUCH_NAME = 0x0100, 0x8000, 0x0400, 3
HEADER = struct.Struct(">6H")  # number, flags, then how many questions and answers of three kinds
ANSWER = struct.Struct(">HHHLH4s")  # name, type, class, seconds to keep, length, address
SAME_NAME = 0xC000 | HEADER.size  # the name of the question, which begins behind the header


def main() -> None:
    """Answer until the end."""
    names = {}
    for argument in sys.argv[1:]:
        name, _, addresses = argument.partition("=")
        names[name] = addresses.split(",")

    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("", 53))
    while True:
        query, client = server.recvfrom(512)
        server.sendto(answer(query, names), client)


def answer(query: bytes, names: dict[str, list[str]]) -> bytes:
    """Return the reply to a query."""
    number, flags, *_ = HEADER.unpack_from(query)
    name, question = read_question(query)
    kind, _ = struct.unpack(">HH", question[-4:])
    addresses = names.get(name.lower(), []) if kind == IPV4 else []
    error = 0 if name.lower() in names else NO_SUCH_NAME
    print(name, ", ".join(addresses) or "no answer", flush=True)

    flags = RESPONSE | AUTHORITATIVE | flags & RECURSION_WANTED | error
    reply = HEADER.pack(number, flags, 1, len(addresses), 0, 0) + question
    for address in addresses:
        reply += ANSWER.pack(SAME_NAME, IPV4, INTERNET, 5, 4, socket.inet_aton(address))

    return reply


def read_question(query: bytes) -> tuple[str, bytes]:
    """Return the name that is asked for, and the bytes of the whole question."""
    labels = []
    at = HEADER.size
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode())
        at += 1 + query[at]

    return ".".join(labels), query[HEADER.size : at + 5]


if __name__ == "__main__":
    main()
' web.default.svc.cluster.local=10.244.0.4,10.244.0.5 >"$name_server_log" 2>&1 & name_server=$!
    started "$name_server" ip
    kept p3 "$name_server"
    step wait_for
    wait_for 10 "ip netns exec dns ss -Hlun 'sport = :53' 2>/dev/null | grep -q ." "$name_server" "$name_server_log"

    # The client finds the service by its name, and reaches each of its pods.
    ip netns exec client python3 -c '"""A resolver that fits on a page, and a client of a web service.

    python3 dns_client.py SERVER SEARCH NAME POD…

It asks SERVER for NAME.SEARCH, as the resolver of a pod does for short names, fetches a page from
each address, and fails unless exactly these pods answer. Without pods, the name must not exist.
scripts/k8s/dns.py runs it.
"""

import socket
import struct
import sys
from http.client import HTTPConnection

IPV4, INTERNET = 1, 1
RECURSION_WANTED = 0x0100
HEADER = struct.Struct(">6H")  # number, flags, then how many questions and answers of three kinds
ANSWER = struct.Struct(">HHHLH4s")  # name, type, class, seconds to keep, length, address


def main() -> None:
    """Resolve the name, and fetch from all its addresses."""
    server, search, name, *pods = sys.argv[1:]
    addresses = resolve(server, f"{name}.{search}")
    print(f"{name}.{search}", ", ".join(addresses) or "does not exist")

    answers = [fetch(address) for address in addresses]
    sys.exit(sorted(answers) != sorted(pods))


def resolve(server: str, name: str) -> list[str]:
    """Return the addresses of a name. There are none if it does not exist."""
    labels = [bytes([len(label)]) + label.encode() for label in name.split(".")]
    question = b"".join(labels) + b"\0" + struct.pack(">HH", IPV4, INTERNET)
    query = HEADER.pack(1, RECURSION_WANTED, 1, 0, 0, 0) + question

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(10)
        client.connect((server, 53))
        client.send(query)
        reply = client.recv(512)

    answers = ANSWER.iter_unpack(reply[len(query) :])
    return [socket.inet_ntoa(address) for *_, address in answers]


def fetch(address: str) -> str:
    """Return the page of a web server."""
    web = HTTPConnection(address, 8080, timeout=10)
    web.request("GET", "/")
    return web.getresponse().read().decode()


if __name__ == "__main__":
    main()
' 10.244.0.3 default.svc.cluster.local web web1 web2

    # A name that nobody has is answered too: it does not exist.
    ip netns exec client python3 -c '"""A resolver that fits on a page, and a client of a web service.

    python3 dns_client.py SERVER SEARCH NAME POD…

It asks SERVER for NAME.SEARCH, as the resolver of a pod does for short names, fetches a page from
each address, and fails unless exactly these pods answer. Without pods, the name must not exist.
scripts/k8s/dns.py runs it.
"""

import socket
import struct
import sys
from http.client import HTTPConnection

IPV4, INTERNET = 1, 1
RECURSION_WANTED = 0x0100
HEADER = struct.Struct(">6H")  # number, flags, then how many questions and answers of three kinds
ANSWER = struct.Struct(">HHHLH4s")  # name, type, class, seconds to keep, length, address


def main() -> None:
    """Resolve the name, and fetch from all its addresses."""
    server, search, name, *pods = sys.argv[1:]
    addresses = resolve(server, f"{name}.{search}")
    print(f"{name}.{search}", ", ".join(addresses) or "does not exist")

    answers = [fetch(address) for address in addresses]
    sys.exit(sorted(answers) != sorted(pods))


def resolve(server: str, name: str) -> list[str]:
    """Return the addresses of a name. There are none if it does not exist."""
    labels = [bytes([len(label)]) + label.encode() for label in name.split(".")]
    question = b"".join(labels) + b"\0" + struct.pack(">HH", IPV4, INTERNET)
    query = HEADER.pack(1, RECURSION_WANTED, 1, 0, 0, 0) + question

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(10)
        client.connect((server, 53))
        client.send(query)
        reply = client.recv(512)

    answers = ANSWER.iter_unpack(reply[len(query) :])
    return [socket.inet_ntoa(address) for *_, address in answers]


def fetch(address: str) -> str:
    """Return the page of a web server."""
    web = HTTPConnection(address, 8080, timeout=10)
    web.request("GET", "/")
    return web.getresponse().read().decode()


if __name__ == "__main__":
    main()
' 10.244.0.3 default.svc.cluster.local mail
}

down() {
    undo_process p3
    undo_process p2
    undo_process p1
    ours 9 dev veth-web2 && undo 9 ip link del veth-web2
    ours 7 dev veth-web1 && undo 7 ip link del veth-web1
    ours 5 dev veth-dns && undo 5 ip link del veth-dns
    ours 3 dev veth-client && undo 3 ip link del veth-client
    ours 1 dev cni0 && undo 1 ip link del cni0
    ours 8 netns web2 && vacate web2 && undo 8 ip netns del web2
    ours 6 netns web1 && vacate web1 && undo 6 ip netns del web1
    ours 4 netns dns && vacate dns && undo 4 ip netns del dns
    ours 2 netns client && vacate client && undo 2 ip netns del client
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
    state=$folder/4bbd0fb45a19-$(stat -L -c %i /proc/self/ns/net)
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
    say "up stopped with status $status at command $number of 43: $line"
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

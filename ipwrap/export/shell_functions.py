"""The functions of an exported script for background processes and waits, in plain sh.

A script contains only the functions that it needs: see `ScriptFunctions`.
"""

from attrs import define

__all__ = [
    "DELETE_LOGS",
    "OPEN_LOGS",
    "RESERVED_VARIABLES",
    "STATE_OF_NAMESPACES",
    "STATE_OF_PROCESSES",
    "ScriptFunctions",
]

# Seconds of /proc/uptime, which no change of the clock moves; at least as many as were asked for.
WITHIN = """
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
"""

TELL = """
# Say something, in characters that are safe on a terminal.
tell() {
    printf '%s\\n' "$*" | tr -c '[:print:]\\n' '?' >&2
}
"""

WAIT = """
# Wait until a condition holds, at most so many seconds.
wait_for() {
    if within "$1" holds "$2"; then return 0; fi
    tell "wait_for: it did not hold within $1 s: $2"
    return 1
}

holds() {
    (eval "$1") >/dev/null 2>&1
}
"""

WAIT_FOR_PROCESS = """
# Wait until a condition holds, at most so many seconds. A process, if given, must not end before
# (but for a daemon, whose child gets 2 seconds more): then the end of its log is shown.
wait_for() {
    looks=0
    problem="it did not hold within $1 s"
    within "$1" is_settled "$2" "${3:-}" || :
    if [ -z "$problem" ]; then return 0; fi
    tell "wait_for: $problem: $2"
    if [ -e "${4:-}" ]; then tail -n 5 "$4" | tr -c '[:print:]\\n' '?' >&2; fi
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
"""

# How `wait_for` looks: in a subshell, so that the commands are not counted.
LOOK = '(eval "$1")'
LOOK_BY_SUDO = 'sudo sh -c "$1"'

# A session of its own, by setsid(1), has the number of its first process, as has its process group.
# A number is used again only when no process of the group is left. `kill -TERM "-$pid"` is the one
# form for a group that dash and busybox both take.
PROCESSES = """
# ---- Background processes. Each leads a session (setsid is of util-linux, and of busybox), so that
# a signal reaches all that it started. `processes` holds those of this script, the newest first, as
# PID:START: a pid may be another's later.
processes=

# Print when a process started, in ticks since the boot; nothing for one that has ended.
start_of() {
    sed -n '$s/.*) \\([^ZX]\\)/\\1/p' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20
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
"""

WAIT_WITHIN = """
# Wait for the end of a process, at most so many seconds, and return its status.
wait_within() {
    if ! within "$1" ended "$2"; then
        tell "wait: the process $2 still runs after $1 s"
        return 124
    fi
    wait "$2"
}
"""

OPEN_LOGS = 'logs=$(mktemp -d "${TMPDIR:-/tmp}/ipwrap-up.XXXXXX")\n'

END_TRAPS = """\
trap end_processes EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
"""

# `up` on a host leaves its processes running.
STATE_OF_PROCESSES = """
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
"""

# A process keeps a deleted namespace alive, without a name, and with its links.
# What `up` has started has IPWRAP_UP in its environment, also a daemon that has left its session.
STATE_OF_NAMESPACES = """
# Print the pids of the processes in a namespace, but for the workers of ipwrap, which leave one
# that is deleted.
inhabitants() {
    for inhabitant in $(command ip netns pids "$1" 2>/dev/null); do
        parent=$(sed -n '$s/.*) . \\([0-9]*\\) .*/\\1/p' "/proc/$inhabitant/stat" 2>/dev/null) || :
        case $(words_of "$parent") in
            *"/ipwrap/executors/spawner_main.py "*) ;;
            *) echo "$inhabitant" ;;
        esac
    done
}

# Print the command line of a process, with a blank behind each word.
words_of() {
    tr '\\0' ' ' 2>/dev/null <"/proc/$1/cmdline" || :
}

# Print the pids of those processes in a namespace that `up` has started.
own_inhabitants() {
    for own_pid in $(inhabitants "$1"); do
        variables=$(tr '\\0' '\\n' 2>/dev/null <"/proc/$own_pid/environ" || :)
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
"""

DELETE_LOGS = """
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
"""

# Variables of the script that a process must not take as its own: those of the functions, those
# that a shell or many programs give a meaning, and the words that no variable can have.
NAMES = """
boot deadline etc failed family folder id inhabitant key left line link listed logs looks mark
netns new nl note notes now number object old own_pid parent pid previous problem process processes
script shown signal standing start state status task tries user variables word words
all_proxy argv auto_resume cdpath ftp_proxy histchars http_proxy https_proxy module_path
no_proxy path pipestatus prompt psvar signals watch
"""
RESERVED_VARIABLES = frozenset(NAMES.split())


@define
class ScriptFunctions:
    """The functions that the lines of a script need.

    - ``waits``: whether the script waits; ``watches``: whether it waits until a process is ready
    - ``processes``: whether the script has processes; ``logs``: also processes without a log file
    - ``limits``: whether the script waits for the end of a process with a time limit
    - ``sudo``: whether a wait runs `sudo`
    - ``namespaces``: whether `down` deletes namespaces
    """

    waits: bool = False
    watches: bool = False
    processes: bool = False
    logs: bool = False
    limits: bool = False
    sudo: bool = False
    namespaces: bool = False

    @property
    def text(self) -> str:
        """The functions, each behind an empty line; empty if none is needed."""
        parts: list[str] = []
        if self.waits or self.processes or self.namespaces:
            parts.append(WITHIN)
        if self.waits or self.limits:
            parts.append(TELL)
        if self.waits:
            wait = WAIT_FOR_PROCESS if self.watches else WAIT
            parts.append(wait.replace(LOOK, LOOK_BY_SUDO) if self.sudo else wait)
        if self.processes:
            parts.append(PROCESSES)
        if self.limits:
            parts.append(WAIT_WITHIN)
        return "".join(parts)

    @property
    def preamble(self) -> str:
        """The functions of a script of commands, and the lines for processes."""
        if not self.processes:
            return f"{self.text}\n" if self.text else ""
        open_logs = OPEN_LOGS if self.logs else ""
        return f"{self.text}\n{END_TRAPS}{open_logs}\n"

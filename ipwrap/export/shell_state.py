"""The part of an exported script that notes the objects of `up`, so that `down` deletes no others.

The state file holds the boot, and a line for each object: the number in the script, and the
identity, or the mark of a deleted object. No line of the file is ever run: the commands are in the
script.
"""

from collections.abc import Iterable

from ipwrap.export.shell_functions import (
    DELETE_LOGS,
    OPEN_LOGS,
    STATE_OF_NAMESPACES,
    STATE_OF_PROCESSES,
    ScriptFunctions,
)

__all__ = ["state_functions"]

STATE = """
# ---- The rest counts the commands, notes what they make, and serves the words of the usage.

nl='
'
number=0

{counters}step() {{
    number=$((number + 1))
    line=$*
}}

# Note a new object with its identity.
made() {{
    mark=$1
    shift
    identify "$@"
    if [ ! -e "$state" ]; then echo "$boot" >"$state"; fi
    echo "$mark $id" >>"$state"
}}

# Note that an object is gone.
gone() {{
    echo "$1 gone" >>"$state"
}}

{lists}# A namespace is known by its inode and the time of its making, a link by its index.
identify() {{
    id=here
    netns=
    if [ "${{1:-}}" = netns ]; then
        netns=$2
        id=$(stat -L -c %i.%Z "/var/run/netns/$netns") || return
        shift 2
    fi
    if [ "${{1:-}}" = dev ]; then
        link=$(command ip ${{netns:+-n "$netns"}} -o link show dev "$2") || return
        id=$id/${{link%%:*}}
    fi
{shown}}}

# Tell whether an object is the one that `up` made.
ours() {{
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
}}

undo() {{
    mark=$1
    shift
    if "$@"; then
        gone "$mark"
    else
        failed=1
        left=yes
    fi
}}

{sysctls}{rescued}# Say something, in characters that are safe on a terminal.
say() {{
    printf '%s: %s' "$script" "$*" | tr -c '[:print:]' '?' >&2
    echo >&2
}}

# Find the state file: for this script, in this network namespace.
locate() {{
    script="sh $0"
    if [ ! -r "$0" ]; then script="this script"; fi
    if [ -w /run ]; then
        folder=/run/ipwrap-up
    elif [ -w "${{XDG_RUNTIME_DIR:-}}" ]; then
        folder=$XDG_RUNTIME_DIR/ipwrap-up
    else
        folder=${{HOME:?has to be set, for the state file}}/.local/state/ipwrap-up
    fi
    state=$folder/{lab}-$(stat -L -c %i /proc/self/ns/net)
    read -r boot </proc/sys/kernel/random/boot_id
}}

# Read the state file, unless it is of an earlier boot.
recall() {{
    if [ ! -e "$state" ]; then return 1; fi
    notes=$nl$(cat "$state")$nl
    case $notes in
        "$nl$boot$nl"*) ;;
        *) return 1 ;;
    esac
    standing=
    left=
    failed=0
}}

build() {{
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
{open_logs}{marker}    up
    trap - EXIT HUP INT TERM
{leave_processes}}}

# Say where `up` stopped, and what to do.
stopped() {{
    status=$?
    trap - EXIT
{masks}    say "up stopped with status $status at command $number of {count}: $line"
    if [ "$task" != up ]; then
        :
    elif [ -e "$state" ]; then
        say "what it made is noted in $state: $script down takes away that, and nothing else"
    else
        say "it has made nothing that down would have to take away"
    fi
{end_processes}    exit "$status"
}}

take_away() {{
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
{delete_logs}    fi
    return "$failed"
}}
"""

LISTS = """\
# A command that may find its object there already makes one only if the list grows. A qdisc with
# the handle 0 is the default, which the first one replaces.
before() {
    listed=$(length "$@")
}

same() {
    [ "$(length "$@")" -le "$listed" ]
}

length() {
    command "$@" | grep -c -v ' 0: ' || :
}

"""

SHOWN = """\
    # A route or next hop is known by its links: `up` and `down` read where it goes.
    case ${1:-} in
        route | nexthop) ;;
        *) return 0 ;;
    esac
    family=
    case $* in *:*) family=-6 ;; esac
    object=$1
    shift
    shown=$(command ip ${netns:+-n "$netns"} ${family:+"$family"} -o "$object" show "$@") || shown=
    previous=
    set -f
    for word in ${shown%%"$nl"*}; do
        if [ "$previous" = dev ]; then
            link=$(command ip ${netns:+-n "$netns"} -o link show dev "$word") || link=gone
            id=$id/${link%%:*}
        fi
        previous=$word
    done
    set +f
    if [ -z "$shown" ]; then id=$id/none; fi
"""

RESCUED = """\
# Tell whether all went well so far: else a namespace may hold a link that is not ours.
rescued() {
    if [ "$failed" = 1 ]; then left=yes; fi
    [ "$failed" = 0 ]
}

"""

SYSCTLS = """\
# Print the value of a sysctl, nothing for one that is missing: KEY [netns NAME].
value() {
    key=$1
    shift
    if [ "$#" -gt 0 ]; then set -- command ip netns exec "$2"; fi
    "$@" sysctl -n "$key" 2>/dev/null | tr -s '[:blank:]' ' ' || :
}

# Note the value of a sysctl before and after a command, if the command has changed it.
wrote() {
    mark=$1
    old=$2
    key=$3
    shift 3
    new=$(value "$key" "$@")
    if [ -z "$old" ] || [ "$old" = "$new" ]; then return; fi
    identify "$@"
    if [ ! -e "$state" ]; then echo "$boot" >"$state"; fi
    echo "$mark $id $new < $old" >>"$state"
}

# Write the value before back to a sysctl, if the sysctl still has the value that `up` wrote.
restore() {
    mark=$1
    key=$2
    shift 2
    case $notes in
        *"$nl$mark gone$nl"*) return ;;
        *"$nl$mark "*) ;;
        *) return ;;
    esac
    note=${notes#*"$nl$mark "}
    note=${note%%"$nl"*}
    new=${note#* }
    old=${new#* < }
    new=${new%% < *}
    if identify "$@" 2>/dev/null && [ "$id" = "${note%% *}" ]; then
        if [ "$(value "$key" "$@")" = "$new" ]; then
            standing=yes
            if [ "$task" != down ]; then return; fi
            if [ "$#" -gt 0 ]; then set -- command ip netns exec "$2"; fi
            undo "$mark" "$@" sysctl -q -w "$key=$old"
            return
        fi
    fi
    if [ "$task" = down ]; then
        say "$key${2:+ in $2} has another value than this script wrote: left alone"
        gone "$mark"
        failed=1
    fi
}

"""

COUNTER = """\
{program}() {{
    step "{program} $*"
    command {program} "$@"
}}

"""

MASK = """\
    case $line in *"${{{name}:-$nl}}"*) line="one with the secret {name}" ;; esac
"""

LEAVE_PROCESSES = """\
    if [ "$task" = up ]; then leave_processes; fi
"""

# `down` knows by it what `up` has started.
MARKER = """\
    if [ "$task" = up ]; then export IPWRAP_UP="$state"; fi
"""


def state_functions(
    lab: str,
    *,
    count: int,
    programs: Iterable[str],
    secrets: Iterable[str],
    has_rescues: bool,
    has_lists: bool,
    has_shown: bool,
    has_sysctls: bool,
    functions: ScriptFunctions,
) -> str:
    """Return the functions that note the objects of `up`, and read the notes for `down`.

    - ``lab``: names the state file
    - ``count``: the number of commands
    - ``programs``: the programs of iproute2 that are counted by functions of the same name
    - ``secrets``: the secrets whose values are never printed
    - ``has_rescues``: add the function `rescued`
    - ``has_lists``: add the functions that compare lists
    - ``has_sysctls``: add the functions that save and restore sysctls
    - ``has_shown``: add the functions that identify routes
    - ``functions``: the functions for background processes and waits
    """
    counters = [COUNTER.format(program=program) for program in sorted(programs)]
    masks = [MASK.format(name=name) for name in sorted(secrets)]

    text = STATE.format(
        lab=lab,
        count=count,
        counters="".join(counters),
        masks="".join(masks),
        lists=LISTS if has_lists else "",
        sysctls=SYSCTLS if has_sysctls else "",
        shown=SHOWN if has_shown else "",
        rescued=RESCUED if has_rescues else "",
        open_logs=f"    {OPEN_LOGS}" if functions.logs else "",
        marker=MARKER * functions.namespaces,
        leave_processes=LEAVE_PROCESSES * functions.processes,
        end_processes="    end_processes\n" * functions.processes,
        delete_logs="        delete_logs\n" * functions.logs,
    )
    text += functions.text
    if functions.processes:
        text += STATE_OF_PROCESSES
    if functions.namespaces:
        text += STATE_OF_NAMESPACES
    return text + DELETE_LOGS if functions.logs else text

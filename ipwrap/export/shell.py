"""A recording as a shell script that builds the same state, and deletes it again.

The script needs only sh and iproute2.
"""

import shlex
from collections.abc import Iterator

from ipwrap.export.comments import one_line
from ipwrap.export.exporter import Exporter
from ipwrap.export.shell_state import state_functions
from ipwrap.export.shell_up import UpFunction
from ipwrap.export.shellcheck import ScriptLines
from ipwrap.export.spooled import SpooledText
from ipwrap.places.etc_netns import LAYER_ON_ETC
from ipwrap.places.sandbox import HOLDER, UNSHARE
from ipwrap.recording import RecordingView
from ipwrap.version import __version__

__all__ = ["shell"]

HEAD = """\
#!/bin/sh
# Written by ipwrap {version}. It needs sh and iproute2, and util-linux for --sandbox.
#
#   sh {name}             build it, here
#   sh {name} down        take away what `up` made here, in reverse, and nothing else
#   sh {name} state       print the path of the file where `up` notes what it made
#   sh {name} --sandbox   build it in a throw-away place, without root, and leave a shell there
#   sh {name} --sandbox -- COMMAND...   the same, and run a command there instead
{disable}set -eu
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH
"""
TAIL = """
sandbox() {{
    if [ ! -r "$0" ]; then
        echo "--sandbox needs the script as a file: sh FILE --sandbox" >&2
        exit 2
    fi
    user=--map-root-user
    # Root without CAP_SYS_ADMIN, as in a container, needs a user namespace as others do.
    if [ "$(id -u)" = 0 ] && unshare --mount true 2>/dev/null; then user=; fi
    exec unshare $user {unshare} sh "$0" --inside "$@"
}}

inside() {{
{inside}
    build >&2 </dev/null
{end_trap}    if [ "$#" = 0 ]; then set -- "${{SHELL:-/bin/sh}}"; fi
    "$@"
}}

usage() {{
    echo "usage: sh $0 [up | down | state | --sandbox [-- COMMAND...]]" >&2
    exit 2
}}

task=${{1:-up}}
if [ "$#" -gt 0 ]; then shift; fi
if [ "$task" = --sandbox ] && [ "${{1:-}}" = -- ]; then
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
"""


@Exporter
def shell(recording: RecordingView, *, reads: bool = False, name: str = "SCRIPT") -> Iterator[str]:
    """Yield a script that repeats the changes of a recording, and deletes their results on `down`.

    Notes become comments. Read-only commands are left out unless ``reads`` is True. A failure is
    tolerated if the session went on after the same failure.
    """
    name = shlex.quote(" ".join(one_line(name).split()))
    holder_lines = HOLDER.strip().splitlines()[1:4]

    # The directive in the head depends on all lines below it.
    notes = ScriptLines()
    with SpooledText() as body:
        up = UpFunction(recording, reads=reads)
        body.write(notes.survey(up.lines()))
        for _ in notes.survey(up.down_lines()):
            pass

        yield HEAD.format(version=__version__, name=name, disable=notes.directive)
        yield "\nup() {\n"
        yield from body

    yield "}\n\ndown() {\n"
    yield from up.down_lines()
    yield "}\n"
    yield state_functions(
        notes.checksum.hexdigest()[:12],
        count=up.count,
        programs=up.programs,
        secrets=up.secrets,
        has_rescues=bool(up.marks.foreign_netns),
        has_lists=up.has_lists,
        has_sysctls=up.has_sysctls,
        has_shown=up.marks.has_shown,
        functions=up.processes.functions,
    )
    if up.names_etc_netns:
        holder_lines += LAYER_ON_ETC.splitlines()
    holder = "\n".join(f"    {line}" for line in holder_lines)
    end_trap = "    trap end_processes EXIT\n" if up.processes.functions.processes else ""
    yield TAIL.format(unshare=" ".join(UNSHARE), inside=holder, end_trap=end_trap)

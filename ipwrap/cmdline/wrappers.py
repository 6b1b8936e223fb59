"""Programs that run another program, such as `timeout 10 tcpdump`, and the wrapped program."""

import re

from msgspec import Struct

from ipwrap.system.lazy_pattern import lazy_pattern

__all__ = ["WRAPPERS", "innermost_program", "wrapped_program"]

Arguments = tuple[str, ...]

ASSIGNMENT = lazy_pattern(r"[A-Za-z_][A-Za-z0-9_]*=.*", re.DOTALL)


class _Wrapper(Struct, frozen=True):
    """The arguments of a wrapper before the wrapped program.

    - ``values``: the options whose value is the next argument, unless the value is joined by `=`
    - ``positionals``: the number of arguments between the options and the program
    - ``assignments``: whether NAME=VALUE may come before the program
    - ``other_uses``: the options with which the wrapper runs no program of its arguments
    """

    values: frozenset[str] = frozenset()
    positionals: int = 0
    assignments: bool = False
    other_uses: frozenset[str] = frozenset()


def _words(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


# The options are those of coreutils, util-linux and sudo; an unlisted one takes no value, or has it
# in the same argument (`-n5`, `--net=/run/netns/red`).
WRAPPERS: dict[str, _Wrapper] = {
    "chrt": _Wrapper(
        _words("-T -P -D --sched-runtime --sched-period --sched-deadline"),
        positionals=1,
        other_uses=_words("-p --pid -m --max"),
    ),
    "doas": _Wrapper(_words("-u -C"), other_uses=_words("-s -L")),
    "env": _Wrapper(
        _words("-u --unset -C --chdir"), assignments=True, other_uses=_words("-S --split-string")
    ),
    "ionice": _Wrapper(
        _words("-c --class -n --classdata"),
        other_uses=_words("-p --pid -P --pgid -u --uid"),
    ),
    "nice": _Wrapper(_words("-n --adjustment")),
    "nohup": _Wrapper(),
    "nsenter": _Wrapper(
        _words("-t --target -S --setuid -G --setgid"), other_uses=_words("-V --version")
    ),
    "setpriv": _Wrapper(
        _words(
            "--ambient-caps --inh-caps --bounding-set --ruid --euid --rgid --egid --reuid --regid "
            "--groups --securebits --pdeathsig --ptracer --selinux-label --apparmor-profile"
        ),
        other_uses=_words("-d --dump --list-caps"),
    ),
    "setsid": _Wrapper(),
    "stdbuf": _Wrapper(_words("-i --input -o --output -e --error")),
    "sudo": _Wrapper(
        _words(
            "-u --user -g --group -h --host -p --prompt -C --close-from -D --chdir -R --chroot "
            "-r --role -t --type -T --command-timeout"
        ),
        assignments=True,
        other_uses=_words("-e --edit -i --login -l --list -s --shell -v --validate"),
    ),
    "taskset": _Wrapper(positionals=1, other_uses=_words("-p --pid")),
    "time": _Wrapper(_words("-f --format -o --output")),
    "timeout": _Wrapper(_words("-k --kill-after -s --signal"), positionals=1),
    "unbuffer": _Wrapper(),
    "unshare": _Wrapper(
        _words(
            "-R --root -w --wd -S --setuid -G --setgid --propagation --setgroups "
            "--map-user --map-users --map-group --map-groups --monotonic --boottime"
        )
    ),
}


def wrapped_program(argv: Arguments) -> Arguments | None:
    """Return the program that a wrapper runs, with the program's arguments.

    None if the first argument is no wrapper, or the wrapped program is not among the arguments.
    """
    wrapper = WRAPPERS.get(argv[0].rpartition("/")[2])
    if wrapper is None:
        return None

    index = 1
    while index < len(argv):
        argument = argv[index]
        if argument == "--":
            index += 1
            break
        if not argument.startswith("-"):  # `-` alone is an option of env
            break
        if argument.partition("=")[0] in wrapper.other_uses:
            return None

        index += 2 if argument in wrapper.values else 1

    index += wrapper.positionals
    while wrapper.assignments and index < len(argv) and ASSIGNMENT.fullmatch(argv[index]):
        index += 1

    inner = argv[index:]
    return inner if inner and inner[0] else None


def innermost_program(argv: Arguments) -> Arguments:
    """Return the program behind all wrappers: `ping` of `nice timeout 5 ping 10.0.0.1`."""
    while True:
        inner = wrapped_program(argv)
        if inner is None:
            return argv
        argv = inner

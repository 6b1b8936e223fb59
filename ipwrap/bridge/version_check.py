"""Options that the installed iproute2 would silently ignore.

`bridge` ignores unknown arguments of vlan, mdb and mst, and of fdb show and flush.
"""

from typing import Any

from ipwrap.errors import UnknownOption
from ipwrap.options.table import options_of, to_args
from ipwrap.system.release import Release
from ipwrap.verbs.runner import Runner

__all__ = ["build_supported"]


def build_supported(runner: Runner, cls: type, *, options: Any) -> tuple[str, ...]:
    """Return the arguments of the options, as `to_args` does, if iproute2 knows every option.

    Raises `UnknownOption` for an option newer than the installed iproute2, which would silently
    ignore the option and its value.
    """
    arguments = to_args(cls, options)

    given_options = [option for option in options_of(cls) if options.get(option.name) is not None]
    dated_options = [option for option in given_options if option.since]

    # `iproute2` of a session opens the session: not without need.
    if not dated_options:
        return arguments

    installed = Release.parse(getattr(runner, "iproute2", None))

    for option in dated_options:
        required = Release.parse(option.since)

        if installed is None or required is None or installed >= required:
            continue

        raise UnknownOption(
            f"{option.name}: needs iproute2 {option.since}; the installed {installed} may silently "
            "ignore the option; leave the option out, or install a newer iproute2"
        )

    return arguments

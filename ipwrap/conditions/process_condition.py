"""Conditions on a background process of the session."""

import re
from typing import Any

from attrs import field, frozen

from ipwrap.conditions.base import Condition, check_public, positional
from ipwrap.conditions.process_words import NAMED_VARIABLES
from ipwrap.errors import InvalidArgument

__all__ = ["PROCESS_NAME", "ProcessCondition"]

PROCESS_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")  # it is a variable of exported scripts


def _to_process_name(process: Any) -> Any:
    """Return the name of a background process; anything else unchanged."""
    return process if isinstance(process, str) else getattr(process, "name", process)


@frozen
class ProcessCondition(Condition):
    """The base class of conditions on a background process.

    ``process``: the process that `spawn` has returned, or its name
    """

    process: str = field(metadata=positional(), converter=_to_process_name)

    def __attrs_post_init__(self) -> None:
        name = check_public(self.process, "process")
        if not PROCESS_NAME.fullmatch(name):
            raise InvalidArgument(
                f"process: {name!r} is no name of a background process; give the process that "
                "spawn() has returned, or its name"
            )

    def shell_test(self, netns: str | None) -> str:
        """Return a test with the variables that are named like the process."""
        return self.script_test(netns, NAMED_VARIABLES)

"""`HeldProgram`: a program that a helper holds inside a place."""

from collections.abc import Mapping

import pytest
from attrs import frozen

from ipwrap import Command, ExecutorError, Local
from ipwrap.executors.background import HeldProgram


@frozen
class PlaceWithoutPython(Local):
    """A place in which no helper starts: another program ends at once instead."""

    def wrap(
        self,
        argv: tuple[str, ...],  # noqa: ARG002 - as `Place`
        *,
        variables: Mapping[str, str] | None = None,  # noqa: ARG002 - as `Place`
    ) -> tuple[str, ...]:
        """Return the arguments of a program that reads nothing."""
        return ("false",)


def test_helper_that_does_not_start_is_an_error() -> None:
    """The end of a helper that has read nothing is a documented error, with the command."""
    with pytest.raises(ExecutorError, match="sleep 1000: cannot be run: its helper has ended"):
        HeldProgram.start(Command(("sleep", "1000")), PlaceWithoutPython(), log=None)

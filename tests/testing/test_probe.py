"""What this machine can do, tried and not guessed."""

import pytest

from ipwrap import PlaceError, Sandbox
from ipwrap.testing.probe import sandbox_problem, kind_problem


@pytest.mark.live
def test_kinds_that_are_there_and_that_are_not(session: object) -> None:
    """A kind that lacks an option is there all the same; one that the kernel does not know is not."""
    assert kind_problem("veth") is None
    assert kind_problem("vxlan") is None or "Unknown device type" in str(kind_problem("vxlan"))
    assert (
        "this kernel makes no links of type nonsense: Error: Unknown device type."
        == kind_problem("nonsense")
    )


@pytest.mark.live
def test_a_sandbox_is_tried(session: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one opens, nothing is said; where none does, the reason."""
    sandbox_problem.cache_clear()
    assert sandbox_problem() is None

    def refuse(_: Sandbox) -> bool:
        raise PlaceError("a setting forbids it")

    sandbox_problem.cache_clear()
    monkeypatch.setattr(Sandbox, "open", refuse)
    assert "no sandbox here: a setting forbids it" == sandbox_problem()
    sandbox_problem.cache_clear()

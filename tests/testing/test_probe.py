"""The machine's support for labs is determined by experiment."""

import pytest

from ipwrap import PlaceError, Sandbox
from ipwrap.testing.probe import kind_problem, sandbox_problem


@pytest.mark.live
def test_known_and_unknown_kinds(session: object) -> None:
    """A kind with missing options is known to the kernel, and a nonsense kind is not."""
    assert kind_problem("veth") is None
    assert kind_problem("vxlan") is None or "Unknown device type" in str(kind_problem("vxlan"))
    assert (
        "this kernel makes no links of type nonsense: Error: Unknown device type."
        == kind_problem("nonsense")
    )


@pytest.mark.live
def test_sandbox_problem_is_the_reason(session: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """The result is None if a sandbox opens, and the reason otherwise."""
    sandbox_problem.cache_clear()
    assert sandbox_problem() is None

    def refuse(_: Sandbox) -> bool:
        raise PlaceError("a setting forbids it")

    sandbox_problem.cache_clear()
    monkeypatch.setattr(Sandbox, "open", refuse)
    assert "no sandbox here: a setting forbids it" == sandbox_problem()
    sandbox_problem.cache_clear()

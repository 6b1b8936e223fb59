"""A background process sleeps, or has work to do."""

import subprocess

import pytest

from ipwrap import Session, until
from ipwrap.conditions import Condition
from tests.conditions.agreement import Lab, check_value, pytest_id
from tests.waiting import until as wait_until

CASES: list[tuple[Condition, bool]] = [
    (until.idle("sleeper"), True),
    (until.idle("spinner"), False),
]
PROGRAMS = {
    "sleeper": ("sleep", "1000"),
    "spinner": ("sh", "-c", "while :; do :; done"),
}


@pytest.mark.live
@pytest.mark.parametrize(("condition", "expected"), CASES, ids=pytest_id)
def test_look_and_script_agree(session: Session, condition: Condition, expected: bool) -> None:
    """Python and grep read the same state of a process."""
    name = condition.process  # type: ignore[attr-defined]  # of these conditions
    process = session.spawn(*PROGRAMS[name], name=name)
    lab = Lab(session)

    # The program replaces its helper first.
    assert wait_until(lambda: condition.look(lab, None).satisfied == expected)
    assert wait_until(lambda: script_holds(session, condition, pid=process.pid) == expected)
    check_value(condition)


def script_holds(session: Session, condition: Condition, *, pid: int) -> bool:
    """Return whether the test of a script holds, with the pid in the variable of the process."""
    script = f"{condition.process}={pid}; {condition.shell_test(None)}"  # type: ignore[attr-defined]
    completed = subprocess.run(session.place.wrap(("sh", "-c", script)), check=False)
    return completed.returncode == 0


@pytest.mark.live
def test_a_process_that_has_ended_is_idle(session: Session) -> None:
    """It handles nothing any more."""
    process = session.spawn("true", name="done")
    process.stop()

    observation = until.idle("done").look(Lab(session), None)
    assert (True, "it has ended") == (observation.satisfied, observation.seen)
    assert "done sleeps" == str(until.idle(process))

"""What all conditions share: scripts, JSON, source."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ipwrap import InvalidArgument, Recording, RecordingError, until
from ipwrap.conditions import CONDITIONS, Condition, condition_from_json
from ipwrap.conditions.base import shorten
from ipwrap.recording import WaitEvent
from tests.conditions import (
    test_address,
    test_all_of,
    test_gone,
    test_idle,
    test_link,
    test_listening,
    test_neigh,
    test_output,
    test_port_state,
    test_succeeds,
    test_sysctl,
)

MODULES: Any = (
    *(test_address, test_all_of, test_gone, test_idle, test_link, test_listening, test_neigh),
    *(test_output, test_port_state, test_succeeds, test_sysctl),
)
ALL = [case[0] for module in MODULES for case in module.CASES]


def test_every_condition_has_cases() -> None:
    """Each kind of condition is compared with its script, for true and for false."""
    for tag in CONDITIONS:
        results = {case[1] for module in MODULES for case in module.CASES if case[0].tag == tag}
        assert {True, False} == results, tag


def test_every_condition_has_a_constructor() -> None:
    """`ipwrap.until` has exactly the conditions, by their tags."""
    assert sorted(CONDITIONS) == until.__all__
    assert [tag for tag in CONDITIONS if getattr(until, tag).tag != tag] == []
    assert set(until.__all__) <= set(dir(until))

    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        getattr(until, "nothing")  # noqa: B009 - a type checker knows that it is missing


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="needs shellcheck")
def test_shellcheck_finds_nothing() -> None:
    """The tests of all conditions are clean sh, in a loop and behind a negation."""
    lines = ["#!/bin/sh", 'web_log="$1" sleeper=$2 spinner=$3', 'echo "$web_log"']
    for condition in ALL:
        tests = [condition.shell_test(netns) for netns in (None, "pod 'one'")]
        lines += [f"until {test}; do sleep 0.1; done" for test in tests]

    # SC2016, SC1003: a dollar sign and a backslash in single quotes are meant.
    completed = subprocess.run(
        ["shellcheck", "-e", "SC2016,SC1003", "-"],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "" == completed.stdout


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        7,
        "link",
        {},
        {"until": None},
        {"until": []},
        {"until": {"until": "link"}},
        {"until": "nothing"},
        {"until": "x" * 10**6},
        {"until": "link\x1b[2J"},
        {"until": "link"},
        {"until": "link", "dev": None},
        {"until": "link", "dev": 7},
        {"until": "link", "dev": ["v0"]},
        {"until": "link", "dev": "\ud800"},
        {"until": "link", "dev": "x" * 10**6},
        {"until": "link", "dev": "v0", "operstate": "up; reboot"},
        {"until": "link", "dev": "v0", "carrier": 1},
        {"until": "address", "local": "10.0.0.1; reboot"},
        {"until": "address", "tentative": "no"},
        {"until": "address", "local": "::1%$(reboot)"},
        {"until": "port_state", "dev": "p0"},
        {"until": "port_state", "dev": "p0", "state": "forwarding' '"},
        {"until": "neigh", "to": "10.0.0.1", "lladdr": "02:00:00:00:00:0a'; reboot"},
        {"until": "neigh", "to": {}},
        {"until": "listening", "port": "80"},
        {"until": "listening", "port": 80.5},
        {"until": "listening", "port": 10**400},
        {"until": "listening", "port": -1},
        {"until": "listening", "port": 80, "host": "0.0.0.0' or '1"},
        {"until": "succeeds"},
        {"until": "succeeds", "program": "reboot"},
        {"until": "succeeds", "program": []},
        {"until": "succeeds", "program": [7]},
        {"until": "succeeds", "program": ["a\0"]},
        {"until": "output", "process": "$(reboot)", "pattern": "x"},
        {"until": "output", "process": "web", "pattern": "(" * 10**5},
        {"until": "output", "process": "web", "pattern": "(?P<a>x)"},
        {"until": "output", "process": "web"},
        {"until": "gone"},
        {"until": "gone", "link": "v0", "netns": "red"},
        {"until": "gone", "netns": "../../etc/passwd"},
        {"until": "sysctl", "key": "../../etc/passwd", "value": "x"},
        {"until": "sysctl", "key": "net.ipv4.ip_forward", "value": 1},
        {"until": "sysctl", "key": "net.ipv4.ip_forward"},
        {"until": "all_of"},
        {"until": "all_of", "conditions": []},
        {"until": "all_of", "conditions": {}},
        {"until": "all_of", "conditions": [{}]},
        {"until": "all_of", "conditions": [{"until": "all_of", "conditions": []}]},
        {"until": "all_of", "conditions": [{"until": "gone", "link": "a"}] * 10**5},
    ],
    ids=lambda data: repr(data)[:60],
)
def test_hostile_json(data: object, tmp_path: Path) -> None:
    """Whatever a recording says in place of a condition, it is damage, and nothing worse."""
    with pytest.raises((InvalidArgument, msgspec.ValidationError, UnicodeEncodeError)):
        condition_from_json(data)

    path = tmp_path / "hostile.jsonl"
    save_with_wait(path, json.dumps(data))
    with pytest.raises(RecordingError) as caught:
        Recording.load(path)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", str(caught.value))


@pytest.mark.parametrize("depth", [2, 100, 10_000, 200_000])
def test_deeply_nested_json(depth: int, tmp_path: Path) -> None:
    """Conditions inside each other, ten thousand deep, are damage and no recursion."""
    begin = '{"until":"all_of","conditions":['
    leaf = '{"until":"gone","link":"v0"}'

    path = tmp_path / "deep.jsonl"
    save_with_wait(path, begin * depth + leaf + "]}" * depth)
    with pytest.raises(RecordingError):
        Recording.load(path)


def save_with_wait(path: Path, condition: str) -> None:
    """Write a recording with one wait, whose condition is given as JSON."""
    recording = Recording()
    recording.append(WaitEvent(until.link("MARK"), None, 1.0))
    recording.save(path)

    text = path.read_text()
    marked = '{"until":"link","dev":"MARK"}'
    assert marked in text
    path.write_text(text.replace(marked, condition))


@pytest.mark.parametrize("condition", ALL, ids=str)
def test_conditions_survive_a_recording(condition: Condition, tmp_path: Path) -> None:
    """A wait that was written to a file is read as the same wait."""
    event = WaitEvent(condition, "red", 2.5, 0.25, False, "seen", "lab.py:7")
    recording = Recording()
    recording.append(event)

    path = tmp_path / "waits.jsonl"
    recording.save(path)
    assert [event] == [step for step, _ in Recording.load(path).pairs()]


def test_text_is_cut() -> None:
    """What was seen is one line of bounded length."""
    assert "a b" == shorten(" a\n\tb\n")
    assert 200 == len(shorten("x" * 1000))
    assert shorten("x" * 1000).endswith("x…")

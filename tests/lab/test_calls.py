"""Python functions that run inside a namespace."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipwrap import IpwrapError, PlaceError
from ipwrap.lab import Lab, Node


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    """A node with a link, shared by the tests of this file."""
    try:
        lab = Lab().__enter__()
    except PlaceError as error:
        pytest.skip(f"no sandbox on this machine: {error}")
    with lab:
        node = lab.node("h1")
        lab.link(node, lab.node("h2"), names=("inside", None))
        lab.up()
        yield node


@pytest.mark.live
def test_a_function_sees_the_namespace(node: Node) -> None:
    """Links by /sys and by /proc are the node's, the directory is this process's."""

    def look() -> tuple[list[str], bool, str]:
        links = sorted(os.listdir("/sys/class/net"))
        return (
            links,
            "inside" in Path("/proc/self/net/dev").read_text(encoding="ascii"),
            os.getcwd(),
        )

    assert node.call(look) == (["inside", "lo"], True, os.getcwd())


@pytest.mark.live
def test_arguments_are_passed(node: Node) -> None:
    """Arguments by position and by name arrive, and objects of this process stay as they are."""
    calls = []

    def add(first: int, *, second: int) -> int:
        calls.append(first)
        return first + second

    assert (node.call(add, 1, second=2), calls) == (3, [])


@pytest.mark.live
def test_a_failed_assertion_comes_back(node: Node) -> None:
    """The message is that of pytest, and a note has the traceback of the child."""

    def check() -> None:
        links = ["eth0"]
        assert links == ["inside"]

    with pytest.raises(AssertionError, match=r"\['eth0'\] == \['inside'\]") as caught:
        node.call(check)
    assert "in check\n" in caught.value.__notes__[-1]


@pytest.mark.live
@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda: lambda: None, "cannot be sent"),
        (lambda: os.kill(os.getpid(), 9), "by SIGKILL and returned nothing"),
    ],
    ids=["result", "killed"],
)
def test_a_call_without_a_result_says_why(node: Node, function: object, message: str) -> None:
    """A result that cannot be pickled, and a child that is killed, are errors."""
    with pytest.raises(IpwrapError, match=message):
        node.call(function)  # type: ignore[arg-type]

"""A lab deletes the namespaces and files that it has made, and nothing that has their names."""

import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ipwrap import AlreadyExists, CommandError, InvalidArgument, Session
from ipwrap.lab import Lab, NodeSpec, Topology
from ipwrap.lab.ownership import Ownership
from ipwrap.places.etc_netns import FOLDER
from tests.labs import open_sandbox

THEIRS = NodeSpec(name="theirs")


def names_of(session: Session) -> list[str]:
    """Return the names of all namespaces."""
    return sorted(str(netns.name) for netns in session.ip.netns.list())


@pytest.fixture
def session() -> Iterator[Session]:
    """A session in a sandbox of its own."""
    with open_sandbox() as session:
        yield session


@pytest.fixture
def lab(session: Session) -> Lab:
    """A lab of one node, up, beside a namespace of somebody else."""
    lab = Lab(session)
    lab.node("h1")
    lab.up()
    session.ip.netns.add("theirs")
    return lab


@pytest.mark.live
@pytest.mark.parametrize(
    "change",
    [
        lambda lab: lab.node("theirs"),
        lambda lab: lab.apply(Topology(nodes=(THEIRS,))),
    ],
)
def test_a_namespace_of_others_stays(lab: Lab, change: Callable[[Lab], object]) -> None:
    """A change that needs its name is refused, with nothing declared; `down` leaves it alone."""
    before = lab.topology()

    with pytest.raises(InvalidArgument, match="there are namespaces theirs already"):
        change(lab)
    assert (lab.topology(), lab.failure, names_of(lab.session)) == (before, None, ["h1", "theirs"])

    lab.down()
    assert names_of(lab.session) == ["theirs"]


@pytest.mark.live
def test_a_namespace_that_others_made_in_time_stays(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is made behind the lab's look: the lab fails, and `down` deletes its own ones."""
    look = Ownership.refuse_foreign

    def look_early(*arguments: Any, **options: Any) -> None:
        look(*arguments, **options)
        place = lab.session.place
        subprocess.run(place.wrap(("ip", "netns", "add", "other")), check=True)

    monkeypatch.setattr(Ownership, "refuse_foreign", look_early)
    with pytest.raises(AlreadyExists):
        lab.declare((NodeSpec(name="h2"), NodeSpec(name="other"), NodeSpec(name="h3")), ())

    lab.down()
    assert names_of(lab.session) == ["other", "theirs"]


@pytest.mark.live
def test_a_namespace_that_has_come_for_the_lab_s_stays(lab: Lab) -> None:
    """The name of a node is another namespace's by now: `down` leaves that alone, and says so."""
    lab.session.ip.netns.delete("h1")
    lab.session.ip.netns.add("h1")

    lab.down()

    assert names_of(lab.session) == ["h1", "theirs"]
    notes = [event.text for event in lab.session.recording.events if hasattr(event, "text")]
    assert notes == ["The namespace h1 is not that of the lab, and stays."]


@pytest.mark.live
def test_a_namespace_that_is_gone_is_no_error(lab: Lab) -> None:
    """`down` and `apply` delete what is there."""
    lab.node("h2")
    lab.session.ip.netns.delete("h1")
    lab.apply(Topology(nodes=(NodeSpec(name="h2"),)))
    lab.session.ip.netns.delete("h2")

    lab.down()
    assert (names_of(lab.session), lab.is_up) == (["theirs"], False)


@pytest.mark.live
def test_a_node_in_another_role_takes_the_place_of_its_own(lab: Lab) -> None:
    """The lab's own namespace is no foreign one."""
    lab.apply(Topology(nodes=(NodeSpec(name="h1", role="router"),)))

    assert lab.get("h1").sysctl.get("net.ipv4.ip_forward") == 1


@pytest.mark.live
def test_what_a_failed_change_was_to_delete_is_deleted(lab: Lab) -> None:
    """A node that is no longer declared is still the lab's."""
    lab.node("h2")
    failing = NodeSpec(name="h2", routes=("198.51.100.0/24 via 203.0.113.1",))
    with pytest.raises(CommandError):
        lab.apply(Topology(nodes=(failing,)))

    lab.down()
    assert names_of(lab.session) == ["theirs"]


@pytest.mark.live
def test_a_node_that_lists_namespaces_and_fails_is_deleted(session: Session) -> None:
    """What the commands of a node look at does not hide what was made before."""
    lab = Lab(session)
    lab.node("h1", commands=("ip netns list", "false"))
    with pytest.raises(CommandError):
        lab.up()

    lab.down()
    assert names_of(session) == []


@pytest.mark.live
def test_a_file_of_others_stays(session: Session) -> None:
    """A file in /etc/netns that is there is neither overwritten nor removed."""
    path = f"{FOLDER}/h1/hosts"
    session.exec("mkdir", "-p", f"{FOLDER}/h1")
    session.exec("tee", path, stdin="theirs")
    lab = Lab(session)
    lab.node("h2")
    lab.up()

    with pytest.raises(InvalidArgument, match=f"there are files {path} already"):
        lab.node("h1", files={"hosts": "mine"})
    lab.node("h1")
    with pytest.raises(InvalidArgument, match=f"there are files {path} already"):
        lab.apply(Topology(nodes=(NodeSpec(name="h1", files={"hosts": "mine"}),)))

    lab.down()
    assert session.exec("cat", path).stdout == "theirs"


@pytest.mark.live
def test_files_of_the_lab_are_changed_and_removed(session: Session) -> None:
    """A file that the lab has written is its own, and so is that of a namespace that is gone."""
    lab = Lab(session)
    lab.node("h1", files={"hosts": "first"})
    lab.up()
    lab.apply(Topology(nodes=(NodeSpec(name="h1", files={"hosts": "second"}),)))
    text = session.exec("cat", f"{FOLDER}/h1/hosts").stdout

    session.ip.netns.delete("h1")
    lab.down()
    lab.up().down()

    assert text == "second"
    assert not session.exec("test", "-e", f"{FOLDER}/h1", check=False, changes=False).ok


@pytest.mark.live
def test_a_lab_that_cannot_be_built_leaves_nothing(session: Session) -> None:
    """`build` in a session of the caller's takes down what it has made: nobody has the lab."""
    failing = NodeSpec(name="h2", routes=("198.51.100.0/24 via 203.0.113.1",))

    with pytest.raises(CommandError):
        Lab.build(Topology(nodes=(NodeSpec(name="h1"), failing)), session)
    assert names_of(session) == []


@pytest.mark.live
def test_a_lab_that_cannot_be_taken_down_says_so(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error of `build` has a note of what went wrong afterwards."""

    def fail(_: Lab) -> None:
        raise RuntimeError("no way down")

    monkeypatch.setattr(Lab, "down", fail)
    failing = NodeSpec(name="h2", routes=("198.51.100.0/24 via 203.0.113.1",))
    with pytest.raises(CommandError) as caught:
        Lab.build(Topology(nodes=(failing,)), session)
    assert "what was made could not be deleted" in "".join(caught.value.__notes__)

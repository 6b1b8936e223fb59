"""Files of the nodes of a lab, below /etc."""

import os
from pathlib import Path

import pytest
from attrs import evolve

from ipwrap import InvalidArgument, Recording, Session
from ipwrap.lab import Lab
from tests.every_way import differences_by_way
from tests.labs import open_sandbox, run_script, write_script


@pytest.fixture(scope="module")
def recording() -> Recording:
    """A recording of a lab with a node that has a file."""
    with open_sandbox() as session:
        lab = Lab(session)
        lab.node("h1", files={"hosts": "10.9.9.9 server\n"})
        lab.up()
    return session.recording


@pytest.mark.live
def test_a_node_sees_its_files(sandbox_session: Session) -> None:
    """Programs and functions see the file, in that node only; `apply` takes it away."""
    lab = Lab(sandbox_session)
    h1, h2 = lab.node("h1", files={"hosts": "10.9.9.9 server\n"}), lab.node("h2")
    lab.up()
    names = [
        node.exec("getent", "hosts", "server", check=False).stdout.split() for node in (h1, h2)
    ]

    plan = lab.topology()
    lab.apply(evolve(plan, nodes=(evolve(h1.spec, files={}), h2.spec)))

    assert names == [["10.9.9.9", "server"], []]
    assert not sandbox_session.exec("test", "-e", "/etc/netns/h1", check=False).ok
    lab.down()


@pytest.mark.live
def test_exports_write_files_inside(recording: Recording, tmp_path: Path) -> None:
    """A replay by every way is equal, and a script in a sandbox leaves no file on this machine."""
    script = write_script(recording, tmp_path / "lab.sh")

    done = run_script(script, "--sandbox", "--", "ip", "netns", "exec", "h1", "cat", "/etc/hosts")

    assert done.stdout == "10.9.9.9 server\n"
    assert differences_by_way(recording) == {}
    assert not os.path.exists("/etc/netns/h1")


@pytest.mark.parametrize("name", ["", "..", "a/b", "/etc/hosts"])
def test_the_name_of_a_file_is_checked(name: str) -> None:
    """A file is directly in /etc, as `ip netns exec` binds it."""
    with pytest.raises(InvalidArgument, match="no name of a file in /etc"):
        Lab().node("h1", files={name: ""})

"""Hostnames of the nodes of a lab."""

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import evolve

from ipwrap import Command, CommandError, InvalidArgument, PlaceError, Recording, Session, until
from ipwrap.errors import ExecutorError
from ipwrap.lab import Lab, LinkSpec, NodeSpec, PortSpec, Topology
from ipwrap.lab.hostnames import check_hostname, live_hostnames, recorded_hostnames
from tests.every_way import differences_by_way
from tests.labs import open_sandbox, run_script, write_script

TOPOLOGY = Topology(
    nodes=(
        NodeSpec(name="h1", hostname="web.example"),
        NodeSpec(name="h2"),
        NodeSpec(name="sw1", role="switch"),
    ),
    links=(
        LinkSpec(ends=(PortSpec(node="h1"), PortSpec(node="sw1"))),
        LinkSpec(ends=(PortSpec(node="h2"), PortSpec(node="sw1"))),
    ),
    pools=("10.0.0.0/16", "fd00::/48"),
)
H1, H2, SW1 = TOPOLOGY.nodes
HOSTS = """\
127.0.0.1 localhost
::1 localhost ip6-localhost ip6-loopback
10.0.0.1 web.example web h1
fd00::1 web.example web h1
10.0.0.2 h2
fd00::2 h2
"""


@pytest.fixture(scope="module")
def running() -> Iterator[Lab]:
    """The lab of the topology, shared by the tests of this file."""
    try:
        lab = Lab.build(TOPOLOGY)
    except PlaceError as error:
        pytest.skip(f"no sandbox on this machine: {error}")
    with lab:
        yield lab


@pytest.fixture
def lab(running: Lab) -> Lab:
    """The lab as it is at first."""
    running.apply(TOPOLOGY)
    return running


@pytest.fixture(scope="module")
def recording() -> Recording:
    """A recording of a lab whose nodes have hostnames, with a server and a wait."""
    with open_sandbox() as session:
        lab = Lab(session, hostnames=True, pools="10.0.0.0/16")
        h1, h2 = lab.node("h1", hostname="web.example", commands="hostname"), lab.node("h2")
        lab.link(h1, h2)
        lab.up()
        server = h1.spawn("sh", "-c", "hostname; exec sleep 1000")
        h1.wait_for(until.output(server, "^web.example$"))
        h1.wait_for(until.succeeds("sh", "-c", 'test "$(hostname)" = web.example'))
        h2.exec("getent", "hosts", "web")
    return session.recording


def hostname_of(lab: Lab, name: str) -> str:
    """Return what a program of a node prints as its hostname."""
    return lab.get(name).exec("hostname", changes=False).stdout.strip()


@pytest.mark.live
def test_programs_have_the_hostname_of_their_node(lab: Lab) -> None:
    """The line is a plain command; a node without a hostname has that of the place."""
    place = lab.session.exec("hostname", changes=False).stdout.strip()
    result = lab.get("h1").exec("hostname", "-f")

    assert result.stdout == "web.example\n"
    assert result.command.line == ("ip netns exec h1 nsenter --uts=/run/utsns/h1 hostname -f")
    assert hostname_of(lab, "h2") == place != "web.example"


@pytest.mark.live
def test_the_hostname_is_shared(lab: Lab) -> None:
    """What a program sets is seen by the next one, as on a machine."""
    h1 = lab.get("h1")
    h1.exec("hostname", "other.example")
    seen = hostname_of(lab, "h1")
    h1.exec("hostname", "web.example")

    assert seen == "other.example"


@pytest.mark.live
def test_files_of_names(lab: Lab) -> None:
    """Names of all nodes are in /etc/hosts of a node with a hostname."""
    h1 = lab.get("h1")

    assert h1.exec("cat", "/etc/hosts").stdout == HOSTS
    assert h1.exec("cat", "/etc/hostname").stdout == "web.example\n"
    assert h1.exec("getent", "ahostsv4", "h2").stdout.split()[0] == "10.0.0.2"


@pytest.mark.live
def test_processes_waits_and_functions(lab: Lab) -> None:
    """Background processes keep their names; conditions and functions see the hostname."""
    h1 = lab.get("h1")
    test = ("sh", "-c", 'test "$(hostname)" = web.example')
    conditions = (until.succeeds(*test), until.link("eth0"), until.succeeds("ip", "link"))
    with h1.spawn("sleep", "1000", ready=until.all_of(*conditions)) as process:
        h1.wait_for(until.succeeds(*test))

        assert process.name.startswith("sleep")
        assert process.running
    assert h1.call(socket.gethostname) == "web.example"


@pytest.mark.live
def test_a_search_path_is_for_the_program(lab: Lab, tmp_path: Path) -> None:
    """nsenter is found as ever, and other variables come through."""
    program = tmp_path / "say"
    program.write_text('#!/bin/sh\necho "$GREETING"\n')
    program.chmod(0o755)

    result = lab.get("h1").exec("say", env={"PATH": f"{tmp_path}:/bin", "GREETING": "hello"})

    assert result.stdout == "hello\n"


@pytest.mark.live
def test_a_missing_program_is_named(lab: Lab) -> None:
    """The program is what is missing, and not nsenter."""
    for start in (lab.get("h1").exec, lab.get("h1").spawn):
        with pytest.raises(ExecutorError, match="no-such-program: no such program"):
            start("no-such-program")


@pytest.mark.live
def test_only_what_differs_is_changed(lab: Lab) -> None:
    """Another hostname is set in the same namespace; one that is dropped leaves nothing."""
    lab.apply(evolve(TOPOLOGY, nodes=(evolve(H1, hostname="mail"), evolve(H2, hostname="h2"), SW1)))
    names = [hostname_of(lab, name) for name in ("h1", "h2")]
    hosts = lab.get("h2").exec("cat", "/etc/hosts").stdout
    lab.apply(evolve(TOPOLOGY, nodes=(evolve(H1, hostname=None), H2, SW1)))
    mounts = lab.session.exec("cat", "/proc/mounts", changes=False).stdout
    left = lab.session.exec("find", "/run/utsns", "/etc/netns", "-mindepth", "1", check=False)

    assert names == ["mail", "h2"]
    assert "10.0.0.1 mail h1\n" in hosts
    assert "/run/utsns" not in mounts
    assert left.stdout == ""
    assert lab.get("h1").uts_argv == ()


@pytest.mark.live
def test_nodes_that_are_added(sandbox_session: Session) -> None:
    """A node that comes later is in the files of the others; `down` takes everything away."""
    lab = Lab(sandbox_session, pools="10.0.0.0/16", hostnames=True)
    h1 = lab.node("h1", files={"hostname": "own\n"})
    lab.up()
    h2 = lab.router("h2", hostname="r2.example")
    lab.link(h1, h2)
    address = h1.exec("getent", "hosts", "r2").stdout.split()[0]
    own = h1.exec("cat", "/etc/hostname").stdout
    before = live_hostnames(sandbox_session)
    lab.down()

    assert (address, own) == (h2.address, "own\n")
    assert before == {"h1": "h1", "h2": "r2.example"}
    assert live_hostnames(sandbox_session) == {}
    assert not sandbox_session.exec("test", "-e", "/run/utsns", check=False).ok
    assert not sandbox_session.exec("test", "-e", "/etc/netns/h1", check=False).ok


@pytest.mark.live
def test_a_hostname_that_cannot_be_set_leaves_nothing(tmp_path: Path) -> None:
    """The UTS namespace is there when the program in it fails: `down` unmounts it."""
    failing = tmp_path / "hostname"
    failing.write_text("#!/bin/sh\nexit 3\n")
    failing.chmod(0o755)
    program = shutil.which("hostname")
    assert program is not None

    with open_sandbox() as session:
        session.exec("mount", "--bind", str(failing), program)
        lab = Lab(session, hostnames=True)
        h1, _ = lab.node("h1"), lab.node("h2")
        with pytest.raises(CommandError, match="unshare ended with status 3"):
            lab.up()

        assert h1.uts_argv == ()
        lab.down()
        assert not session.exec("test", "-e", "/run/utsns", check=False).ok


@pytest.mark.live
def test_files_of_one_host_are_removed_where_another_fails() -> None:
    """What was written before a command failed is the lab's: `down` removes it."""
    with open_sandbox() as first, open_sandbox() as second:
        second.exec("mkdir", "-p", "/etc/netns")
        second.exec("touch", "/etc/netns/h2")
        lab = Lab({"a": first, "b": second}, place={"h1": "a", "*": "b"}, hostnames=True)
        lab.declare((NodeSpec(name="h1"), NodeSpec(name="h2")), ())
        with pytest.raises(CommandError, match="mkdir ended with status 1"):
            lab.up()

        lab.down()
        assert not first.exec("test", "-e", "/etc/netns/h1", check=False).ok
        second.exec("rm", "/etc/netns/h2")
        assert lab.up().get("h1").exec("cat", "/etc/hostname").stdout == "h1\n"


@pytest.mark.live
def test_a_file_of_ones_own_takes_the_place(lab: Lab) -> None:
    """A node that declares its hosts by itself gets these, and the others again afterwards."""
    own = evolve(H1, files={"hosts": "10.9.9.9 server\n"})
    lab.apply(evolve(TOPOLOGY, nodes=(own, H2, SW1)))
    text = lab.get("h1").exec("cat", "/etc/hosts").stdout
    lab.apply(TOPOLOGY)

    assert text == "10.9.9.9 server\n"
    assert lab.get("h1").exec("cat", "/etc/hosts").stdout == HOSTS


@pytest.mark.live
def test_a_node_without_addresses_knows_its_own_name(sandbox_session: Session) -> None:
    """As on Debian, by an address of the loopback; names that no host can have are left out."""
    lab = Lab(sandbox_session)
    alone = lab.node("alone_1", hostname="alone.example", addresses="127.0.0.2/8")
    lab.up()

    assert alone.exec("hostname", "-f").stdout == "alone.example\n"
    assert "127.0.1.1 alone.example alone\n" in alone.exec("cat", "/etc/hosts").stdout
    lab.down()


@pytest.mark.live
def test_every_export_has_the_hostnames(recording: Recording, tmp_path: Path) -> None:
    """A replay by every way is equal, and a script in a sandbox leaves nothing on this machine."""
    script = write_script(recording, tmp_path / "lab.sh")

    enter = ("ip", "netns", "exec", "h1", "nsenter", "--uts=/run/utsns/h1")
    done = run_script(script, "--sandbox", "--", *enter, "hostname")

    assert done.stdout.splitlines()[-1] == "web.example"
    assert differences_by_way(recording) == {}
    assert not os.path.exists("/run/utsns/h1")


@pytest.mark.live
def test_hostnames_of_a_recording(recording: Recording) -> None:
    """The commands tell what is set, renamed and gone."""
    commands = [event.command for event in recording.commands]

    assert recorded_hostnames(commands) == {"h1": "web.example", "h2": "h2"}
    rename = Command(("nsenter", "--uts=/run/utsns/h2", "hostname", "mail"))
    umount = Command(("umount", "/run/utsns/h1"))
    assert recorded_hostnames([*commands, rename, umount]) == {"h2": "mail"}


@pytest.mark.parametrize("name", ["", "-h", "a b", "h1.", "a_b", "x" * 65, "h1..example", 7])
def test_what_is_no_hostname(name: str) -> None:
    """Letters, digits, `-` and `.`, at most 64, as of hostname(7)."""
    with pytest.raises(InvalidArgument, match="no hostname"):
        check_hostname(name)
    with pytest.raises(InvalidArgument, match=r"lab: h1: .* give hostname="):
        Lab().node("h1", hostname=name)


def test_a_name_of_a_node_that_is_no_hostname() -> None:
    """With `hostnames`, a node needs a hostname that can be."""
    lab = Lab(hostnames=True)

    with pytest.raises(InvalidArgument, match="'pod_1' is no hostname"):
        lab.node("pod_1")
    assert lab.node("pod_1", hostname="pod-1").hostname == "pod-1"

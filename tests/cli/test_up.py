"""`ipwrap up`, `down`, `status` and `exec`: labs that a file describes."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ipwrap import Recording, Session
from tests.cli.running import folder_of_labs
from tests.cli.running import start_ipwrap as ipwrap
from tests.remote_hosts import FarHosts
from tests.waiting import until as wait_until

pytestmark = pytest.mark.live

LAB = """\
name = "office"
pools = ["10.0.0.0/16"]

[nodes.h1]
processes = [{ line = "sleep 1000", name = "idle" }]

[nodes.h2]

[[links]]
ends = ["h1:eth0", "h2:eth0"]
"""
THIRD = """
[nodes.h3]

[[links]]
ends = ["h3:eth0", "h2:eth1"]
"""


@pytest.fixture(autouse=True, scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The current folder, with a file of a lab that is up; labs are those of this module."""
    path = tmp_path_factory.mktemp("up")
    with folder_of_labs(path):
        Path("office.toml").write_text(LAB)
        process = ipwrap("up", "office.toml")
        assert 0 == process.returncode, process.stderr
        assert "  ipwrap down office    its end\n" in process.stderr
        yield path


def status(lab: str) -> dict[str, Any]:
    """Return the status of a lab."""
    value: dict[str, Any] = json.loads(ipwrap("status", lab, "--format", "json").stdout)
    return value


def test_status() -> None:
    """Each link has its state, its addresses and its other end; a process its state."""
    told = status("office.toml")

    rows = [(row["node"], row["link"], row["state"], row["addresses"]) for row in told["links"]]
    assert [("h1", "eth0", "up", "10.0.0.1/30"), ("h2", "eth0", "up", "10.0.0.2/30")] == rows
    assert ["h2:eth0", "h1:eth0"] == [row["other_end"] for row in told["links"]]
    assert [("h1", "idle", "running")] == [
        (process["node"], process["process"], process["state"]) for process in told["processes"]
    ]


def test_table_of_status() -> None:
    """A person gets tables, and exit status 0 for a lab that is well."""
    process = ipwrap("status", "office")

    assert (0, "") == (process.returncode, process.stderr)
    assert "h1    node  eth0  up     10.0.0.1/30  h2:eth0" in process.stdout


def test_exec_passes_on_the_status() -> None:
    """A command runs in a node, and its exit status is that of `ipwrap exec`."""
    links = ipwrap("exec", "office", "h1", "--", "ip", "-br", "link", "show", "dev", "eth0")

    assert "eth0@" in links.stdout
    assert 7 == ipwrap("exec", "office", "h2", "--", "sh", "-c", "exit 7").returncode


@pytest.mark.parametrize(
    ("arguments", "returncode", "message"),
    [
        (("exec", "office", "h9", "--", "true"), 1, "lab 'office' has no namespace 'h9'"),
        (("exec", "office", "--", "true"), 2, "'office' is a lab; name a NODE"),
        (("exec", "office", "h1"), 2, "give a NODE, and a COMMAND"),
        (("down", "ofice"), 1, "no lab 'ofice' runs; did you mean 'office'?"),
        (("apply", "office.toml"), 1, "`ipwrap up office.toml` makes the lab"),
        (("up", "ofice.toml"), 2, "did you mean 'office.toml'?"),
        (("up", "office.toml", "--record", "x"), 2, "lab 'office' is up already; --record"),
    ],
)
def test_wrong_words(arguments: tuple[str, ...], returncode: int, message: str) -> None:
    """A wrong word is refused, and what is probably meant is suggested."""
    process = ipwrap(*arguments)

    assert returncode == process.returncode
    assert message in process.stderr


def test_another_file_of_the_name() -> None:
    """A lab is not changed into that of another file with its name."""
    Path("other.toml").write_text(LAB)

    process = ipwrap("up", "other.toml")

    assert 1 == process.returncode
    assert "a lab 'office' runs already, which is of /" in process.stderr


def test_mistake_in_the_file() -> None:
    """A mistake is told with its place, and nothing is started."""
    Path("wrong.toml").write_text(LAB.replace('"h2:eth0"', '"h9:eth0"'))

    process = ipwrap("up", "wrong.toml", "--name", "wrong")

    assert 1 == process.returncode
    assert "ipwrap: wrong.toml:10:20: links[0].ends[1]: 'h9' is no node" in process.stderr


def test_a_command_that_fails() -> None:
    """A lab of which a command fails is not kept."""
    Path("fails.toml").write_text('[nodes.h1]\ncommands = ["false"]\n')

    process = ipwrap("up", "fails.toml")

    assert 1 == process.returncode
    assert "command:   ip netns exec h1 false" in process.stderr
    # No line of a script asked for it, and a file of ipwrap or click tells a person nothing.
    assert "asked at" not in process.stderr
    assert "fails" not in ipwrap("list").stdout


def test_a_change_that_fails() -> None:
    """After a change of which a command failed, the lab is never said to be as in its file."""
    Path("doubt.toml").write_text("[nodes.h1]\n")
    ipwrap("up", "doubt.toml")
    Path("doubt.toml").write_text('[nodes.h1]\ncommands = ["false"]\n')

    processes = [ipwrap("up", "doubt.toml"), ipwrap("up", "doubt.toml")]

    assert [1, 1] == [process.returncode for process in processes]
    assert "an earlier change of lab 'doubt' failed" in processes[1].stderr
    ipwrap("down", "doubt")


def test_life_of_a_lab() -> None:
    """After an edit only what differs is made; all of it is in the recording; down ends the lab."""
    Path("life.toml").write_text(LAB.replace("office", "life"))
    assert 0 == ipwrap("up", "life.toml", "--record", "life.jsonl").returncode
    pid = status("life")["processes"][0]["pid"]

    again = ipwrap("up", "life.toml")
    assert ("", True) == (again.stdout, "as in life.toml" in again.stderr)

    Path("life.toml").write_text(LAB.replace("office", "life") + THIRD)
    commands = ipwrap("up", "life.toml").stdout.splitlines()
    assert "ip netns add h3" in commands
    assert [] == [line for line in commands if " h1" in line]
    assert pid == status("life")["processes"][0]["pid"]

    ended = ipwrap("down", "life.toml")
    assert "lab 'life' has ended; recorded in " in ended.stderr
    lines = [result.line for result in Recording.load("life.jsonl").results]
    assert {"ip netns add h1", "ip netns add h3"} <= set(lines)
    assert [] == [line for line in lines if "netns delete" in line]


def test_containerlab() -> None:
    """A topology file of containerlab comes up; what has no effect is told."""
    Path("clab.yml").write_text(
        "name: clab\ntopology:\n  nodes:\n"
        "    a: {kind: linux, image: alpine, exec: [ip addr add 10.1.0.1/24 dev eth1]}\n"
        "    b: {kind: linux, exec: [ip addr add 10.1.0.2/24 dev eth1]}\n"
        "    sw: {kind: bridge}\n"
        "  links:\n  - endpoints: [a:eth1, sw:p1]\n  - endpoints: [b:eth1, sw:p2]\n"
    )

    process = ipwrap("up", "clab.yml")

    assert 0 == process.returncode, process.stderr
    assert "ipwrap: clab.yml: image has no effect here (a)" in process.stderr
    assert 0 == ipwrap("exec", "clab", "b", "--", "ping", "-c", "1", "10.1.0.1").returncode
    ipwrap("down", "clab")


def test_programs_have_the_hostname_of_their_node() -> None:
    """`exec` and the shell of `enter` have it; a saved recording has it as well."""
    text = 'hostname = "web.example"\n[nodes.h2]'
    Path("named.toml").write_text(LAB.replace("office", "named").replace("[nodes.h2]", text))

    up = ipwrap("up", "named.toml", "--record", "named.jsonl")
    names = [ipwrap("exec", "named", node, "--", "hostname").stdout for node in ("h1", "h2")]
    entered = ipwrap("enter", "named", "h1", "--", "hostname", "-f").stdout
    hosts = ipwrap("exec", "named", "h1", "--", "getent", "hosts", "h2").stdout
    ipwrap("down", "named")
    saved = ipwrap("save", "--format", "lab", "named.jsonl").stdout

    assert 0 == up.returncode, up.stderr
    assert "web.example\n" == names[0] == entered != names[1]
    assert ["10.0.0.2", "h2"] == hosts.split()
    assert 'hostname = "web.example"\n' in saved


def test_lab_on_a_host(folder: Path) -> None:
    """On a host, down deletes the namespaces as well: here the host is a sandbox."""
    script = "ipwrap up --host life.toml --name hosted; ip netns; ipwrap down hosted; ip netns"
    Path("life.toml").write_text(LAB)
    program = folder / "bin" / "ipwrap"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m ipwrap "$@"\n')
    program.chmod(0o755)

    with Session(sandbox=True) as session:
        environment = f"PATH={program.parent}:{os.environ['PATH']}"
        runtime = f"XDG_RUNTIME_DIR={folder}/runtime"
        path = f"PYTHONPATH={os.environ.get('PYTHONPATH', '')}:{Path(__file__).parents[2]}"
        result = session.exec("env", environment, runtime, path, "sh", "-c", script)

    assert {"h1", "h2"} == {line.split()[0] for line in result.stdout.splitlines()}
    assert 2 == len(result.stdout.splitlines())


OVER_HOSTS = """\
name = "over"
pools = ["10.9.0.0/16"]

[hosts.lab1]
ssh = "host1"
underlay = "192.0.2.1"

[hosts.lab2]
ssh = "host2"
underlay = "192.0.2.2"

[place]
"a*" = "lab1"
"*" = "lab2"

[nodes.a1]

[nodes.b1]
processes = [{ line = "sleep 1000", name = "idle" }]

[[links]]
ends = ["a1", "b1"]
"""
OVER_THIRD = """
[nodes.b2]

[[links]]
ends = ["a1", "b2"]
"""


@pytest.fixture
def over_hosts(remote_hosts: FarHosts) -> Iterator[FarHosts]:
    """The machines, with a lab over both that is up."""
    remote_hosts.add_underlay("192.0.2.")
    Path("over.toml").write_text(OVER_HOSTS)
    config = str(remote_hosts.config)
    process = ipwrap("up", "over.toml", "--ssh-config", config, "--record", "over.jsonl")
    try:
        assert 0 == process.returncode, process.stderr
        yield remote_hosts
    finally:
        ipwrap("stop", "over")
        remote_hosts.delete_namespaces()


def test_a_lab_over_hosts(over_hosts: FarHosts) -> None:
    """It is up on both, changed by an edit of the file, and taken down on both."""
    told = status("over")
    rows = [(row["host"], row["node"], row["state"], row["other_end"]) for row in told["links"]]
    assert [("lab1", "a1", "up", "b1:eth0"), ("lab2", "b1", "up", "a1:eth0")] == rows
    assert "lab2  b1    node  eth0  up" in ipwrap("status", "over").stdout
    assert 0 == ipwrap("exec", "over", "a1", "--", "ping", "-c", "1", "10.9.0.2").returncode
    assert 7 == ipwrap("exec", "over", "b1", "--", "sh", "-c", "exit 7").returncode

    Path("over.toml").write_text(OVER_HOSTS + OVER_THIRD)
    commands = ipwrap("up", "over.toml").stdout.splitlines()
    assert {"lab2: ip netns add b2", "lab1: ip -n a1 link set dev eth1 up"} <= set(commands)
    assert {"host1": ["a1"], "host2": ["b1", "b2"]} == over_hosts.namespaces()

    ended = ipwrap("down", "over")
    assert (0, {"host1": [], "host2": []}) == (ended.returncode, over_hosts.namespaces())
    assert "over.lab1.jsonl" in ended.stderr
    assert "ip netns add a1" in [
        result.line for result in Recording.load("over.lab1.jsonl").results
    ]


def test_a_host_is_lost(over_hosts: FarHosts) -> None:
    """Status says so; `down` takes the lab down on both, by a new connection."""
    told = [lab for lab in json.loads(ipwrap("list", "--format", "json").stdout) if lab["hosts"]]
    assert ["lab1", "lab2"] == [host["name"] for host in told[0]["hosts"]]
    over_hosts.cut("host2")

    # The ssh of the lab notices it a moment later.
    assert wait_until(lambda: ipwrap("status", "over").returncode == 1)
    assert "the connection to lab2 was lost" in ipwrap("status", "over").stderr

    away = over_hosts.config.rename(over_hosts.folder / "away")
    unreachable = ipwrap("status", "over")
    away.rename(over_hosts.config)
    assert "ipwrap: host lab1: ssh host1: " in unreachable.stderr
    assert [] == [line for line in unreachable.stdout.splitlines() if " up " in line]
    assert 0 == ipwrap("down", "over").returncode
    assert {"host1": [], "host2": []} == over_hosts.namespaces()


def test_stop_leaves_a_lab_on_its_hosts(over_hosts: FarHosts) -> None:
    """What stays there is told with the command that takes it away."""
    entered = ipwrap("enter", "over", "b1")
    assert "a shell in a node of lab2: ssh -F " in entered.stderr
    assert " -t host2 'ip netns exec b1 sh'" in entered.stderr
    assert 7 == ipwrap("enter", "over", "b1", "--", "sh", "-c", "exit 7").returncode

    stopped = ipwrap("stop", "over").stderr
    advice = [line for line in stopped.splitlines() if "its namespaces stay on lab2" in line]
    words = advice[0].partition(": ipwrap ")[2].split()

    assert 0 == ipwrap(*words).returncode
    assert {"host1": ["a1"], "host2": []} == over_hosts.namespaces()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("over.toml", "--host"), "FILE names the hosts of the lab: no --host"),
        (("office.toml", "--name", "x", "--ssh-config", "office.toml"), "FILE that names hosts"),
    ],
)
def test_options_of_hosts(arguments: tuple[str, ...], message: str) -> None:
    """A place of its own is for a lab on a single host, and a config of ssh for hosts."""
    Path("over.toml").write_text(OVER_HOSTS)
    process = ipwrap("up", *arguments)
    assert (2, True) == (process.returncode, message in process.stderr)


def test_a_host_that_cannot_be_reached(remote_hosts: FarHosts) -> None:
    """Nothing is left where one host of a lab cannot be reached."""
    Path("half.toml").write_text(OVER_HOSTS.replace("host2", "host3").replace("over", "half"))
    process = ipwrap("up", "half.toml", "--ssh-config", str(remote_hosts.config))

    assert (1, True) == (process.returncode, "ssh host3: " in process.stderr)
    assert [] == remote_hosts.namespaces()["host1"]
    assert "half" not in ipwrap("list").stdout

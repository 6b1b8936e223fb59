"""`--ssh`: the commands that work on another machine as well."""

import json
from pathlib import Path

import pytest

from ipwrap import Recording, Session
from ipwrap.kinds import Veth
from tests.cli.running import run_ipwrap
from tests.remote_hosts import FarHosts


def ssh_to(remote_hosts: FarHosts, name: str) -> tuple[str, ...]:
    """Return the options for a machine."""
    return ("--ssh", name, "--ssh-config", str(remote_hosts.config))


def test_a_snapshot_is_that_of_the_machine(remote_hosts: FarHosts) -> None:
    """The file has the place, and the links there."""
    result = run_ipwrap("snapshot", *ssh_to(remote_hosts, "host2"))
    snapshot = json.loads(result.stdout)
    names = [link["ifname"] for link in snapshot["namespaces"][""]["link"]]
    assert ("ssh host2", True) == (snapshot["machine"]["place"], "cable2" in names)


def test_a_recording_is_replayed_on_another_machine(remote_hosts: FarHosts, tmp_path: Path) -> None:
    """What was built on one is built on the other, and compared; undo takes both away."""
    built, replayed = tmp_path / "built.jsonl", tmp_path / "replayed.jsonl"
    with Session(remote_hosts.place(), record=built) as session:
        session.ip.netns.add("red")
        session.ip.link.add("veth0", Veth(peer="eth0", peer_netns="red"), up=True)
        session.netns("red").ip.link.show()

    options = ("--check", "--yes", "--record", str(replayed), *ssh_to(remote_hosts, "host2"))
    replay = run_ipwrap("replay", *options, str(built))
    assert (0, "ssh host2") == (replay.exit_code, Recording.load(replayed).header.place)

    for name in ("host1", "host2"):
        remote_hosts.run("ip", "netns", "delete", "red", name=name)


def test_a_replay_on_another_machine_asks(tmp_path: Path) -> None:
    """Without a terminal and without --yes it does nothing."""
    path = tmp_path / "lab.jsonl"
    Recording().save(path)
    result = run_ipwrap("replay", "--ssh", "lab1", str(path))
    assert (2, True) == (result.exit_code, "replay --ssh changes lab1" in result.output)


@pytest.mark.parametrize("options", [("--host",), ("--privileged",), ("--via", "sh")])
def test_a_place_of_this_machine_does_not_go_with_ssh(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    """A replay has one place."""
    path = tmp_path / "lab.jsonl"
    Recording().save(path)
    result = run_ipwrap("replay", *options, "--ssh", "lab1", str(path))
    assert (2, True) == (result.exit_code, "goes with none of" in result.output)


def test_processes_of_another_machine_are_not_ended(tmp_path: Path) -> None:
    """--kill is for this machine."""
    path = tmp_path / "lab.jsonl"
    Recording().save(path)
    result = run_ipwrap("undo", "--kill", "--ssh", "lab1", str(path))
    assert (2, True) == (result.exit_code, "this machine only" in result.output)


def test_a_recording_of_this_machine_is_not_undone_on_another(tmp_path: Path) -> None:
    """Its links are none of that machine's."""
    path = tmp_path / "lab.jsonl"
    Recording().save(path)
    result = run_ipwrap("undo", "--ssh", "lab1", str(path))
    assert (1, True) == (result.exit_code, "was made on this machine" in result.output)


def test_a_wrong_destination_is_a_wrong_option() -> None:
    """What ssh would take for an option is refused."""
    result = run_ipwrap("snapshot", "--ssh", "-oProxyCommand=id")
    assert (2, True) == (result.exit_code, "--ssh" in result.output)

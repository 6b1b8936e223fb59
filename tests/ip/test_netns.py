"""`ip netns`: the arguments of every verb, and the resulting namespaces in the kernel."""

import os
from collections.abc import Callable
from typing import Any

import pytest

from ipwrap import (
    AlreadyExists,
    CommandError,
    CommandTimeout,
    ExecutorError,
    InvalidArgument,
    IpwrapError,
    NotFound,
    RejectedByKernel,
    Session,
    until,
)
from ipwrap.ip.netns import NetnsVerbs
from ipwrap.kinds import Ifb, Veth
from ipwrap.objects import delete_command
from ipwrap.recording import WaitEvent
from tests.doubles import ReplyDouble

BAD_NAMES = ["", ".", "..", "../..", "a/b", "/", "/run/netns/x", "x" * 256, "é" * 128, "a\0b"]
HOSTILE_NAMES = [
    "-x",
    "--",
    "-all",
    "help",
    "1",
    "a b",
    "add",
    "list",
    "it's",
    "$HOME",
    "#",
    "é",
    "x" * 255,
    "...",
    "*",
]


def last_line(session: Session) -> str:
    """Return the command line of the last command."""
    return session.recording.results[-1].line


def netns_ids(session: Session) -> dict[str, int | None]:
    """Return the numbers of the named namespaces by name."""
    namespaces = session.ip.netns.list()
    return {netns.name: netns.id for netns in namespaces}


def test_verbs_are_formatted(dry_session: Session) -> None:
    """Every verb runs the command line of its docstring."""
    verbs = dry_session.ip.netns

    verbs.add("ns1")
    assert "ip netns add ns1" == last_line(dry_session)

    verbs.attach("ns1", 1)
    assert "ip netns attach ns1 1" == last_line(dry_session)

    verbs.set("ns1", 7)
    assert "ip netns set ns1 7" == last_line(dry_session)

    verbs.set("ns1", "auto")
    assert "ip netns set ns1 auto" == last_line(dry_session)

    verbs.list()
    assert "ip -j netns list" == last_line(dry_session)

    verbs.list_id()
    assert "ip -j netns list-id" == last_line(dry_session)

    verbs.list_id(target_nsid=3, nsid=0)
    assert "ip -j netns list-id target-nsid 3 nsid 0" == last_line(dry_session)

    verbs.identify()
    assert "ip netns identify" == last_line(dry_session)

    verbs.identify(1)
    assert "ip netns identify 1" == last_line(dry_session)

    verbs.pids("ns1")
    assert "ip netns pids ns1" == last_line(dry_session)

    verbs.exec("ns1", "ping", "-c", "1", "10.0.0.2")
    assert "ip netns exec ns1 ping -c 1 10.0.0.2" == last_line(dry_session)

    verbs.exec("ns1", "ip", "link")
    assert "ip -n ns1 link" == last_line(dry_session)

    verbs.exec_all("true")
    assert "ip -all netns exec true" == last_line(dry_session)

    verbs.delete("ns1")
    assert "ip netns delete ns1" == last_line(dry_session)

    verbs.delete_all()
    assert "ip -all netns delete" == last_line(dry_session)


def test_names_belong_to_the_place(dry_session: Session) -> None:
    """Inside a namespace, names are created in the place, and numbers are local."""
    inside = dry_session.netns("ns1").ip.netns

    inside.add("ns2")
    assert "ip netns add ns2" == last_line(dry_session)

    inside.attach("ns2", 1)
    assert "ip netns attach ns2 1" == last_line(dry_session)

    inside.delete("ns2")
    assert "ip netns delete ns2" == last_line(dry_session)

    inside.delete_all()
    assert "ip -all netns delete" == last_line(dry_session)

    inside.exec("ns2", "true")
    assert "ip netns exec ns2 true" == last_line(dry_session)

    inside.pids("ns2")
    assert "ip netns pids ns2" == last_line(dry_session)

    inside.identify(1)
    assert "ip netns identify 1" == last_line(dry_session)

    inside.identify()
    assert "ip -n ns1 netns identify" == last_line(dry_session)

    inside.list()
    assert "ip -n ns1 -j netns list" == last_line(dry_session)

    inside.list_id()
    assert "ip -n ns1 -j netns list-id" == last_line(dry_session)

    inside.set("ns2", 7)
    assert "ip -n ns1 netns set ns2 7" == last_line(dry_session)


@pytest.mark.parametrize("name", BAD_NAMES)
def test_invalid_name_is_refused(dry_session: Session, name: str) -> None:
    """Every verb and `Session.netns` refuse an impossible file name."""
    verbs = dry_session.ip.netns
    for call in (
        lambda: verbs.add(name),
        lambda: verbs.attach(name, 1),
        lambda: verbs.delete(name),
        lambda: verbs.set(name, 1),
        lambda: verbs.pids(name),
        lambda: verbs.exec(name, "true"),
        lambda: dry_session.netns(name),
    ):
        with pytest.raises(InvalidArgument):
            call()

    assert [] == dry_session.recording.commands


@pytest.mark.parametrize("number", [-1, 2**31, "7", "any", True, 1.5])
def test_invalid_number_is_refused(dry_session: Session, number: Any) -> None:
    """An invalid namespace number is refused before a command runs."""
    verbs = dry_session.ip.netns
    for call in (
        lambda: verbs.set("ns1", number),
        lambda: verbs.list_id(nsid=number),
        lambda: verbs.list_id(target_nsid=number),
    ):
        with pytest.raises(InvalidArgument):
            call()

    assert [] == dry_session.recording.commands


@pytest.mark.parametrize("pid", [0, -1, True, "1", 2**22 + 1])
def test_invalid_process_is_refused(dry_session: Session, pid: Any) -> None:
    """An invalid process number is refused before a command runs."""
    for call in (
        lambda: dry_session.ip.netns.attach("ns1", pid),
        lambda: dry_session.ip.netns.identify(pid),
    ):
        with pytest.raises(InvalidArgument):
            call()

    assert [] == dry_session.recording.commands


def test_exec_needs_a_program(dry_session: Session) -> None:
    """`exec` without a program is refused before a command runs."""
    calls: list[Callable[[], object]] = [
        lambda: dry_session.ip.netns.exec("ns1"),
        lambda: dry_session.netns("ns1").exec(),
        lambda: dry_session.exec(),
    ]
    for call in calls:
        with pytest.raises(InvalidArgument):
            call()

    assert [] == dry_session.recording.commands


def test_exec_all_needs_a_program(dry_session: Session) -> None:
    """`exec_all` without a program is refused: iproute2 would start shells."""
    with pytest.raises(InvalidArgument):
        dry_session.ip.netns.exec_all()

    assert [] == dry_session.recording.commands


def test_add_and_delete_declare_the_namespace(dry_session: Session) -> None:
    """`add` and `delete` declare the same object, for the teardown of a script."""
    dry_session.ip.netns.add("ns1")
    dry_session.netns("ns2").ip.netns.attach("ns1", 1)
    for event in dry_session.recording.commands:
        (created,) = event.command.creates
        assert ("netns", None, "ns1") == created.key
        assert ("ip", "netns", "delete", "ns1") == delete_command(created).argv

    deletion = dry_session.ip.netns.delete("ns1")
    assert (("netns", None, "ns1"),) == deletion.command.deletes

    deletion_result = dry_session.ip.netns.delete_all()
    assert (("netns", None, "*"),) == deletion_result.command.deletes


def test_queries_are_read_only(dry_session: Session) -> None:
    """Queries are marked as read-only, so a script need not repeat the commands."""
    dry_session.ip.netns.list()
    dry_session.ip.netns.list_id()
    dry_session.ip.netns.identify()
    dry_session.ip.netns.pids("ns1")
    dry_session.ip.netns.exec("ns1", "true", changes=False)
    dry_session.ip.netns.exec_all("true", changes=False)

    changess = {asked.command.changes for asked in dry_session.recording.commands}
    assert {False} == changess


def test_a_new_namespace_is_that_of_the_session(dry_session: Session) -> None:
    """`add` and `attach` return the namespace, in a batch block and a dry run as well."""
    red = dry_session.netns("red")

    assert red == dry_session.ip.netns.add("red")
    assert red == dry_session.ip.netns.attach("red", 1)
    assert red == dry_session.netns("blue").ip.netns.add("red")
    with dry_session.batch():
        assert red == dry_session.ip.netns.add("red")


def test_a_namespace_is_a_key(dry_session: Session) -> None:
    """Two objects of a namespace are one key of a dict, such as of the servers of pods."""
    servers = {pod: f"server of {pod.name}" for pod in dry_session.pods(2, bridge="cni0")}

    assert "server of pod2" == servers[dry_session.netns("pod2")]


@pytest.mark.live
def test_a_new_namespace_of_a_batch_block_can_be_used_in_it(session: Session) -> None:
    """The commands of a namespace that is not made yet come behind its creation."""
    with session.batch():
        session.ip.netns.add("red").ip.link.set("lo", up=True)

    assert ["lo"] == [link.ifname for link in session.netns("red").ip.link.show(up=True)]


def test_a_runner_without_namespaces() -> None:
    """A runner that is no session has run the command, and says that it has no verbs."""
    runner = ReplyDouble()

    with pytest.raises(IpwrapError, match="red: the namespace is made; a ReplyDouble has no verbs"):
        NetnsVerbs(runner).add("red")
    assert ["ip netns add red"] == [command.line for command in runner.commands]


@pytest.mark.live
def test_namespace_is_created_listed_and_deleted(session: Session) -> None:
    """A namespace is listed from its creation until its deletion."""
    assert {} == netns_ids(session)

    session.ip.netns.add("ns1")
    assert {"ns1": None} == netns_ids(session)

    session.ip.netns.delete("ns1")
    assert {} == netns_ids(session)


@pytest.mark.live
@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_any_file_name_is_a_valid_name(session: Session, name: str) -> None:
    """A name similar to an option, a verb or shell syntax is still a name."""
    session.ip.netns.add(name)
    inside = session.netns(name)
    inside.ip.link.add("i0", Ifb())

    assert {name: None} == netns_ids(session)

    links = inside.ip.link.show()
    names = {link.ifname for link in links}
    assert {"lo", "i0"} == names
    assert "i0" in inside.exec("ls", "/sys/class/net").stdout.split()
    assert () == session.ip.netns.pids(name)

    session.ip.netns.set(name, 9)
    assert {name: 9} == netns_ids(session)

    session.ip.netns.delete(name)
    assert {} == netns_ids(session)


@pytest.mark.live
def test_duplicate_name_already_exists(session: Session) -> None:
    """Adding an existing name raises `AlreadyExists`."""
    session.ip.netns.add("ns1")
    with pytest.raises(AlreadyExists, match="ns1"):
        session.ip.netns.add("ns1")


@pytest.mark.live
def test_missing_namespace_is_not_found(session: Session) -> None:
    """Every verb raises `NotFound` for a missing namespace."""
    verbs = session.ip.netns
    for call in (
        lambda: verbs.delete("nope"),
        lambda: verbs.pids("nope"),
        lambda: verbs.exec("nope", "true"),
        lambda: session.netns("nope").ip.link.show(),
        lambda: session.netns("nope").bridge.link.show(),
        lambda: session.netns("nope").ip.link.set("lo", up=True),
        lambda: session.netns("nope").exec("true"),
    ):
        with pytest.raises(NotFound):
            call()


@pytest.mark.live
def test_numbers_are_assigned_and_listed(session: Session) -> None:
    """A number is assigned, chosen by the kernel, listed, and used as a filter."""
    for name in ("ns1", "ns2"):
        session.ip.netns.add(name)

    session.ip.netns.set("ns1", 5)
    session.ip.netns.set("ns2", "auto")

    assert 5 == netns_ids(session)["ns1"]
    assert netns_ids(session)["ns2"] is not None

    nsids = session.ip.netns.list_id()
    names = {netns_id.name for netns_id in nsids}
    assert {"ns1", "ns2"} == names

    nsids = session.ip.netns.list_id(nsid=5)
    listed_nsids = [(netns_id.name, netns_id.nsid) for netns_id in nsids]
    assert [("ns1", 5)] == listed_nsids
    assert [] == session.ip.netns.list_id(target_nsid=5)


@pytest.mark.live
def test_numbers_are_local_to_the_asking_namespace(session: Session) -> None:
    """Two namespaces use different numbers for a third namespace."""
    for name in ("ns1", "ns2"):
        session.ip.netns.add(name)

    session.ip.netns.set("ns2", 5)
    session.netns("ns1").ip.netns.set("ns2", 9)

    assert 5 == netns_ids(session)["ns2"]

    namespaces = session.netns("ns1").ip.netns.list()
    ids_by_name = {netns.name: netns.id for netns in namespaces if netns.id is not None}
    assert {"ns2": 9} == ids_by_name

    nsids = session.netns("ns1").ip.netns.list_id()
    numbers = [netns_id.nsid for netns_id in nsids]
    assert [9] == numbers


@pytest.mark.live
def test_taken_number_raises_an_error(session: Session) -> None:
    """A namespace has a single number, and a number a single namespace."""
    for name in ("ns1", "ns2"):
        session.ip.netns.add(name)

    session.ip.netns.set("ns1", 5)
    with pytest.raises(AlreadyExists):
        session.ip.netns.set("ns1", 6)

    with pytest.raises(RejectedByKernel):
        session.ip.netns.set("ns2", 5)

    with pytest.raises(CommandError):
        session.ip.netns.list_id(nsid=99)


@pytest.mark.live
def test_attach_names_the_namespace_of_a_process(session: Session) -> None:
    """`attach` names the namespace of a process, and `identify` returns the name."""
    session.ip.netns.attach("first", 1)
    session.ip.link.add("i0", Ifb())
    assert ("first",) == session.ip.netns.identify(1)
    assert ("first",) == session.ip.netns.identify()

    links = session.netns("first").ip.link.show()
    names = {link.ifname for link in links}
    assert "i0" in names
    assert 1 in session.ip.netns.pids("first")


@pytest.mark.live
def test_unnamed_namespace_has_no_name(session: Session) -> None:
    """`identify` returns a name only inside a named namespace."""
    session.ip.netns.add("ns1")
    assert () == session.ip.netns.identify()
    assert () == session.ip.netns.identify(1)
    assert ("ns1",) == session.netns("ns1").ip.netns.identify()


@pytest.mark.live
def test_missing_process_is_not_found(session: Session) -> None:
    """`attach` and `identify` raise `NotFound`, and create no name."""
    for call in (
        lambda: session.ip.netns.attach("x", 4_000_000),
        lambda: session.ip.netns.identify(4_000_000),
    ):
        with pytest.raises(NotFound):
            call()

    assert {} == netns_ids(session)


@pytest.mark.live
def test_processes_of_a_namespace_are_listed(session: Session) -> None:
    """`pids` lists exactly the processes of the namespace."""
    session.ip.netns.add("ns1")
    assert () == session.ip.netns.pids("ns1")

    session.netns("ns1").exec("sh", "-c", "sleep 1000 >/dev/null 2>&1 & echo $! >/run/pid")
    assert (int(session.exec("cat", "/run/pid").stdout),) == session.ip.netns.pids("ns1")


@pytest.mark.live
def test_exec_returns_the_result_of_the_program(session: Session) -> None:
    """stdin, stdout, stderr and status belong to the program."""
    session.ip.netns.add("ns1")

    result = session.ip.netns.exec(
        "ns1", "sh", "-c", "cat; echo bad >&2; exit 3", stdin="in é\n", check=False
    )
    assert 3 == result.status
    assert "in é\n" == result.stdout
    assert "bad\n" == result.stderr
    with pytest.raises(CommandError) as caught:
        session.ip.netns.exec("ns1", "sh", "-c", "exit 3")

    assert 3 == caught.value.result.status


@pytest.mark.live
def test_exec_has_a_timeout(session: Session) -> None:
    """A program is killed after its timeout."""
    session.ip.netns.add("ns1")
    with pytest.raises(CommandTimeout):
        session.ip.netns.exec("ns1", "sleep", "1000", timeout=0.2)

    with pytest.raises(CommandTimeout):
        session.ip.netns.exec_all("sleep", "1000", timeout=0.2)


@pytest.mark.live
def test_exec_of_a_missing_program_is_an_executor_error(session: Session) -> None:
    """A missing program raises `ExecutorError`."""
    session.ip.netns.add("ns1")
    with pytest.raises(ExecutorError, match="no such program"):
        session.ip.netns.exec("ns1", "no-such-program")


@pytest.mark.live
def test_exec_all_runs_in_every_namespace(session: Session) -> None:
    """`exec_all` prints the name of each namespace before its output."""
    for name in ("ns1", "ns2"):
        session.ip.netns.add(name)

    output = session.ip.netns.exec_all("echo", "here").stdout
    assert {"netns: ns1", "netns: ns2", "here"} == set(output.split("\n")) - {""}


@pytest.mark.live
def test_delete_all_deletes_every_namespace(session: Session) -> None:
    """`delete_all` leaves no name behind."""
    for name in ("ns1", "ns2", "-x"):
        session.ip.netns.add(name)

    session.ip.netns.delete_all()
    assert {} == netns_ids(session)


@pytest.mark.live
def test_sandbox_names_are_invisible_on_the_host(session: Session) -> None:
    """A name created in a sandbox is not a file on the host."""
    name = f"ipwrap-test-{os.getpid()}"

    session.ip.netns.add(name)
    assert {name: None} == netns_ids(session)
    assert not os.path.exists(f"/run/netns/{name}")


@pytest.mark.live
def test_recreated_namespace_is_empty(session: Session) -> None:
    """`delete` and `add` give a new and empty namespace."""
    for _ in range(3):
        session.ip.netns.add("ns1")

        inside = session.netns("ns1")
        links = inside.ip.link.show()
        names = [link.ifname for link in links]
        assert ["lo"] == names

        inside.ip.link.add("i0", Ifb())

        links = inside.ip.link.show()
        listed_names = {link.ifname for link in links}
        assert {"lo", "i0"} == listed_names

        session.ip.netns.delete("ns1")


def test_wait_for_the_peers_of_a_deleted_namespace(session: Session) -> None:
    """With ``wait=True`` the names of peers are free at once, in every namespace."""
    session.ip.netns.add("blue")
    for _ in range(10):
        session.ip.netns.add("red")
        session.ip.link.add("v0", Veth(peer="v1", peer_netns="red"))
        session.netns("red").ip.link.add("w0", Veth(peer="w1", peer_netns="blue"))
        session.netns("red").ip.link.add("x0", Veth(peer="x1"))
        session.ip.netns.delete("red", wait=True)

        names = [link.ifname for link in session.ip.link.show()]
        names += [link.ifname for link in session.netns("blue").ip.link.show()]
        assert not {"v0", "w1"} & set(names)

    waits = [step for step, _ in session.recording.pairs() if isinstance(step, WaitEvent)]
    assert {(None, until.gone(link="v0")), ("blue", until.gone(link="w1"))} == {
        (wait.netns, wait.condition) for wait in waits
    }
    assert 20 == len(waits)


def test_wait_for_a_namespace_without_peers(session: Session) -> None:
    """Without links that lead outside there is nothing to wait for."""
    session.ip.netns.add("red")
    session.ip.netns.delete("red", wait=True)
    assert [] == session.ip.netns.list()

    with pytest.raises(NotFound):
        session.ip.netns.delete("red", wait=True)


def test_a_runner_that_cannot_wait(session: Session) -> None:
    """Only a session waits: another runner refuses before it deletes."""
    session.ip.netns.add("red")
    with pytest.raises(IpwrapError, match="a UnrecordedRunner cannot wait"):
        NetnsVerbs(session._unrecorded).delete("red", wait=True)

    assert ["red"] == [netns.name for netns in session.ip.netns.list()]


def test_wait_in_a_dry_run(dry_session: Session) -> None:
    """A dry run knows of no peers, and deletes."""
    dry_session.ip.netns.delete("red", wait=True)
    assert "ip netns delete red" == last_line(dry_session)

"""`ip netns`: the words of every verb, and the namespaces that the kernel made of them."""

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
    NotFound,
    RejectedByKernel,
    Session,
)
from ipwrap.kinds import Ifb

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


def line(session: Session) -> str:
    """Return the last command."""
    return session.recording.results[-1].line


def listed(session: Session) -> dict[str, int | None]:
    """Return the named namespaces with their numbers."""
    return {each.name: each.id for each in session.ip.netns.list()}


def test_verbs_become_words(dry: Session) -> None:
    """Each verb runs the command that its docstring promises."""
    verbs = dry.ip.netns
    verbs.add("ns1")
    assert "ip netns add ns1" == line(dry)
    verbs.attach("ns1", 1)
    assert "ip netns attach ns1 1" == line(dry)
    verbs.set("ns1", 7)
    assert "ip netns set ns1 7" == line(dry)
    verbs.set("ns1", "auto")
    assert "ip netns set ns1 auto" == line(dry)
    verbs.list()
    assert "ip -j netns list" == line(dry)
    verbs.list_id()
    assert "ip -j netns list-id" == line(dry)
    verbs.list_id(target_nsid=3, nsid=0)
    assert "ip -j netns list-id target-nsid 3 nsid 0" == line(dry)
    verbs.identify()
    assert "ip netns identify" == line(dry)
    verbs.identify(1)
    assert "ip netns identify 1" == line(dry)
    verbs.pids("ns1")
    assert "ip netns pids ns1" == line(dry)
    verbs.exec("ns1", "ping", "-c", "1", "10.0.0.2")
    assert "ip netns exec ns1 ping -c 1 10.0.0.2" == line(dry)
    verbs.exec("ns1", "ip", "link")
    assert "ip -n ns1 link" == line(dry)
    verbs.exec_all("true")
    assert "ip -all netns exec true" == line(dry)
    verbs.delete("ns1")
    assert "ip netns delete ns1" == line(dry)
    verbs.delete_all()
    assert "ip -all netns delete" == line(dry)


def test_names_belong_to_the_place(dry: Session) -> None:
    """Asked within a namespace, names are made in the place, and numbers are that namespace's own."""
    inside = dry.netns("ns1").ip.netns
    inside.add("ns2")
    assert "ip netns add ns2" == line(dry)
    inside.attach("ns2", 1)
    assert "ip netns attach ns2 1" == line(dry)
    inside.delete("ns2")
    assert "ip netns delete ns2" == line(dry)
    inside.delete_all()
    assert "ip -all netns delete" == line(dry)
    inside.exec("ns2", "true")
    assert "ip netns exec ns2 true" == line(dry)
    inside.pids("ns2")
    assert "ip netns pids ns2" == line(dry)
    inside.identify(1)
    assert "ip netns identify 1" == line(dry)
    inside.identify()
    assert "ip -n ns1 netns identify" == line(dry)
    inside.list()
    assert "ip -n ns1 -j netns list" == line(dry)
    inside.list_id()
    assert "ip -n ns1 -j netns list-id" == line(dry)
    inside.set("ns2", 7)
    assert "ip -n ns1 netns set ns2 7" == line(dry)


@pytest.mark.parametrize("name", BAD_NAMES)
def test_name_that_is_no_file_is_refused(dry: Session, name: str) -> None:
    """What cannot be a file's name is refused before anything runs, by every verb and by `Session.netns`."""
    verbs = dry.ip.netns
    for run in (
        lambda: verbs.add(name),
        lambda: verbs.attach(name, 1),
        lambda: verbs.delete(name),
        lambda: verbs.set(name, 1),
        lambda: verbs.pids(name),
        lambda: verbs.exec(name, "true"),
        lambda: dry.netns(name),
    ):
        with pytest.raises(InvalidArgument):
            run()
    assert [] == dry.recording.commands


@pytest.mark.parametrize("number", [-1, 2**31, "7", "any", True, 1.5])
def test_number_that_is_none_is_refused(dry: Session, number: Any) -> None:
    """What is no number of a namespace is refused before anything runs."""
    verbs = dry.ip.netns
    for run in (
        lambda: verbs.set("ns1", number),
        lambda: verbs.list_id(nsid=number),
        lambda: verbs.list_id(target_nsid=number),
    ):
        with pytest.raises(InvalidArgument):
            run()
    assert [] == dry.recording.commands


@pytest.mark.parametrize("pid", [0, -1, True, "1", 2**22 + 1])
def test_process_that_is_none_is_refused(dry: Session, pid: Any) -> None:
    """What is no process's number is refused before anything runs."""
    for run in (lambda: dry.ip.netns.attach("ns1", pid), lambda: dry.ip.netns.identify(pid)):
        with pytest.raises(InvalidArgument):
            run()
    assert [] == dry.recording.commands


def test_program_has_to_be_given(dry: Session) -> None:
    """`exec` without a program is refused before anything runs."""
    runs: list[Callable[[], object]] = [
        lambda: dry.ip.netns.exec("ns1"),
        lambda: dry.netns("ns1").exec(),
        lambda: dry.exec(),
    ]
    for run in runs:
        with pytest.raises(InvalidArgument):
            run()
    assert [] == dry.recording.commands


def test_exec_all_without_a_program_is_refused(dry: Session) -> None:
    """`exec_all` without a program is refused before anything runs: iproute2 would start shells."""
    with pytest.raises(InvalidArgument):
        dry.ip.netns.exec_all()
    assert [] == dry.recording.commands


def test_add_and_delete_say_what_they_make_and_take(dry: Session) -> None:
    """A script takes away the namespaces that it made."""
    for result in (dry.ip.netns.add("ns1"), dry.netns("ns2").ip.netns.attach("ns1", 1)):
        (made,) = result.command.creates
        assert ("netns", None, "ns1") == made.key
        assert ("ip", "netns", "delete", "ns1") == made.delete_argv
    assert (("netns", None, "ns1"),) == dry.ip.netns.delete("ns1").command.deletes
    assert (("netns", None, "*"),) == dry.ip.netns.delete_all().command.deletes


def test_reads_do_not_change(dry: Session) -> None:
    """A script need not repeat what only looks."""
    dry.ip.netns.list()
    dry.ip.netns.list_id()
    dry.ip.netns.identify()
    dry.ip.netns.pids("ns1")
    dry.ip.netns.exec("ns1", "true", changes=False)
    dry.ip.netns.exec_all("true", changes=False)
    assert {False} == {asked.command.changes for asked in dry.recording.commands}


@pytest.mark.live
def test_namespace_is_made_listed_and_deleted(session: Session) -> None:
    """A fresh sandbox has no named namespaces; one that is made is listed until it is deleted."""
    assert {} == listed(session)
    session.ip.netns.add("ns1")
    assert {"ns1": None} == listed(session)
    session.ip.netns.delete("ns1")
    assert {} == listed(session)


@pytest.mark.live
@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_any_file_name_is_a_namespace(session: Session, name: str) -> None:
    """A name that could be taken for an option, a verb or shell syntax is a name all the same."""
    session.ip.netns.add(name)
    inside = session.netns(name)
    inside.ip.link.add("i0", Ifb())
    assert {name: None} == listed(session)
    assert {"lo", "i0"} == {each.ifname for each in inside.ip.link.show()}
    assert "i0" in inside.exec("ls", "/sys/class/net").stdout.split()
    assert () == session.ip.netns.pids(name)
    session.ip.netns.set(name, 9)
    assert {name: 9} == listed(session)
    session.ip.netns.delete(name)
    assert {} == listed(session)


@pytest.mark.live
def test_namespace_that_is_there_already_exists(session: Session) -> None:
    """A name is given once."""
    session.ip.netns.add("ns1")
    with pytest.raises(AlreadyExists, match="ns1"):
        session.ip.netns.add("ns1")


@pytest.mark.live
def test_namespace_that_is_not_there_is_not_found(session: Session) -> None:
    """Every verb says that the namespace is missing."""
    verbs = session.ip.netns
    for run in (
        lambda: verbs.delete("nope"),
        lambda: verbs.pids("nope"),
        lambda: verbs.exec("nope", "true"),
        lambda: session.netns("nope").ip.link.show(),
        lambda: session.netns("nope").bridge.link.show(),
        lambda: session.netns("nope").ip.link.set("lo", up=True),
        lambda: session.netns("nope").exec("true"),
    ):
        with pytest.raises(NotFound):
            run()


@pytest.mark.live
def test_numbers_are_given_and_listed(session: Session) -> None:
    """A number is given, chosen, listed, and found by itself."""
    for name in ("ns1", "ns2"):
        session.ip.netns.add(name)
    session.ip.netns.set("ns1", 5)
    session.ip.netns.set("ns2", "auto")
    assert 5 == listed(session)["ns1"]
    assert listed(session)["ns2"] is not None
    assert {"ns1", "ns2"} == {each.name for each in session.ip.netns.list_id()}
    assert [("ns1", 5)] == [(each.name, each.nsid) for each in session.ip.netns.list_id(nsid=5)]
    assert [] == session.ip.netns.list_id(target_nsid=5)


@pytest.mark.live
def test_numbers_are_those_of_the_asking_namespace(session: Session) -> None:
    """Two namespaces know a third one by numbers of their own."""
    for name in ("ns1", "ns2"):
        session.ip.netns.add(name)
    session.ip.netns.set("ns2", 5)
    session.netns("ns1").ip.netns.set("ns2", 9)
    assert 5 == listed(session)["ns2"]
    assert {"ns2": 9} == {
        each.name: each.id for each in session.netns("ns1").ip.netns.list() if each.id is not None
    }
    assert [9] == [each.nsid for each in session.netns("ns1").ip.netns.list_id()]


@pytest.mark.live
def test_number_that_is_taken_says_why(session: Session) -> None:
    """A namespace has one number, and a number one namespace."""
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
def test_namespace_of_a_process_gets_a_name(session: Session) -> None:
    """`attach` names the namespace of a process, `identify` tells it, and the verbs reach it."""
    session.ip.netns.attach("first", 1)
    session.ip.link.add("i0", Ifb())
    assert ("first",) == session.ip.netns.identify(1)
    assert ("first",) == session.ip.netns.identify()
    assert "i0" in {each.ifname for each in session.netns("first").ip.link.show()}
    assert 1 in session.ip.netns.pids("first")


@pytest.mark.live
def test_process_without_a_named_namespace_has_no_name(session: Session) -> None:
    """`identify` of the first namespace, which nobody named, is empty; within a named one it is that name."""
    session.ip.netns.add("ns1")
    assert () == session.ip.netns.identify()
    assert () == session.ip.netns.identify(1)
    assert ("ns1",) == session.netns("ns1").ip.netns.identify()


@pytest.mark.live
def test_process_that_is_not_there_is_not_found(session: Session) -> None:
    """`attach` and `identify` of a process that is not there say so, and no name is left."""
    for run in (
        lambda: session.ip.netns.attach("x", 4_000_000),
        lambda: session.ip.netns.identify(4_000_000),
    ):
        with pytest.raises(NotFound):
            run()
    assert {} == listed(session)


@pytest.mark.live
def test_processes_in_a_namespace_are_listed(session: Session) -> None:
    """`pids` lists the processes that were started in the namespace, and no others."""
    session.ip.netns.add("ns1")
    assert () == session.ip.netns.pids("ns1")
    session.netns("ns1").exec("sh", "-c", "sleep 1000 >/dev/null 2>&1 & echo $! >/run/pid")
    assert (int(session.exec("cat", "/run/pid").stdout),) == session.ip.netns.pids("ns1")


@pytest.mark.live
def test_exec_gives_back_what_the_program_did(session: Session) -> None:
    """stdout, stderr, status and stdin are the program's own."""
    session.ip.netns.add("ns1")
    result = session.ip.netns.exec(
        "ns1", "sh", "-c", "cat; echo bad >&2; exit 3", stdin="in é\n", check=False
    )
    assert (3, "in é\n", "bad\n") == (result.status, result.stdout, result.stderr)
    with pytest.raises(CommandError) as caught:
        session.ip.netns.exec("ns1", "sh", "-c", "exit 3")
    assert 3 == caught.value.result.status


@pytest.mark.live
def test_exec_ends_in_time(session: Session) -> None:
    """A program that takes longer than it may is ended."""
    session.ip.netns.add("ns1")
    with pytest.raises(CommandTimeout):
        session.ip.netns.exec("ns1", "sleep", "1000", timeout=0.2)
    with pytest.raises(CommandTimeout):
        session.ip.netns.exec_all("sleep", "1000", timeout=0.2)


@pytest.mark.live
def test_exec_of_a_missing_program_is_told_before(session: Session) -> None:
    """A program that is not there is an error of its own class."""
    session.ip.netns.add("ns1")
    with pytest.raises(ExecutorError, match="no such program"):
        session.ip.netns.exec("ns1", "no-such-program")


@pytest.mark.live
def test_exec_all_runs_in_every_namespace(session: Session) -> None:
    """`exec_all` tells each namespace's name before its output."""
    for name in ("ns1", "ns2"):
        session.ip.netns.add(name)
    said = session.ip.netns.exec_all("echo", "here").stdout
    assert {"netns: ns1", "netns: ns2", "here"} == set(said.split("\n")) - {""}


@pytest.mark.live
def test_all_are_deleted(session: Session) -> None:
    """`delete_all` leaves no name."""
    for name in ("ns1", "ns2", "-x"):
        session.ip.netns.add(name)
    session.ip.netns.delete_all()
    assert {} == listed(session)


@pytest.mark.live
def test_namespaces_are_not_the_hosts(session: Session) -> None:
    """A name made in a sandbox is no file on the host."""
    name = f"ipwrap-test-{os.getpid()}"
    session.ip.netns.add(name)
    assert {name: None} == listed(session)
    assert not os.path.exists(f"/run/netns/{name}")


@pytest.mark.live
def test_namespace_that_was_made_again_is_a_new_one(session: Session) -> None:
    """After `delete` and `add` nothing of the old namespace is there under its name."""
    for _ in range(3):
        session.ip.netns.add("ns1")
        inside = session.netns("ns1")
        assert ["lo"] == [each.ifname for each in inside.ip.link.show()]
        inside.ip.link.add("i0", Ifb())
        assert {"lo", "i0"} == {each.ifname for each in inside.ip.link.show()}
        session.ip.netns.delete("ns1")

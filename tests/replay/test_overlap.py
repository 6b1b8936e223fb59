"""Commands that ran at the same time, in threads or by asyncio, overlap in a replay as well."""

import asyncio
import threading
import time
from pathlib import Path

import pytest

from ipwrap import Recording, Session, until
from ipwrap.errors import CommandTimeout
from ipwrap.kinds import Veth
from ipwrap.replay import Replay, replay, replay_export
from tests.labs import Lab, open_sandbox, record_lab

VIA = ("session", "sh", "plain", "batch", "python")
PORT = 8000
SERVER = f"""
import socket
server = socket.create_server(("", {PORT}))
for _ in range(3):
    server.accept()[0].sendall(b"hello")
"""
CLIENT = f"""
import socket
assert b"hello" == socket.create_connection(("10.0.0.2", {PORT})).recv(5)
"""


def build(session: Session) -> None:
    """Build two namespaces that reach each other."""
    session.ip.netns.add("a")
    session.ip.netns.add("b")
    session.ip.link.add("to-b", Veth(peer="eth0", peer_netns="b"))
    session.ip.link.set("to-b", netns="a", name="eth0")

    for number, name in enumerate("ab", start=1):
        netns = session.netns(name)
        netns.ip.address.add(f"10.0.0.{number}/24", dev="eth0")
        netns.ip.link.set("eth0", up=True)


def serve(session: Session) -> None:
    """Serve three clients, in the foreground of a thread."""
    session.netns("b").exec("python3", "-c", SERVER)


def fetch(session: Session) -> None:
    """Fetch from the server."""
    session.netns("a").exec("python3", "-c", CLIENT)


def serve_in_a_thread(session: Session) -> None:
    """Run a server in a thread, and its clients one after the other."""
    build(session)
    thread = threading.Thread(target=serve, args=(session,))
    thread.start()
    session.netns("b").wait_for(until.listening(PORT), timeout=60)

    for _ in range(3):
        fetch(session)
    thread.join()


def serve_with_asyncio(session: Session) -> None:
    """Run a server and three clients by `asyncio.to_thread`, all at the same time."""
    build(session)

    async def run() -> None:
        server = asyncio.create_task(asyncio.to_thread(serve, session))
        listens = session.netns("b").wait_for
        await asyncio.to_thread(listens, until.listening(PORT), timeout=60)
        await asyncio.gather(*(asyncio.to_thread(fetch, session) for _ in range(3)))
        await server

    asyncio.run(run())


def run_again(recording: Recording, via: str) -> Replay:
    """Run a recording, or an export of it, again in a new sandbox."""
    with open_sandbox() as session:
        if via == "session":
            return replay(recording, session)
        return replay_export(recording, session, export_format=via)


@pytest.mark.live
@pytest.mark.parametrize("via", VIA)
@pytest.mark.parametrize("lab", [serve_in_a_thread, serve_with_asyncio])
def test_a_server_beside_its_clients_is_replayed(lab: Lab, via: str, tmp_path: Path) -> None:
    """A server of one thread and the clients of others run at the same time again."""
    recording = record_lab(lab, tmp_path / "a.jsonl")

    assert [] == run_again(recording, via).differences


@pytest.mark.live
def test_the_server_of_a_thread_counts_as_a_process(tmp_path: Path) -> None:
    """The report counts the server as a process; the clients of one thread stay commands."""
    recording = record_lab(serve_in_a_thread, tmp_path / "a.jsonl")
    report = run_again(recording, "session")

    assert (len(recording.commands) - 1, 1, 2) == (report.commands, report.processes, report.waits)


@pytest.mark.live
def test_a_pause_of_the_script_is_kept(tmp_path: Path) -> None:
    """A script that sleeps while its server starts, instead of a wait, sleeps again."""

    def lab(session: Session) -> None:
        build(session)
        thread = threading.Thread(target=session.exec, args=("sleep", "1"))
        thread.start()
        time.sleep(0.5)
        session.exec("true")
        thread.join()

    recording = record_lab(lab, tmp_path / "a.jsonl")
    with open_sandbox() as session:
        report = replay(recording, session)
        sleep, true = session.recording.results[-2:]

    assert [] == report.differences
    assert ("sleep 1", "true") == (sleep.line, true.line)
    assert true.started - sleep.started >= 0.45


@pytest.mark.live
@pytest.mark.parametrize("via", VIA)
def test_a_server_that_a_timeout_ends_is_stopped(via: str, tmp_path: Path) -> None:
    """A server of a thread that runs into its timeout is stopped, at the same moment."""

    def serve_for_ever(session: Session) -> None:
        with pytest.raises(CommandTimeout):
            session.exec("sleep", "1000", timeout=1)

    def lab(session: Session) -> None:
        thread = threading.Thread(target=serve_for_ever, args=(session,))
        thread.start()
        while not session.recording.commands:
            time.sleep(0.01)
        build(session)
        thread.join()

    recording = record_lab(lab, tmp_path / "a.jsonl")

    assert [] == run_again(recording, via).differences


@pytest.mark.live
@pytest.mark.parametrize("via", VIA)
def test_threads_with_ip_commands_are_replayed(via: str, tmp_path: Path) -> None:
    """Threads that build their own namespaces at the same time need no processes."""

    def build_netns(session: Session, name: str) -> None:
        session.ip.netns.add(name)
        netns = session.netns(name)
        netns.ip.link.set("lo", up=True)
        for number in range(1, 6):
            netns.ip.address.add(f"10.0.{number}.1/24", dev="lo")

    def lab(session: Session) -> None:
        threads = [
            threading.Thread(target=build_netns, args=(session, f"ns{number}"))
            for number in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    recording = record_lab(lab, tmp_path / "a.jsonl")
    report = run_again(recording, via)

    assert [] == report.differences
    assert 0 == report.processes

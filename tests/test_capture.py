"""`Capture`: every packet is in the file, with tcpdump and with dumpcap."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ipwrap import DryRun, InvalidArgument, ProcessEnded, Recording, Sandbox, Session, until
from ipwrap.errors import ExecutorError
from ipwrap.export.python.exporter import python
from ipwrap.places import sandbox as sandbox_module
from ipwrap.places.holder import SELF_MAPPED_ROOT
from ipwrap.recording import CommandEvent, ProcessAction, ProcessEvent, Sleep, WaitEvent
from ipwrap.session import Namespace
from ipwrap.sessions import captures
from ipwrap.sessions.captures import capture_program, has_several_users
from ipwrap.system.programs import find_program
from tests.labs import open_sandbox

PROGRAMS = ("tcpdump", "dumpcap")
PACKETS = 20


def require(program: str) -> None:
    """Skip a test of a program that is missing."""
    if find_program(program) is None:
        pytest.skip(f"{program} is missing")


@pytest.fixture
def pod() -> Iterator[Namespace]:
    """A namespace with `lo` up."""
    with open_sandbox() as session:
        session.ip.netns.add("pod")
        pod = session.netns("pod")
        pod.ip.link.set("lo", up=True)
        yield pod


def steps_of(recording: Recording) -> list[object]:
    """Return the steps of a recording, without what another run would not repeat."""
    steps: list[object] = []
    for event, _ in recording.pairs():
        match event:
            case CommandEvent(command=command):
                steps.append(command)
            case ProcessEvent(command=command, name=name, ready=ready):
                steps.append((command, name, ready))
            case WaitEvent(condition=condition, timeout=timeout):
                steps.append((condition, timeout))
            case ProcessAction(action=action, signal=signal, seconds=seconds):
                steps.append((action, signal, seconds))
            case Sleep(seconds=seconds):
                steps.append(seconds)
    return steps


def send_packets(pod: Namespace, count: int) -> None:
    """Send so many UDP packets to a closed port of `lo`: each is answered by an ICMP error."""
    pod.exec(
        "python3",
        "-c",
        "import socket\n"
        f"for number in range({count}):\n"
        "    socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))\n",
    )


@pytest.mark.live
@pytest.mark.parametrize("program", PROGRAMS)
def test_every_packet_is_in_the_file(
    pod: Namespace, program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the return of `capture` to the end of the block."""
    require(program)
    monkeypatch.setattr(captures, "has_several_users", lambda _: program == "tcpdump")

    with pod.capture("lo", tmp_path / "lo.pcap", filter="udp") as capture:
        packets_by_now = capture.packets
        send_packets(pod, PACKETS)

    assert (None, PACKETS) == (packets_by_now, capture.packets)
    assert program == capture.process.command.argv[0]
    # The header of the file, and one for each packet of 43 bytes: pcap-savefile(5).
    assert 24 + PACKETS * (16 + 43) == (tmp_path / "lo.pcap").stat().st_size
    assert capture.stop() == capture.process.result


@pytest.mark.live
def test_a_burst_is_in_the_file(pod: Namespace, tmp_path: Path) -> None:
    """The buffer of tcpdump holds more packets than one of its default size: 8 of any length."""
    require("tcpdump")
    with pod.capture("lo", tmp_path / "lo.pcap", filter="udp") as capture:
        # A stopped program reads nothing: what comes meanwhile waits in the buffer.
        capture.process.send_signal("STOP")
        pod.wait_for(until.idle(capture.process))
        send_packets(pod, 50)
        capture.process.send_signal("CONT")

    assert 50 == capture.packets


@pytest.mark.live
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_capture_is_one_in_the_python_script(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The script captures by the same call, and makes the same recording."""
    require(program)
    monkeypatch.setattr(captures, "has_several_users", lambda _: program == "tcpdump")
    with open_sandbox() as session:
        session.ip.link.set("lo", up=True)
        with session.capture("lo", tmp_path / "lo.pcap", filter="udp"):
            session.exec("true")
        recording = session.recording

    text = python(recording)
    with open_sandbox() as session:
        module: dict[str, Any] = {}
        exec(compile(text, "lab.py", "exec"), module)
        module["main"](session)

    assert (1, 0) == (text.count("with session.capture("), text.count("spawn("))
    assert steps_of(recording) == steps_of(session.recording)


@pytest.mark.live
def test_capture_of_a_number_of_packets(pod: Namespace, tmp_path: Path) -> None:
    """It ends by itself."""
    require("tcpdump")

    with pod.capture("any", tmp_path / "any.pcap", filter="udp", count=2) as capture:
        send_packets(pod, 2)
        assert capture.wait(60).ok

    assert 2 == capture.packets


@pytest.mark.live
def test_sandbox_with_a_single_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an ordinary user has without the package uidmap: tcpdump cannot change its user there."""
    require("dumpcap")
    monkeypatch.setattr(sandbox_module, "_confinements", lambda **_: iter((SELF_MAPPED_ROOT,)))

    with Session(sandbox=True) as session:
        if has_several_users(session.place):
            pytest.skip("this user's sandbox has several users")
        with session.capture("lo", tmp_path / "lo.pcap") as capture:
            send_packets(session, 1)  # type: ignore[arg-type]  # a session is a namespace as well

    assert "dumpcap" == capture.process.command.argv[0]
    assert capture.packets


@pytest.mark.live
@pytest.mark.parametrize(
    ("dev", "expression", "words"),
    [("none", None, "No such device"), ("lo", "no such word", "syntax error")],
)
def test_words_of_the_program(
    pod: Namespace, dev: str, expression: str | None, words: str, tmp_path: Path
) -> None:
    """For a missing link and a wrong filter."""
    require("tcpdump")

    with pytest.raises(ProcessEnded, match=words):
        pod.capture(dev, tmp_path / "x.pcap", filter=expression)


@pytest.mark.parametrize(
    "options",
    [{"dev": "a b"}, {"path": "-"}, {"path": "a\0"}, {"count": 0}, {"filter": "\0"}],
)
def test_wrong_values(options: dict[str, object]) -> None:
    """Are refused before anything runs."""
    with Session(executor=DryRun()) as session, pytest.raises(InvalidArgument):
        session.capture(**{"dev": "lo", "path": "x.pcap", **options})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("installed", "advice"),
    [((), "install tcpdump"), (("tcpdump",), "install dumpcap")],
)
def test_missing_programs(
    installed: tuple[str, ...], advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the package."""
    monkeypatch.setattr(captures, "find_program", lambda name: name in installed or None)
    monkeypatch.setattr(captures, "has_several_users", lambda _: False)

    with pytest.raises(ExecutorError, match=advice):
        capture_program(DryRun(live=True), Sandbox())

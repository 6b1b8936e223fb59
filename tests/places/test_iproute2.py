"""The iproute2 of a place: the version is read without a record; unsupported ones are named."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from attrs import define, field

from ipwrap import ExecutorError, Local, PlaceError, Sandbox, Session
from ipwrap.places.iproute2 import iproute2_version
from ipwrap.sessions.unrecorded import UnrecordedRunner
from tests.doubles import PlaceDouble
from tests.machines import LAB_PROGRAMS, make_busybox_folder, make_ip_with_version, set_path

TOO_OLD = r"^iproute2 4\.20 \(ss190107\) is too old: 5\.4 or later is needed; install a newer one"


@define
class EndlessPlace(PlaceDouble):
    """A place in which no program ends."""

    argv_without_end: tuple[str, ...] = field(default=("sleep", "1000"))

    def wrap(
        self,
        argv: tuple[str, ...],  # noqa: ARG002 - as `Place`
        *,
        variables: Mapping[str, str] | None = None,  # noqa: ARG002 - as `Place`
    ) -> tuple[str, ...]:
        """Return the argv of a program without an end."""
        return self.argv_without_end


def test_version_is_read_from_ip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A vendor's version is accepted as well; an unreadable version is None, and no error."""
    for number, (answer, version) in enumerate(
        (
            ("ip utility, iproute2-ss191125", "ss191125"),
            ("ip utility, iproute2-6.99.0-vendor, libbpf 9", "6.99.0-vendor"),
            ("ip of our own", None),
        )
    ):
        with monkeypatch.context() as patch:
            patch.setenv(
                "PATH", f"{make_ip_with_version(tmp_path / str(number), answer)}:/usr/bin:/bin"
            )
            assert version == iproute2_version(Local())


def test_ip_that_hangs_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """An `ip` that does not answer is an error with the command, after a time limit."""
    monkeypatch.setattr("ipwrap.places.iproute2.TIMEOUT_SECONDS", 0.01)
    with pytest.raises(ExecutorError, match="sleep 1000: no answer within"):
        iproute2_version(EndlessPlace())


@pytest.mark.live
@pytest.mark.parametrize("place_name", ["local", "sandbox", "sudo"])
def test_older_release_is_refused_when_a_session_opens(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place_name: str
) -> None:
    """The error is a sentence, on the host, in a sandbox and by sudo, and no place stays open."""
    old = make_ip_with_version(tmp_path / "old", "ip utility, iproute2-ss190107")
    monkeypatch.setenv("PATH", f"{old}:/usr/sbin:/usr/bin:/sbin:/bin")
    if place_name == "sudo":  # a sudo without restrictions, run by root
        (old / "sudo").write_text('#!/bin/sh\nshift\nexec "$@"\n')
        (old / "sudo").chmod(0o755)

    place = Sandbox() if place_name == "sandbox" else Local(sudo=place_name == "sudo")

    try:
        with pytest.raises(ExecutorError, match=TOO_OLD):
            Session(place).open()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")

    if isinstance(place, Sandbox):
        assert place.pid is None


@pytest.mark.live
def test_older_release_undoes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A rollback checks the version, too, and closes the place."""
    old = make_ip_with_version(tmp_path / "old", "ip utility, iproute2-ss190107")
    monkeypatch.setenv("PATH", f"{old}:/usr/sbin:/usr/bin:/sbin:/bin")
    place = PlaceDouble()

    with pytest.raises(ExecutorError, match=TOO_OLD), UnrecordedRunner(place):
        pass

    assert ["open", "close"] == place.calls


@pytest.mark.live
@pytest.mark.parametrize("sandbox", [True, False])
@pytest.mark.parametrize(
    ("program", "package"),
    [
        ("ip", "iproute2"),
        ("mount", "mount"),
        ("nsenter", "util-linux"),
        ("setpriv", "util-linux"),
        ("unshare", "util-linux"),
    ],
)
def test_missing_program_is_named_with_its_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sandbox: bool, program: str, package: str
) -> None:
    """The error for a missing program differs from that for a forbidden sandbox.

    A host needs only iproute2.
    """
    set_path(monkeypatch, tmp_path, set(LAB_PROGRAMS) - {program})
    session = Session(sandbox=sandbox)

    if not sandbox and program != "ip":
        session.open()
        session.close()
        return

    with pytest.raises(ExecutorError) as caught:
        session.open()

    advice = f"apt-get update && apt-get install {package}"

    assert f"{program}: no such program on this machine; install it: {advice}" == str(caught.value)


def test_recordings_need_no_iproute2(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, dry_session: Session
) -> None:
    """A dry run and a playback open without iproute2."""
    dry_session.ip.netns.add("red")
    recording = dry_session.recording.save(tmp_path / "dry.jsonl")
    set_path(monkeypatch, tmp_path, ())

    with Session.playback(recording) as session:
        session.ip.netns.add("red")
        assert session.iproute2 is None


@pytest.mark.live
def test_busybox_is_skipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With BusyBox's `ip` first in PATH, iproute2 is used, and the recording holds plain `ip`."""
    busybox = make_busybox_folder(tmp_path / "busybox")
    (tmp_path / "real").mkdir()
    set_path(monkeypatch, tmp_path / "real", LAB_PROGRAMS, busybox)

    try:
        session = Session(sandbox=True).__enter__()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")

    with session:
        session.ip.netns.add("red")
        assert ["lo"] == [link.ifname for link in session.netns("red").ip.link.show()]
        assert "iproute2" in session.exec("ip", "-V").stdout
        assert "iproute2" in session.exec("sh", "-c", "ip -V").stdout
        assert "ip netns add red" == session.recording.commands[0].command.line


@pytest.mark.live
@pytest.mark.parametrize("sandbox", [True, False])
def test_busybox_alone_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sandbox: bool
) -> None:
    """Without iproute2 the error names BusyBox and the package."""
    busybox = make_busybox_folder(tmp_path / "busybox")
    set_path(monkeypatch, tmp_path, set(LAB_PROGRAMS) - {"ip"}, busybox)

    with pytest.raises(ExecutorError) as caught:
        Session(sandbox=sandbox).open()

    message = str(caught.value)

    assert message.startswith(
        f"ip: {busybox}/ip is BusyBox's, which lacks what ipwrap needs; install iproute2: "
    )
    assert "apt-get update && apt-get install iproute2" in message

"""`Ssh`: another machine as a place, by a real sshd; typed errors where it cannot be reached."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from ipwrap import ExecutorError, InvalidArgument, PlaceError, Session, Ssh, UnknownOption, until
from ipwrap.kinds import Bridge
from tests.remote_hosts import FarHosts
from tests.waiting import until as wait_until

SCRIPT = """
import sys
from ipwrap import Session, Ssh
session = Session(Ssh("host1", config=sys.argv[1]))
session.spawn("sleep", sys.argv[2])
print("ready", flush=True)
input()
"""


@pytest.fixture(scope="module")
def session(remote_hosts: FarHosts) -> Iterator[Session]:
    """A session on the first machine."""
    with Session(remote_hosts.place()) as remote_session:
        yield remote_session


def test_verbs_run_on_the_other_machine(remote_hosts: FarHosts, session: Session) -> None:
    """A link that a verb adds is there, and not here."""
    session.ip.link.add("far0", Bridge())
    is_there = "far0" in remote_hosts.run("ip", "-br", "link")
    session.ip.link.delete("far0")

    assert (True, False) == (is_there, "far0" in os.listdir("/sys/class/net"))


def test_the_header_names_the_machine(remote_hosts: FarHosts) -> None:
    """The recording has the place, and the namespaces of the login there."""
    with Session(remote_hosts.place()) as session:
        header = session.recording.header

    net = remote_hosts.run("stat", "-L", "-c", "%d:%i", "/proc/self/ns/net").strip()
    assert header.host is not None
    assert ("ssh host1", net) == (header.place, header.host.net)


def test_namespaces_are_those_of_the_machine(remote_hosts: FarHosts, session: Session) -> None:
    """A namespace is made there, and entered by its name."""
    session.ip.netns.add("red")
    links = [link.ifname for link in session.netns("red").ip.link.show()]
    listed = remote_hosts.run("ip", "netns", "list").split()
    session.ip.netns.delete("red")

    assert (["lo"], ["red"]) == (links, listed)


def test_a_name_reaches_the_device_that_bears_it(remote_hosts: FarHosts, session: Session) -> None:
    """Two links that swap names behind the session's back are not mistaken for each other."""
    for name in ("one", "two"):
        session.ip.link.add(name, Bridge())
    session.ip.link.show("one")
    session.ip.link.set("one", mtu=1300)
    for old, new in (("one", "tmp"), ("two", "one"), ("tmp", "two")):
        remote_hosts.run("ip", "link", "set", "dev", old, "name", new)

    session.ip.link.set("one", mtu=1111)
    mtus = [session.ip.link.show(name)[0].mtu for name in ("one", "two")]
    for name in ("one", "two"):
        session.ip.link.delete(name)

    assert [1111, 1300] == mtus


def test_a_state_is_that_of_the_machine(remote_hosts: FarHosts, session: Session) -> None:
    """All reads of a state are sent at once."""
    lines = remote_hosts.run("ip", "-br", "link").splitlines()
    listed = [line.split()[0].partition("@")[0] for line in lines]
    assert sorted(listed) == sorted(link["ifname"] for link in session.state()[""]["link"])


def test_a_wait_looks_again(remote_hosts: FarHosts, session: Session) -> None:
    """Without events from there, a wait looks again until the condition holds."""
    session.spawn("sh", "-c", "sleep 0.1; ip link add late type bridge", name="later")
    session.wait_for(until.link("late"), timeout=60)
    session.ip.link.delete("late")

    assert "late" not in remote_hosts.run("ip", "-br", "link")


def test_events_are_refused(session: Session) -> None:
    """A monitor and a watch say that nothing is followed on another machine."""
    with pytest.raises(ExecutorError, match="no events are followed on another machine"):
        session.ip.monitor()
    with pytest.raises(ExecutorError, match="no events are followed on another machine"):
        session.watch()


def test_nothing_is_left_behind_after_sigkill(remote_hosts: FarHosts) -> None:
    """A program on the other machine ends with the process that has started it."""
    argv = (sys.executable, "-c", SCRIPT, str(remote_hosts.config), "123454321")
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        was_there = wait_until(lambda: is_running(remote_hosts, "123454321"))
        process.send_signal(signal.SIGKILL)

    is_gone = wait_until(lambda: not is_running(remote_hosts, "123454321"))
    assert (True, True) == (was_there, is_gone)


def is_running(remote_hosts: FarHosts, argument: str) -> bool:
    """Return whether a `sleep` with an argument runs."""
    lines = remote_hosts.run("ps", "-e", "-o", "args").splitlines()
    return f"sleep {argument}" in lines


def test_a_closed_place_leaves_no_socket(remote_hosts: FarHosts) -> None:
    """The socket of the connection goes with it, and a second close does nothing."""
    place = remote_hosts.place()
    place.open()
    path = Path(place._require_connection().control_path)
    was_there = path.exists()
    place.close()
    place.close()

    assert (True, False) == (was_there, path.exists())


def test_a_long_runtime_folder_is_no_obstacle(
    remote_hosts: FarHosts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The path of a socket has 108 bytes at most: another folder is made, and removed."""
    long_folder = tmp_path / ("x" * 100)
    long_folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long_folder))
    place = remote_hosts.place()
    place.open()
    folder = Path(place._require_connection().control_path).parent
    mode = folder.stat().st_mode & 0o777
    place.close()

    assert (0o700, False) == (mode, folder.exists())


def test_a_connection_that_fails_leaves_no_folder(
    remote_hosts: FarHosts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder that was made for its socket goes as well."""
    long_folder = tmp_path / ("x" * 100)
    long_folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long_folder))
    folders: list[str] = []

    def make_folder(**options: str) -> str:
        """Make a folder, and keep its name."""
        folders.append(mkdtemp(**options))
        return folders[-1]

    monkeypatch.setattr("ipwrap.places.ssh_connection.tempfile.mkdtemp", make_folder)
    place = remote_hosts.place(options={"UserKnownHostsFile": str(tmp_path / "none")})
    with pytest.raises(PlaceError, match="the host key is not known"):
        place.open()

    assert [False] == [os.path.exists(folder) for folder in folders]


def test_a_folder_that_is_gone_already_is_no_error(
    remote_hosts: FarHosts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something else has tidied up /tmp before the place is closed."""
    long_folder = tmp_path / ("x" * 100)
    long_folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long_folder))
    place = remote_hosts.place()
    place.open()
    shutil.rmtree(Path(place._require_connection().control_path).parent)

    place.close()


def test_sessions_share_a_connection(remote_hosts: FarHosts) -> None:
    """A place that was open stays open behind a session."""
    place = remote_hosts.place()
    with Session(place):
        with Session(place) as second:
            second.ip.link.show()
        assert not place.open()


def test_the_argv_of_the_place_runs_there(remote_hosts: FarHosts, session: Session) -> None:
    """`wrap` is for a terminal: the words come through the shells as they are."""
    argv = session.place.wrap(("printf", "%s|", "a b", "$HOME", "it's"))
    completed = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert "a b|$HOME|it's|" == completed.stdout


def test_a_key_that_is_not_authorized_is_told(remote_hosts: FarHosts) -> None:
    """Nobody is asked for a password: the error says what to do."""
    place = remote_hosts.place(options={"IdentityFile": str(remote_hosts.folder / "other")})
    empty = remote_hosts.folder / "config_without_key"
    lines = remote_hosts.config.read_text(encoding="utf-8").splitlines(keepends=True)
    empty.write_text("".join(line for line in lines if "IdentityFile" not in line))

    with pytest.raises(PlaceError, match=r"(?s)authentication failed.*root@host1 port 22.*ssh-add"):
        Ssh(place.destination, config=empty, options=place.options).open()


def test_an_unknown_host_key_is_told(remote_hosts: FarHosts, tmp_path: Path) -> None:
    """A host key is never accepted on the way."""
    place = remote_hosts.place(options={"UserKnownHostsFile": str(tmp_path / "none")})
    with pytest.raises(PlaceError, match=r"(?s)host key is not known.*ssh host1"):
        place.open()


def test_a_changed_host_key_is_told(remote_hosts: FarHosts, tmp_path: Path) -> None:
    """The machine that answers is not the known one."""
    key = (remote_hosts.folder / "host2.pub").read_text(encoding="ascii")
    known = tmp_path / "known"
    known.write_text(f"host1 {key}", encoding="ascii")
    with pytest.raises(PlaceError, match=r"host key is not the known one"):
        remote_hosts.place(options={"UserKnownHostsFile": str(known)}).open()


def test_a_refused_connection_is_told(tmp_path: Path) -> None:
    """The error has the address and the port that were tried."""
    config = tmp_path / "config"
    config.write_text("Host nobody\n  HostName 127.0.0.1\n  Port 1\n", encoding="ascii")
    with pytest.raises(PlaceError, match=r"(?s)refused.*@127\.0\.0\.1 port 1.*start sshd"):
        Ssh("nobody", config=config).open()


@pytest.mark.parametrize("destination", ["", "-oProxyCommand=id", "a b", "a\nb", 7])
def test_a_wrong_destination_is_refused(destination: object) -> None:
    """What ssh would take for an option is no destination."""
    with pytest.raises(InvalidArgument, match="destination"):
        Ssh(destination)


@pytest.mark.parametrize("name", ["ControlPath", "batchmode"])
def test_an_option_of_the_place_itself_is_refused(name: str) -> None:
    """Options by which the place works are not the user's."""
    with pytest.raises(UnknownOption, match="set by ipwrap"):
        Ssh("lab1", options={name: "no"})


@pytest.mark.parametrize("options", [{"Port=1 -o": 1}, {"Port": "1\nUser x"}, {"Port": ""}])
def test_a_malformed_option_is_refused(options: dict[str, str]) -> None:
    """An option is a name and a value of ssh_config(5)."""
    with pytest.raises(InvalidArgument, match="options"):
        Ssh("lab1", options=options)


def test_files_of_the_machine_are_not_seen() -> None:
    """Nobody takes a file of this machine for one of the other."""
    with pytest.raises(PlaceError, match="not seen from here"):
        Ssh("lab1").host_path("/run/netns")


def test_a_place_that_is_not_open_is_told() -> None:
    """A command before `open` is an error."""
    with pytest.raises(PlaceError, match="not connected"):
        Ssh("lab1").wrap(("true",))


def test_sudo_runs_everything_as_root(remote_hosts: FarHosts) -> None:
    """The place says so, and all programs run below it: lines, and those with a shell each."""
    with Session(remote_hosts.place(sudo=True)) as session:
        by_sudo = session.exec("printenv", "SUDO_UID", changes=False).stdout.strip()
        links = session.ip.link.show("lo")
    assert ("ssh host1, sudo", "0", 1) == (session.place.name, by_sudo, len(links))


def test_a_sudo_that_asks_is_told(remote_hosts: FarHosts) -> None:
    """Nobody is there to give a password."""
    with pytest.raises(PlaceError, match="`sudo -n true` failed there"):
        remote_hosts.place("host2", sudo=True).open()

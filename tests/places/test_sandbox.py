"""`Sandbox`: a throw-away place, which leaves the host as it is and ends with its owner."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ipwrap import PlaceError, Sandbox, Session
from ipwrap.command import Command
from ipwrap.executors import Process
from ipwrap.kinds import Bridge
from ipwrap.places import sandbox
from ipwrap.system.programs import need
from tests.waiting import LIMIT, until

SCRIPT = """
import os, sys
from ipwrap import Session
session = Session(sandbox=True)
session.ip.netns.add("ns1")
session.ip.link.add("br0", __import__("ipwrap.kinds").kinds.Bridge(), up=True)
session.exec("sh", "-c", f"sleep {sys.argv[1]} >/dev/null 2>&1 &")
session.netns("ns1").exec("sh", "-c", f"setsid sleep {sys.argv[1]} >/dev/null 2>&1 &")
print(session.place.pid, flush=True)
how = input()
if how == "exit":
    os._exit(0)
if how == "close":
    session.close()
    print("closed", flush=True)
    input()
"""


@pytest.fixture
def place() -> Iterator[Sandbox]:
    """An open sandbox."""
    made = Sandbox()
    try:
        made.open()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")
    yield made
    made.close()


@pytest.fixture
def marker(request: pytest.FixtureRequest) -> str:
    """A number of seconds that no other process of this machine sleeps."""
    return f"{abs(hash(request.node.nodeid)) % 10**6 + 10**6}.{os.getpid()}"


def running(marker: str) -> list[int]:
    """Return the processes of this machine that sleep as long as the marker says."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if (
                entry.name.isdigit()
                and (entry / "cmdline").read_bytes() == b"sleep\0" + marker.encode() + b"\0"
            ):
                found.append(int(entry.name))
    return found


def alive(pid: int) -> bool:
    """Tell whether a process is there, and not only waits to be noticed as dead."""
    try:
        return "Z" != Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def inside(place: Sandbox, *argv: str) -> str:
    """Return what a program says in there."""
    reply = Process().run(Command(argv), place)
    assert (0, "") == (reply.status, reply.stderr)
    return reply.stdout


def as_ordinary_user(script: str, *before: str) -> "subprocess.CompletedProcess[str]":
    """Run a Python script as a user who is not root, as an ordinary user would be."""
    user = ("unshare", "--user", "--map-user=1000", "--map-group=1000") if os.geteuid() == 0 else ()
    argv = [*user, *before, sys.executable, "-c", script]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if "unshare failed" in done.stderr and "Traceback" not in done.stderr:
        pytest.skip(f"no user namespaces here: {done.stderr.strip()}")
    return done


@pytest.mark.live
def test_fresh_sandbox_holds_only_lo(place: Sandbox) -> None:
    """There is `lo`, which is up, no named namespace, and no file of the host's /run."""
    assert inside(place, "ip", "-br", "link").split()[:2] == ["lo", "UNKNOWN"]
    assert "UP" in inside(place, "ip", "link", "show", "dev", "lo")
    assert "127.0.0.1" in inside(place, "ip", "address", "show", "dev", "lo")
    assert "" == inside(place, "ip", "netns", "list")
    assert set(inside(place, "ls", "-A", "/run").split()) <= {
        "mount",
        "netns",
    }  # what mount(8) and ip-netns(8) keep
    assert "lo\n" == inside(place, "ls", "/sys/class/net")


@pytest.mark.live
def test_processes_of_the_host_are_not_seen(place: Sandbox) -> None:
    """The sandbox numbers its processes from 1, which holds it."""
    assert "cat\0" == inside(place, "cat", "/proc/1/cmdline")
    pids = [int(name) for name in inside(place, "ls", "/proc").split() if name.isdigit()]
    assert len(pids) < 6


@pytest.mark.live
def test_one_is_root_inside(place: Sandbox) -> None:
    """Whoever one is outside, commands inside are root's."""
    assert "0\n" == inside(place, "id", "-u")


@pytest.mark.live
def test_files_of_the_machine_are_there(place: Sandbox, tmp_path: Path) -> None:
    """A program sees and writes the files of this machine, but for /run, /sys and /proc."""
    inside(place, "touch", str(tmp_path / "x"))
    assert (tmp_path / "x").exists()
    inside(place, "touch", "/run/ipwrap-test")
    assert not Path("/run/ipwrap-test").exists()
    if os.geteuid() == 0:
        assert Path(place.host_path("/run/ipwrap-test")).exists()


@pytest.mark.live
def test_host_is_untouched(place: Sandbox) -> None:
    """What is made in a sandbox is not there on the host, nor in another sandbox."""
    host = subprocess.run(["ip", "-j", "link"], capture_output=True, check=True).stdout
    inside(place, "ip", "link", "add", "name", "br0", "type", "bridge")
    inside(place, "ip", "netns", "add", "ipwrap-test")
    inside(place, "ip", "link", "set", "dev", "lo", "down")
    assert host == subprocess.run(["ip", "-j", "link"], capture_output=True, check=True).stdout
    assert not Path("/run/netns/ipwrap-test").exists()
    other = Sandbox()
    other.open()
    try:
        assert ("", "lo\n") == (
            inside(other, "ip", "netns", "list"),
            inside(other, "ls", "/sys/class/net"),
        )
    finally:
        other.close()


@pytest.mark.live
def test_open_and_close_are_idempotent() -> None:
    """Opening again is the same sandbox; closing again does nothing; opened again it is a new one."""
    place = Sandbox()
    place.close()
    assert place.pid is None
    try:
        place.open()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")
    first = place.pid
    assert first is not None
    inside(place, "ip", "netns", "add", "ns1")
    place.open()
    assert first == place.pid
    place.close()
    place.close()
    assert place.pid is None
    assert not alive(first)
    place.open()
    assert "" == inside(place, "ip", "netns", "list")
    place.close()


def test_commands_need_an_open_sandbox() -> None:
    """What is not open gives no words that would run on the host."""
    with pytest.raises(PlaceError, match="not open"):
        Sandbox().wrap(("ip", "link"))


@pytest.mark.live
def test_words_that_enter(place: Sandbox) -> None:
    """iproute2 runs at once; what could depend on the directory, in the one where the sandbox was opened."""
    entrance = place.wrap(("ip", "link"))[:-2]
    assert "nsenter" == entrance[0]
    assert (*entrance, "bridge", "link") == place.wrap(("bridge", "link"))
    assert (*entrance, "env", f"--chdir={os.getcwd()}", "ls") == place.wrap(("ls",))
    netns_exec = ("ip", "netns", "exec", "ns1", "ls")
    assert (*entrance, "env", f"--chdir={os.getcwd()}", *netns_exec) == place.wrap(netns_exec)


@pytest.mark.live
def test_holder_that_is_gone_is_told(place: Sandbox) -> None:
    """After its holder died the sandbox gives no words, and can still be closed."""
    assert place.pid is not None
    os.kill(place.pid, signal.SIGKILL)
    os.waitid(os.P_PID, place.pid, os.WEXITED | os.WNOWAIT)
    with pytest.raises(PlaceError, match=r"gone: its holder ended with status -9"):
        place.wrap(("ip", "link"))
    place.close()
    with pytest.raises(PlaceError, match="not open"):
        place.wrap(("ip", "link"))


@pytest.mark.live
def test_holder_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch, marker: str) -> None:
    """A holder that does not listen to the end of its pipe is killed, with all that is inside."""
    kept_open = "echo ready; exec sleep " + marker
    monkeypatch.setattr(sandbox, "HOLDER", kept_open)
    place = Sandbox()
    try:
        place.open()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")
    real = subprocess.Popen.wait

    def hurry(self: "subprocess.Popen[bytes]", timeout: float | None = None) -> int:
        return real(self, None if timeout is None else 0.01)

    monkeypatch.setattr(subprocess.Popen, "wait", hurry)
    place.close()
    assert until(lambda: running(marker) == [])


@pytest.mark.live
@pytest.mark.parametrize("how", ["close", "exit", "eof", "kill"])
def test_nothing_is_left_behind(how: str, marker: str) -> None:
    """Closed, left without closing, or killed: no process of a sandbox outlives its owner."""
    child = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, marker],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stderr is not None
    try:
        said = child.stdout.readline()
        if not said:
            pytest.skip(f"no sandbox here: {child.stderr.read()}")
        holder = int(said)
        assert until(lambda: len(running(marker)) == 2)
        assert alive(holder)
        if how == "kill":
            child.kill()
        elif how == "eof":
            child.stdin.close()
        else:
            child.stdin.write(f"{how}\n")
            child.stdin.flush()
        if how == "close":
            assert "closed\n" == child.stdout.readline()
            assert [] == running(marker)
            assert not alive(holder)
        else:
            child.wait(timeout=LIMIT)
        assert until(lambda: running(marker) == []), running(marker)
        assert until(lambda: not alive(holder))
    finally:
        child.kill()
        for pipe in (child.stdin, child.stdout, child.stderr):
            with contextlib.suppress(OSError):
                pipe.close()
        child.wait()


@pytest.mark.live
def test_ordinary_user_has_a_sandbox() -> None:
    """Someone who is not root makes links, namespaces and addresses, is root inside, and the host stays as it is."""
    script = """
import os
from ipwrap import Session
from ipwrap.kinds import Bridge, Veth
assert os.geteuid() != 0 or os.environ.get("never")
with Session(sandbox=True) as session:
    session.ip.link.add("br0", Bridge(), up=True)
    session.ip.netns.add("ns1")
    session.ip.link.add("v0", Veth(peer="eth0", peer_netns="ns1"), master="br0")
    pod = session.netns("ns1")
    pod.ip.address.add("10.0.0.1/24", "eth0")
    pod.exec("sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")
    print(session.exec("id", "-u").stdout.strip(), pod.exec("cat", "/proc/sys/net/ipv4/ip_forward").stdout.strip())
    print(*sorted(link.ifname for link in session.ip.link.show()), *pod.ip.address.show("eth0")[0].prefixes)
"""
    done = as_ordinary_user(script)
    assert ("0 1\nbr0 lo v0 10.0.0.1/24\n", "", 0) == (done.stdout, done.stderr, done.returncode)


@pytest.mark.live
def test_setting_that_forbids_is_named() -> None:
    """Where user namespaces are forbidden, the error says by which setting, and what to do."""
    if os.geteuid() != 0:
        pytest.skip("only root can forbid user namespaces, in a user namespace of its own")
    script = """
from ipwrap import PlaceError, Session
try:
    Session(sandbox=True).open()
except PlaceError as error:
    print(error)
"""
    forbid = "echo 0 >/proc/sys/user/max_user_namespaces && exec setpriv --ambient-caps=-all --inh-caps=-all"
    user = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--keep-caps")
    argv = [*user, "sh", "-c", f'{forbid} "$@"', "sh", sys.executable, "-c", script]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"no user namespaces here: {done.stderr.strip()}")
    assert "a sandbox cannot be made here: unshare: unshare failed" in done.stdout
    assert "user.max_user_namespaces = 0 forbids user namespaces" in done.stdout
    assert "sysctl user.max_user_namespaces=15000" in done.stdout


def test_settings_are_looked_at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The first setting that has the forbidding value is named, with its remedy; a missing file forbids nothing."""
    (tmp_path / "allows").write_text("1\n")
    (tmp_path / "forbids").write_text("0\n")
    settings = [
        (str(tmp_path / name), "0", f"remedy for {name}")
        for name in ("missing", "allows", "forbids")
    ]
    monkeypatch.setattr(sandbox, "SETTINGS", settings)
    said = sandbox.forbidden_by()
    assert said is not None
    assert "forbids = 0 forbids user namespaces" in said
    assert "remedy for forbids" in said
    monkeypatch.setattr(sandbox, "SETTINGS", settings[:2])
    assert sandbox.forbidden_by() is None


def test_names_of_settings_are_those_of_sysctl(monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting is named as sysctl(8) names it."""
    files = {"/proc/sys/user/max_user_namespaces": "0\n"}
    monkeypatch.setattr(Path, "exists", lambda self: str(self) in files)
    monkeypatch.setattr(Path, "read_text", lambda self, **_: files[str(self)])
    assert str(sandbox.forbidden_by()).startswith("user.max_user_namespaces = 0 ")


@pytest.mark.parametrize("setting", [True, False])
def test_sandbox_that_cannot_be_made_says_why(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, setting: bool
) -> None:
    """What unshare said is in the error, with the setting that forbids it or general advice; nothing is left open."""
    (tmp_path / "forbids").write_text("0\n")
    settings = ((str(tmp_path / "forbids"), "0", "the remedy"),) if setting else ()
    monkeypatch.setattr(sandbox, "SETTINGS", settings)
    monkeypatch.setattr(sandbox, "UNSHARE", ("--no-such-option",))
    place = Sandbox()
    for _ in range(2):
        with pytest.raises(PlaceError, match="unrecognized option") as caught:
            place.open()
        assert ("the remedy" if setting else sandbox.GENERAL_ADVICE) in str(caught.value)
    assert place.pid is None
    with pytest.raises(PlaceError, match="not open"):
        place.wrap(("ip", "link"))


@pytest.mark.live
def test_holder_that_fails_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """A holder that ends without a word is told by its status."""
    monkeypatch.setattr(sandbox, "HOLDER", "exit 7")
    if os.geteuid() != 0:
        pytest.skip("an ordinary user may be refused before")
    with pytest.raises(PlaceError, match="unshare ended with status 7"):
        Sandbox().open()


@pytest.mark.live
def test_sandbox_that_was_not_opened_to_the_end_runs_nothing_on_the_host(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where opening fails half-way, as in a directory that is gone, no words are given that would run on the host."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    place = Sandbox()
    for _ in range(2):
        with contextlib.suppress(PlaceError, OSError):
            place.open()
        try:
            words: tuple[str, ...] | None = place.wrap(("ip", "link"))
        except PlaceError:
            words = None
        assert words is None or words[0] == "nsenter"
    place.close()


@pytest.mark.live
def test_interrupted_opening_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while a sandbox comes up ends it, and afterwards nothing runs on the host in its name."""
    need("ip")  # which asks a new `ip` whether it is BusyBox's, by a process of its own
    made: list[Any] = []
    real = subprocess.Popen

    def start(*args: Any, **options: Any) -> Any:
        made.append(real(*args, **options))

        class Interrupted:
            def readline(self) -> bytes:
                raise KeyboardInterrupt

            def close(self) -> None:
                made[0].stdout_kept.close()

        made[0].stdout_kept, made[0].stdout = made[0].stdout, Interrupted()
        return made[0]

    monkeypatch.setattr(subprocess, "Popen", start)
    place = Sandbox()
    with pytest.raises(KeyboardInterrupt):
        place.open()
    with pytest.raises(PlaceError):
        place.wrap(("ip", "link"))
    place.close()
    assert until(lambda: not alive(made[0].pid))


def test_place_has_a_name_and_is_private() -> None:
    """The recording tells which place it was; nobody else can change what is in it."""
    assert ("sandbox", True) == (Sandbox().name, Sandbox().isolated)


@pytest.mark.live
def test_sessions_can_share_a_sandbox(place: Sandbox) -> None:
    """A session in a sandbox that is open already works in it, and leaves it open."""
    with Session(place) as session:
        session.ip.link.add("br0", Bridge())
        assert "br0" in inside(place, "ls", "/sys/class/net")
    with Session(place) as session:
        assert "br0" == session.ip.link.show("br0")[0].ifname
    assert place.pid is not None

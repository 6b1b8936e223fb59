"""`Sandbox`: a temporary place that leaves the host unchanged and ends with its owner."""

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
from ipwrap.places import holder, sandbox
from ipwrap.system.programs import require_program
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
def sandbox_place() -> Iterator[Sandbox]:
    """An open sandbox."""
    sandbox_place = Sandbox()
    try:
        sandbox_place.open()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")

    yield sandbox_place
    sandbox_place.close()


@pytest.fixture
def marker(request: pytest.FixtureRequest) -> str:
    """A number of seconds for which no other process of this machine sleeps."""
    return f"{abs(hash(request.node.nodeid)) % 10**6 + 10**6}.{os.getpid()}"


def pids_of_sleepers(marker: str) -> list[int]:
    """Return the processes of this machine that sleep for the seconds of a marker."""
    pids = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if (
                entry.name.isdigit()
                and (entry / "cmdline").read_bytes() == b"sleep\0" + marker.encode() + b"\0"
            ):
                pids.append(int(entry.name))

    return pids


def is_alive(pid: int) -> bool:
    """Return whether a process exists and is no zombie."""
    try:
        return "Z" != Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def run_inside(sandbox_place: Sandbox, *argv: str) -> str:
    """Return the output of a program in a sandbox."""
    reply = Process().run(Command(argv), sandbox_place)
    assert (0, "") == (reply.status, reply.stderr)
    return reply.stdout


def run_as_ordinary_user(script: str, *before: str) -> "subprocess.CompletedProcess[str]":
    """Run a Python script as a user without privileges."""
    user = ("unshare", "--user", "--map-user=1000", "--map-group=1000") if os.geteuid() == 0 else ()
    argv = [*user, *before, sys.executable, "-c", script]
    process = subprocess.run(argv, capture_output=True, text=True, check=False)
    if "unshare failed" in process.stderr and "Traceback" not in process.stderr:
        pytest.skip(f"no user namespaces here: {process.stderr.strip()}")
    return process


@pytest.mark.live
def test_fresh_sandbox_holds_only_lo(sandbox_place: Sandbox) -> None:
    """A new sandbox has `lo`, up, no named namespace, and no file of the host's /run."""
    assert run_inside(sandbox_place, "ip", "-br", "link").split()[:2] == ["lo", "UNKNOWN"]
    assert "UP" in run_inside(sandbox_place, "ip", "link", "show", "dev", "lo")
    assert "127.0.0.1" in run_inside(sandbox_place, "ip", "address", "show", "dev", "lo")
    assert "" == run_inside(sandbox_place, "ip", "netns", "list")
    assert set(run_inside(sandbox_place, "ls", "-A", "/run").split()) <= {
        "mount",
        "netns",
    }  # created by mount(8) and ip-netns(8)
    assert "lo\n" == run_inside(sandbox_place, "ls", "/sys/class/net")


@pytest.mark.live
def test_processes_of_the_host_are_invisible(sandbox_place: Sandbox) -> None:
    """The sandbox has separate pids, from 1 for the holder."""
    assert holder.HOLD in run_inside(sandbox_place, "cat", "/proc/1/cmdline")
    pids = [
        int(name) for name in run_inside(sandbox_place, "ls", "/proc").split() if name.isdigit()
    ]
    assert len(pids) < 6


@pytest.mark.live
def test_commands_inside_run_as_root(sandbox_place: Sandbox) -> None:
    """Commands inside run as root, whatever the user outside."""
    assert "0\n" == run_inside(sandbox_place, "id", "-u")


@pytest.mark.live
def test_files_of_the_machine_are_visible(sandbox_place: Sandbox, tmp_path: Path) -> None:
    """A program reads and writes the files of this machine, except /run, /sys and /proc."""
    run_inside(sandbox_place, "touch", str(tmp_path / "x"))
    assert (tmp_path / "x").exists()
    run_inside(sandbox_place, "touch", "/run/ipwrap-test")
    assert not Path("/run/ipwrap-test").exists()
    if os.geteuid() == 0:
        assert Path(sandbox_place.host_path("/run/ipwrap-test")).exists()


@pytest.mark.live
def test_host_is_untouched(sandbox_place: Sandbox) -> None:
    """Objects of a sandbox exist neither on the host nor in another sandbox."""
    host = subprocess.run(["ip", "-j", "link"], capture_output=True, check=True).stdout
    run_inside(sandbox_place, "ip", "link", "add", "name", "br0", "type", "bridge")
    run_inside(sandbox_place, "ip", "netns", "add", "ipwrap-test")
    run_inside(sandbox_place, "ip", "link", "set", "dev", "lo", "down")

    assert host == subprocess.run(["ip", "-j", "link"], capture_output=True, check=True).stdout
    assert not Path("/run/netns/ipwrap-test").exists()

    second_place = Sandbox()
    second_place.open()
    try:
        assert ("", "lo\n") == (
            run_inside(second_place, "ip", "netns", "list"),
            run_inside(second_place, "ls", "/sys/class/net"),
        )
    finally:
        second_place.close()


@pytest.mark.live
def test_open_and_close_are_idempotent() -> None:
    """A second open or close has no effect; opening after closing makes a new sandbox."""
    sandbox_place = Sandbox()
    sandbox_place.close()

    assert sandbox_place.pid is None

    try:
        sandbox_place.open()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")

    first = sandbox_place.pid

    assert first is not None

    run_inside(sandbox_place, "ip", "netns", "add", "ns1")
    sandbox_place.open()

    assert first == sandbox_place.pid

    sandbox_place.close()
    sandbox_place.close()

    assert sandbox_place.pid is None
    assert not is_alive(first)

    sandbox_place.open()
    assert "" == run_inside(sandbox_place, "ip", "netns", "list")
    sandbox_place.close()


def test_commands_need_an_open_sandbox() -> None:
    """A closed sandbox returns no argv, which would run on the host."""
    with pytest.raises(PlaceError, match="not open"):
        Sandbox().wrap(("ip", "link"))


@pytest.mark.live
def test_argv_that_enters(sandbox_place: Sandbox) -> None:
    """iproute2 is run directly, another program in the directory where the sandbox was opened."""
    entrance = sandbox_place.wrap(("ip", "link"))[:-2]
    program_entrance = (*entrance, "setpriv", "--no-new-privs", "env", f"--chdir={os.getcwd()}")

    assert "nsenter" == entrance[0]
    assert (*entrance, "bridge", "link") == sandbox_place.wrap(("bridge", "link"))
    assert (*program_entrance, "ls") == sandbox_place.wrap(("ls",))

    netns_exec = ("ip", "netns", "exec", "ns1", "ls")

    assert (*program_entrance, *netns_exec) == sandbox_place.wrap(netns_exec)


@pytest.mark.live
def test_ended_holder_is_an_error(sandbox_place: Sandbox) -> None:
    """After its holder has died, a sandbox returns no argv, and can still be closed."""
    assert sandbox_place.pid is not None

    os.kill(sandbox_place.pid, signal.SIGKILL)
    os.waitid(os.P_PID, sandbox_place.pid, os.WEXITED | os.WNOWAIT)

    with pytest.raises(PlaceError, match=r"gone: its holder ended with status -9"):
        sandbox_place.wrap(("ip", "link"))
    sandbox_place.close()

    with pytest.raises(PlaceError, match="not open"):
        sandbox_place.wrap(("ip", "link"))


@pytest.mark.live
def test_process_without_a_parent_does_not_stay_a_zombie(sandbox_place: Sandbox) -> None:
    """A lab may wait with pgrep(1) for the end of a process whose parent has ended."""
    state = """
(sleep 0 &)
while grep -ls "^PPid:.*\\b1$" /proc/[0-9]*/status | xargs -r grep -ls zombie; do
    sleep 0.01
done
"""
    run_inside(sandbox_place, "timeout", "50", "sh", "-c", state)


@pytest.mark.live
def test_holder_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch, marker: str) -> None:
    """A holder that ignores the end of its pipe is killed, with everything inside."""
    kept_open = "echo ready; exec setpriv --pdeathsig KILL sleep " + marker
    monkeypatch.setattr(holder, "INNER_HOLDER", kept_open)
    mapped = f"echo map; read -r _; {kept_open}"
    monkeypatch.setattr(holder, "INNER_HOLDER_MAPPED_FROM_OUTSIDE", mapped)
    sandbox_place = Sandbox()
    try:
        sandbox_place.open()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")

    assert until(lambda: len(pids_of_sleepers(marker)) == 1)

    original = subprocess.Popen.wait

    def wait_briefly(self: "subprocess.Popen[bytes]", timeout: float | None = None) -> int:
        return original(self, None if timeout is None else 0.01)

    monkeypatch.setattr(subprocess.Popen, "wait", wait_briefly)
    sandbox_place.close()

    assert until(lambda: pids_of_sleepers(marker) == [])


@pytest.mark.live
@pytest.mark.parametrize("how", ["close", "exit", "eof", "kill"])
def test_no_process_is_left_behind(how: str, marker: str) -> None:
    """No process of a sandbox outlives its owner, whether closed, left open or killed."""
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
        first_line = child.stdout.readline()
        if not first_line:
            pytest.skip(f"no sandbox here: {child.stderr.read()}")
        holder = int(first_line)
        assert until(lambda: len(pids_of_sleepers(marker)) == 2)
        assert is_alive(holder)
        if how == "kill":
            child.kill()
        elif how == "eof":
            child.stdin.close()
        else:
            child.stdin.write(f"{how}\n")
            child.stdin.flush()
        if how == "close":
            assert "closed\n" == child.stdout.readline()
            assert [] == pids_of_sleepers(marker)
            assert not is_alive(holder)
        else:
            child.wait(timeout=LIMIT)
        assert until(lambda: pids_of_sleepers(marker) == []), pids_of_sleepers(marker)
        assert until(lambda: not is_alive(holder))
    finally:
        child.kill()
        for pipe in (child.stdin, child.stdout, child.stderr):
            with contextlib.suppress(OSError):
                pipe.close()
        child.wait()


@pytest.mark.live
def test_ordinary_user_has_a_sandbox() -> None:
    """A user without privileges creates links and namespaces, and is root inside."""
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
    user = session.exec("id", "-u").stdout.strip()
    forwarding = pod.exec("cat", "/proc/sys/net/ipv4/ip_forward").stdout.strip()
    print(user, forwarding)
    names = sorted(link.ifname for link in session.ip.link.show())
    print(*names, *pod.ip.address.show("eth0")[0].prefixes)
"""
    process = run_as_ordinary_user(script)

    assert ("0 1\nbr0 lo v0 10.0.0.1/24\n", "", 0) == (
        process.stdout,
        process.stderr,
        process.returncode,
    )


@pytest.mark.live
def test_setting_that_forbids_is_named() -> None:
    """Where user namespaces are forbidden, the error names the setting and the remedy."""
    if os.geteuid() != 0:
        pytest.skip("only root can forbid user namespaces, in a user namespace of its own")
    script = """
from ipwrap import PlaceError, Session
try:
    Session(sandbox=True).open()
except PlaceError as error:
    print(error)
"""
    forbid = (
        "echo 0 >/proc/sys/user/max_user_namespaces && "
        "exec setpriv --ambient-caps=-all --inh-caps=-all"
    )
    user = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--keep-caps")
    argv = [*user, "sh", "-c", f'{forbid} "$@"', "sh", sys.executable, "-c", script]
    process = subprocess.run(argv, capture_output=True, text=True, check=False)
    if process.returncode != 0:
        pytest.skip(f"no user namespaces here: {process.stderr.strip()}")

    assert "a sandbox cannot be made here: unshare: unshare failed" in process.stdout
    assert "user.max_user_namespaces = 0 forbids user namespaces" in process.stdout
    assert "sysctl user.max_user_namespaces=15000" in process.stdout


def test_first_forbidding_setting_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The first setting with the forbidding value is named; a missing file forbids nothing."""
    (tmp_path / "allows").write_text("1\n")
    (tmp_path / "forbids").write_text("0\n")
    settings = [
        (str(tmp_path / name), "0", f"remedy for {name}")
        for name in ("missing", "allows", "forbids")
    ]
    monkeypatch.setattr(sandbox, "SETTINGS", settings)
    reason = sandbox.forbidden_by()

    assert reason is not None
    assert "forbids = 0 forbids user namespaces" in reason
    assert "remedy for forbids" in reason

    monkeypatch.setattr(sandbox, "SETTINGS", settings[:2])

    assert sandbox.forbidden_by() is None


def test_names_of_settings_are_those_of_sysctl(monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting has the name used by sysctl(8)."""
    files = {"/proc/sys/user/max_user_namespaces": "0\n"}
    monkeypatch.setattr(Path, "exists", lambda self: str(self) in files)
    monkeypatch.setattr(Path, "read_text", lambda self, **_: files[str(self)])

    assert str(sandbox.forbidden_by()).startswith("user.max_user_namespaces = 0 ")


def test_remedy_for_apparmor_is_a_profile_of_one_program(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where AppArmor forbids user namespaces, a profile for unshare is named before the switch."""
    restriction = tmp_path / "restricts"
    restriction.write_text("1\n")
    *_, (_, value, remedy) = sandbox.SETTINGS
    monkeypatch.setattr(sandbox, "SETTINGS", ((str(restriction), value, remedy),))
    reason = str(sandbox.forbidden_by())
    profile, _, switch = reason.partition("; or for all programs: ")

    assert f"profile unshare-userns {require_program('unshare')} flags=(unconfined)" in profile
    assert "userns, }" in profile
    assert "apparmor_parser -r /etc/apparmor.d/unshare-userns" in profile
    assert "sysctl kernel.apparmor_restrict_unprivileged_userns=0" in switch


@pytest.mark.live
def test_variables_are_withheld_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """With `passed_variables`, programs see those and the public ones; no value is in an argv."""
    monkeypatch.setenv("IPWRAP_TEST_TOKEN", "sesame")
    monkeypatch.setenv("IPWRAP_TEST_KEY", "passed on")
    sandbox_place = Sandbox(passed_variables=("IPWRAP_TEST_KEY",))
    try:
        sandbox_place.open()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")

    try:
        argv = sandbox_place.wrap(("env",))
        variables = run_inside(sandbox_place, "env")
    finally:
        sandbox_place.close()

    names = {line.partition("=")[0] for line in variables.splitlines()}
    assert not [word for word in argv if "sesame" in word or "passed on" in word]
    assert "sesame" not in variables
    assert {"IPWRAP_TEST_KEY", "PATH", "LC_ALL"} <= names


@pytest.mark.live
@pytest.mark.parametrize("words", ["netns exec", "netns e", "netn ex", "-all netns e"])
def test_a_program_of_iproute2_is_as_any_other(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables are withheld from it, and it runs in the directory, however it is typed."""
    monkeypatch.setenv("IPWRAP_TEST_TOKEN", "sesame")
    monkeypatch.chdir(tmp_path)
    names = () if words.startswith("-all") else ("red",)
    with Session(Sandbox(passed_variables=())) as session:
        session.ip.netns.add("red")
        script = 'echo "$PWD ${IPWRAP_TEST_TOKEN-none}"'
        argv = ("ip", *words.split(), *names, "sh", "-c", script)
        printed = session.exec(*argv, changes=False).stdout

    assert f"{tmp_path} none" in printed


@pytest.mark.parametrize("setting", [True, False])
def test_failed_open_has_a_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, setting: bool
) -> None:
    """The error holds the output of unshare, and the setting or general advice."""
    (tmp_path / "forbids").write_text("0\n")
    settings = ((str(tmp_path / "forbids"), "0", "the remedy"),) if setting else ()
    monkeypatch.setattr(sandbox, "SETTINGS", settings)
    monkeypatch.setattr(holder, "OUTER_UNSHARE", ("--no-such-option",))
    sandbox_place = Sandbox()
    for _ in range(2):
        with pytest.raises(PlaceError, match="unrecognized option") as caught:
            sandbox_place.open()
        advice = sandbox.ADVICE_FOR_ROOT if os.geteuid() == 0 else sandbox.GENERAL_ADVICE
        assert ("the remedy" if setting else advice) in str(caught.value)

    assert sandbox_place.pid is None
    with pytest.raises(PlaceError, match="not open"):
        sandbox_place.wrap(("ip", "link"))


@pytest.mark.live
def test_failed_holder_has_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a holder that ends without output the error holds the status."""
    monkeypatch.setattr(holder, "HOLDER", "exit 7")
    if os.geteuid() != 0:
        pytest.skip("an ordinary user may be refused before")

    with pytest.raises(PlaceError, match="unshare ended with status 7"):
        Sandbox(privileged=True).open()


@pytest.mark.live
def test_half_opened_sandbox_runs_nothing_on_the_host(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """After a failure in `open`, as in a deleted directory, no argv for the host is returned."""
    deleted = tmp_path / "deleted"
    deleted.mkdir()
    monkeypatch.chdir(deleted)
    deleted.rmdir()
    sandbox_place = Sandbox()
    for _ in range(2):
        with contextlib.suppress(PlaceError, OSError):
            sandbox_place.open()
        try:
            argv: tuple[str, ...] | None = sandbox_place.wrap(("ip", "link"))
        except PlaceError:
            argv = None
        assert argv is None or argv[0] == "nsenter"

    sandbox_place.close()


@pytest.mark.live
def test_interrupted_open_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C during `open` ends the sandbox, and no command runs on the host."""
    require_program("ip")  # before Popen is replaced: the check for BusyBox runs `ip`
    processes: list[Any] = []
    original = subprocess.Popen

    def start(*args: Any, **options: Any) -> Any:
        processes.append(original(*args, **options))

        class Interrupted:
            def fileno(self) -> int:
                raise KeyboardInterrupt

            def close(self) -> None:
                processes[0].stdout_kept.close()

        processes[0].stdout_kept, processes[0].stdout = processes[0].stdout, Interrupted()
        return processes[0]

    monkeypatch.setattr(subprocess, "Popen", start)
    sandbox_place = Sandbox()

    with pytest.raises(KeyboardInterrupt):
        sandbox_place.open()
    with pytest.raises(PlaceError):
        sandbox_place.wrap(("ip", "link"))

    sandbox_place.close()

    assert until(lambda: not is_alive(processes[0].pid))


def test_place_has_a_name_and_is_isolated() -> None:
    """The recording holds the name of the place, which no other program can change."""
    assert ("sandbox", True) == (Sandbox().name, Sandbox().isolated)
    assert "sandbox (privileged)" == Sandbox(privileged=True).name
    assert Sandbox().confinement is None


@pytest.mark.live
def test_sessions_can_share_a_sandbox(sandbox_place: Sandbox) -> None:
    """A session in an open sandbox leaves it open."""
    with Session(sandbox_place) as session:
        session.ip.link.add("br0", Bridge())
        assert "br0" in run_inside(sandbox_place, "ls", "/sys/class/net")

    with Session(sandbox_place) as session:
        assert "br0" == session.ip.link.show("br0")[0].ifname

    assert sandbox_place.pid is not None

"""The holder of a sandbox: which confinement a system allows, and what a command enters."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipwrap import PlaceError, Sandbox, Session
from ipwrap.places import holder, sandbox
from ipwrap.places.holder import DROPPED, PRIVILEGED, Confinement
from tests.processes import alive
from tests.waiting import until

KINDS = ("user", "net", "mnt", "pid", "uts", "ipc", "cgroup", "time")

REPORT = """
import json
from ipwrap import PlaceError, Session
try:
    with Session(sandbox=True) as session:
        session.ip.netns.add("red")
        status = session.exec("cat", "/proc/self/status").stdout
        links = [link.ifname for link in session.netns("red").ip.link.show()]
        print(json.dumps([session.place.confinement, links, status]))
except PlaceError as error:
    print(json.dumps([str(error), [], ""]))
"""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="root's sandboxes")


def report_after(*before: str) -> tuple[str, list[str], dict[str, str]]:
    """Return the confinement of a sandbox, the links of a namespace inside, and its capabilities.

    ``before`` is an argv that takes rights away and runs the rest.
    """
    argv = (*before, sys.executable, "-c", REPORT)
    completed = subprocess.run(argv, capture_output=True, text=True, check=False)
    if not completed.stdout:
        pytest.skip(f"no such rights here: {completed.stderr.strip()}")

    confinement, links, status = json.loads(completed.stdout)
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    return confinement, links, fields


def without_user_namespaces(*, drop: str = "") -> tuple[str, ...]:
    """Return the argv that runs a program as root where user namespaces are forbidden."""
    script = f'echo 0 >/proc/sys/user/max_user_namespaces && exec {drop} "$@"'
    return ("unshare", "--user", "--map-root-user", "sh", "-c", script, "sh")


@pytest.fixture
def place() -> Iterator[Sandbox]:
    """An open sandbox."""
    place = Sandbox()
    try:
        place.open()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")

    yield place
    place.close()


def run(place: Sandbox, *argv: str) -> str:
    """Return the output of a program inside."""
    completed = subprocess.run(place.wrap(argv), capture_output=True, text=True, check=False)
    assert (0, "") == (completed.returncode, completed.stderr)
    return completed.stdout


@pytest.mark.live
def test_command_enters_every_namespace_of_the_holder(place: Sandbox) -> None:
    """A program inside has the same namespaces as pid 1 inside, and none of the host's."""
    existing = [kind for kind in KINDS if Path(f"/proc/self/ns/{kind}").exists()]
    inside = run(place, "readlink", *(f"/proc/self/ns/{kind}" for kind in existing)).splitlines()
    of_init = run(place, "readlink", *(f"/proc/1/ns/{kind}" for kind in existing)).splitlines()
    outside = [os.readlink(f"/proc/self/ns/{kind}") for kind in existing]
    if not holder._time_option():
        inside, outside = inside[:7], outside[:7]
        of_init = of_init[:7]

    assert of_init == inside
    assert [] == [name for name in inside if name in outside]


@pytest.mark.live
def test_worker_enters_every_namespace_of_the_holder(place: Sandbox) -> None:
    """A worker, and a program in a named namespace, are shut in as every other command is."""
    with Session(place) as session:
        session.ip.netns.add("red")
        read = ("readlink", *(f"/proc/self/ns/{kind}" for kind in ("user", "pid", "uts")))
        named = session.netns("red").exec(*read).stdout
        session.ip.link.show()

        assert run(place, *read) == named
        assert f"NoNewPrivs:\t{1}\n" in session.netns("red").exec("cat", "/proc/self/status").stdout


@pytest.mark.live
def test_kill_of_the_holder_ends_everything_inside(place: Sandbox) -> None:
    """The first process inside does not outlive the process that waits for it."""
    assert place._holder is not None
    init = place._holder.init
    assert alive(init)

    os.kill(place._holder.pid, signal.SIGKILL)

    assert until(lambda: not alive(init))


@needs_root
@pytest.mark.live
def test_root_without_sys_admin_has_user_namespaces() -> None:
    """Root in a container, without CAP_SYS_ADMIN, has a sandbox as an ordinary user has."""
    confinement, links, status = report_after(
        "setpriv", "--bounding-set=-sys_admin,-net_admin", "--inh-caps=-all"
    )

    assert ("a user namespace of root's alone", ["lo"]) == (confinement, links)
    assert "1" == status["NoNewPrivs"]


@needs_root
@pytest.mark.live
def test_command_line_works_without_sys_admin() -> None:
    """`ipwrap sandbox` works for root without CAP_SYS_ADMIN."""
    rights = ("setpriv", "--bounding-set=-sys_admin,-net_admin", "--inh-caps=-all")
    argv = (*rights, sys.executable, "-m", "ipwrap", "sandbox", "--", "ip", "-br", "link")
    completed = subprocess.run(argv, capture_output=True, text=True, check=False)

    assert (0, "", "lo") == (completed.returncode, completed.stderr, completed.stdout.split()[0])


@needs_root
@pytest.mark.live
def test_capabilities_are_dropped_without_user_namespaces() -> None:
    """Where user namespaces are forbidden, root inside keeps only what a lab needs."""
    confinement, links, status = report_after(*without_user_namespaces())
    capabilities = int(status["CapEff"], 16)
    dropped = {"sys_module": 16, "sys_rawio": 17, "sys_ptrace": 19, "sys_boot": 22, "mknod": 27}
    kept = {"net_admin": 12, "net_raw": 13, "sys_admin": 21}

    assert (DROPPED.title, ["lo"]) == (confinement, links)
    assert [] == [name for name, bit in dropped.items() if capabilities >> bit & 1]
    assert list(kept) == [name for name, bit in kept.items() if capabilities >> bit & 1]
    assert status["CapBnd"] == status["CapEff"]


@needs_root
@pytest.mark.live
def test_root_that_may_do_nothing_is_not_told_to_be_root() -> None:
    """Without CAP_SYS_ADMIN and user namespaces, the error names the setting, and not root."""
    drop = "setpriv --bounding-set=-sys_admin --inh-caps=-all"
    error, _, _ = report_after(*without_user_namespaces(drop=drop))

    assert error.startswith("a sandbox cannot be made here: ")
    assert "user.max_user_namespaces = 0 forbids user namespaces" in error
    assert "run this as root" not in error


NESTED = """
from ipwrap import Session
with Session(sandbox=True) as session:
    session.ip.netns.add("red")
    first = session.place.first_process
    print(session.exec("readlink", f"/proc/{first}/ns/net", "/proc/self/ns/net").stdout)
    print(session.exec("sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward; ls /run").stdout)
    script = "cat /proc/sys/kernel/core_pattern >/proc/sys/kernel/core_pattern"
    print(session.exec("sh", "-c", script, check=False).status)
"""


@pytest.mark.live
def test_sandbox_opens_inside_a_sandbox(place: Sandbox) -> None:
    """In a sandbox another one opens; where the kernel refuses another /proc, with that around."""
    first, own, *rest = run(place, sys.executable, "-c", NESTED).split()

    assert first == own
    assert "netns" in rest
    assert "0" != rest[-1]


@needs_root
@pytest.mark.live
def test_privileged_sandbox_keeps_root_as_it_is() -> None:
    """A privileged sandbox has root's capabilities, and the recording says so."""
    with Session(Sandbox(privileged=True)) as session:
        outside = Path("/proc/self/status").read_text().partition("CapEff:")[2].split()[0]
        inside = session.exec("cat", "/proc/self/status").stdout.partition("CapEff:")[2].split()[0]

        assert outside == inside
        assert "sandbox (privileged)" == session.recording.header.place
        assert (
            os.readlink("/proc/self/ns/user")
            == session.exec("readlink", "/proc/self/ns/user").stdout.strip()
        )


@pytest.mark.live
def test_privileged_sandbox_needs_root() -> None:
    """An ordinary user is told that a privileged sandbox needs root."""
    script = (
        "from ipwrap import PlaceError, Sandbox\n"
        "try:\n    Sandbox(privileged=True).open()\n"
        "except PlaceError as error:\n    print(error)"
    )
    user = ("unshare", "--user", "--map-user=1000", "--map-group=1000") if not os.geteuid() else ()
    argv = (*user, sys.executable, "-c", script)
    completed = subprocess.run(argv, capture_output=True, text=True, check=False)
    if not completed.stdout and user:
        pytest.skip(f"no user namespaces here: {completed.stderr}")

    assert sandbox.PRIVILEGED_ADVICE in completed.stdout


@pytest.mark.live
def test_older_tools_without_time_namespaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a util-linux before 2.36, a sandbox has no time namespace of its own."""
    if not Path("/proc/self/ns/time").exists():
        pytest.skip("this kernel has no time namespaces (Linux 5.6)")
    monkeypatch.setattr(holder, "_has_time_option", lambda _: False)
    place = Sandbox()
    try:
        place.open()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")

    try:
        assert (
            os.readlink("/proc/self/ns/time")
            == run(place, "readlink", "/proc/self/ns/time").strip()
        )
    finally:
        place.close()


def test_first_process_is_found_without_the_list_of_children(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a kernel without CONFIG_PROC_CHILDREN the first process is found by its parent."""
    with subprocess.Popen(["sleep", "1000"]) as child:
        others = [entry for entry in Path("/proc").iterdir() if entry.name != str(child.pid)]
        children = [entry for entry in others if holder._parent_of(entry) == os.getpid()]

        def refuse(path: Path, *_: object, **__: object) -> str:
            if path.name == "children":
                raise FileNotFoundError(path)
            return original(path, encoding="utf-8", errors="replace")

        original = Path.read_text
        monkeypatch.setattr(Path, "read_text", refuse)
        try:
            if not children:
                assert child.pid == holder._child_of(os.getpid())
            assert os.getpid() == holder._parent_of(Path(f"/proc/{child.pid}"))
        finally:
            child.kill()

    assert holder._parent_of(Path(f"/proc/{child.pid}")) is None
    assert holder._parent_of(Path("/proc/sys")) is None


def test_holder_without_a_first_process_is_an_error() -> None:
    """A holder that has ended before it was entered is an error, not a stranger's process."""
    with subprocess.Popen(["sleep", "1000"]) as childless:
        with pytest.raises(PlaceError, match="has ended"):
            holder._child_of(childless.pid)
        childless.kill()


@pytest.mark.parametrize(
    ("confinement", "expected"),
    [
        (holder.MAPPED_BY_ROOT, True),
        (holder.SUB_IDS, True),
        (holder.SELF_MAPPED, False),
        (DROPPED, False),
        (PRIVILEGED, False),
    ],
)
def test_users_are_mapped_from_outside(confinement: Confinement, *, expected: bool) -> None:
    """A user namespace with more than one user is mapped by another process."""
    assert expected == confinement.is_mapped_from_outside


@needs_root
@pytest.mark.live
def test_run_of_the_host_is_hidden_whatever_its_name(tmp_path: Path) -> None:
    """A /run that is a file system of the name `tmpfs`, as systemd mounts it, is hidden inside."""
    script = (
        "from ipwrap import Session\n"
        "with Session(sandbox=True) as session:\n"
        "    print(session.exec('ls', '/run').stdout)"
    )
    host = f'mount -t tmpfs tmpfs /run && touch /run/of-the-host && cd {tmp_path} && exec "$@"'
    argv = ("unshare", "--mount", "sh", "-c", host, "sh", sys.executable, "-c", script)
    completed = subprocess.run(argv, capture_output=True, text=True, check=False)

    assert (0, "") == (completed.returncode, completed.stderr)
    assert {"mount"} == set(completed.stdout.split())

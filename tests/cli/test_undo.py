"""`ipwrap undo` and `ipwrap clean`: after a crash on the host, here a namespace that stands in for it."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ipwrap import Command, Recording, Session
from ipwrap.recording import CommandEvent, Header, Snapshot
from ipwrap.system.process_identity import ProcessIdentity
from ipwrap.teardown.ledger import teardown_commands
from tests import waiting
from tests.labs import opened
from tests.undo.hosts import calls, list_differences, open_host, read_raw, read_settled, snapshot_of

CRASHES = 50
LAB = """
import sys
from ipwrap import Session
from ipwrap.kinds import Bridge, Veth

record = sys.argv[1] if len(sys.argv) > 1 else None
with Session(record=record) as session:
    session.ip.link.add("br0", Bridge(), up=True)
    session.ip.address.add("10.1.0.1/24", dev="keep")
    session.ip.link.set("keep2", name="kept2")
    n = 0
    while True:
        n += 1
        session.ip.netns.add(f"pod{n}")
        session.ip.link.add(f"veth{n}", Veth(peer="eth0", peer_netns=f"pod{n}"), master="br0", up=True)
        session.ip.route.add(f"10.9.{n % 250}.0/24", dev="keep")
        with session.batch():
            session.netns(f"pod{n}").ip.address.add("10.0.0.1/24", dev="eth0")
            session.netns(f"pod{n}").ip.link.set("eth0", up=True)
        if n % 3 == 0:
            session.ip.netns.delete(f"pod{n}")
"""

USED_LAB = """
import random
import sys
from ipwrap import Session
from tests.undo.hosts import CHANGES, calls

lines = CHANGES.splitlines()
random.Random(sys.argv[2]).shuffle(lines)
with Session(record=sys.argv[1]) as session:
    while True:
        for command in calls("\\n".join(lines)):
            session.run(command, check=False)
"""
USED_CRASHES = 10


def started(host: Session, *words: str, state: Path) -> subprocess.Popen[bytes]:
    """Start a program in the place that stands in for the host."""
    env = {**os.environ, "XDG_STATE_HOME": str(state), "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.Popen(
        host.place.wrap(words), env=env, start_new_session=True, stdout=subprocess.PIPE
    )


def ended(host: Session, *words: str, state: Path) -> tuple[int, str]:
    """Run ipwrap there, and return its status and what it printed."""
    process = started(host, sys.executable, "-m", "ipwrap", *words, state=state)
    out, _ = process.communicate()
    return process.returncode, out.decode()


def killed(
    host: Session, lab: Path, *words: str, after: float, state: Path, waiting: str | None = None
) -> None:
    """Run the lab there, and kill it with -9 after a while (which begins with a file in ``state``, if ``waiting``)."""
    process = started(host, sys.executable, str(lab), *words, state=state)
    while waiting and not list(state.glob(waiting)) and process.poll() is None:
        time.sleep(0.01)
    time.sleep(after)
    children = subprocess.run(
        ("pgrep", "-f", f"python.* {lab}"), capture_output=True, text=True, check=False
    )
    for pid in children.stdout.split():
        os.kill(int(pid), signal.SIGKILL)
    process.kill()
    process.communicate()


def settled(host: Session, wanted: object) -> object:
    """Return the state of the place, once the kernel has emptied dead namespaces."""
    return waiting.settled(lambda: plain(host), wanted.__eq__)


def quiet(host: Session) -> object:
    """Return the state of the place, once the kernel has emptied dead namespaces: it stays as it is for a while."""
    now, before = plain(host), None
    while now != before:
        time.sleep(0.2)
        now, before = plain(host), now
    return now


def plain(host: Session) -> object:
    """Return the place's links, addresses, routes and namespaces, without what the kernel counts."""
    state = host.state()
    links = {
        name: sorted(each["ifname"] for each in nouns["link"]) for name, nouns in state.items()
    }
    routes = sorted(
        f"{each['dst']} {each.get('dev')}"
        for each in state[""].get("route", ())
        if "10." in each["dst"]
    )
    shown = host.exec("ip", "-br", "-4", "address", changes=False).stdout.split()
    return links, routes, sorted(word for word in shown if "/" in word)


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """The lab as a file."""
    file = tmp_path / "lab.py"
    file.write_text(LAB)
    return file


@pytest.mark.live
def test_undo_brings_back_what_was_before_whenever_it_crashed(lab: Path, tmp_path: Path) -> None:
    """Killed at random moments, fifty times; the seed is printed with a failure."""
    seed = int(os.environ.get("IPWRAP_CRASH_SEED", time.time_ns()))
    moments = random.Random(seed)
    with opened() as host:
        for words in ("keep type veth peer name keep1", "keep2 type veth peer name keep3"):
            host.exec("ip", "link", "add", "name", *words.split())
        host.exec("ip", "link", "set", "dev", "keep", "up")
        host.exec("ip", "netns", "add", "other")
        before = plain(host)
        for number in range(CRASHES):
            record = tmp_path / f"{number}.jsonl"
            killed(host, lab, str(record), after=moments.uniform(0.15, 0.6), state=tmp_path)
            if record.exists() and record.stat().st_size:
                status, said = ended(host, "undo", str(record), state=tmp_path)
                assert (0, before) == (status, settled(host, before)), (
                    f"seed {seed}, crash {number}: {said}"
                )


@pytest.mark.live
def test_undo_brings_back_a_host_in_use_whenever_it_crashed(tmp_path: Path) -> None:
    """Ten labs change all that there is, each in an order of its own, and are killed at random moments."""
    seed = int(os.environ.get("IPWRAP_CRASH_SEED", "0"))
    moments = random.Random(seed)
    lab = tmp_path / "lab.py"
    lab.write_text(USED_LAB)
    with open_host() as host:
        before, state = read_raw(host), snapshot_of(host)
        for number in range(USED_CRASHES):
            record = tmp_path / f"{number}.jsonl"
            words, after = (str(record), str(moments.random())), moments.uniform(0.1, 1.5)
            killed(host, lab, *words, after=after, state=tmp_path, waiting=record.name)
            status, said = ended(host, "undo", str(record), state=tmp_path)
            now = read_settled(host, before)
            assert (0, before, []) == (status, now, list_differences(state, snapshot_of(host))), (
                f"seed {seed}, {number}: {said}"
            )


@pytest.mark.live
def test_clean_finds_what_crashed_and_a_dry_run_only_says_so(lab: Path, tmp_path: Path) -> None:
    """A session on the host that was given no path keeps a recording while it lives."""
    with opened() as host:
        for words in ("keep type veth peer name keep1", "keep2 type veth peer name keep3"):
            host.exec("ip", "link", "add", "name", *words.split())
        host.exec("ip", "link", "set", "dev", "keep", "up")
        before = plain(host)
        killed(host, lab, after=0.4, state=tmp_path, waiting="ipwrap/*.jsonl")
        (kept,) = (tmp_path / "ipwrap").iterdir()
        there = quiet(host)

        dry = ended(host, "clean", "--dry-run", state=tmp_path)
        assert (0, True, there) == (dry[0], "ip link delete" in dry[1], plain(host))
        assert kept.exists()

        assert 0 == ended(host, "clean", "--yes", state=tmp_path)[0]
        assert (False, before) == (kept.exists(), settled(host, before))


@pytest.mark.live
def test_a_session_that_ends_keeps_nothing(tmp_path: Path) -> None:
    """Nor does one that only looks."""
    script = tmp_path / "x.py"
    script.write_text(
        "import os\nfrom ipwrap import Session\nfrom ipwrap.kinds import Bridge\n"
        "folder = os.environ['XDG_STATE_HOME'] + '/ipwrap'\n"
        "with Session() as s:\n    s.ip.link.show()\n    print(os.path.exists(folder))\n"
        "    s.ip.link.add('br0', Bridge())\n    print(len(os.listdir(folder)))\nprint(len(os.listdir(folder)))\n"
    )
    with opened() as host:
        process = started(host, sys.executable, str(script), state=tmp_path)
        assert b"False\n1\n0\n" == process.communicate()[0]


def header(tmp_path: Path, **said: object) -> Path:
    """Write a recording with nothing but a header."""
    Recording(Header(**said)).save(tmp_path / "x.jsonl")  # type: ignore[arg-type]
    return tmp_path / "x.jsonl"


ME = ProcessIdentity.current()


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"place": "sandbox", "owner": None}, "took all of it along"),
        ({"place": "local", "owner": ME}, "still being written"),
        (
            {"place": "local", "owner": ProcessIdentity(ME.pid, ME.start_ticks, "another boot")},
            "before this machine was started",
        ),
    ],
)
def test_what_can_have_left_nothing_is_refused(
    said: dict[str, object], error: str, tmp_path: Path
) -> None:
    """Else it would take away what is another's."""
    from click.testing import CliRunner

    from ipwrap.cli.group import cli

    result = CliRunner().invoke(cli, ["undo", str(header(tmp_path, **said))])
    assert (1, True) == (result.exit_code, error in result.stderr)


def test_an_owner_is_alive_or_not() -> None:
    """A number that was given again is another process."""
    assert ME.is_alive
    assert not ProcessIdentity(ME.pid, ME.start_ticks + 1, ME.boot).is_alive
    assert not ProcessIdentity(2**22 + 1, 1, ME.boot).is_alive


def test_a_change_without_an_answer_counts_as_far_as_it_is_seen(dry: Session) -> None:
    """What is there now and was not before was made; what was there before stays."""
    dry.ip.netns.add("new")
    dry.ip.netns.add("old")
    dry.ip.netns.add("never")
    cut = Recording(events=[Snapshot({"": {"link": []}, "old": {"link": []}})])
    cut.events += [each for each in dry.recording.events if isinstance(each, CommandEvent)]
    now: dict[str, dict[str, list[dict[str, object]]]] = {
        "": {"link": []},
        "old": {"link": []},
        "new": {"link": []},
    }

    assert [Command(("ip", "netns", "delete", "new"))] == teardown_commands(cut, now)
    assert [] == teardown_commands(cut)


def numbered(**links: int) -> dict[str, dict[str, list[dict[str, object]]]]:
    """Return the state of a place with links of these numbers."""
    return {"": {"link": [{"ifname": name, "ifindex": index} for name, index in links.items()]}}


DELETED = "ip link delete dev eth0"


@pytest.mark.parametrize(
    ("lines", "now", "expected"),
    [
        (
            ["ip link set dev eth0 name old"],
            {"old": 2, "eth0": 3},
            [DELETED, "ip link set dev old name eth0"],
        ),
        (["ip link delete dev eth0"], {"eth0": 3}, [DELETED]),
        ([], {"eth0": 2}, []),
        (
            ["ip link set dev eth0 name old", "ip link set dev b name eth0"],
            {"old": 2, "eth0": 3},
            ["ip link set dev eth0 name b", "ip link set dev old name eth0"],
        ),
    ],
)
def test_a_link_without_an_answer_is_known_by_its_number(
    dry: Session, lines: list[str], now: dict[str, int], expected: list[str]
) -> None:
    """One that has the name of another that was there, which has gone or got another name, was made; no other was."""
    for line in (*lines, "ip link add name eth0 type ifb"):
        dry.run(next(calls(line)))
    recording = Recording(events=[Snapshot(numbered(eth0=2)), *dry.recording.events[:-1]])

    assert expected == [each.line for each in teardown_commands(recording, numbered(**now))]

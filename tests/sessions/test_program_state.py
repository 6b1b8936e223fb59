"""The sysctls and packet filters in the states of a session, and in the proof."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ipwrap import Command, Recording, Session
from ipwrap.kinds import Veth
from ipwrap.recording import Snapshot
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.replay import replay, replay_export
from ipwrap.sessions.program_state import ProgramState
from ipwrap.state import Machine, State, compare_changes
from ipwrap.sysctl.filters import FILTER_NOUNS
from tests.doubles import ReplyDouble
from tests.undo.standin import StandIn, needs_root, open_standin

pytestmark = pytest.mark.live

FORWARD = "net.ipv4.ip_forward"
PROGRAM_NOUNS = {"sysctl", *FILTER_NOUNS}
RULES = """\
table inet t {
    chain c {
        type filter hook input priority 0
        tcp dport 22 counter accept
        tcp dport 23 drop
    }
}
"""


@pytest.fixture(scope="module", autouse=True)
def _needs_sandbox(sandbox_session: Session) -> None:
    """Skip the file where no sandbox can be made."""


def _works(*argv: str) -> bool:
    """Return whether a program succeeds in a network namespace of its own."""
    if shutil.which(argv[0]) is None:
        return False
    with Session(sandbox=True) as session:
        return session.exec(*argv, check=False).ok


@pytest.fixture(scope="module")
def _needs_nft() -> None:
    """Skip a test where nft(8) or the kernel's nf_tables is missing."""
    if not _works("nft", "add", "table", "inet", "t"):
        pytest.skip("nft is not installed (package nftables), or this kernel has no nf_tables")


@pytest.fixture(scope="module")
def _needs_legacy() -> None:
    """Skip a test where the legacy iptables(8) or the kernel's ip_tables is missing."""
    if not _works("iptables-legacy", "-A", "INPUT", "-j", "ACCEPT"):
        pytest.skip("iptables-legacy (package iptables), or ip_tables in this kernel, is missing")


def _record(lab: Callable[[Session], object]) -> Recording:
    """Return the recording of a lab in a sandbox."""
    with Session(sandbox=True) as session:
        lab(session)
    return session.recording


def _sysctls(recording: Recording, netns: str) -> dict[str, str]:
    """Return the sysctls of a namespace in the state at the end."""
    assert recording.end is not None
    assert recording.end.state is not None
    listing = recording.end.state[netns].get("sysctl", ())
    return {data["key"]: data["value"] for data in listing}


def _compare(left: Recording, right: Recording) -> list[str]:
    """Return the differences between the changes of two sessions of one machine."""
    changes = [
        (recording.initial_state, recording.end.state if recording.end else None)
        for recording in (left, right)
    ]
    machine = Machine.of(left.header)
    differences = compare_changes(
        changes[0], changes[1], named=MentionedWords(), machines=(machine, machine)
    )
    return [*map(str, differences)]


def _lab(session: Session, *, forward: int = 1) -> None:
    """Change sysctls by the verb, and by a program."""
    session.ip.netns.add("pod")
    session.sysctl.set(FORWARD, forward)
    pod = session.netns("pod")
    pod.ip.link.add("eth0", Veth(peer="eth1"))
    pod.sysctl.set("net.ipv4.ip_default_ttl", 55)
    pod.exec("sh", "-c", "echo 2 >/proc/sys/net/ipv4/conf/eth0/rp_filter")


def test_sysctls_are_in_the_state() -> None:
    """Those that were written, and of the short list those that a program has changed."""
    recording = _record(_lab)

    assert {"net.ipv4.ip_default_ttl": "55", "net.ipv4.conf.eth0.rp_filter": "2"} == _sysctls(
        recording, "pod"
    )
    assert "1" == _sysctls(recording, "")[FORWARD]
    assert recording.initial_state is not None
    assert [] == recording.initial_state[""]["sysctl"]


def test_a_session_of_iproute2_reads_no_sysctls() -> None:
    """Nor does one whose programs only look."""

    def lab(session: Session) -> None:
        session.ip.netns.add("pod")
        session.netns("pod").exec("sysctl", "-n", FORWARD)
        session.netns("pod").exec("true")

    recording = _record(lab)

    assert recording.end is not None
    assert recording.end.state is not None
    assert all(PROGRAM_NOUNS.isdisjoint(nouns) for nouns in recording.end.state.values())
    assert 1 == sum(isinstance(event, Snapshot) for event in recording.events)


def test_a_sysctl_that_differs_is_reported() -> None:
    """By its key and both values, also where another program has set it."""
    differences = _compare(_record(_lab), _record(lambda session: _lab(session, forward=0)))

    assert f"- (host)  sysctl {FORWARD}" in differences
    assert all("sysctl" in line for line in differences)


def test_a_recording_replays_with_its_sysctls() -> None:
    """By a session, by the scripts, and by Python."""
    recording = _record(_lab)

    with Session(sandbox=True) as session:
        assert [] == replay(recording, session).differences
    for export_format in ("sh", "plain", "python"):
        with Session(sandbox=True) as session:
            report = replay_export(recording, session, export_format=export_format)
        assert [] == report.differences, export_format


def test_a_changed_sysctl_fails_the_proof() -> None:
    """A replay that leaves a sysctl out does not reach the state, also outside the short list."""
    recording = _record(_lab)
    (number,) = (
        event.number for event in recording.commands if "ip_default_ttl" in event.command.line
    )
    events = [event for event in recording.events if getattr(event, "number", None) != number]

    with Session(sandbox=True) as session:
        report = replay(Recording(recording.header, events), session)

    assert ["- pod  sysctl net.ipv4.ip_default_ttl"] == report.differences


def test_a_state_that_was_asked_for_has_the_sysctls() -> None:
    """Also without any program; of a fresh place none."""
    with Session(sandbox=True) as session:
        assert [] == session.state()[""]["sysctl"]
        session.sysctl.set(FORWARD, 1)
        listing = session.state()[""]["sysctl"]

    assert {"key": FORWARD, "value": "1"} in listing


@pytest.mark.usefixtures("_needs_nft")
def test_rules_of_nftables_are_in_the_state() -> None:
    """They replay, and a missing one is a difference."""

    def lab(session: Session) -> None:
        session.ip.netns.add("pod")
        session.netns("pod").exec("nft", "-f", "-", stdin=RULES)

    def incomplete(session: Session) -> None:
        lab(session)
        session.netns("pod").exec("nft", "flush", "ruleset")
        session.netns("pod").exec("nft", "-f", "-", stdin=RULES.replace("tcp dport 23 drop", ""))

    recording = _record(lab)
    assert recording.end is not None
    assert recording.end.state is not None
    kinds = [key for data in recording.end.state["pod"]["nft"] for key in data]
    assert ["table", "chain", "rule", "rule"] == kinds

    (missing,) = _compare(recording, _record(incomplete))
    assert missing.startswith("- pod  nft rule inet t c ")
    for export_format in ("sh", "python"):
        with Session(sandbox=True) as session:
            report = replay_export(recording, session, export_format=export_format)
        assert [] == report.differences, export_format


@pytest.mark.usefixtures("_needs_nft")
def test_rules_of_a_script_are_seen() -> None:
    """A shell that does not name nft on its command line, in a kernel that has the module."""

    def lab(session: Session) -> None:
        session.exec("sh", "-c", "$0 add table inet t", shutil.which("nft") or "nft")

    recording = _record(lab)

    assert recording.end is not None
    assert recording.end.state is not None
    assert "t" == recording.end.state[""]["nft"][0]["table"]["name"]


@pytest.mark.usefixtures("_needs_legacy")
def test_legacy_rules_are_in_the_state() -> None:
    """A missing rule of iptables is a difference."""

    def lab(session: Session, rules: int = 2) -> None:
        session.ip.netns.add("pod")
        for port in range(22, 22 + rules):
            rule = ("-A", "INPUT", "-p", "tcp", "--dport", str(port), "-j", "ACCEPT")
            session.netns("pod").exec("iptables-legacy", *rule)

    recording = _record(lab)

    (missing,) = _compare(recording, _record(lambda session: lab(session, 1)))
    assert missing.startswith("- pod  iptables filter -A INPUT -p tcp")
    assert "--dport 23 -j ACCEPT" in missing


@pytest.fixture
def host(tmp_path: Path) -> Iterator[StandIn]:
    """A stand-in for a host with a namespace and a firewall."""
    with open_standin(tmp_path) as standin:
        standin.run("ip netns add old")
        yield standin


@needs_root
def test_values_before_are_read_where_they_are_needed(host: StandIn) -> None:
    """On a host: all of the short list before the first program, a further key before its write."""
    lab = f"""\
from ipwrap import Session
with Session(record="lab.jsonl") as session:
    session.ip.netns.add("new")
    session.netns("old").sysctl.set("{FORWARD}", 1)
    session.netns("old").sysctl.set("net.ipv4.ip_default_ttl", 55)
    session.netns("new").sysctl.set("net.ipv4.ip_default_ttl", 55)
"""
    host.run("ip netns exec old sysctl -qw net.ipv4.ip_default_ttl=33")
    host.start(lab).communicate()

    recording = Recording.load(host.folder / "lab.jsonl")

    initial = recording.initial_state or {}
    before = {data["key"]: data["value"] for data in initial["old"]["sysctl"]}
    assert {FORWARD: "0", "net.ipv4.ip_default_ttl": "33"}.items() <= before.items()
    assert {"", "old"} == set(initial)
    assert "55" == _sysctls(recording, "old")["net.ipv4.ip_default_ttl"]
    assert {"net.ipv4.ip_default_ttl": "55"} == _sysctls(recording, "new")
    assert 3 == sum(isinstance(event, Snapshot) for event in recording.events)


@needs_root
@pytest.mark.usefixtures("_needs_nft")
def test_the_firewall_of_a_host_is_read_where_a_session_changes_it(host: StandIn) -> None:
    """Before the first program that sets packet filters, and not for any other program."""
    host.run("nft add table inet own")
    lab = """\
from ipwrap import Session
with Session(record="lab.jsonl") as session:
    session.exec("sh", "-c", "true")
    {more}
"""
    host.start(lab.format(more="")).communicate()
    other = Recording.load(host.folder / "lab.jsonl")
    assert other.end is not None
    assert [] == (other.initial_state or {})[""]["nft"]
    assert "nft" not in (other.end.state or {})[""]

    more = 'session.exec("nft", "add", "table", "inet", "lab")'
    host.start(lab.format(more=more)).communicate()
    recording = Recording.load(host.folder / "lab.jsonl")

    assert recording.end is not None
    names = [
        [data["table"]["name"] for data in (state or {})[""]["nft"]]
        for state in (recording.initial_state, recording.end.state)
    ]
    assert [["own"], ["own", "lab"]] == names


@needs_root
def test_a_place_without_the_reader_is_left_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the program cannot run, the state has no sysctls, and the session goes on."""
    monkeypatch.setattr("ipwrap.sysctl.reading.PROGRAM", "/nonexistent")

    recording = _record(lambda session: session.sysctl.set(FORWARD, 1))

    assert recording.end is not None
    assert recording.end.state is not None
    assert "sysctl" not in recording.end.state[""]


def test_a_host_whose_sysctls_cannot_be_read_is_asked_again() -> None:
    """The next program may find the reader; until then the state has no sysctls."""
    runner = ReplyDouble("", status=1)
    programs = ProgramState(runner)
    programs.note_namespaces({"": {}, "old": {}})
    write = Command(("sysctl", "-w", f"{FORWARD}=1"))

    assert programs.prepare(write) is None
    assert not programs.has_begun

    runner.status, runner.stdout = 0, "n\0vnet/ipv4/ip_forward 0\0"
    part = programs.prepare(write)
    assert part is not None
    assert [{"key": FORWARD, "value": "0"}] == part[""]["sysctl"]

    runner.status = 1
    assert programs.prepare(Command(("sysctl", "-w", "net.ipv4.ip_default_ttl=9"))) is None
    assert programs.prepare(write) is None


def test_a_state_of_a_host_alone_lists_all_that_was_found() -> None:
    """Nothing was changed: every namespace is older than the session."""
    state: State = {"": {}, "old": {}}
    reply = "n\0vnet/ipv4/ip_forward 0\0nold\0vnet/ipv4/ip_forward 1\0f\0vnet/ipv4/ip_forward 0\0"

    ProgramState(ReplyDouble(reply)).add_to(state)

    assert [{"key": FORWARD, "value": "0"}] == state[""]["sysctl"]
    assert [{"key": FORWARD, "value": "1"}] == state["old"]["sysctl"]

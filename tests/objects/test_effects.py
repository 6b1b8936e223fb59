"""The effects of a recorded command come from its arguments, never from the recording's claims."""

import json
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from ipwrap import Command, Recording, Result
from ipwrap.cmdline import Call
from ipwrap.cmdline.collector import CommandCollector
from ipwrap.cmdline.grammar import Verb
from ipwrap.command import CreatedObject, LinkRename
from ipwrap.errors import InvalidArgument, IpwrapError
from ipwrap.export.batchfile import batch
from ipwrap.export.python.exporter import python
from ipwrap.export.shell import shell
from ipwrap.ip.macsec import MacsecVerbs
from ipwrap.ip.route import NextHop, RouteVerbs
from ipwrap.objects import delete_command
from ipwrap.objects.effects import EffectReader, derive_effects, with_derived_effects
from ipwrap.recording import CommandEvent, End, Header, ResultEvent, Snapshot
from ipwrap.recording.events import Event
from ipwrap.secrets.secret import Secret
from ipwrap.teardown.ledger import teardown_commands
from tests.cmdline.test_reader import VERB_IDS, VERBS, verb_arguments
from tests.executors import surface
from tests.strategies import NETNS

ROOT = Path(__file__).parents[2]
RECORDINGS = sorted((ROOT / "recordings").glob("*.jsonl"))
CHANGES = [*surface.CHANGES.values(), *surface.LAST.values()]
# A program that a command runs has effects that nobody knows.
SURFACE = [call for calls in CHANGES for call in calls if ".exec" not in call.verb]


def effects_of(command: Command) -> tuple[Any, ...]:
    """Return everything that a command creates, deletes and renames."""
    return command.creates, command.deletes, command.renames


def as_read(command: Command) -> Command:
    """Return a command as a file would hold it, with claims that are all wrong."""
    claim = CreatedObject("foo", "x", {"dev": "eth0"}, None, ("eth0",))
    return evolve(
        command,
        creates=(claim,),
        deletes=(("link", None, "eth0"),),
        renames=LinkRename("eth0", "eth9", "red"),
        from_file=True,
    )


def assert_effects_are_derived(command: Command) -> None:
    """Check that the arguments of a change tell what its verb declares, and how to delete it."""
    derived = derive_effects(as_read(command))

    assert derived is not None, command.line
    assert effects_of(command) == effects_of(derived), command.line
    assert not derived.from_file
    for created in derived.creates:
        assert delete_command(created).netns == created.netns


@pytest.mark.parametrize("verb", VERBS, ids=VERB_IDS)
def test_derived_effects_are_those_of_the_verb(verb: Verb) -> None:
    """The arguments of every verb's command tell the effects that the verb itself declares."""

    @settings(max_examples=15, deadline=None)
    @given(verb_arguments(verb), st.none() | NETNS)
    def check(values: dict[str, Any], netns: str | None) -> None:
        commands = Call((), verb, values, netns).to_commands()
        if commands and commands[-1].changes:
            assert_effects_are_derived(commands[-1])

    check()


@pytest.mark.parametrize("call", SURFACE, ids=str)
def test_derived_effects_of_the_surface(call: surface.Call) -> None:
    """The calls of the differential test have the same effects after they were read from a file."""
    collector = CommandCollector()
    try:
        call.run(collector, "red")
    except IpwrapError:
        pytest.skip("the verb refuses the call without a machine to ask")

    command = collector.commands[-1]
    if command.changes:
        assert_effects_are_derived(command)


def unusual_commands() -> list[Command]:
    """Return commands with free arguments, secrets and several objects."""
    collector = CommandCollector()
    routes = RouteVerbs(collector, "red")
    hops = (NextHop(via=("inet6", "fe80::1"), dev="v0"), NextHop(dev="v1", weight=2))
    routes.add("10.1.0.0/16", nexthops=hops, table=100, mtu=1400)
    routes.add("10.2.0.0/16", type="blackhole", metric=7)

    macsec = MacsecVerbs(collector, None)
    key = ("01", Secret(None, "KEY"))
    macsec.add("m0", "rx", port=1, address="02:00:00:00:00:01", on=True)
    macsec.add("m0", "rx", port=1, address="02:00:00:00:00:01", sa=0, pn=1, on=True, key=key)
    macsec.set("m0", "tx", sa=1, on=False)
    macsec.delete("m0", "rx", port=1, address="02:00:00:00:00:01")
    return collector.commands


@pytest.mark.parametrize("command", unusual_commands(), ids=lambda command: command.line)
def test_derived_effects_of_unusual_commands(command: Command) -> None:
    """Next hops, and keys whose value a file does not hold, are read as well."""
    assert_effects_are_derived(command)


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_derived_effects_of_the_labs(path: Path) -> None:
    """The files of the labs claim exactly the effects that their commands have."""
    for event in Recording.load(path).commands:
        if event.command.changes:
            assert effects_of(event.command) == effects_of(with_derived_effects(event.command))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ip l a x type dummy", [("link", None, "x")]),
        ("ip link add x type dummy unheard_of 5", [("link", None, "x")]),
        ("ip netns exec red ip link add x type dummy", [("link", "red", "x")]),
        ("ip netns exec red ip tunnel add t1 mode gre remote 10.0.0.1", [("link", "red", "t1")]),
        ("ip tunnel add t1 mode gre remote 10.0.0.1", [("link", None, "t1")]),
    ],
)
def test_created_objects_of_a_typed_command(line: str, expected: list[Any]) -> None:
    """Abbreviations, unknown arguments, `ip netns exec` and `ip tunnel` are understood."""
    derived = derive_effects(as_read(Command(line.split())))

    assert derived is not None
    assert expected == [created.key for created in derived.creates]


@pytest.mark.parametrize(
    "line",
    [
        "ip fou add port 5555 ipproto 47",
        "ip -batch lines",
        "ip -n /proc/7/ns/net link add x type dummy",
        "ip netns exec red ip netns add inside",
        "ip",
    ],
)
def test_unreadable_command_has_no_effects(line: str) -> None:
    """A command without a verb creates nothing that anybody would delete, and is reported."""
    command = as_read(Command(line.split()))
    reader = EffectReader()

    assert ((), (), None) == effects_of(reader.read(command))
    assert ((), (), None) == effects_of(with_derived_effects(command))
    assert [command] == reader.unreadable


@pytest.mark.parametrize("line", ["sh -c true", "brctl addbr x", "ip netns exec red wg show"])
def test_other_program_has_no_effects(line: str) -> None:
    """A program other than ip, bridge and tc has no effects, whatever the file claims."""
    reader = EffectReader()

    assert ((), (), None) == effects_of(reader.read(as_read(Command(line.split()))))
    assert [] == reader.unreadable


def test_unreadable_command_that_failed_is_not_reported() -> None:
    """A command that failed left nothing behind."""
    reader = EffectReader()
    command = as_read(Command(("ip", "fou", "add", "port", "5555")))
    event = CommandEvent(1, command)

    reader.read_pair((event, Result(command, 1)))
    assert [] == reader.unreadable

    reader.read_pair((event, None))
    assert [command] == reader.unreadable


def test_effects_declared_by_this_process_are_kept() -> None:
    """A command of a verb, or of a caller that names its effects, is believed."""
    command = Command(("brctl", "addbr", "x"), creates=(CreatedObject("link", "x", {"dev": "x"}),))

    assert command is EffectReader().read(command)
    assert command is with_derived_effects(command)


# Recordings that somebody prepared to have a host run something, or lose something.

FORGED: list[dict[str, Any]] = [
    {"noun": "foo", "name": "x", "undo": ["sh", "-c", "touch /tmp/x"], "netns": None, "on": []},
    {
        "noun": "link",
        "name": "eth0",
        "undo": ["ip", "link", "delete", "eth0"],
        "netns": None,
        "on": [],
    },
    {"noun": "link", "name": "eth0", "identity": {"dev": "eth0"}, "netns": None, "on": []},
    {"noun": "address", "name": "x", "identity": {"dev": "-help"}, "netns": "-x", "on": ["eth0"]},
]


def forged_recording(path: Path, claim: dict[str, Any], argv: list[str]) -> Recording:
    """Return a recording, read from a file, whose only command claims an object."""
    command = Command(tuple(argv))
    state = {"": {"link": [{"ifname": "lo", "ifindex": 1}]}}
    after = {"": {"link": [{"ifname": "lo", "ifindex": 1}, {"ifname": "eth0", "ifindex": 2}]}}
    events: list[Event] = [
        Snapshot(state),
        CommandEvent(1, command),
        ResultEvent(1, Result(command)),
        End(state=after),
    ]
    Recording(Header(place="host"), events).save(path)

    lines = path.read_text(encoding="utf-8").splitlines()
    forged = json.loads(lines[2])
    forged |= {"makes": [claim], "drops": [], "becomes": None}
    lines[2] = json.dumps(forged)
    path.write_text("\n".join((*lines, "")), encoding="utf-8")
    return Recording.load(path)


@pytest.mark.parametrize("claim", FORGED, ids=lambda claim: f"{claim['noun']} {claim['name']}")
@pytest.mark.parametrize("line", ["ip link set dev lo up", "ip fou add port 1", "true"])
def test_forged_object_is_never_deleted(tmp_path: Path, claim: dict[str, Any], line: str) -> None:
    """Neither `down` nor another export of a forged recording mentions the claimed object."""
    recording = forged_recording(tmp_path / "x.jsonl", claim, line.split())

    assert [] == teardown_commands(recording)
    for text in ("".join(shell(recording)), "".join(batch(recording)), python(recording)):
        assert "eth0" not in text
        assert "touch" not in text


def test_forged_namespaces_do_not_reorder_a_batch(tmp_path: Path) -> None:
    """The batch exporter derives the namespaces of a command as well."""
    claim = {"noun": "link", "name": "a", "identity": {"dev": "a"}, "netns": "red", "on": []}
    recording = forged_recording(tmp_path / "x.jsonl", claim, ["ip", "link", "set", "lo", "up"])

    assert "red" not in "".join(batch(recording))


@pytest.mark.parametrize(
    "created",
    [
        CreatedObject("foo", "x", {"dev": "x"}),
        CreatedObject("link", "x", {}),
        CreatedObject("link", "x", {"dev": "x", "command": "sh"}),
        CreatedObject("link", "x", {"dev": "much too long a name"}),
        CreatedObject("nexthop", "x", {"id": "all"}),
        CreatedObject("address", "x", {"local": "10.0.0.1/24", "dev": "x", "peer": "no"}),
    ],
    ids=lambda created: f"{created.noun} {dict(created.identity)}",
)
def test_unsuitable_identity_has_no_inverse(created: CreatedObject) -> None:
    """An unknown noun, and fields that the verb does not take, are an error that names them."""
    with pytest.raises(InvalidArgument, match=created.noun):
        delete_command(created)


def test_an_environment_does_not_decide_the_effects() -> None:
    """A link that is added with variables and a directory is deleted as any other."""
    plain = Command(("ip", "link", "add", "v0", "type", "bridge"), from_file=True)
    derived = derive_effects(evolve(plain, env={"A": "b"}, cwd="/"))

    assert derived is not None
    assert with_derived_effects(plain).creates == derived.creates != ()


@pytest.mark.parametrize(
    ("argv", "netns", "names"),
    [
        (("ln", "-s", "/proc/7/ns/net", "/run/netns/red"), None, ["red"]),
        (("ln", "-s", "/proc/7/ns/net", "/run/netns/red"), "blue", []),
        (("ln", "-s", "a", "b"), None, []),
    ],
)
def test_a_program_that_names_a_namespace_creates_it(
    argv: tuple[str, ...], netns: str | None, names: list[str]
) -> None:
    """What `ln -s` makes below /run/netns is a namespace, but not in the mounts of another one."""
    command = with_derived_effects(Command(argv, netns, from_file=True))

    assert names == [created.name for created in command.creates]

"""One table knows all objects: a missing object is named, and a new one needs nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from attrs import frozen

from ipwrap import DryRun, Local, Recording, Session
from ipwrap.cmdline.grammar import objects, verbs_of
from ipwrap.command import CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.export.shell import shell
from ipwrap.ip import Ip
from ipwrap.kinds import Bridge
from ipwrap.objects import (
    OBJECTS,
    comparable_items,
    compared_types,
    creatable_types,
    delete_command,
    object_type,
    shown_type,
)
from ipwrap.objects.base import Arguments, Identity, Json, Nouns, ObjectType
from ipwrap.objects.comparison import Item, comparable_fields
from ipwrap.objects.reads import READS, SnapshotRead
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.result import Result
from ipwrap.sessions.unrecorded import UnrecordedRunner
from ipwrap.state import changed
from ipwrap.state.snapshot import TRAFFIC_NOUNS
from ipwrap.teardown.ledger import teardown_commands
from ipwrap.undo import Restorer
from ipwrap.verbs.base import ObjectCommands
from tests.labs import open_sandbox

# What a snapshot or a listing shows, and no command of its own creates.
# What other programs than those of iproute2 print, and no verb deletes.
OF_OTHER_PROGRAMS = frozenset({"iptables", "nft", "sysctl"})
READ_ONLY = frozenset({"bucket", "mroute", "mst", "tuntap", "vlan settings", "vrf"})


@pytest.mark.parametrize("noun", OBJECTS)
def test_object_is_declared_completely(noun: str) -> None:
    """Every row has its noun, an object of the command line, and a verb that is the inverse."""
    kind = object_type(noun)

    assert noun == kind.noun
    assert (kind.path in objects()) == (noun not in OF_OTHER_PROGRAMS)
    assert set(kind.shown_as) <= READS.keys() | TRAFFIC_NOUNS
    assert not kind.has_identities or kind.shown_as or noun == "altname"
    if noun not in READ_ONLY | OF_OTHER_PROGRAMS:
        assert verbs_of(kind.path, (kind.inverse,))


@pytest.mark.parametrize("noun", READS)
def test_every_read_has_an_object(noun: str) -> None:
    """Whatever a snapshot reads belongs to an object."""
    assert noun in compared_types()


def test_creatable_objects_have_an_order() -> None:
    """Addresses come before next hops, next hops before routes; every object has its own rank.

    Qdiscs and classes share one: either may be above the other.
    """
    ranks = {kind.noun: kind.creation_rank for kind in creatable_types().values()}
    assert ranks.pop("class") == ranks["qdisc"] < ranks["filter"]

    assert ranks["address"] < ranks["nexthop"] < ranks["route"]
    assert len(ranks) == len(set(ranks.values()))


@pytest.mark.parametrize("noun", ["foo", "was 1", ""])
def test_unknown_noun_is_named(noun: str) -> None:
    """An unknown noun is an error that names the noun and the known ones."""
    with pytest.raises(InvalidArgument, match=f"{noun!r} is no object .* address"):
        object_type(noun)
    with pytest.raises(InvalidArgument, match=f"{noun!r} is no listing"):
        list(comparable_items(noun, [{}], named=MentionedWords()))
    with pytest.raises(InvalidArgument, match=f"{noun!r}: no command creates"):
        shown_type(noun)


def recorded_lab() -> Recording:
    """Return a recording of a lab with an object of most kinds, not run at all."""
    with Session(place=Local(), executor=DryRun()) as session:
        session.ip.link.add("br0", Bridge())
        session.ip.address.add("10.0.0.1/24", dev="eth0")
        session.ip.nexthop.add(7, dev="eth0")
        session.ip.route.add("10.1.0.0/16", via="10.0.0.2")
        session.ip.rule.add(priority=7, table=9)
        session.ip.neigh.add("10.0.0.3", dev="eth0", lladdr="02:00:00:00:00:01")
        session.ip.netns.add("red")
        session.bridge.vlan.add(7, dev="eth0")
    return session.recording


@pytest.mark.parametrize(
    "noun", ["link", "address", "nexthop", "route", "rule", "neigh", "netns", "vlan"]
)
def test_object_without_a_row_is_named_by_everything_that_needs_it(
    monkeypatch: pytest.MonkeyPatch, noun: str
) -> None:
    """Without its row, an object can be neither torn down nor compared nor created again."""
    recording = recorded_lab()
    kind = object_type(noun)
    monkeypatch.delitem(OBJECTS.paths, noun)
    monkeypatch.delitem(OBJECTS._loaded, noun)

    with pytest.raises(InvalidArgument, match=f"'{noun}' is no object"):
        teardown_commands(recording)
    with pytest.raises(InvalidArgument, match=f"'{noun}' is no object"):
        "".join(shell(recording))
    for shown_noun in kind.shown_as:
        with pytest.raises(InvalidArgument, match=f"'{shown_noun}' is no listing"):
            list(comparable_items(shown_noun, [{}], named=MentionedWords()))
        with pytest.raises(InvalidArgument, match=f"'{shown_noun}': no command creates"):
            shown_type(shown_noun)


# An object of the kernel that ipwrap does not know: the labels of IPv6 addresses.


@frozen
class AddrlabelVerbs(ObjectCommands):
    """Verbs of `ip addrlabel`."""

    words: ClassVar[tuple[str, ...]] = ("addrlabel",)

    def add(self, prefix: str, *, label: int) -> Result:
        """Give the addresses of a prefix a label. `ip addrlabel add prefix … label …`."""
        identity = {"prefix": prefix, "label": str(label)}
        created = CreatedObject("addrlabel", prefix, identity, self.netns)
        arguments = ("prefix", prefix, "label", str(label))
        return self._run_change("add", *arguments, creates=(created,), own_process=True)

    def delete(self, prefix: str, *, label: int) -> Result:
        """Delete the label of a prefix. `ip addrlabel delete prefix … label …`."""
        deleted = ("addrlabel", self.netns, prefix)
        arguments = ("prefix", prefix, "label", str(label))
        return self._run_change("delete", *arguments, deletes=(deleted,), own_process=True)


class AddrlabelObject(ObjectType):
    """A label of a prefix."""

    noun = "addrlabel"
    path = ("ip", "addrlabel")
    shown_as = ("addrlabel",)
    has_identities = True
    may_be_unread = True
    is_creatable = True
    creation_rank = 99

    def identity_of(self, created: CreatedObject, dev: str | None) -> Identity:
        """Return the prefix."""
        return (created.identity["prefix"],)

    def identities_in(self, nouns: Nouns) -> Iterator[Identity]:
        """Yield the prefix of every label."""
        for entry in nouns["addrlabel"]:
            yield (prefix_of(entry),)

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare the label of a prefix."""
        yield (prefix_of(data),), comparable_fields(data, named)

    def keys_of(self, noun: str, data: Json) -> dict[str, set[str]]:
        """Return the prefix."""
        return {"prefix": {prefix_of(data)}}

    def keys_of_call(self, verb: str, arguments: Arguments) -> dict[str, set[str]]:
        """Return the prefix of a call."""
        return {"prefix": {arguments["prefix"]}}

    def arguments(self, noun: str, data: Json) -> Arguments:
        """Return the arguments of `ip addrlabel add`."""
        return {"prefix": prefix_of(data), "label": data["label"]}


def prefix_of(entry: dict[str, Any]) -> str:
    """Return the prefix of a label."""
    return f"{entry['address']}/{entry['prefixlen']}"


@pytest.fixture
def addrlabel(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make the labels an object of ipwrap: the verbs, the file of the object, and its two rows."""
    commands = property(lambda ip: AddrlabelVerbs(ip.runner, ip.namespace))
    monkeypatch.setattr(Ip, "addrlabel", commands, raising=False)
    monkeypatch.setitem(OBJECTS.paths, "addrlabel", "addrlabel:AddrlabelObject")
    monkeypatch.setitem(OBJECTS._loaded, "addrlabel", AddrlabelObject)
    read = SnapshotRead((("ip", "-j", "addrlabel", "list"),), is_added_later=True)
    monkeypatch.setitem(READS, "addrlabel", read)

    objects.cache_clear()
    yield
    objects.cache_clear()


LABEL = "2001:db8::/32"
KERNEL_LABEL = "2002::/16"


@pytest.mark.live
@pytest.mark.usefixtures("addrlabel")
def test_new_object_is_snapshot_diffed_torn_down_and_undone(tmp_path: Path) -> None:
    """A new object needs nothing but its verbs, its file, and its rows in the tables."""
    path = tmp_path / "labels.jsonl"

    with open_sandbox() as host:
        before = host.state()
        with Session(place=host.place, record=path) as session:
            verbs = AddrlabelVerbs(session)
            verbs.add(LABEL, label=99)
            verbs.delete(KERNEL_LABEL, label=2)
        after = host.state()

        recording = Recording.load(path)
        mentioned = MentionedWords(event.command for event in recording.commands)
        changes = changed(before, after, named=mentioned)
        assert {("addrlabel", (LABEL,)), ("addrlabel", (KERNEL_LABEL,))} == {
            (noun, name) for _, noun, name, _ in changes
        }

        deletion = f"ip addrlabel delete prefix {LABEL} label 99"
        assert [deletion] == [command.line for command in teardown_commands(recording)]
        assert re.search(
            rf"undo \d+ ip addrlabel del prefix {LABEL} label 99\n", "".join(shell(recording))
        )

        commands: list[str] = []
        warnings: list[str] = []
        with UnrecordedRunner(host.place) as runner:
            restorer = Restorer(runner, recording, commands.append, warnings.append)
            assert restorer.run(), warnings
        assert deletion in commands
        assert f"ip addrlabel add prefix {KERNEL_LABEL} label 2" in commands
        assert {} == changed(before, host.state(), named=mentioned)


@pytest.mark.usefixtures("addrlabel")
def test_new_object_has_an_inverse() -> None:
    """The inverse command of a new object comes from its verb."""
    created = CreatedObject("addrlabel", LABEL, {"prefix": LABEL, "label": "9"}, "red")

    assert "ip -n red addrlabel delete prefix 2001:db8::/32 label 9" == delete_command(created).line

"""Pre-existing objects possibly modified by the recorded commands, directly or by side effects.

A command names the modified objects; `ipwrap.undo.side_effects` and `ipwrap.undo.patterns` add the
objects modified along by the kernel. Undo never alters an object outside this set.
"""

from collections.abc import Iterable, Iterator

from attrs import define, evolve, field

from ipwrap.cmdline.program_effects import program_of
from ipwrap.cmdline.reader import Call, read_command
from ipwrap.command import IPROUTE2, Command, LinkRename
from ipwrap.objects import creatable_types, object_type
from ipwrap.objects.base import CREATING_VERBS, Arguments, ObjectType
from ipwrap.recording import State
from ipwrap.state.known_traffic import knows_traffic
from ipwrap.state.snapshot import TRAFFIC_NOUNS
from ipwrap.sysctl.keys import written_settings
from ipwrap.undo.link_data import LinkLocation, links_by_name
from ipwrap.undo.link_origins import LinkOrigins
from ipwrap.undo.patterns import (
    Pattern,
    call_pattern,
    dependent_patterns,
    link_dependents,
)
from ipwrap.undo.side_effects import (
    ALL_OPTIONS,
    LinkEffects,
    effects_of_deletion,
    effects_of_set,
)
from ipwrap.undo.state_objects import StateObject
from ipwrap.undo.sysctl_effects import link_without_ipv6, patterns_of_ipv6
from ipwrap.undo.traffic_calls import TrafficCall, traffic_call
from ipwrap.undo.traffic_creations import TrafficCreation, TrafficCreations, filters_of

__all__ = ["AffectedObjects", "AffectedTracker"]

FAMILY_FLAGS = frozenset({"-4", "-6"})
# Options set by the kernel: a command affects them only by name.
KERNEL_SET_OPTIONS = frozenset({"carrier", "port state", "state"})
# Options of a master which the kernel derives from the ports: br_stp_recalculate_bridge_id() and
# br_mtu_auto_adjust() in net/bridge.
DERIVED_OPTIONS = frozenset({"address", "mtu"})
LINK_PATHS = frozenset({("ip", "link"), ("ip", "tuntap"), ("ip", "tunnel"), ("bridge", "link")})


@define
class AffectedObjects:
    """The affected objects and options. Links are identified by their location before the session.

    - ``options``: affected options by link; ``"kind X"`` and ``"port X"`` are options of the kind
    - ``derived_options``: options set anew by the kernel once the rest is restored
    - ``patterns``: affected objects, by noun and namespace
    - ``creations``: the commands with a creating or replacing verb, each once
    - ``created``: the creating commands of `tc`: see `ObjectType.is_named_by_calls`
    - ``deleted_netns``: the deleted namespaces
    """

    options: dict[LinkLocation, set[str]] = field(factory=dict)
    derived_options: dict[LinkLocation, set[str]] = field(factory=dict)
    patterns: dict[tuple[str, str], dict[object, Pattern]] = field(factory=dict)
    creations: dict[Command, None] = field(factory=dict)
    created: TrafficCreations = field(factory=TrafficCreations)
    deleted_netns: set[str] = field(factory=set)

    def has_object(self, candidate: StateObject) -> bool:
        """Return whether an object may have been modified."""
        noun = candidate.type.shown_as[0]
        patterns = self.patterns.get((noun, candidate.netns), {})
        return any(pattern.matches(candidate) for pattern in patterns.values())

    @property
    def has_traffic(self) -> bool:
        """Whether classes or filters may have been modified."""
        return any(pattern.noun in TRAFFIC_NOUNS for pattern in self._all_patterns())

    def has_created(self, candidate: StateObject) -> bool:
        """Return whether a command may have created an object of `tc`."""
        return self.created.refer_to(candidate)

    def includes_extra(self, candidate: StateObject) -> bool:
        """Return whether an object is to go although no recorded command created it."""
        del candidate
        return False

    def is_derived(self, candidate: StateObject) -> bool:
        """Return whether the kernel creates an object by itself once its link is restored."""
        return candidate.type.is_derived(candidate.data)

    def has_objects_on(self, location: LinkLocation) -> bool:
        """Return whether an object on a link may have been modified, as named by its link."""
        netns, name = location
        return any(
            pattern.netns == netns and name in pattern.keys.get("dev", ())
            for pattern in self._all_patterns()
        )

    def _all_patterns(self) -> Iterator[Pattern]:
        """Yield the patterns of objects that were modified, or created by commands of `tc`."""
        for patterns in self.patterns.values():
            yield from patterns.values()
        for creation in self.created:
            yield creation.pattern

    def has_option(self, location: LinkLocation, option: str) -> bool:
        """Return whether an option of a link may have been modified."""
        affected = self.options.get(location, ())
        if option in affected:
            return True
        if option in KERNEL_SET_OPTIONS:
            return False

        table, _, _ = option.partition(" ")
        return ALL_OPTIONS in affected or f"{table} *" in affected

    def has_all_options(self, location: LinkLocation) -> bool:
        """Return whether every option of a link may have been modified."""
        return ALL_OPTIONS in self.options.get(location, ())

    def add_options(self, location: LinkLocation, names: Iterable[str]) -> None:
        """Add options of a link."""
        self.options.setdefault(location, set()).update(names)

    def add_derived_options(self, location: LinkLocation) -> None:
        """Add the derived options of a link with a new or a lost port."""
        self.derived_options.setdefault(location, set()).update(DERIVED_OPTIONS)

    def add_pattern(self, pattern: Pattern) -> None:
        """Add a pattern, once."""
        place = (pattern.noun, pattern.netns)
        patterns = self.patterns.setdefault(place, {})
        patterns[pattern.key] = pattern


@define
class AffectedTracker:
    """Collect `AffectedObjects` from recorded commands, in order.

    ``before`` is the state before the session. ``untraced`` are the commands that changed classes
    or filters which the states do not have.
    """

    before: State
    affected: AffectedObjects = field(factory=AffectedObjects)
    untraced: dict[Command, None] = field(factory=dict)
    origins: LinkOrigins = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.origins = LinkOrigins(self.before)

    def follow(self, command: Command, *, is_done: bool) -> None:
        """Add the objects possibly modified by a command.

        ``is_done``: after a rename or move, the link has the new name or namespace.
        """
        # Effects of other programs are unknown, except for those of known sysctls.
        program = program_of(command)
        if program is not None:
            self._add_sysctls(*program)
        if command.argv[0] not in IPROUTE2:
            return

        traffic = traffic_call(command)
        call = _parse_call(command) if traffic is None else None
        if traffic is not None:
            if not self._add_traffic_call(traffic, is_done=is_done) and is_done:
                self.untraced[command] = None
        elif call is None:
            self._add_mentioned_links(command)
        else:
            self._add_call(call)

        if is_done and command.renames is not None:
            self._move_link(command.netns or "", command.renames)

    def _add_sysctls(self, argv: tuple[str, ...], netns: str | None) -> None:
        """Add the objects that the kernel deletes when sysctl(8) disables IPv6 on links."""
        for key, _ in written_settings(argv):
            link = link_without_ipv6(key)
            if link is None:
                continue

            names = links_by_name(self.before.get(netns or "", {}))
            location = (netns or "", link)
            if link != "all":
                location = self.origins.find(netns or "", link) or location
                names = {location[1]: {}}
            for pattern in patterns_of_ipv6(self.before, location[0], links=names):
                self.affected.add_pattern(pattern)

    def _move_link(self, netns: str, rename: LinkRename) -> None:
        """Follow a link to a new name or namespace."""
        old = (netns, rename.link)
        new = (rename.netns or "", rename.name)
        self.origins.move(old, new)

    def _add_mentioned_links(self, command: Command) -> None:
        """Add every link mentioned in a command, where no verb can express the command."""
        # Without the grammar of the command, every argument may be the name of a link.
        for word in command.argv[1:]:
            location = self.origins.find(command.netns or "", word)
            if location is None:
                continue

            effects = LinkEffects()
            effects.add_options(location, [ALL_OPTIONS])
            effects.add_dependents(location, link_dependents())
            self._add_effects(effects)

    def _add_call(self, call: Call) -> None:
        """Add the objects possibly modified by the call of a verb."""
        netns = call.netns or ""
        if call.path[:2] in LINK_PATHS:
            self._add_link_call(call, netns)
        elif call.path == ("ip", "netns"):
            self._add_netns_call(call)
        else:
            self._add_object_calls(call, netns)

    def _add_object_calls(self, call: Call, netns: str) -> None:
        """Add the objects of each type that a command of this object affects.

        A VLAN of a port, its options and its tunnel are objects of `bridge vlan`.
        """
        kinds = _types_of_path(call.path)
        for kind in kinds:
            self._add_object_call(kind, call, netns=netns)
        if kinds and call.verb.name in CREATING_VERBS:
            self.affected.creations |= dict.fromkeys(call.to_commands()[-1:])

    def _add_traffic_call(self, call: TrafficCall, *, is_done: bool) -> bool:
        """Add the object of a command of `tc`; return whether undo can restore it."""
        location = self.origins.find(call.netns, call.arguments.get("dev", ""))
        if location is None:  # of a link of the session; or a block, which several links share
            return "block" not in call.arguments

        kind = object_type(call.noun)
        netns, dev = location
        named = call_pattern(kind, netns, verb=call.verb, arguments=call.arguments, dev=dev)
        creation = TrafficCreation(named, call.options)
        is_creating = call.verb in CREATING_VERBS
        if is_creating and is_done:
            self.affected.created.add(creation)
        if not (is_creating and creation.has_auto_pref):  # which is new, and changes no other
            self.affected.add_pattern(named)
        if call.verb in kind.losing_verbs:
            for pattern in dependent_patterns(kind, named, arguments=call.arguments):
                self.affected.add_pattern(pattern)
        if is_done and (call.noun, call.verb) == ("filter", "delete"):
            self._follow_filter_deletion(named)

        return call.noun == "qdisc" or (
            knows_traffic(self.before)
            and ("parent" in call.arguments or call.noun == "class" or self._has_root(location))
        )

    def _follow_filter_deletion(self, deletion: Pattern) -> None:
        """Follow a deletion among the filters that the session has created."""
        if "pref" not in deletion.keys:
            self.affected.created.follow_flush(deletion)
        elif not any(map(deletion.matches, filters_of(self.before))):
            self.affected.created.follow_deletion(deletion)

    def _has_root(self, location: LinkLocation) -> bool:
        """Return whether a link has a root qdisc that somebody has set.

        The states do not have the qdisc that the kernel attached, which may have filters.
        """
        netns, dev = location
        qdiscs = self.before.get(netns, {}).get("tc qdisc", ())
        roots = {str(qdisc.get("dev")) for qdisc in qdiscs if qdisc.get("root")}
        created = (
            creation.pattern.keys
            for creation in self.affected.created
            if (creation.pattern.noun, creation.pattern.netns) == ("tc qdisc", netns)
        )
        return dev in roots or any(
            dev in keys["dev"] and "root" in keys.get("parent", ()) for keys in created
        )

    def _add_netns_call(self, call: Call) -> None:
        """Add the namespaces deleted by a command."""
        deleted = self.affected.deleted_netns
        if call.verb.name == "delete":
            name = str(call.arguments["name"])
            deleted.add(name)
        elif call.verb.name == "delete_all":
            deleted.update(self.before.keys() - {""})

    def _add_object_call(self, kind: ObjectType, call: Call, *, netns: str) -> None:
        """Add the objects named by a command, and the objects deleted along."""
        verb = call.verb.name
        arguments = call.arguments
        dev = None

        if "dev" in arguments:
            location = self.origins.find(netns, str(arguments["dev"]))
            # An object on a created link is deleted with the link.
            if location is None:
                return
            netns, dev = location

        # A new rule never replaces a rule: `ip rule` has no such verb.
        if kind.replacing_verb is None and verb in CREATING_VERBS:
            return

        named = call_pattern(kind, netns, verb=verb, arguments=arguments, dev=dev)
        self.affected.add_pattern(named)
        if verb in kind.losing_verbs:
            for pattern in dependent_patterns(kind, named, arguments=arguments):
                self.affected.add_pattern(pattern)

    def _add_link_call(self, call: Call, netns: str) -> None:
        """Add the links possibly modified by a command."""
        verb = call.verb.name
        arguments = call.arguments
        master = arguments.get("master")

        if verb in ("set_group", "delete_group"):
            link_verb = verb.removesuffix("_group")
            for location in self._links_in_group(netns, str(arguments["group"])):
                self._add_link(location, link_verb, arguments=arguments, netns=netns)
            return

        if verb == "add":
            # A new link affects no link but the master.
            if master is not None:
                self._add_master(netns, str(master))
            return

        name = str(arguments.get("dev") or arguments.get("name"))
        named_link = self.origins.find(netns, name)
        if named_link is not None:
            # `bridge link set` takes the options of a port.
            link_verb = "port" if call.path[0] == "bridge" else verb
            self._add_link(named_link, link_verb, arguments=arguments, netns=netns)

    def _links_in_group(self, netns: str, group: str) -> list[LinkLocation]:
        """Return the pre-existing links of a group, and the links with a modified group."""
        locations = []
        links = links_by_name(self.before.get(netns, {}))
        for name, link in links.items():
            location = (netns, name)
            if link.get("group") == group or self.affected.has_option(location, "group"):
                locations.append(location)
        return locations

    def _add_link(
        self, location: LinkLocation, verb: str, *, arguments: Arguments, netns: str
    ) -> None:
        """Add the possibly modified options of a link, with the side effects."""
        if verb == "delete" or arguments.get("netns") is not None:
            is_known = self.affected.has_all_options
            effects = effects_of_deletion(self.before, location, is_known=is_known)
            self._add_effects(effects)
        elif verb.startswith("property"):
            self.affected.add_options(location, ["altnames"])
        elif verb == "port":
            self.affected.add_options(location, [f"port {name}" for name in arguments])
        else:
            effects = effects_of_set(self.before, location, arguments=arguments, netns=netns)
            self._add_effects(effects)

    def _add_effects(self, effects: LinkEffects) -> None:
        """Add the effects of a command on links."""
        for location, names in effects.options.items():
            self.affected.add_options(location, names)
        for pattern in effects.patterns:
            self.affected.add_pattern(pattern)
        for netns, name in effects.masters:
            self._add_master(netns, name)

    def _add_master(self, netns: str, name: str) -> None:
        """Add a link with a new or a lost port, if the link is pre-existing."""
        location = self.origins.find(netns, name)
        if location is not None:
            self.affected.add_derived_options(location)


def _types_of_path(path: tuple[str, ...]) -> list[ObjectType]:
    """Return the types of the objects of a command, each once; none for unknown objects."""
    words = tuple(word.rstrip("_") for word in path)  # global_, since `global` is Python's
    kinds = dict.fromkeys(kind for kind in creatable_types().values() if kind.path == words)
    return [*kinds]


def _parse_call(command: Command) -> Call | None:
    """Parse a command into a call of a verb; a flag for the address family does not matter here."""
    call = read_command(command)
    if call is None:
        argv = tuple(word for word in command.argv if word not in FAMILY_FLAGS)
        if argv != command.argv:
            call = read_command(evolve(command, argv=argv))

    if not isinstance(call, Call):
        return None
    return call

"""The hosts of a lab: a session on each, their addresses in the underlay, the rule of placement.

Most labs have a single host, which has no name.
"""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import define, evolve, field

from ipwrap.errors import ConnectionLost, InvalidArgument, IpwrapError, PlaceError
from ipwrap.lab.names import check_host_name
from ipwrap.lab.pools import check_underlay
from ipwrap.lab.topology import HostSpec, Topology, host_by_rule
from ipwrap.places.remote import is_remote
from ipwrap.session import Session
from ipwrap.sessions.failures import summarise
from ipwrap.system.suggestions import did_you_mean

if TYPE_CHECKING:
    from ipwrap.lab.parts import Node
    from ipwrap.places import Place, Ssh

__all__ = [
    "Hosts",
    "LabSessions",
    "Placement",
    "group_by_session",
    "host_record",
    "sessions_of",
    "ssh_places",
]

LabSessions = Session | Mapping[str, "Session | Place"] | None
Placement = Mapping[str, str] | Callable[[str], str | None]

SINGLE_HOST = ""  # its name, in a lab that has no other


@define(eq=False)
class Hosts:
    """The hosts of a lab by name. ``owned`` are those whose sessions end with the lab."""

    sessions: dict[str, Session]
    specs: tuple[HostSpec, ...] = ()
    place: Placement = field(factory=dict)
    owned: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        given: LabSessions,
        *,
        underlay: Mapping[str, str],
        place: Placement | None,
        record: str | os.PathLike[str] | None,
    ) -> "Hosts":
        """Return the hosts of what was given to a lab. Raises `InvalidArgument`."""
        if not isinstance(given, Mapping):
            if underlay or place is not None:
                raise InvalidArgument(
                    "lab: underlay and place are for several hosts: Lab({'lab1': Ssh('root@lab1')})"
                )
            return cls._of_single(given, record=record)

        names = _check_names(given)
        _check_underlays(underlay, names)
        if isinstance(place, Mapping):
            for name in place.values():
                _require_host(name, names, label="place")

        sessions = {
            name: value
            if isinstance(value, Session)
            else Session(value, record=host_record(record, name))
            for name, value in given.items()
        }
        owned = {name for name in given if sessions[name] is not given[name]}
        if record is not None and owned != set(given):
            raise InvalidArgument("lab: record: give it to the sessions, Session(…, record=…)")

        specs = [_describe(name, sessions[name], underlay=underlay.get(name)) for name in given]
        return cls(sessions, tuple(specs), {} if place is None else place, frozenset(owned))

    @classmethod
    def _of_single(
        cls, session: Session | None, *, record: str | os.PathLike[str] | None
    ) -> "Hosts":
        """Return the hosts of a lab on a single one: a session, or a sandbox of the lab's own."""
        if session is None:
            sandbox = Session(sandbox=True, record=record)
            return cls({SINGLE_HOST: sandbox}, owned=frozenset({SINGLE_HOST}))
        if not isinstance(session, Session):
            raise InvalidArgument(f"lab: {session!r} is no Session, and no table of them by host")
        if record is not None:
            raise InvalidArgument("lab: record: give it to the session, Session(record=…)")
        return cls({SINGLE_HOST: session})

    @property
    def single(self) -> Session:
        """The session of the single host. Raises `InvalidArgument` for several."""
        if SINGLE_HOST not in self.sessions:
            raise InvalidArgument(
                f"lab: it has several hosts: {', '.join(self.sessions)}; use lab.sessions[HOST], "
                "or the session of a node: node.session"
            )
        return self.sessions[SINGLE_HOST]

    @property
    def table(self) -> Mapping[str, str]:
        """The rule of placement as a table; a function has none."""
        return self.place if isinstance(self.place, Mapping) else {}

    def require_same(self, topology: Topology) -> None:
        """Raise `InvalidArgument` for a topology with other hosts, or other ways to them."""
        if topology.hosts != self.specs:
            raise InvalidArgument(
                "lab: the hosts, their addresses and destinations stay as they are; take the lab "
                "down, and make it anew"
            )

    def follow(self, topology: Topology) -> None:
        """Take the rule of a topology; a function stays where that has none."""
        if topology.place or isinstance(self.place, Mapping):
            self.place = topology.place

    @property
    def given(self) -> Session | dict[str, Session]:
        """The sessions, as a lab takes them."""
        return self.sessions.get(SINGLE_HOST) or dict(self.sessions)

    def host_of(self, node: str, host: str | None) -> str:
        """Return the host of a node: ``host``, or that of the rule. Raises `InvalidArgument`."""
        if SINGLE_HOST in self.sessions:
            if host is not None:
                raise InvalidArgument(
                    f"lab: node {node}: there is no host {host!r}: the lab has a single one"
                )
            return SINGLE_HOST

        chosen = host if host is not None else self._host_by_rule(node)
        if chosen is None:
            raise InvalidArgument(
                f"lab: node {node} is on no host; give host=, or a rule for the rest of the "
                "nodes: place={…, '*': HOST}"
            )
        return _require_host(chosen, self.sessions, label=f"node {node}")

    def _host_by_rule(self, node: str) -> str | None:
        """Return the host that the rule of placement names; None for none."""
        if not isinstance(self.place, Mapping):
            return self.place(node)
        return host_by_rule(self.place, node)

    def underlay(self, name: str) -> str:
        """Return the address of a host in the underlay. Raises `InvalidArgument` for none."""
        address = next(spec.underlay for spec in self.specs if spec.name == name)
        if address is None:
            raise InvalidArgument(
                f"lab: host {name} has a link to another host, and no address in the network "
                f"between them; give underlay={{{name!r}: ADDRESS, …}}"
            )
        return address

    @property
    def lost(self) -> list[str]:
        """The names of the hosts whose connection was lost."""
        return [name for name, session in self.sessions.items() if _is_lost(session)]

    def open(self) -> None:
        """Open the sessions. Raises `PlaceError` and others, with those of the lab closed."""
        try:
            for session in self.sessions.values():
                session.open()
        except BaseException as error:
            self.close(error)
            raise

    def close(self, error: BaseException | None = None) -> None:
        """Close the sessions of the lab; one failure does not stop the rest."""
        with contextlib.ExitStack() as stack:
            for name, session in self.sessions.items():
                if name in self.owned:
                    stack.callback(session.close, error)

    @contextlib.contextmanager
    def reconnected(self, name: str) -> Iterator[None]:
        """In the block, a host is reached by a new connection, in place of one that was lost.

        Raises `PlaceError` where it is not made, or leads to another machine or boot.
        """
        lost = self.sessions[name]
        with Session(evolve(lost.place)) as session:  # type: ignore[misc]  # an attrs class
            _require_same_machine(lost, session, name=name)
            self.sessions[name] = session
            try:
                yield
            finally:
                self.sessions[name] = lost

    @contextlib.contextmanager
    def open_batch(self) -> Iterator[None]:
        """Queue the changes of a block on every host, as `Session.open_batch` does on one.

        The end of the block sends all of them, also where a host has refused some.
        """
        if SINGLE_HOST in self.sessions:
            with self.sessions[SINGLE_HOST].open_batch():
                yield
            return

        failures: list[IpwrapError] = []
        with contextlib.ExitStack() as stack:
            for session in self.sessions.values():
                stack.enter_context(_collect_failures(session, failures))
            yield

        if failures:
            first, *others = failures
            for failure in others:
                first.add_note(f"on another host: {summarise(failure)}")
            raise first


def _is_lost(session: Session) -> bool:
    """Return whether the connection of a session was lost."""
    place = session.place
    if not is_remote(place):
        return False
    try:
        return not place.machine
    except ConnectionLost:
        return True


@contextlib.contextmanager
def _collect_failures(session: Session, failures: list[IpwrapError]) -> Iterator[None]:
    """Open a batch block, and keep what its end raises."""
    is_at_end = False
    try:
        with session.open_batch():
            yield
            is_at_end = True
    except IpwrapError as error:
        if not is_at_end:
            raise
        failures.append(error)


def _require_same_machine(lost: Session, session: Session, *, name: str) -> None:
    """Raise `PlaceError` unless two sessions are on one machine, since its boot."""
    before, now = lost.recording.header.host, session.recording.header.host
    if before is not None and now is not None:
        difference = before.describe_difference(now)
        if difference:
            raise PlaceError(f"lab: host {name} is not the one of before: {difference}")


def group_by_session(nodes: "Iterable[Node]") -> "Iterator[tuple[Session, list[Node]]]":
    """Yield the session of each host that some nodes are on, with those nodes."""
    groups: dict[str, list[Node]] = {}
    for node in nodes:
        groups.setdefault(node.host, []).append(node)
    for group in groups.values():
        yield group[0].session, group


def host_record(record: str | os.PathLike[str] | None, host: str) -> str | None:
    """Return the path of a host's recording: lab.jsonl is lab.HOST.jsonl; None for none."""
    if record is None:
        return None
    path = Path(record)
    return str(path.with_name(f"{path.stem}.{host}{path.suffix}"))


def sessions_of(specs: Sequence[HostSpec], given: LabSessions) -> LabSessions:
    """Return the sessions or places for the hosts of a topology: those given, or by ssh.

    Raises `InvalidArgument` for sessions of other hosts, and a host without a destination.
    """
    if not specs:
        return given
    if given is None:
        return ssh_places(specs)

    names = [spec.name for spec in specs]
    if not isinstance(given, Mapping) or sorted(names) != sorted(given):
        raise InvalidArgument(
            f"lab: the topology has the hosts {', '.join(names)}; give a session for each: "
            f"{{{names[0]!r}: Session(…), …}}"
        )
    return given


def ssh_places(
    specs: Sequence[HostSpec], *, config: str | os.PathLike[str] | None = None
) -> "dict[str, Ssh]":
    """Return the hosts as places. Raises `InvalidArgument` for one without a destination."""
    # Imported late: most labs stay on this machine.
    from ipwrap.places import Ssh

    places = {}
    for spec in specs:
        if spec.ssh is None:
            raise InvalidArgument(
                f"lab: host {spec.name} has no destination of ssh; give its session: "
                f"Lab.of(topology, {{{spec.name!r}: Session(…), …}})"
            )
        places[spec.name] = Ssh(spec.ssh, config=config, sudo=spec.sudo)
    return places


def _describe(name: str, session: Session, *, underlay: str | None) -> HostSpec:
    """Return a host as a value."""
    destination = getattr(session.place, "destination", None)
    sudo = destination is not None and bool(getattr(session.place, "sudo", False))
    return HostSpec(name=name, ssh=destination, sudo=sudo, underlay=underlay)


def _check_names(given: Mapping[str, object]) -> Sequence[str]:
    """Return the names of hosts. Raises `InvalidArgument`, also for a host without a session."""
    if not given:
        raise InvalidArgument("lab: there is no host; give a session for each, by its name")
    for name, value in given.items():
        # Session(None) is one on this machine, where nobody is to make a lab by mistake.
        if value is None:
            raise InvalidArgument(
                f"lab: host {name}: None is no session and no place; give Local() for this machine"
            )
    return [check_host_name(name) for name in given]


def _check_underlays(underlay: Mapping[str, str], names: Sequence[str]) -> None:
    """Raise `InvalidArgument` for a wrong address, one of an unknown host, and one of two hosts."""
    hosts: dict[IPv4Address | IPv6Address, str] = {}
    for name, text in underlay.items():
        _require_host(name, names, label="underlay")
        try:
            address = ip_address(check_underlay(text))
        except InvalidArgument as error:
            raise InvalidArgument(f"lab: underlay of {name}: {error}") from None
        if hosts.setdefault(address, name) != name:
            raise InvalidArgument(f"lab: underlay: {hosts[address]} and {name} are both {address}")


def _require_host(name: str, names: Mapping[str, object] | Sequence[str], *, label: str) -> str:
    """Return the name of a host that is there. Raises `InvalidArgument`."""
    if name not in names:
        known = did_you_mean(str(name), list(names)) or f"; there are {', '.join(names)}"
        raise InvalidArgument(f"lab: {label}: there is no host {name!r}{known}")
    return name

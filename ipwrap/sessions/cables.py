"""`Session.cable`: a veth pair between two namespaces, with addresses, as commands of verbs."""

import contextlib
from collections.abc import Container, Sequence
from typing import Protocol, Self, TypeVar

from attrs import frozen

from ipwrap.command import Command
from ipwrap.errors import AlreadyExists, InvalidArgument, IpwrapError
from ipwrap.ip import Ip
from ipwrap.kinds.link_options import LinkOptions
from ipwrap.kinds.veth import Veth
from ipwrap.options.converters import IpPrefix
from ipwrap.options.validation import check_device, check_link_name, check_netns_name, check_prefix
from ipwrap.result import Result
from ipwrap.sessions.namespace import NamespaceCommands

__all__ = [
    "CableEnd",
    "CableSession",
    "EndAddresses",
    "add_address",
    "as_texts",
    "join",
    "parse_ends",
]

T = TypeVar("T")
EndAddresses = IpPrefix | Sequence[IpPrefix] | None  # of one end: none, one, or several


class CableSession(Protocol):
    """The part of a session that cables need."""

    @property
    def ip(self) -> Ip:
        """`ip …` in the place's own namespace."""

    def netns(self, name: str) -> NamespaceCommands:
        """Return the verbs of a named namespace."""

    def run_unrecorded(self, command: Command, *, check: bool = True) -> Result:
        """Run a read without an entry in the recording."""


@frozen
class CableEnd:
    """A link by namespace, None for the place's own: an end of a cable, or a bridge of pods.

    ``label`` is the caller's name for the link in errors.
    """

    netns: str | None
    dev: str
    addresses: tuple[str, ...] = ()
    master: str | None = None

    def __str__(self) -> str:
        return self.dev if self.netns is None else f"{self.netns}:{self.dev}"

    @classmethod
    def of(
        cls,
        text: str,
        *,
        addresses: EndAddresses = None,
        master: str | None = None,
        label: str = "cable",
    ) -> Self:
        """Return the end of a text: ``red:eth0``, or ``veth1`` in the place's own namespace.

        Raises `InvalidArgument`, which names the end.
        """
        if not isinstance(text, str):
            raise InvalidArgument(f"{label}: {text!r} is no link; give text such as 'red:eth0'")

        # No link has a colon in its name; a namespace may.
        netns, _, dev = text.rpartition(":")
        if not dev:
            raise InvalidArgument(f"{label}: {text!r} names no link; give {f'{text}eth0'!r}, say")

        checked_netns = check_netns_name(netns, f"{label}: {text}") if netns else None
        checked_dev = check_link_name(dev, f"{label}: {text}")

        address_label = f"{label}: address of {text}"
        prefixes = [check_prefix(address, address_label) for address in as_texts(addresses)]

        if master is not None:
            master = check_device(master, f"cable: master of {text}")
        return cls(checked_netns, checked_dev, tuple(prefixes), master)

    def ip_verbs(self, session: CableSession) -> Ip:
        """Return the verbs of `ip` in the namespace of the end."""
        return session.ip if self.netns is None else session.netns(self.netns).ip

    def name_is_taken(self, session: CableSession) -> bool:
        """Return whether a link has the name already."""
        command = Command(("ip", "-j", "link", "show", "dev", self.dev), self.netns, changes=False)
        with contextlib.suppress(IpwrapError):
            return session.run_unrecorded(command, check=False).ok
        return False


def as_texts(values: EndAddresses) -> tuple[str, ...]:
    """Return one value, several or none as a tuple of texts."""
    if values is None:
        return ()
    if isinstance(values, (list, tuple)):
        return tuple(str(value) for value in values)
    return (str(values),)


def parse_ends(
    first: str,
    second: str,
    *,
    addresses: Sequence[EndAddresses] | None = None,
    master: str | Sequence[str | None] | None = None,
    namespaces: Container[str] = (),
) -> tuple[CableEnd, CableEnd]:
    """Return the checked ends of a cable. Raises `InvalidArgument`, which names the end.

    A single ``master`` is for the first end.

    ``namespaces`` are the present namespaces: an end must be a link, not only a namespace.
    """
    for text in (first, second):
        if text in namespaces:
            raise InvalidArgument(
                f"cable: {text!r} is a namespace; give {f'{text}:eth0'!r} for a link in it, or "
                f"{f':{text}'!r} for a link of that name"
            )

    first_addresses, second_addresses = _pair("addresses", addresses)
    masters = (master, None) if isinstance(master, str) else _pair("master", master)

    ends = (
        CableEnd.of(first, addresses=first_addresses, master=masters[0]),
        CableEnd.of(second, addresses=second_addresses, master=masters[1]),
    )
    if (ends[0].netns, ends[0].dev) == (ends[1].netns, ends[1].dev):
        raise InvalidArgument(f"cable: both ends are {str(ends[0])!r}; a cable has two links")
    return ends


def _pair(label: str, values: Sequence[T] | None) -> tuple[T | None, T | None]:
    """Return the values of both ends; None for an end without. Raises `InvalidArgument`."""
    if values is None:
        return (None, None)

    if not isinstance(values, (list, tuple)) or len(values) != 2:
        raise InvalidArgument(
            f"cable: {label}: {values!r} is no pair; give one value for each end, None for none"
        )
    first, second = values
    return first, second


def join(
    session: CableSession, ends: tuple[CableEnd, CableEnd], *, mtu: int | None, up: bool
) -> None:
    """Create the links of two ends; then set the master and the addresses, and set the links up.

    A failure leaves the objects created so far.
    """
    options: LinkOptions = {} if mtu is None else {"mtu": mtu}

    # Where one end is in the place's own namespace, the pair is made there: that namespace has no
    # name that could be given for the peer.
    first, second = ends
    is_second_near = first.netns and not second.netns
    near, far = (second, first) if is_second_near else (first, second)
    peer = Veth(peer=far.dev, peer_netns=_netns_of_peer(near, far), peer_options=options)
    try:
        near.ip_verbs(session).link.add(near.dev, peer, **options)
    except AlreadyExists as error:
        for end in ends:
            if end.name_is_taken(session):
                error.reason += f": the end {str(end)!r} of the cable is there already"
        raise

    for end in ends:
        _configure(session, end, up=up)


def _netns_of_peer(near: CableEnd, far: CableEnd) -> str | None:
    """Return the namespace of the far end; None if both ends are in the same namespace."""
    return None if far.netns == near.netns else far.netns


def _configure(session: CableSession, end: CableEnd, *, up: bool) -> None:
    """Set the master and the addresses of an end's link, and set the link up."""
    ip = end.ip_verbs(session)
    if end.master is not None:
        ip.link.set(end.dev, master=end.master)

    for address in end.addresses:
        add_address(ip, address, dev=end.dev)

    if up:
        ip.link.set(end.dev, up=True)


def add_address(ip: Ip, address: str, *, dev: str) -> None:
    """Add an address for immediate use: an IPv6 address without duplicate address detection."""
    if ":" in address:
        ip.address.add(address, dev=dev, nodad=True)
    else:
        ip.address.add(address, dev=dev)

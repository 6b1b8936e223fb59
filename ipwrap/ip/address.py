"""`ip address`: the addresses of links. ip-address(8); iproute2's ip/ipaddress.c."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal, TypedDict, Unpack

from attrs import frozen

from ipwrap.command import CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.ip.link import stats_words
from ipwrap.models import Interface
from ipwrap.options.codecs import (
    ChoiceOr,
    Codec,
    Duration,
    ExistingLink,
    Flag,
    Ip,
    Number,
    Prefix,
    Text,
)
from ipwrap.options.converters import IpAddress, IpPrefix
from ipwrap.options.table import Option, to_args
from ipwrap.options.validation import check_prefix
from ipwrap.result import Result
from ipwrap.verbs.base import FAMILIES, ObjectCommands, device_word, family_words

__all__ = ["AddressFilter", "AddressOptions", "AddressVerbs"]

LIFETIME = ChoiceOr(("forever",), Duration())
SCOPE = Codec()


@frozen
class Minus(Codec):
    """A flag to filter by: `tentative`, or `-tentative` for those without it."""

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the word, with a minus for False."""
        return (word,) if value else (f"-{word}",)

    def keywords(self, word: str) -> tuple[str, ...]:
        """Return both words."""
        return (word, f"-{word}")

    def parse_args(self, word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return which of the two words it is."""
        return words[0] == word, 1


class AddressOptions(TypedDict, total=False):
    """Keywords of `ip address add`, `change`, `replace`, `delete`.

    Lifetimes are in seconds, as a number or a `timedelta`, or "forever".
    """

    peer: Annotated[IpPrefix | None, Option(Prefix())]
    broadcast: Annotated[IpAddress | None, Option(ChoiceOr(("+", "-"), Ip()))]
    anycast: Annotated[IpAddress | None, Option(Ip())]
    label: Annotated[str | None, Option(Text(max_length=15))]
    scope: Annotated[str | int | None, Option(SCOPE)]
    metric: Annotated[int | None, Option(Number())]
    valid_lft: Annotated[int | str | timedelta | None, Option(LIFETIME, json_key="valid_life_time")]
    preferred_lft: Annotated[
        int | str | timedelta | None, Option(LIFETIME, json_key="preferred_life_time")
    ]
    home: Annotated[bool | None, Option(Flag())]
    nodad: Annotated[bool | None, Option(Flag())]
    optimistic: Annotated[bool | None, Option(Flag(), since="5.19")]
    mngtmpaddr: Annotated[bool | None, Option(Flag())]
    noprefixroute: Annotated[bool | None, Option(Flag())]
    autojoin: Annotated[bool | None, Option(Flag())]
    proto: Annotated[str | int | None, Option(Codec(), json_key="protocol", since="6.4")]


class AddressFilter(TypedDict, total=False):
    """Which addresses `ip address show` lists and `flush` takes away. For a flag, False asks for those without it."""

    scope: Annotated[str | int | None, Option(SCOPE)]
    to: Annotated[IpPrefix | None, Option(Prefix())]
    label: Annotated[str | None, Option(Text())]
    group: Annotated[str | int | None, Option(Codec())]
    up: Annotated[
        bool | None, Option(Flag())
    ]  # `down` came with iproute2 6.13, and is a link's name before: see show
    master: Annotated[str | None, Option(ExistingLink())]
    vrf: Annotated[str | None, Option(ExistingLink())]
    nomaster: Annotated[bool | None, Option(Flag())]
    type: Annotated[str | None, Option(Codec())]
    novf: Annotated[bool | None, Option(Flag(), since="6.10")]
    proto: Annotated[int | None, Option(Number(0, 255), since="6.4")]
    permanent: Annotated[bool | None, Option(Minus())]
    dynamic: Annotated[bool | None, Option(Minus())]
    secondary: Annotated[bool | None, Option(Minus())]
    primary: Annotated[bool | None, Option(Minus())]
    tentative: Annotated[bool | None, Option(Minus())]
    deprecated: Annotated[bool | None, Option(Minus())]
    dadfailed: Annotated[bool | None, Option(Minus())]
    temporary: Annotated[bool | None, Option(Minus())]
    home: Annotated[bool | None, Option(Minus())]
    nodad: Annotated[bool | None, Option(Minus())]
    optimistic: Annotated[bool | None, Option(Minus())]
    mngtmpaddr: Annotated[bool | None, Option(Minus())]
    noprefixroute: Annotated[bool | None, Option(Minus())]
    autojoin: Annotated[bool | None, Option(Minus())]
    stable_privacy: Annotated[bool | None, Option(Minus(), keyword="stable-privacy", since="5.8")]


@frozen
class AddressVerbs(ObjectCommands):
    """Verbs of `ip address`."""

    words: ClassVar[tuple[str, ...]] = ("address",)

    def add(self, local: IpPrefix, dev: str, **options: Unpack[AddressOptions]) -> Result:
        """Give a link an address, such as "10.0.0.1/24".

        ::

            ip address add local ADDRESS/LENGTH dev DEV [peer …] [broadcast …] [label …] [scope …] [valid_lft …] …

        Raises `AlreadyExists`, `NotFound` (no such link), `RejectedByKernel`.
        """
        return self._make("add", local, dev, options)

    def change(self, local: IpPrefix, dev: str, **options: Unpack[AddressOptions]) -> Result:
        """Change an address's lifetimes and flags; the kernel adds one that is not there. `ip address change …`."""
        return self._make("change", local, dev, options)

    def replace(self, local: IpPrefix, dev: str, **options: Unpack[AddressOptions]) -> Result:
        """Add an address, or change it if it is there. `ip address replace local … dev …`."""
        return self._make("replace", local, dev, options)

    def delete(self, local: IpPrefix, dev: str, **options: Unpack[AddressOptions]) -> Result:
        """Take an address from a link.

        ::

            ip address delete local ADDRESS/LENGTH dev DEV [peer …]

        Raises `NotFound`. Without the length of the prefix iproute2 warns and deletes every match.
        """
        drops = (("address", self.netns, f"{local} dev {dev}"),)
        return self._run_change("delete", *_words(local, dev, options), drops=drops)

    def show(
        self,
        dev: str | None = None,
        *,
        family: str | None = None,
        stats: bool | Literal[2] = False,
        **which: Unpack[AddressFilter],
    ) -> list[Interface]:
        """Return links with their addresses. ``family`` is "inet", "inet6", or "link" for the links alone.

        ::

            ip -j -d [-s [-s]] [-4 | -6 | -0] address show [dev DEV] [scope …] [to PREFIX] [up | down]
                [master …] [permanent …] …

        ``stats=True`` adds the links' counters, ``stats=2`` also those of each sort of error.
        """
        flags = (
            "-d",
            *stats_words(stats),
            *(FAMILIES["link"] if family == "link" else family_words(family)),
        )
        one = () if dev is None else ("dev", device_word(dev))
        found = self._query(Interface, "show", *one, *to_args(AddressFilter, which), flags=flags)
        return found if which.get("up") is not False else [link for link in found if not link.up]

    def flush(
        self, dev: str | None = None, *, family: str | None = None, **which: Unpack[AddressFilter]
    ) -> Result:
        """Take away all addresses that match.

        ::

            ip [-4 | -6] address flush [dev DEV] [scope …] [to PREFIX] [label …] …

        Raises `UsageError` if nothing says which.
        """
        if which.get("up") is False:
            raise InvalidArgument(
                "up: not every iproute2 can flush those that are down only; name them by dev"
            )
        one = () if dev is None else ("dev", device_word(dev))
        return self._run_change(
            "flush", *one, *to_args(AddressFilter, which), flags=family_words(family), alone=True
        )

    def _make(self, verb: str, local: IpPrefix, dev: str, options: AddressOptions) -> Result:
        """Run a verb that makes an address."""
        peer: AddressOptions = {"peer": options.get("peer")}
        undo = ("ip", "address", "delete", *map(str, _words(local, dev, peer)))
        made = CreatedObject("address", f"{local} dev {dev}", undo, self.netns, (dev,))
        return self._run_change(verb, *_words(local, dev, options), makes=(made,))


def _words(local: IpPrefix, dev: str, options: AddressOptions) -> tuple[str, ...]:
    """Return the words that name an address and say what it is like."""
    return (
        "local",
        check_prefix(local, "local"),
        "dev",
        device_word(dev),
        *to_args(AddressOptions, options),
    )

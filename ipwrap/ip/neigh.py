"""`ip neigh`: who is where on a link (ARP, NDP). ip-neighbour(8); iproute2's ip/ipneigh.c."""

from typing import Annotated, ClassVar, Literal, TypedDict, Unpack, get_args

from attrs import frozen

from ipwrap.command import Command, CreatedObject
from ipwrap.models import Neigh, read
from ipwrap.models.neigh import from_text
from ipwrap.options.codecs import Choice, ChoiceOr, Codec, ExistingLink, Flag, Mac, Prefix
from ipwrap.options.converters import IpAddress, IpPrefix
from ipwrap.options.table import Option, to_args
from ipwrap.options.validation import check_address
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands, device_word, family_words, single

__all__ = ["NeighFilter", "NeighOptions", "NeighVerbs"]

State = Literal[
    "permanent", "noarp", "reachable", "stale", "none", "incomplete", "delay", "probe", "failed"
]
STATES = get_args(State)


class NeighOptions(TypedDict, total=False):
    """Keywords of `ip neigh add`, `change`, `replace`, `delete`. The state (``nud``) is permanent by default.

    ``proxy=True`` speaks of an address that this host answers for.
    """

    proxy: Annotated[
        bool | None, Option(Flag(), keyword="")
    ]  # stands before the address: see _words
    lladdr: Annotated[str | None, Option(ChoiceOr(("null",), Mac()))]
    nud: Annotated[State | None, Option(Choice(), json_key="state")]
    router: Annotated[bool | None, Option(Flag())]
    use: Annotated[bool | None, Option(Flag(), json_key="")]
    managed: Annotated[bool | None, Option(Flag(), since="5.16")]
    extern_learn: Annotated[bool | None, Option(Flag())]
    extern_valid: Annotated[bool | None, Option(Flag(), since="6.17")]
    protocol: Annotated[str | int | None, Option(Codec(), since="5.0")]


class NeighFilter(TypedDict, total=False):
    """Which neighbours `ip neigh show` lists and `flush` takes away. ``nud`` may be "all"."""

    proxy: Annotated[bool | None, Option(Flag())]
    to: Annotated[IpPrefix | None, Option(Prefix())]
    master: Annotated[str | None, Option(ExistingLink())]
    vrf: Annotated[str | None, Option(ExistingLink())]
    nomaster: Annotated[bool | None, Option(Flag())]
    nud: Annotated[State | Literal["all"] | None, Option(Choice())]
    unused: Annotated[bool | None, Option(Flag())]
    protocol: Annotated[str | int | None, Option(Codec())]


@frozen
class NeighVerbs(ObjectCommands):
    """Verbs of `ip neigh`."""

    words: ClassVar[tuple[str, ...]] = ("neigh",)

    def add(self, to: IpAddress, dev: str, **options: Unpack[NeighOptions]) -> Result:
        """Add a neighbour.

        ::

            ip neigh add { to ADDRESS | proxy ADDRESS } dev DEV [lladdr MAC] [nud STATE] [router] [managed] …

        Raises `AlreadyExists`, `NotFound` (no such link), `RejectedByKernel`.
        """
        return self._make("add", to, dev, options)

    def change(self, to: IpAddress, dev: str, **options: Unpack[NeighOptions]) -> Result:
        """Change a neighbour. `ip neigh change …`. Raises `NotFound` if it is not there."""
        return self._run_change("change", *_words(to, dev, options))

    def replace(self, to: IpAddress, dev: str, **options: Unpack[NeighOptions]) -> Result:
        """Add a neighbour, or change it if it is there. `ip neigh replace …`."""
        return self._make("replace", to, dev, options)

    def delete(self, to: IpAddress, dev: str, **options: Unpack[NeighOptions]) -> Result:
        """Delete a neighbour. `ip neigh delete …`. Raises `NotFound`."""
        drops = (("neigh", self.netns, _name(to, dev, options)),)
        return self._run_change("delete", *_words(to, dev, options), drops=drops)

    def show(
        self,
        dev: str | None = None,
        *,
        family: str | None = None,
        stats: bool = False,
        **which: Unpack[NeighFilter],
    ) -> list[Neigh]:
        """Return the neighbours. ``family`` is "inet" or "inet6", both by default.

        ::

            ip -j [-s] [-4 | -6] neigh show [dev DEV] [proxy] [to PREFIX] [nud STATE] [master …] [nomaster] …
        """
        flags = (*(("-s",) if stats else ()), *family_words(family))
        return self._query(Neigh, "show", *_selector(dev, which), flags=flags)

    def flush(
        self, dev: str | None = None, *, family: str | None = None, **which: Unpack[NeighFilter]
    ) -> Result:
        """Delete all neighbours that match, but permanent ones only if ``nud`` names them.

        ::

            ip [-4 | -6] neigh flush [dev DEV] [to PREFIX] [nud STATE] …

        Raises `UsageError` if nothing says which.
        """
        return self._run_change(
            "flush", *_selector(dev, which), flags=family_words(family), alone=True
        )

    def get(self, to: IpAddress, dev: str | None = None, *, proxy: bool = False) -> Neigh:
        """Return one neighbour.

        ::

            ip -j neigh get { to ADDRESS | proxy ADDRESS } dev DEV

        Raises `NotFound`. Before 6.2 iproute2 answers in text, which is read too.
        """
        which: NeighOptions = {"proxy": proxy}
        words = _who(to, which) if dev is None else _words(to, dev, which)
        self._reject_ifindex_lookalike(words)
        command = Command(("ip", "-j", "neigh", "get", *words), self.netns, changes=False)
        return neigh_from_answer(self.runner.run(command))

    def _make(self, verb: str, to: IpAddress, dev: str, options: NeighOptions) -> Result:
        """Run a verb that makes a neighbour."""
        undo = (
            "ip",
            "neigh",
            "delete",
            *map(str, _words(to, dev, {"proxy": options.get("proxy")})),
        )
        made = CreatedObject("neigh", _name(to, dev, options), undo, self.netns, (dev,))
        return self._run_change(verb, *_words(to, dev, options), makes=(made,))


def _who(to: IpAddress, options: NeighOptions) -> tuple[str, ...]:
    """Return the words that name an address: as a neighbour's, or as one answered for."""
    return ("proxy" if options.get("proxy") else "to", check_address(to, "to"))


def _words(to: IpAddress, dev: str, options: NeighOptions) -> tuple[str, ...]:
    """Return the words that say a neighbour."""
    return (*_who(to, options), "dev", device_word(dev), *to_args(NeighOptions, options))


def _name(to: IpAddress, dev: str, options: NeighOptions) -> str:
    """Return what tells a neighbour from others."""
    return " ".join((*_who(to, options), "dev", dev))


def _selector(dev: str | None, which: NeighFilter) -> tuple[str, ...]:
    """Return the words that select neighbours."""
    return (*(() if dev is None else ("dev", device_word(dev))), *to_args(NeighFilter, which))


def neigh_from_answer(result: Result) -> Neigh:
    """Return the neighbour in the answer to `neigh get`: JSON, or the text of an older iproute2."""
    if result.stdout.lstrip().startswith("["):
        return single(Neigh, read(Neigh, result.stdout))
    if not result.stdout.strip():
        return single(Neigh, [])
    return from_text(result.stdout)

"""`ip tuntap`: links whose other end is a program. ip-tuntap(8); iproute2's ip/iptuntap.c."""

from typing import Annotated, Any, ClassVar, Literal, TypedDict, Unpack, get_args

from attrs import frozen

from ipwrap.ip.link import created_link
from ipwrap.models import Tuntap
from ipwrap.options import validation
from ipwrap.options.codecs import Choice, Codec, Flag, Number
from ipwrap.options.table import Option, to_args
from ipwrap.options.validation import check_link_name
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands, device_word, link_key

__all__ = ["TuntapMode", "TuntapOptions", "TuntapVerbs"]

TuntapMode = Literal["tun", "tap"]


@frozen
class Owner(Codec):
    """A user or a group: a name that the system knows, or a number."""

    def format(self, word: str, value: Any) -> str:
        """Return the name, or the number in decimal."""
        if isinstance(value, str):
            return validation.check_argument(value, word)
        return Number(0, 2**32 - 2).format(word, value)


class TuntapOptions(TypedDict, total=False):
    """Keywords of `ip tuntap add`: who may attach to the link (``user``, ``group``), and what a program gets there.

    ``pi`` puts the packet's protocol before each packet, ``vnet_hdr`` a header of virtio. ``multi_queue`` lets several
    programs attach. ``one_queue`` has had no effect since Linux 3.8.
    """

    user: Annotated[str | int | None, Option(Owner())]
    group: Annotated[str | int | None, Option(Owner())]
    one_queue: Annotated[bool | None, Option(Flag())]
    pi: Annotated[bool | None, Option(Flag())]
    vnet_hdr: Annotated[bool | None, Option(Flag())]
    multi_queue: Annotated[bool | None, Option(Flag())]


@frozen
class TuntapVerbs(ObjectCommands):
    """Verbs of `ip tuntap`. They need /dev/net/tun."""

    words: ClassVar[tuple[str, ...]] = ("tuntap",)

    def add(self, dev: str, mode: TuntapMode, **options: Unpack[TuntapOptions]) -> Result:
        """Make a link that stays when no program is attached to it: "tun" is for IP packets, "tap" for Ethernet.

        ::

            ip tuntap add dev DEV mode { tun | tap } [user USER] [group GROUP] [one_queue] [pi] [vnet_hdr] [multi_queue]

        Raises `Busy` (there is such a link), `NotPermitted`, `NotFound` (no /dev/net/tun).
        """
        words = ("dev", check_link_name(dev, "dev"), *_mode(mode), *to_args(TuntapOptions, options))
        return self._run_change("add", *words, makes=(created_link(self.netns, dev),))

    def delete(self, dev: str, mode: TuntapMode, *, multi_queue: bool | None = None) -> Result:
        """Have a link go as soon as no program is attached to it.

        ::

            ip tuntap delete dev DEV mode { tun | tap } [multi_queue]

        ``mode`` and ``multi_queue`` are those that it was made with: else it raises `RejectedByKernel`. Where there is no
        such link, nothing happens.
        """
        queues = to_args(TuntapOptions, {"multi_queue": multi_queue})
        words = ("dev", device_word(dev), *_mode(mode), *queues)
        return self._run_change("delete", *words, drops=(link_key(self.netns, dev),))

    def show(self) -> list[Tuntap]:
        """Return the TUN and TAP links, each with the processes that are attached to it.

        ::

            ip -j -d tuntap show
        """
        return self._query(
            Tuntap, "show", alone=True
        )  # it looks into /sys, and a worker may have that of another place


def _mode(mode: str) -> tuple[str, str]:
    """Return the words that say which kind of link it is."""
    return ("mode", Choice(get_args(TuntapMode)).format("mode", mode))

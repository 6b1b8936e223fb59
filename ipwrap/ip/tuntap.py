"""`ip tuntap`: TUN and TAP links, attached to programs. ip-tuntap(8); iproute2's ip/iptuntap.c."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypedDict, Unpack, get_args

from attrs import frozen

from ipwrap import models
from ipwrap.ip.link import created_link
from ipwrap.options import validation
from ipwrap.options.codecs import Choice, Codec, Flag, Number
from ipwrap.options.table import Option, to_args
from ipwrap.options.validation import check_link_name
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands, format_device, link_key

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["TuntapMode", "TuntapOptions", "TuntapVerbs"]

TuntapMode = Literal["tun", "tap"]


class UserOrGroup(Codec, frozen=True):
    """A user or a group: a name known to the system, or a number."""

    def format(self, word: str, value: Any) -> str:
        """Return the name, or the number in decimal."""
        if isinstance(value, str):
            return validation.check_argument(value, word)

        # 2**32 - 1 is the kernel's INVALID_UID and INVALID_GID.
        return Number(0, 2**32 - 2).format(word, value)

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of numbers and names of users."""
        from hypothesis import strategies as st

        return st.one_of(
            st.integers(0, 2**32 - 2),
            st.sampled_from(("root", "nobody")),
        )


class TuntapOptions(TypedDict, total=False):
    """Keywords of `ip tuntap add`.

    ``user`` and ``group`` may attach programs to the link. ``pi`` prefixes packets with the
    packet's protocol, ``vnet_hdr`` with a virtio header. ``multi_queue`` allows several programs.
    ``one_queue`` has had no effect since Linux 3.8.
    """

    user: Annotated[str | int | None, Option(UserOrGroup())]
    group: Annotated[str | int | None, Option(UserOrGroup())]
    one_queue: Annotated[bool | None, Option(Flag())]
    pi: Annotated[bool | None, Option(Flag())]
    vnet_hdr: Annotated[bool | None, Option(Flag())]
    multi_queue: Annotated[bool | None, Option(Flag())]


@frozen
class TuntapVerbs(ObjectCommands):
    """Verbs of `ip tuntap`. They need /dev/net/tun."""

    words: ClassVar[tuple[str, ...]] = ("tuntap",)

    def add(self, dev: str, mode: TuntapMode, **options: Unpack[TuntapOptions]) -> Result:
        """Create a persistent link, which stays without an attached program.

        ::

            ip tuntap add dev DEV mode { tun | tap }
                [user USER] [group GROUP] [one_queue] [pi] [vnet_hdr] [multi_queue]

        "tun" carries IP packets, "tap" Ethernet frames. Raises `Busy` (an existing link),
        `NotPermitted`, `NotFound` (no /dev/net/tun).

        Options, from `TuntapOptions`::

            user=str|int, group=str|int, one_queue=True, pi=True, vnet_hdr=True, multi_queue=True
        """
        return self._run_change(
            "add",
            "dev",
            check_link_name(dev, "dev"),
            *_mode_arguments(mode),
            *to_args(TuntapOptions, options),
            creates=(created_link(self.netns, dev),),
        )

    def delete(self, dev: str, mode: TuntapMode, *, multi_queue: bool | None = None) -> Result:
        """Make a link non-persistent: the kernel deletes the link without an attached program.

        ::

            ip tuntap delete dev DEV mode { tun | tap } [multi_queue]

        ``mode`` and ``multi_queue`` have to match the link, else `RejectedByKernel` is raised. A
        missing link is no error.
        """
        return self._run_change(
            "delete",
            "dev",
            format_device(dev),
            *_mode_arguments(mode),
            *to_args(TuntapOptions, {"multi_queue": multi_queue}),
            deletes=(link_key(self.netns, dev),),
        )

    def show(self) -> "list[models.Tuntap]":
        """Return the TUN and TAP links, with the attached processes.

        ::

            ip -j -d tuntap show
        """
        # print_tuntap() in ip/iptuntap.c reads /sys/class/net, and a worker process may see the
        # /sys of another namespace.
        return self._query(models.Tuntap, "show", own_process=True)


def _mode_arguments(mode: str) -> tuple[str, str]:
    """Return the arguments `mode tun` or `mode tap`."""
    return ("mode", Choice(get_args(TuntapMode)).format("mode", mode))

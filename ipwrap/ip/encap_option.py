"""`encap …` as an option of routes and next hops; the types are in `ipwrap.ip.encap`.

ip-route(8); iproute2's ip/iproute_lwtunnel.c.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from attrs import fields, frozen

from ipwrap.options.codecs import Words
from ipwrap.options.table import parse_args, to_args

__all__ = ["Encap", "EncapCodec", "with_encap"]

# The number of arguments in `encap mpls 100`.
SINGLE_VALUE_LENGTH = 3

# parse_encap_ioam6() steps back before it returns: at the end of the line the last value would be
# parsed twice.
NEVER_LAST = frozenset({"ioam6"})


@frozen(kw_only=True)
class Encap:
    """The base class of encapsulations."""

    type: ClassVar[str] = ""

    def to_args(self) -> tuple[str, ...]:
        """Return the arguments after `encap`."""
        return (self.type, *to_args(type(self), self))

    @classmethod
    def parse_args(cls, arguments: Sequence[str]) -> tuple[Self, int]:
        """Return the encapsulation in the arguments after its type, and the number of these."""
        # Fields without an option (`labels` of `mpls`) are positional, and come first.
        positional = [field.name for field in fields(cls) if "option" not in field.metadata]
        positional_values = dict(zip(positional, arguments, strict=False))

        option_arguments = arguments[len(positional) :]
        values, count = parse_args(cls, option_arguments)

        return cls(**positional_values, **values), len(positional) + count


class EncapCodec(Words, frozen=True):
    """An `Encap`, or the arguments after the keyword as plain text."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the keyword and the arguments."""
        if isinstance(value, Encap):
            return (keyword, *value.to_args())

        return super().format_args(keyword, value)

    def parse_args(self, _keyword: str, arguments: Sequence[str]) -> tuple[Any, int]:
        """Return the `Encap` in the arguments, and the number of arguments used."""
        # Imported late: few routes have one, and there are many classes.
        from ipwrap.ip.encap import ENCAP_TYPES

        encap_class = ENCAP_TYPES[arguments[1]]
        encap, count = encap_class.parse_args(arguments[2:])

        return encap, count + 2


def with_encap(cls: type, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the arguments for a table of options, with ``encap`` where iproute2 can parse it.

    An encapsulation has options with the names of a route's options (`src`, `tos`), or consumes
    every argument up to the end of the line (`xfrm`), so it comes last. iproute_modify() and
    parse_one_nh() in ip/iproute.c parse the arguments that follow the encapsulation.

    Two kinds come first: at the end of the line lwt_parse_encap() rejects a single value
    (`mpls 100`), and parse_encap_ioam6() steps back too far.
    """
    if values.get("encap") is None:
        return to_args(cls, values)

    encap = to_args(cls, {"encap": values["encap"]})
    has_single_value = len(encap) == SINGLE_VALUE_LENGTH
    if not has_single_value and NEVER_LAST.isdisjoint(encap[1:2]):
        return to_args(cls, values)

    # The other options follow, so the encapsulation is not last on the line.
    others = to_args(cls, {**values, "encap": None})
    return (*encap, *others)

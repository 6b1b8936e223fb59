"""`TcKind`: the common base of qdiscs, classes, filters and actions; and `Qdisc`, any qdisc."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from attrs import field, fields_dict, frozen

from ipwrap.errors import InvalidArgument
from ipwrap.kinds import Kind
from ipwrap.options import table, validation
from ipwrap.options.codecs import Codec
from ipwrap.options.codecs.wrappers import WrapperCodec
from ipwrap.options.kind import BaseKind

__all__ = ["FollowingValue", "Qdisc", "TcKind", "option_metadata"]


class FollowingValue(WrapperCodec, frozen=True):
    """A value without a keyword, after the value of another option: `delay 100ms 10ms`."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the value."""
        return (self.inner.format(keyword, value),)

    def keywords(self, _keyword: str) -> tuple[str, ...]:
        """Return no keyword: the value follows another option."""
        return ()

    def parse_args(self, _keyword: str, arguments: Sequence[str]) -> tuple[Any, int]:
        """Return the value."""
        return self.inner.parse(arguments[1]), 2


def option_metadata(
    codec: Codec,
    *,
    word: str | None = None,
    key: str | None = None,
    since: str | None = None,
    requires: tuple[str, ...] | str = (),
) -> dict[str, Any]:
    """Return the metadata of a field that is an option and has a converter.

    As `ipwrap.options.table.option_metadata`, with ``requires``: the options of which at least one
    has to be given, since the value follows theirs on the command line.
    """
    metadata = table.option_metadata(codec, keyword=word, json_key=key, since=since)
    required = (requires,) if isinstance(requires, str) else requires
    return {**metadata, "after": required}


@frozen(kw_only=True)
class TcKind(BaseKind):
    """One kind of qdisc, class, filter or action: its keyword, and the options after the keyword.

    ``None`` omits an option. Read-only fields are never written to the command line. ``extra``
    holds the JSON keys without a field. ``observed`` marks a kind read from the output of
    ``show``: every option has a value, including options that nobody has set.
    """

    attach_point: ClassVar[str] = "root"
    # Whether tc refuses some values that it prints for options that nobody has set.
    refuses_defaults: ClassVar[bool] = False

    def to_args(self) -> tuple[str, ...]:
        """Return the arguments after the kind.

        Raises `InvalidArgument` for an option that follows a missing option.
        """
        for name, attribute in fields_dict(type(self)).items():
            required = attribute.metadata.get("after", ())
            if not required or getattr(self, name) is None:
                continue

            if all(getattr(self, option) is None for option in required):
                raise InvalidArgument(
                    f"{name}: stands behind {' or '.join(required)}, which is missing"
                )

        return super().to_args()


@frozen
class Qdisc(TcKind):
    """Any qdisc, by its name and its options: for example a qdisc without a table in ipwrap.

    ``Qdisc("pie", {"limit": 1000, "ecn": True})`` is ``pie limit 1000 ecn``. Read
    from JSON, ``options`` holds the whole object.
    """

    name: str
    options: Mapping[str, Any] = field(factory=dict, hash=False)

    @property
    def type(self) -> str:
        """The keyword of the kind."""
        return validation.check_argument(self.name, "kind")

    def to_args(self) -> tuple[str, ...]:
        """Return the options: True is a bare keyword, None is omitted.

        Raises `InvalidArgument` for a value that is no argument.
        """
        return Kind(self.name, self.options).to_args()

"""`LinkKind`: the common base of the kinds of links; and `Kind`, any kind by its name."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from attrs import evolve, field, frozen

from ipwrap.errors import InvalidArgument
from ipwrap.options import validation
from ipwrap.options.kind import BaseKind
from ipwrap.options.table import at_default, options_of

__all__ = ["Kind", "LinkKind"]

K = TypeVar("K", bound="LinkKind")


@frozen(kw_only=True)
class LinkKind(BaseKind):
    """One type of link, or of port (``bridge_slave``): ``ip link add … type KIND OPTIONS``.

    ``None`` omits an option. Read-only fields are never written to the command line. ``extra``
    holds the JSON keys without a field. ``observed`` marks a kind read from the output of
    ``show``: every option has a value, including options that nobody has set.
    """

    # Options that the kernel accepts only after the link has ports.
    needs_port: ClassVar[frozenset[str]] = frozenset()
    # Whether the arguments need a process of their own: some parsers of iproute2 keep static
    # variables, and a batch of `ip` runs in one process.
    needs_own_process: ClassVar[bool] = False
    # Values that the kernel assumes for `type KIND` without further arguments. iproute2 calls the
    # parser of a kind, with its own defaults, only for further arguments (iplink_modify() in
    # ip/iplink.c).
    wordless: ClassVar[Mapping[str, Any]] = {}

    @property
    def lower_link(self) -> str | None:
        """The link that an option names and whose deletion deletes this link."""
        return None

    def args_to_add(self) -> tuple[str, ...]:
        """Return the arguments after ``type KIND`` that create a link of this kind.

        An observed kind omits the kernel's defaults, since an explicit default can have another
        effect: a vxlan's ``noremcsumrx`` uses bits that are reserved otherwise (Linux 6.14); a
        kernel without VLAN filtering shows ``mst_enabled`` and refuses it; a bond shows the
        options of all modes and accepts only the options of its mode. Options of a kind written
        by hand are kept.
        """
        return self.without_defaults().to_args() if self.observed else self.to_args()

    def without_defaults(self) -> Self:
        """Return the kind with only the options that matter when a link is created."""
        kind = _without(
            self,
            *at_default(self),
            *self.needs_port,
        )

        given = {}
        for option in options_of(type(self)):
            value = getattr(kind, option.name)
            if option.keyword and value is not None:
                given[option.name] = value

        if given != self.wordless:
            return kind
        return _without(kind, *given)


@frozen
class Kind(LinkKind):
    """Any kind, by its name and its options: for example a kind without a table in ipwrap.

    ``Kind("foo", {"mode": "fast", "id": 7, "on": True, "range": (1, 9)})`` is
    ``type foo mode fast id 7 on range 1 9``. Read from JSON, ``options`` holds the whole object.
    """

    # Nobody has checked whether the parser of an unknown kind keeps static variables.
    needs_own_process: ClassVar[bool] = True

    name: str
    options: Mapping[str, Any] = field(factory=dict, hash=False)

    @property
    def type(self) -> str:
        """The argument after ``type``."""
        return validation.check_argument(self.name, "type")

    def to_args(self) -> tuple[str, ...]:
        """Return the options: True is a bare keyword, None is omitted.

        Raises `InvalidArgument` for a value that is no argument.
        """
        arguments: list[str] = []
        for keyword, value in self.options.items():
            arguments += _format_option(keyword, value)

        return tuple(arguments)


def _without(kind: K, *names: str) -> K:
    """Return a kind without the options of these names."""
    omitted: dict[str, Any] = dict.fromkeys(names)
    return evolve(kind, **omitted)


def _format_option(keyword: str, value: Any) -> tuple[str, ...]:
    """Return the arguments of one option of a kind without a table."""
    if value is None:
        return ()
    if value is True:
        return (validation.check_argument(keyword, "option"),)
    if value is False:
        raise InvalidArgument(
            f"{keyword}: False has no word in a kind without a table; give the word itself,"
            f" such as 'no{keyword}'"
        )

    values = value if isinstance(value, (tuple, list)) else (value,)
    checked = [validation.check_argument(part, keyword) for part in values]
    return (validation.check_argument(keyword, "option"), *checked)

"""`BaseKind`: the common base of `LinkKind` and `TcKind`, a keyword with a table of options."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from attrs import evolve, field, fields, fields_dict, frozen

from ipwrap.errors import InvalidArgument, UnknownOption
from ipwrap.options.converters import from_hex
from ipwrap.options.short_repr import iter_rich_fields, short_repr
from ipwrap.options.table import (
    at_default,
    options_of,
    parse_args,
    parse_json,
    to_args,
    unknown_option,
)

__all__ = ["BaseKind"]


READ_FIELDS = ("extra", "observed")  # of kinds that were read
# Options that a value without a name most likely stands for.
LIKELY_NAMES = ("id", "peer", "mode", "limit")

if TYPE_CHECKING:  # a type checker would lose the options of every kind
    _KindType = type
else:

    class _KindType(type):
        """The metaclass of kinds: the error for an unknown option suggests the closest option.

        The docstring of a kind ends with the options, which are listed on access.
        """

        @property
        def __doc__(cls):
            """The docstring of the class, with the options of its table."""
            own = vars(cls).get("__doc__")
            if own is None or not vars(cls).get("kind"):
                return own

            import inspect  # late: only `help()` needs these

            from ipwrap.options.description import describe_kind

            return f"{inspect.cleandoc(own)}\n\n{describe_kind(cls)}".rstrip()

        def __call__(cls, *args, **options):
            """Make a kind. Raises `UnknownOption`."""
            if "observed" not in options:
                options = _without_hex(cls, options)
            try:
                return super().__call__(*args, **options)
            except TypeError:
                unknown = [name for name in options if name not in fields_dict(cls)]
                if unknown:
                    error = unknown_option(cls, unknown[0], known=_accepted_names(cls))
                elif args and all(field.kw_only for field in fields(cls) if field.init):
                    error = _refuse_positional(cls, args)
                else:
                    raise

            raise error


def _without_hex(cls: type, options: dict[str, Any]) -> dict[str, Any]:
    """Return the options with numbers for hexadecimal text, so that kinds compare as numbers do."""
    texts = [name for name, value in options.items() if type(value) is str and value[:1] == "0"]
    if not texts:
        return options

    from ipwrap.options.codecs.wrappers import innermost  # few options are given so

    numbers = {option.name for option in options_of(cls) if innermost(option.codec).reads_hex}
    converted = {name: from_hex(options[name]) for name in texts if name in numbers}
    return {**options, **converted}


def _accepted_names(cls: type) -> list[str]:
    """Return the names that a user gives a kind: the peer of a pair is in no table of options."""
    return [field.name for field in fields(cls) if field.init and field.name not in READ_FIELDS]


def _refuse_positional(cls: type, values: tuple[Any, ...]) -> UnknownOption:
    """Return the error for values without names: ``Vlan(7)``."""
    names = [field.name for field in fields(cls) if field.init]
    likely = next((name for name in LIKELY_NAMES if name in names), names[0])
    example = f"{cls.__name__}({likely}={values[0]!r}), say"
    return UnknownOption(f"{cls.__name__}: the value {values[0]!r} has no name; give {example}")


def _repr_of(kind: "BaseKind") -> str:
    """Return the repr of a kind; an observed kind has every option, also with default values."""
    return short_repr(kind, at_default(kind) if kind.observed else ())


@frozen(kw_only=True)
class BaseKind(metaclass=_KindType):
    """A kind and its options: `vlan id 7` of a link, `fq limit 100` of a qdisc.

    ``None`` omits an option. Read-only fields are never written to the command line. ``extra``
    holds the JSON keys without a field. ``observed`` marks a kind read from the output of
    ``show``: every option has a value, including options that nobody has set.
    """

    kind: ClassVar[str] = ""
    extra: dict[str, Any] = field(factory=dict, hash=False, kw_only=True)
    observed: bool = field(default=False, kw_only=True, eq=False, repr=False)

    def __init_subclass__(cls, **options: Any) -> None:
        # attrs writes a repr of its own, with every None, into each class that has none.
        super().__init_subclass__(**options)
        if "__repr__" not in vars(cls):
            cls.__repr__ = _repr_of  # type: ignore[assignment, method-assign]

    __rich_repr__ = iter_rich_fields

    @property
    def type(self) -> str:
        """The keyword of the kind."""
        return self.kind

    def to_args(self) -> tuple[str, ...]:
        """Return the arguments after the keyword of the kind."""
        return to_args(type(self), self)

    def args_to_add(self) -> tuple[str, ...]:
        """Return the arguments that create an object of this kind.

        An observed kind omits default values: no release of iproute2 accepts every option that a
        release shows.
        """
        return self.without_defaults().to_args() if self.observed else self.to_args()

    def without_defaults(self) -> Self:
        """Return the kind without the options that have their declared default."""
        omitted: dict[str, Any] = dict.fromkeys(at_default(self))
        return evolve(self, **omitted)

    @classmethod
    def from_args(cls, arguments: Sequence[str]) -> Self:
        """Parse the arguments after the keyword of the kind.

        Raises `InvalidArgument` for an unknown argument.
        """
        values, count = parse_args(cls, arguments)
        # The table ends before the arguments: the next one is unknown.
        if count != len(arguments):
            raise InvalidArgument(f"{arguments[count]!r} is no word of {cls.kind}")

        return cls(**values)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the kind with the options of a JSON object, such as ``info_data``.

        Raises `OutputError` for a value that no option can have.
        """
        return parse_json(cls, data, observed=True)

"""`Condition`: a fact about a namespace, for which a session can wait.

A condition is a value. Recordings hold it, scripts test it in plain sh, and exported Python calls
its constructor in `ipwrap.until`. Each kind has one file in this folder.
"""

import shlex
from collections.abc import Collection
from typing import Any, ClassVar, Protocol, Self

import attrs
import msgspec
from attrs import frozen

from ipwrap.command import Command
from ipwrap.conditions.process_words import ProcessWords
from ipwrap.errors import InvalidArgument, OutputError
from ipwrap.options.validation import check_argument, check_device, looks_like_ifindex
from ipwrap.result import Result
from ipwrap.secrets.secret import Secret
from ipwrap.system.facts import fact

__all__ = [
    "Condition",
    "Listing",
    "Observation",
    "Prober",
    "check_choice",
    "check_flag",
    "check_public",
    "check_test_device",
    "join_tests",
    "positional",
    "read_objects",
    "real_name_problem",
    "real_name_tests",
    "shell_line",
    "shorten",
]

POSITIONAL = "positional"
# The beginning of what `ip` and `bridge` print where a namespace has no name (lib/namespace.c).
NO_NETNS = "Cannot open network namespace"
MAX_SEEN = 200  # characters of what was seen last, in messages and recordings


class Prober(Protocol):
    """The part of a session by which a condition looks."""

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Run a read-only command without an entry in the recording."""

    def process_output(self, name: str) -> str:
        """Return what a background process of the session has printed up to now.

        Raises `InvalidArgument` for a name that no process has.
        """

    def process_pid(self, name: str) -> int:
        """Return the pid, inside the place, of a background process of the session.

        Raises `InvalidArgument` for a name that no process has.
        """

    def redact_text(self, text: str) -> str:
        """Return a text with the session's secrets replaced by their names."""


@fact
class Observation:
    """The outcome of one look.

    - ``satisfied``: the condition holds
    - ``seen``: the state in its place, in a few words
    - ``lacks_netns``: the namespace did not exist
    """

    satisfied: bool
    seen: str = ""
    lacks_netns: bool = False


@fact
class Listing:
    """The objects that a read-only command has printed as JSON, or why it printed none."""

    objects: list[dict[str, Any]]
    problem: str = ""

    @property
    def lacks_netns(self) -> bool:
        """Whether the command failed for want of the namespace."""
        return self.problem.startswith(NO_NETNS)

    def missing(self, seen: str) -> Observation:
        """Return the observation of a look that has found nothing."""
        return Observation(False, self.problem or seen, self.lacks_netns)


def positional() -> dict[str, bool]:
    """Return the metadata of a field that is positional in the constructor of `ipwrap.until`."""
    return {POSITIONAL: True}


@frozen
class Condition:
    """The base class of conditions.

    - ``tag``: the name of the kind in recordings, and of its constructor in `ipwrap.until`
    - ``monitored``: the objects of `ip monitor` that tell of a change; empty where only looking
      again tells

    ``str()`` is the condition in plain English.
    """

    tag: ClassVar[str]

    @property
    def monitored(self) -> tuple[str, ...]:
        """The objects of `ip monitor` that tell of a change."""
        return ()

    def look(self, prober: Prober, netns: str | None) -> Observation:
        """Look once whether the condition holds in a namespace."""
        raise NotImplementedError

    def shell_test(self, netns: str | None) -> str:
        """Return a command of plain sh and iproute2 whose status is 0 where the condition holds.

        It is one command line, for `if` and `until` of a shell: a pipeline, or a group in braces.
        """
        raise NotImplementedError

    def script_test(self, netns: str | None, words: ProcessWords) -> str:  # noqa: ARG002
        """Return the test of `shell_test` with a script's own words for processes."""
        return self.shell_test(netns)

    def to_json(self) -> dict[str, Any]:
        """Return the condition for a recording: fields with their default value are left out."""
        data: dict[str, Any] = {"until": self.tag}
        for attribute in attrs.fields(type(self)):
            value = getattr(self, attribute.name)
            if value != attribute.default:
                data[attribute.name] = value

        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return the condition of a recording.

        Raises `msgspec.ValidationError` or `InvalidArgument` for values that no condition has.
        """
        known = {attribute.name for attribute in attrs.fields(cls)}
        fields = {name: value for name, value in data.items() if name in known}
        condition = msgspec.convert(fields, cls)

        # msgspec checks types; the constructor converts as well.
        return cls(**attrs.asdict(condition, recurse=False))

    def source(self) -> str:
        """Return the call of the constructor: ``until.link('eth0', operstate='UP')``."""
        arguments = []
        for attribute in attrs.fields(type(self)):
            value = getattr(self, attribute.name)
            if attribute.metadata.get(POSITIONAL):
                arguments += _positional_source(value)
            elif value != attribute.default:
                arguments.append(f"{attribute.name}={_source_of(value)}")

        return f"until.{self.tag}({', '.join(arguments)})"


def _positional_source(value: Any) -> list[str]:
    """Return the source of a positional field: of a tuple, one argument per item."""
    values = value if isinstance(value, tuple) else (value,)
    return [_source_of(item) for item in values]


def _source_of(value: Any) -> str:
    """Return the source of a value, with double quotes as far as that needs no escapes."""
    if isinstance(value, Condition):
        return value.source()

    source = ascii(value)
    has_quotes = '"' in source or "'" in source[1:-1]
    if isinstance(value, str) and not has_quotes:
        return f'"{source[1:-1]}"'
    return source


def shell_line(argv: tuple[str, ...], netns: str | None) -> str:
    """Return argv, run in a namespace, as a line of plain sh."""
    return shlex.join(Command(argv, netns).full_argv)


def join_tests(tests: Collection[str]) -> str:
    """Return a test that holds where all of several tests hold."""
    joined = " && ".join(tests)
    return joined if len(tests) == 1 else f"{{ {joined}; }}"


def read_objects(prober: Prober, argv: tuple[str, ...], *, netns: str | None) -> Listing:
    """Run a read-only command of iproute2 that prints JSON, and return the objects."""
    result = prober.run(Command(argv, netns, changes=False, batch=True), check=False)
    if not result.ok:
        return Listing([], shorten(result.stderr))

    try:
        objects = result.json()
    except OutputError as error:
        return Listing([], shorten(str(error)))

    # iproute2 prints an empty object for what its filter leaves out.
    return Listing([entry for entry in objects if entry])


def check_public(value: object, label: str) -> str:
    """Return a text of a condition. Raises `InvalidArgument` for a secret.

    Recordings and scripts show a condition as it is.
    """
    if isinstance(value, Secret):
        raise InvalidArgument(f"{label}: {value} is a secret; recordings show conditions as text")
    if not isinstance(value, str):
        raise InvalidArgument(f"{label}: {value!r} is a {type(value).__name__}; give a str")
    return check_argument(value, label)


def check_choice(value: object, choices: Collection[str], *, label: str) -> str:
    """Return a value that is one of a few words. Raises `InvalidArgument`."""
    if isinstance(value, str) and value in choices:
        return value
    raise InvalidArgument(f"{label}: {value!r} is not one of {', '.join(choices)}")


def check_flag(value: object, label: str) -> None:
    """Check a value that is true or false. Raises `InvalidArgument`."""
    if not isinstance(value, bool):
        raise InvalidArgument(f"{label}: {value!r} is neither True nor False")


def check_test_device(value: str, label: str = "dev") -> str:
    """Return the name of the link of a condition. Raises `InvalidArgument`."""
    return check_device(check_public(value, label), label)


def real_name_tests(dev: str, netns: str | None) -> list[str]:
    """Return the tests that a link has the name, if it is one such as `if7`; else none.

    ll_idx_a2n() in iproute2's lib/ll_map.c takes it for the link with index 7 otherwise.
    """
    if not looks_like_ifindex(dev):
        return []

    show = shell_line(("ip", "-o", "link", "show", "dev", dev), netns)
    return [f"{show} 2>/dev/null | grep -q '^[0-9]*: {dev}[:@]'"]


def real_name_problem(prober: Prober, netns: str | None, *, dev: str) -> Observation | None:
    """Return the observation that no link has the name, if it is one such as `if7`; else None.

    As in `real_name_tests`, the link with index 7 is not taken for it.
    """
    if not looks_like_ifindex(dev):
        return None

    links = read_objects(prober, ("ip", "-j", "link", "show", "dev", dev), netns=netns)
    if any(link.get("ifname") == dev for link in links.objects):
        return None
    return links.missing(f"no link {dev}")


def shorten(text: str) -> str:
    """Return text in one line, cut to what a message can hold."""
    line = " ".join(text.split())
    return line if len(line) <= MAX_SEEN else f"{line[: MAX_SEEN - 1]}…"

"""`ObjectCommands`: what the objects of the command line (`ip link`, `bridge fdb`, …) share.

They receive a runner, not a session.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Protocol, TypeVar

from attrs import frozen

from ipwrap.command import Command, CreatedObject, LinkRename
from ipwrap.errors import InvalidArgument, OutputError
from ipwrap.jsonio.reader import objects
from ipwrap.models import read
from ipwrap.options.codecs import ExistingLink, MaybeLinkName
from ipwrap.result import Result

__all__ = [
    "FAMILIES",
    "ObjectCommands",
    "Runner",
    "device_word",
    "family_words",
    "link_key",
    "single",
]

M = TypeVar("M")

FAMILIES = {
    None: (),
    "inet": ("-4",),
    "inet6": ("-6",),
    "bridge": ("-B",),
    "mpls": ("-M",),
    "link": ("-0",),
}


def family_words(family: str | None) -> tuple[str, ...]:
    """Return the global option of a family: of "inet", "inet6", or None for all that the verb has."""
    if family not in (None, "inet", "inet6"):
        raise InvalidArgument(f"family: {family!r} is not one of inet, inet6")
    return FAMILIES[family]


def single(cls: type[M], found: list[M]) -> M:
    """Return the one model of an answer."""
    if not found:
        raise OutputError(f"the answer holds no {cls.__name__}; a dry run has none to give")
    return found[0]


class Runner(Protocol):
    """What verbs need to run a command: the session is one."""

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Run a command; raise `CommandError` for a failed one if ``check``."""


def device_word(name: str, what: str = "dev") -> str:
    """Return the name of a link that has to exist, as a word."""
    return ExistingLink().format(what, name)


def link_key(netns: str | None, name: str) -> tuple[str, str | None, str]:
    """Return the key under which a link is known as a thing made."""
    return ("link", netns, name)


@frozen
class ObjectCommands:
    """An object of iproute2's command line, in one namespace of a place."""

    runner: Runner
    netns: str | None = None

    program: ClassVar[str] = "ip"
    words: ClassVar[tuple[str, ...]] = ()

    def _run_change(
        self,
        *words: str,
        flags: Sequence[str] = (),
        makes: Iterable[CreatedObject] = (),
        drops: Iterable[tuple[str, str | None, str]] = (),
        becomes: LinkRename | None = None,
        alone: bool = False,
    ) -> Result:
        """Run a change and return its checked result; ``alone`` says that it needs a process of its own."""
        self._reject_ifindex_lookalike(words)
        argv = (self.program, *flags, *self.words, *words)
        command = Command(
            argv,
            self.netns,
            batch=not alone,
            creates=tuple(makes),
            deletes=tuple(drops),
            renames=becomes,
        )
        return self.runner.run(command)

    def _query(
        self, cls: type[M], *words: str, flags: Sequence[str] = ("-d",), alone: bool = False
    ) -> list[M]:
        """Run a read and return its models; ``alone`` says that it would mislead a later one of the same process."""
        self._reject_ifindex_lookalike(words)
        argv = (self.program, "-j", *flags, *self.words, *words)
        result = self.runner.run(Command(argv, self.netns, changes=False, batch=not alone))
        try:
            return read(cls, result.stdout)
        except OutputError as error:
            raise OutputError(f"{result.line}: {error}") from error

    def _query_one(self, cls: type[M], *words: str, alone: bool = False) -> M:
        """Run a read that answers with one object, and return its model. Raises `OutputError` if there is none."""
        return single(cls, self._query(cls, *words, alone=alone))

    def _reject_ifindex_lookalike(self, words: Iterable[str]) -> None:
        """Refuse a name such as `if7` that no link bears: iproute2 would take it for the link with index 7."""
        for word in words:
            if (
                isinstance(word, MaybeLinkName)
                and word.looks_like_ifindex
                and not self._has_link(word)
            ):
                raise InvalidArgument(
                    f"no link is called {str(word)!r} here, and iproute2 would take it for the link with that index; "
                    "give a link's own name"
                )

    def _has_link(self, name: str) -> bool:
        """Tell whether a link of this namespace bears the name."""
        argv = ("ip", "-j", "link", "show", "dev", str(name))
        result = self.runner.run(Command(argv, self.netns, changes=False, batch=True), check=False)
        found = objects(result.json()) if result.ok else []
        return any(name == link.get("ifname") or name in link.get("altnames", ()) for link in found)

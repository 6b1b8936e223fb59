"""`ObjectCommands`: the base class for commands of an iproute2 object.

Objects are `ip link`, `bridge fdb` and so on. The commands need a runner, not a session.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from attrs import frozen

from ipwrap.command import Command, CreatedObject, LinkRename
from ipwrap.errors import InvalidArgument, OutputError
from ipwrap.jsonio.reader import check_objects
from ipwrap.models import read
from ipwrap.options.batch_exclusions import exclusion_reason
from ipwrap.options.codecs import ExistingLink, MaybeLinkName
from ipwrap.result import Result
from ipwrap.verbs.description import describe_commands
from ipwrap.verbs.hints import HintsAttributes
from ipwrap.verbs.runner import Runner

__all__ = [
    "FAMILY_FLAGS",
    "ObjectCommands",
    "format_device",
    "format_family_flag",
    "link_key",
    "single",
]

ModelT = TypeVar("ModelT")

EXISTING_LINK = ExistingLink()

# The short forms of `-family NAME`: ip(8).
FAMILY_FLAGS = {
    None: (),
    "inet": ("-4",),
    "inet6": ("-6",),
    "bridge": ("-B",),
    "mpls": ("-M",),
    "link": ("-0",),
}


def format_family_flag(family: str | None) -> tuple[str, ...]:
    """Return the global option of a family: "inet", "inet6", or None for every family."""
    if family not in (None, "inet", "inet6"):
        raise InvalidArgument(f"family: {family!r} is not one of inet, inet6")

    return FAMILY_FLAGS[family]


def single(cls: type[ModelT], models: list[ModelT]) -> ModelT:
    """Return the first model of a reply. Raises `OutputError` for an empty reply."""
    if not models:
        raise OutputError(f"the reply holds no {cls.__name__}; a dry run has no replies to read")

    return models[0]


def format_device(name: str, what: str = "dev") -> str:
    """Return the name of an existing link as a command-line argument."""
    return EXISTING_LINK.format(what, name)


def link_key(netns: str | None, name: str) -> tuple[str, str | None, str]:
    """Return the key of a created link: object, namespace, name."""
    return ("link", netns, name)


def _describe(commands: "ObjectCommands") -> str:
    """Return the repr of an object: its command line, with its verbs."""
    return describe_commands(commands, commands.program, *commands.words, netns=commands.netns)


@frozen
class ObjectCommands(HintsAttributes):
    """The commands of one iproute2 object, in one network namespace of a place."""

    runner: Runner
    netns: str | None = None

    program: ClassVar[str] = "ip"
    words: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        # attrs writes a repr into each class that has none of its own.
        cls.__repr__ = _describe  # type: ignore[assignment]

    def _run_change(
        self,
        *arguments: str,
        flags: Sequence[str] = (),
        creates: Iterable[CreatedObject] = (),
        deletes: Iterable[tuple[str, str | None, str]] = (),
        renames: LinkRename | None = None,
        own_process: bool = False,
    ) -> Result:
        """Run a command that changes state, and return its checked result.

        ``creates`` lists the objects created by the command, ``deletes`` the keys of the deleted
        objects, ``renames`` the new name or namespace of a link. ``own_process`` starts a separate
        process for the command, as do the rules of `ipwrap.options.batch_exclusions`.
        """
        self._reject_ifindex_lookalike(arguments)

        is_excluded = exclusion_reason(self.program, (*self.words, *arguments)) is not None
        command = Command(
            (self.program, *flags, *self.words, *arguments),
            self.netns,
            batch=not own_process and not is_excluded,
            creates=tuple(creates),
            deletes=tuple(deletes),
            renames=renames,
            declares_effects=True,
        )
        return self.runner.run(command)

    def _ensure(self, *arguments: Any, **options: Any) -> bool:
        """Ensure an object with the arguments of `add`; return whether anything changed."""
        from ipwrap.verbs.bulk import CapturingRunner
        from ipwrap.verbs.ensuring import require_ensuring_runner

        runner = require_ensuring_runner(self.runner)
        captured = CapturingRunner(self.runner)
        add: Callable[..., Result] = getattr(type(self)(captured, self.netns), "add")  # noqa: B009
        add(*arguments, **options)
        return runner.ensure_object(captured.take())

    def _add_many(
        self,
        things: Iterable[Any],
        options: Mapping[str, Any],
        *,
        check: Callable[[Any], str] | None = None,
    ) -> None:
        """Run `add` for each of the things, all of which are checked before: see `verbs.bulk`."""
        from ipwrap.verbs.bulk import add_many

        def bind(runner: Runner) -> Callable[..., Result]:
            """Return the verb of this object for another runner."""
            add: Callable[..., Result] = getattr(type(self)(runner, self.netns), "add")  # noqa: B009
            return add

        add_many(things, options, runner=self.runner, bind=bind, check=check)

    def _query(
        self,
        cls: type[ModelT],
        *arguments: str,
        flags: Sequence[str] = ("-d",),
        own_process: bool = False,
    ) -> list[ModelT]:
        """Run a read-only command, and return the models in its reply.

        ``alone`` is for commands that set static variables of iproute2, such as filters: later
        commands of the same process would use the old values.
        """
        self._reject_ifindex_lookalike(arguments)

        argv = (self.program, "-j", *flags, *self.words, *arguments)
        command = Command(argv, self.netns, changes=False, batch=not own_process)
        result = self.runner.run(command)

        try:
            return read(cls, result.stdout)
        except OutputError as error:
            raise OutputError(f"{result.line}: {error}") from error

    def _query_one(self, cls: type[ModelT], *arguments: str, own_process: bool = False) -> ModelT:
        """Run a read-only command, and return the first model. Raises `OutputError` without one."""
        models = self._query(cls, *arguments, own_process=own_process)
        return single(cls, models)

    def _reject_ifindex_lookalike(self, arguments: Iterable[str]) -> None:
        """Reject a name such as `if7` unless a link has the name.

        ll_idx_a2n() in iproute2's lib/ll_map.c would otherwise return the link with index 7.
        """
        for argument in arguments:
            if not isinstance(argument, MaybeLinkName) or not argument.looks_like_ifindex:
                continue

            if not self._has_link(argument):
                raise InvalidArgument(
                    f"no link is named {str(argument)!r}, and iproute2 would take it for the link "
                    "with that index; give the name of a link"
                )

    def _has_link(self, name: str) -> bool:
        """Return whether a link of the namespace has this name or alternative name."""
        argv = ("ip", "-j", "link", "show", "dev", str(name))
        command = Command(argv, self.netns, changes=False, batch=True)

        # `ip` fails for a missing link: not an error of the caller's command.
        result = self.runner.run(command, check=False)
        if not result.ok:
            return False

        # The reply to `dev if7` may be the link with index 7, so the names have to be compared.
        links = check_objects(result.json())
        return any(name == link.get("ifname") or name in link.get("altnames", ()) for link in links)

"""`Command`: a program with arguments, as a value that can be written as a shell line."""

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve, field, frozen

from ipwrap.errors import InvalidArgument, NotBatchable
from ipwrap.options import validation
from ipwrap.options.aliases import object_position
from ipwrap.options.batch_exclusions import exclusion_reason
from ipwrap.secrets.secret import Secret
from ipwrap.system.facts import fact
from ipwrap.system.lazy_pattern import lazy_pattern

__all__ = [
    "IPROUTE2",
    "SEARCH_PATH",
    "Command",
    "CreatedObject",
    "LinkRename",
    "batch_problem",
    "quote_batch_line",
    "quote_shell_word",
]

IPROUTE2 = frozenset({"ip", "bridge", "tc"})

# MAX_ARGS of do_batch() in lib/utils.c: through iproute2 5.13 a line holds 99 arguments.
MAX_BATCH_ARGUMENTS = 90

# The variable by which programs are found. Those that enter a place or a namespace need ours.
SEARCH_PATH = "PATH"

# The name of an environment variable that a shell can set.
VARIABLE_NAME = lazy_pattern(r"[A-Za-z_][A-Za-z0-9_]*")

NO_BATCH_PROGRAM = "only arguments of ip, bridge and tc can be a batch line"

# Characters with a meaning for getcmdline() and makeargs() in lib/utils.c.
BATCH_SPECIAL = re.compile(r"[#'\"\\]")


def _to_text(identity: Mapping[str, Any]) -> dict[str, str]:
    """Return fields as plain text: the name of a link may be of a subclass of str."""
    return {name: str(value) for name, value in identity.items()}


@frozen
class CreatedObject:
    """An object that a change creates.

    - ``noun``: the kind of object, a key of `ipwrap.objects.OBJECTS`
    - ``name``: the name in the journal; noun, name and namespace identify the object
    - ``identity``: the fields by which the kernel finds the object: the arguments of the deleting
      verb as text, such as ``{"local": "10.0.0.1/24", "dev": "eth0"}``
    - ``depends_on``: the links (in the same namespace) with which the object disappears: an address
      is deleted with its device
    """

    noun: str
    name: str
    identity: Mapping[str, str] = field(converter=_to_text, hash=False)
    netns: str | None = None
    depends_on: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str | None, str]:
        """Noun, namespace and name: the identity of the object in a journal."""
        return (self.noun, self.netns, self.name)


@fact
class LinkRename:
    """A link that a change renames or moves: the old name, the new name and namespace."""

    link: str
    name: str
    netns: str | None


def _check_argv(arguments: Any) -> tuple[str, ...]:
    """Return the arguments as plain text. Raises `InvalidArgument` for text without an encoding."""
    if isinstance(arguments, str):
        raise InvalidArgument(
            f"argv: {arguments!r} is one string; give the arguments one by one, as a tuple"
        )

    argv = tuple(map(str, arguments))
    if not argv or not argv[0]:
        raise InvalidArgument("argv: there is no program to run")

    # One check of the joined text is cheaper than one an argument, and passes for most commands.
    joined = "".join(argv)
    if not joined.isascii() or "\0" in joined:
        for position, argument in enumerate(argv):
            # The argument may be a key: keep it out of the message.
            problem = validation.encoding_problem(argument)
            if problem is not None:
                raise InvalidArgument(f"argv[{position}] {problem}")

    return argv


def _check_stdin(text: str | None) -> str | None:
    """Return the text for stdin. Raises `InvalidArgument` for text without an encoding."""
    if text is None or isinstance(text, Secret):
        return text

    problem = validation.encoding_problem(text, allows_nul=True)
    if problem is not None:
        raise InvalidArgument(f"stdin {problem}")
    return text


def _check_variables(variables: Any) -> dict[str, str] | None:
    """Return variables of the environment as text by their names; None for no variable.

    Raises `InvalidArgument` for a name that no shell can set, and for a value without an encoding;
    it may be a key, and stays out of the message.
    """
    if variables is None:
        return None
    if not isinstance(variables, Mapping):
        raise InvalidArgument(f"env: {variables!r} is no mapping of names to values")

    texts = {_check_variable_name(name): _check_value(name, variables[name]) for name in variables}
    return texts or None


def _check_variable_name(name: Any) -> str:
    """Return the name of a variable. Raises `InvalidArgument`."""
    if not isinstance(name, str) or not VARIABLE_NAME.fullmatch(name):
        raise InvalidArgument(
            f"env: {name!r} is no name of a variable; give letters, digits and _, such as LANG"
        )
    return str(name)


def _check_value(name: str, value: Any) -> str:
    """Return the value of a variable as text. Raises `InvalidArgument`."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float, os.PathLike)):
        raise InvalidArgument(f"env[{name!r}]: a {type(value).__name__} is no text")

    text = value if isinstance(value, str) else str(value)
    if isinstance(text, Secret):
        if name == SEARCH_PATH:
            raise InvalidArgument(
                f"env[{name!r}]: a search path is an argument of env, and cannot be secret"
            )
        return text  # the value itself is checked where it is used: a recording has none

    problem = validation.encoding_problem(text)
    if problem is not None:
        raise InvalidArgument(f"env[{name!r}] {problem}")
    return text


def _check_directory(path: Any) -> str | None:
    """Return the path of a directory. Raises `InvalidArgument`."""
    if path is None:
        return None

    try:
        text = os.fspath(path)
    except TypeError:
        text = None
    if not isinstance(text, str) or not text:
        raise InvalidArgument(f"cwd: {path!r} is no path of a directory")

    problem = validation.encoding_problem(text)
    if problem is not None:
        raise InvalidArgument(f"cwd {problem}")
    return text


def _with_value(argument: str, values: Mapping[str, str]) -> str:
    """Return an argument; a secret without a value gets the value of its name."""
    if not isinstance(argument, Secret) or argument.has_value or argument.name not in values:
        return argument
    return Secret(values[argument.name], argument.name)


def batch_problem(argv: tuple[str, ...], flag_count: int) -> str | None:
    """Return why arguments cannot be a batch line; None if only their quoting may prevent it.

    ``flag_count`` is the number of arguments between the program and the object.
    """
    if argv[0] not in IPROUTE2:
        return NO_BATCH_PROGRAM
    if len(argv) - 1 > MAX_BATCH_ARGUMENTS:
        return f"more than {MAX_BATCH_ARGUMENTS} arguments"

    return exclusion_reason(argv[0], argv[1 + flag_count :])


def quote_batch_line(arguments: Sequence[str]) -> str:
    """Return arguments as a line that iproute2's tokenizer splits into the same arguments.

    Raises `NotBatchable`, with the argument in the message, if no such line exists.
    """
    line = " ".join(arguments)
    if line.split() == list(arguments) and not BATCH_SPECIAL.search(line):
        return line
    return " ".join(map(_quote_batch_argument, arguments))


def _quote_batch_argument(argument: str) -> str:
    """Return an argument in the quotes of iproute2's tokenizer, if necessary."""
    if "#" in argument or "\n" in argument:
        raise NotBatchable(f"{argument!r}: `#` and a newline end a batch line")

    has_blank = any(character in argument for character in " \t\r")
    starts_quoted = argument[:1] in ("'", '"', "")  # an empty argument needs quotes as well
    if not has_blank and not starts_quoted and argument[-1] != "\\":
        return argument

    quote = "'" if "'" not in argument else '"'
    if quote in argument:
        raise NotBatchable(
            f"{argument!r}: a batch line cannot hold both kinds of quotes in an argument"
        )
    return f"{quote}{argument}{quote}"


def _check_netns(name: str | None) -> str | None:
    """Return the name of a namespace. Raises `InvalidArgument` for a path, which ``-n`` takes."""
    return None if name is None else validation.check_netns_name(name)


def _check_timeout(seconds: float | None) -> float | None:
    """Return a timeout. Raises `InvalidArgument` for 0, which does not mean "no limit"."""
    if seconds is None:
        return None

    try:
        return validation.check_seconds(seconds, "timeout", above_zero=True)
    except InvalidArgument as error:
        raise InvalidArgument(f"{error}; None is no limit") from None


@frozen
class Command:
    """A program and its arguments, the network namespace to run in, and the text for stdin.

    ``argv`` excludes the namespace: ``("ip", "link", "show")`` in ``netns="ns1"`` is run, logged
    and written as ``ip -n ns1 link show``; any other program as ``ip netns exec ns1 PROGRAM …``.

    - ``changes``: whether the command changes state; a script must repeat changes
    - ``batch``: whether the command may be a line of a long-lived worker; not if the worker would
      cache values that mislead a later line. Verbs set it
    - ``timeout``: in seconds; None is no limit
    - ``env``: variables for the program, which extend or replace the session's variables
    - ``cwd``: the directory to run in; a relative path starts from the session's directory
    - ``output_secret``: the name of the printed secret
    - ``creates``, ``deletes``, ``renames``: the effects of the command, set by verbs, so that a
      script can delete exactly its own objects
    - ``declares_effects``: a verb has set the complete effects. The effects of other commands have
      to be read from the arguments
    - ``from_file``: the command was read from a recording. The recorded effects are untrusted, so
      `ipwrap.objects.effects` derives effects from the arguments before a deletion

    Arguments, ``stdin`` and the values of ``env`` may be a `Secret`.
    """

    argv: tuple[str, ...] = field(converter=_check_argv)
    netns: str | None = field(default=None, converter=_check_netns)
    stdin: str | None = field(default=None, kw_only=True, converter=_check_stdin)
    changes: bool = field(default=True, kw_only=True)
    batch: bool = field(default=False, kw_only=True, eq=False)
    timeout: float | None = field(default=None, kw_only=True, converter=_check_timeout)
    # Not in the hash, since a mapping has none. Commands that differ here alone are unequal.
    env: Mapping[str, str] | None = field(
        default=None, kw_only=True, converter=_check_variables, hash=False
    )
    cwd: str | None = field(default=None, kw_only=True, converter=_check_directory)
    output_secret: str | None = field(default=None, kw_only=True, eq=False)
    creates: tuple[CreatedObject, ...] = field(default=(), kw_only=True, eq=False)
    deletes: tuple[tuple[str, str | None, str], ...] = field(default=(), kw_only=True, eq=False)
    renames: LinkRename | None = field(default=None, kw_only=True, eq=False)
    declares_effects: bool = field(default=False, kw_only=True, eq=False, repr=False)
    from_file: bool = field(default=False, kw_only=True, eq=False, repr=False)

    @property
    def full_argv(self) -> tuple[str, ...]:
        """The executed command line, with the namespace.

        A search path in ``env`` comes behind the namespace, since the path is for the program, and
        not for the `ip` that runs the program.
        """
        program, *arguments = self.argv

        if program in IPROUTE2:
            return self.argv if self.netns is None else (program, "-n", self.netns, *arguments)

        argv = self.argv
        if self.env is not None and SEARCH_PATH in self.env:
            argv = ("env", f"{SEARCH_PATH}={self.env[SEARCH_PATH]}", *argv)

        return argv if self.netns is None else ("ip", "netns", "exec", self.netns, *argv)

    @property
    def variables(self) -> Mapping[str, str]:
        """The variables before the command line, without a search path behind the namespace."""
        if self.env is None:
            return {}
        if self.argv[0] in IPROUTE2:
            return self.env
        return {name: value for name, value in self.env.items() if name != SEARCH_PATH}

    @property
    def flags(self) -> tuple[str, ...]:
        """The global options before the object, with their values: ``("-j", "-f", "inet6")``."""
        if self.argv[0] in IPROUTE2:
            return self.argv[1 : object_position(self.argv, 0, program=self.argv[0])]

        arguments = self.argv[1:]

        for position, argument in enumerate(arguments):
            if not argument.startswith("-"):
                return arguments[:position]
        return arguments

    @property
    def batch_line(self) -> str:
        """The arguments behind the global options, as one line for `ip -batch`.

        Raises `NotBatchable` with the reason. iproute2's tokenizer (makeargs(), lib/utils.c) knows
        quotes only at the start of an argument, and no escapes; `#` cuts a line at any position.
        """
        if self.stdin is not None:
            raise NotBatchable(f"{self.line}: {NO_BATCH_PROGRAM}")
        if self.argv[0] in IPROUTE2 and (self.env is not None or self.cwd is not None):
            raise NotBatchable(f"{self.line}: a batch line has no environment of its own")

        problem = batch_problem(self.argv, len(self.flags))
        if problem is not None:
            raise NotBatchable(f"{self.line}: {problem}")
        return quote_batch_line(self.argv[1 + len(self.flags) :])

    @property
    def without_json_flags(self) -> "Command":
        """The command for output as text: without ``-j`` and ``-d``.

        A command without ``-j`` is returned itself. The result needs a process of its own: from
        iproute2 7.1 on, text is flushed only at the end, JSON with each document.
        """
        flags = self.flags
        if self.argv[0] not in IPROUTE2 or "-j" not in flags:
            return self

        program = self.argv[0]
        text_flags = [flag for flag in flags if flag not in ("-j", "-d")]
        arguments = self.argv[1 + len(flags) :]
        return evolve(self, argv=(program, *text_flags, *arguments))

    def deletes_namespace(self, name: str | None) -> bool:
        """Return whether the command deletes a named namespace, or all of them."""
        if name is None or not self.deletes:
            return False
        return any(noun == "netns" and deleted in (name, "*") for noun, _, deleted in self.deletes)

    @property
    def runs_until_stopped(self) -> bool:
        """Whether the command runs until it is stopped, as `ip monitor` does."""
        if self.argv[0] not in IPROUTE2:
            return False

        arguments = self.argv[1 + len(self.flags) :]
        is_monitor = arguments[:1] == ("monitor",) or arguments[:2] == ("netns", "monitor")

        # `ip monitor file FILE` reads a file, and ends with it.
        return is_monitor and "file" not in arguments

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The secrets among the arguments, on stdin and in the environment."""
        # Nearly every command has none; comparing types costs less than isinstance().
        in_arguments = Secret in map(type, self.argv)
        if not in_arguments and type(self.stdin) is not Secret and self.env is None:
            return ()

        texts = (*self.argv, self.stdin, *(self.env or {}).values())
        return tuple(text for text in texts if isinstance(text, Secret))

    def with_secret_values(self, values: Mapping[str, str]) -> "Command":
        """Return the command with ``values`` for the secrets without a value."""
        arguments = (_with_value(argument, values) for argument in self.argv)
        stdin = self.stdin and _with_value(self.stdin, values)

        env = self.env
        if env is not None:
            env = {name: _with_value(value, values) for name, value in env.items()}

        return evolve(self, argv=tuple(arguments), stdin=stdin, env=env)

    def __repr__(self) -> str:
        return f"<Command: {self.line}>"

    @property
    def line(self) -> str:
        """The command as typed into a shell."""
        return self.line_behind(())

    def line_behind(self, words: tuple[str, ...]) -> str:
        """Return the command as typed into a shell, run by ``words``, such as `timeout 5`."""
        line = " ".join(map(quote_shell_word, (*words, *self.full_argv)))
        if self.env is None and self.cwd is None:
            return line

        settings = [f"{name}={quote_shell_word(text)}" for name, text in self.variables.items()]
        line = " ".join((*settings, line))
        if self.cwd is None:
            return line

        options = "-- " if self.cwd.startswith("-") else ""
        return f"(cd {options}{shlex.quote(self.cwd)} && {line})"

    def __str__(self) -> str:
        return self.line


def quote_shell_word(argument: str) -> str:
    """Return an argument in shell quotes; a secret in double quotes, which expand its variable."""
    if isinstance(argument, Secret):
        return f'"{argument}"'
    return shlex.quote(argument)

"""`LabScript`: the facts about a Python script that `ipwrap run` needs before it runs the script.

A script has ``main(session)``, or opens sessions itself. The syntax tree decides, before a line of
the script runs.
"""

import ast
import re
import traceback
from pathlib import Path

from attrs import frozen

from ipwrap.errors import IpwrapError

__all__ = ["LabScript", "user_traceback"]

# Below these folders are frames that no user wrote.
OWN_FOLDER = str(Path(__file__).parents[1])
MACHINERY = ("click", "runpy", "importlib")
NO_NAME = re.compile(r"[^\w.+-]+", re.ASCII)
PROGRAM = "ipwrap"  # the console script, a file without a suffix
# Modules that read sys.argv.
ARGUMENT_PARSERS = frozenset({"argparse", "click", "docopt", "fire", "getopt", "optparse", "typer"})


@frozen
class LabScript:
    """A script's path, and the way to run the script.

    ``parameters`` is the number of positional parameters of ``main``; None for a script without
    ``main``, or with an imported ``main``.
    """

    path: str
    tree: ast.Module

    @classmethod
    def read(cls, path: str) -> "LabScript":
        """Read a script. Raises `IpwrapError` for one that cannot be read, or is no Python."""
        try:
            data = Path(path).read_bytes()
        except OSError as error:
            raise IpwrapError(f"{path}: cannot be read: {error.strerror}") from error

        try:
            return cls(path, ast.parse(data, filename=path))
        except (SyntaxError, ValueError) as error:
            shown = "".join(traceback.format_exception_only(error)).rstrip()
            raise IpwrapError(f"{path} is no Python script\n{shown}") from None

    @property
    def lab_name(self) -> str:
        """The name of the running lab: that of the file, as a single word."""
        return NO_NAME.sub("-", Path(self.path).stem) or "lab"

    @property
    def parameter_count(self) -> int | None:
        """The number of positional parameters of ``main``; None where the script defines none."""
        for statement in self.tree.body:
            if isinstance(statement, ast.FunctionDef) and statement.name == "main":
                arguments = statement.args
                return len(arguments.posonlyargs) + len(arguments.args)
        return None

    @property
    def has_main(self) -> bool:
        """Whether ``main(session)`` is to be called; it may be imported from elsewhere."""
        if self.parameter_count is not None:
            return self.parameter_count > 0
        return "main" in self._bound_names()

    @property
    def makes_session(self) -> bool:
        """Whether the script may make a session of its own: it imports something of ipwrap."""
        return any(
            name.partition(".")[0] == "ipwrap"
            for node in ast.walk(self.tree)
            for name in _imported_modules(node)
        )

    @property
    def takes_arguments(self) -> bool:
        """Whether arguments of the command line are for the script: its main, or sys.argv."""
        if self.parameter_count is not None and self.parameter_count > 1:
            return True
        return any(
            (isinstance(node, ast.Attribute) and node.attr == "argv")
            or bool(ARGUMENT_PARSERS.intersection(_imported_modules(node)))
            for node in ast.walk(self.tree)
        )

    def _bound_names(self) -> set[str]:
        """Return the names that imports and assignments bind at the script's top level."""
        names = set()
        for statement in self.tree.body:
            for node in ast.walk(statement):
                if isinstance(node, ast.alias):
                    names.add(node.asname or node.name)
                elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    names.add(node.id)
        return names


def _imported_modules(node: ast.AST) -> list[str]:
    """Return the modules that an import statement names; none for another node."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return []


def user_traceback(error: BaseException) -> str:
    """Return the traceback of an error with the frames of the user's files only."""
    shown = traceback.TracebackException.from_exception(error)

    linked: list[traceback.TracebackException | None] = [shown]
    while linked:
        part = linked.pop()
        if part is not None:
            frames = [frame for frame in part.stack if not _is_machinery(frame.filename)]
            part.stack = traceback.StackSummary.from_list(frames)
            linked += [part.__cause__, part.__context__]

    return "".join(shown.format())


def _is_machinery(filename: str) -> bool:
    """Return whether a frame belongs to ipwrap, or to what calls a script."""
    if filename.startswith((OWN_FOLDER, "<frozen ")):
        return True
    if Path(filename).name == PROGRAM:
        return True
    return Path(filename).stem in MACHINERY or Path(filename).parent.name in MACHINERY


def last_line_of(error: BaseException, path: str) -> int | None:
    """Return the line of a script where an error or an interruption came; None if elsewhere."""
    lines = [
        line
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename == path
    ]
    return lines[-1] if lines else None

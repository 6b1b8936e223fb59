"""`LabSource`: the text of the file that has a lab's function, as it is sent to workers.

A function is pickled by the name of its module, which another machine does not have, and a
`__main__` even the processes of this machine do not share. The text of the file is enough.
"""

import hashlib
import inspect
import sys
import threading
import types
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

from attrs import define

from ipwrap.errors import InvalidArgument, IpwrapError

__all__ = ["FUNCTION_NAME", "LabSource"]

FUNCTION_NAME = "lab"

LabFunction = Callable[..., object]

_modules: dict[str, types.ModuleType] = {}  # of this process, by digest
_loading = threading.RLock()


@define(frozen=True, slots=False)
class LabSource:
    """The text of a file, and the name of the function in it that builds and measures a lab.

    ``package`` is that of the module, for its relative imports.
    """

    path: str
    text: str
    name: str = FUNCTION_NAME
    package: str = ""

    @classmethod
    def read(cls, path: str) -> "LabSource":
        """Read a file. Raises `IpwrapError` for one that cannot be read."""
        try:
            return cls(path, Path(path).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise IpwrapError(f"{path}: cannot be read: {reason}") from error

    @classmethod
    def of(cls, function: LabFunction) -> "LabSource":
        """Return the source of a function.

        Raises `InvalidArgument` for what is no function at the top level of a file.
        """
        if not inspect.isfunction(function):
            raise InvalidArgument(f"lab: {function!r} is no function; give def lab(session, …)")

        name = function.__qualname__
        path = inspect.getsourcefile(function)
        if not name.isidentifier() or path is None or not Path(path).is_file():
            raise InvalidArgument(
                f"lab: {name} is not at the top level of a file; workers load a lab from the text "
                "of its file: write it as a def there, without a class or function around it"
            )

        module = sys.modules.get(function.__module__)
        package = getattr(module, "__package__", None) or ""
        source = cls.read(path)
        return cls(path, source.text, name, package)

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the text and the name, in hexadecimal."""
        return hashlib.sha256(f"{self.name}\0{self.text}".encode()).hexdigest()

    def load(self) -> LabFunction:
        """Run the file's top level, once in a process, and return the function.

        The module has a name of its own: ``if __name__ == "__main__":`` is false. Raises
        `IpwrapError` for a file without the function, and what its top level raises.
        """
        with _loading:
            module = _modules.get(self.digest)
            if module is None:
                module = self._run_file()
                _modules[self.digest] = module

        function = getattr(module, self.name, None)
        if not callable(function):
            raise IpwrapError(
                f"{self.path} has no function {self.name}; a sweep calls def {self.name}(session, "
                "*, delay, …), whose parameters have the names of --set"
            )
        loaded: LabFunction = function
        return loaded

    def _run_file(self) -> types.ModuleType:
        """Return a new module that has run the text."""
        module = types.ModuleType(f"ipwrap_lab_{self.digest[:16]}")
        members: dict[str, Any] = vars(module)
        members["__file__"] = self.path
        members["__package__"] = self.package

        try:
            code = compile(self.text, self.path, "exec")
        except (SyntaxError, ValueError) as error:
            raise IpwrapError(f"{self.path} is no Python script\n{error}") from None

        # Classes of the file look for their module there: dataclasses, pickle.
        sys.modules[module.__name__] = module
        try:
            exec(code, members)
        except BaseException:
            del sys.modules[module.__name__]
            raise
        return module

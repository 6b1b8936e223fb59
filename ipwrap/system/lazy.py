"""Names and tables of objects that are imported at the first use, so that a short script starts
fast.

A package lists the public names by module, once for Python and once for type checkers, which do not
read the table::

    if TYPE_CHECKING:
        from ipwrap.places.local import Local as Local

    MODULES = {"local": ("Local",)}
    __all__ = public_names(MODULES)

    if not TYPE_CHECKING:  # with __getattr__, every name would exist to a type checker
        __getattr__, __dir__ = lazy_attributes(__name__, MODULES)

A test compares the two lists (tests/test_lazy_packages.py). Module `__getattr__` and `__dir__` are
PEP 562.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from importlib import import_module
from typing import Any, TypeVar

from ipwrap.system.imports import wait_before_fork

__all__ = [
    "LazyTable",
    "guard_imports",
    "lazy_attributes",
    "load",
    "public_names",
    "report_shortage",
]

Modules = Mapping[str, Sequence[str]]  # the public names of each module of a package
T = TypeVar("T")

wait_before_fork()  # every package imports this module before any other thread can use it


def load(path: str) -> Any:
    """Import an object by its path, ``module:name``. Raises `IpwrapError` in a shortage."""
    module, _, name = path.partition(":")
    with report_shortage():
        return getattr(import_module(module), name)


@contextmanager
def report_shortage() -> Iterator[None]:
    """Raise `IpwrapError`, with the remedy, if the block cannot import a module: a file is no use
    without a free descriptor.
    """
    try:
        yield
    except OSError as error:
        # A shortage leaves no room to import these. Without a session, neither is in use.
        shortage = sys.modules.get("ipwrap.system.shortage")
        if shortage is None or error.errno not in shortage.SHORTAGES:
            raise

        reason = shortage.describe(error)
        raise shortage.IpwrapError(f"a part of ipwrap cannot be imported: {reason}") from error


def guard_imports(cls: type[T]) -> type[T]:
    """Decorate a class whose properties import modules: a shortage is an `IpwrapError`."""
    for name, value in list(vars(cls).items()):
        if isinstance(value, property) and value.fget is not None:
            setattr(cls, name, property(_guard(value.fget), doc=value.__doc__))

    return cls


def _guard(getter: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the getter of a property that reports a shortage."""

    @wraps(getter)
    def get(owner: Any) -> Any:
        try:
            return getter(owner)
        except OSError:
            pass

        # Again, in a block that costs too much for every access.
        with report_shortage():
            return getter(owner)

    return get


def public_names(modules: Modules) -> list[str]:
    """Return a package's ``__all__``: constants, then classes, then functions."""
    names = [name for names_of_module in modules.values() for name in names_of_module]
    return sorted(names, key=_sort_key)


def _sort_key(name: str) -> tuple[int, str]:
    """Return the key that sorts constants before classes, and classes before functions."""
    if name.isupper() and len(name) > 1:
        return 0, name

    return (1 if name[0].isupper() else 2), name


def lazy_attributes(
    package: str, modules: Modules
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` for a package whose names are imported on first
    use.
    """
    homes = {name: module for module, names in modules.items() for name in names}

    def get_attribute(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")

        value = load(f"{package}.{homes[name]}:{name}")
        setattr(sys.modules[package], name, value)  # the next access does not come here
        return value

    def list_names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *homes})

    return get_attribute, list_names


class LazyTable(Mapping[str, T]):
    """Objects by name, each imported when it is looked up. Names are known without an import.

    ``paths`` maps a name to ``module:object``, relative to ``package``.
    """

    def __init__(self, package: str, paths: Mapping[str, str]) -> None:
        self.paths = dict(paths)
        self._package = package
        self._loaded: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        """Return the object of that name. Raises `KeyError`."""
        if name not in self._loaded:
            self._loaded[name] = load(f"{self._package}.{self.paths[name]}")

        return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        """Return whether an object has a name, without an import."""
        return name in self.paths

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        return iter(self.paths)

    def __len__(self) -> int:
        """Return the number of names."""
        return len(self.paths)

    def modules(self) -> dict[str, list[str]]:
        """Return the objects' names by module, as `lazy_attributes` takes them."""
        modules: dict[str, list[str]] = {}

        for path in self.paths.values():
            module, _, name = path.partition(":")
            names = modules.setdefault(module, [])
            if name not in names:
                names.append(name)

        return modules

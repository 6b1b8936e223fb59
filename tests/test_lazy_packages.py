"""A lazy package lists its public names for Python and for type checkers, and imports no module."""

import ast
import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import ipwrap

ROOT = Path(ipwrap.__file__).parents[1]
PACKAGES = [
    "ipwrap",
    *(module.name for module in pkgutil.walk_packages(ipwrap.__path__, "ipwrap.") if module.ispkg),
]
LAZY_PACKAGES = [name for name in PACKAGES if hasattr(importlib.import_module(name), "MODULES")]

# Modules that a short program does not need.
HEAVY = ("click", "sh", "structlog", "tabulate", "msgspec", "difflib", "hypothesis", "pytest")
VERBS_AND_MODELS = (
    "ipwrap.kinds.",
    "ipwrap.qdiscs.",
    "ipwrap.models.",
    "ipwrap.ip.",
    "ipwrap.bridge.",
    "ipwrap.tc.",
)
PRODUCTS = (
    "ipwrap.export.",
    "ipwrap.undo",
    "ipwrap.shims",
    "ipwrap.cmdline",
    "ipwrap.replay",
    "ipwrap.views",
    "ipwrap.testing",
)

UNUSED = (
    "ipwrap.cmdline.",
    "ipwrap.conditions.",
    "ipwrap.background_process",
    "ipwrap.executors.pipeline",
    "ipwrap.executors.process",
    "ipwrap.monitor",
    "ipwrap.recording.decode",
    "ipwrap.sessions.background",
    "ipwrap.sessions.batching",
)


def type_checked_names(package: str) -> Iterator[tuple[str, str]]:
    """Yield module and name of every re-export under TYPE_CHECKING."""
    path = importlib.import_module(package).__file__

    assert path is not None

    for block in ast.parse(Path(path).read_text(encoding="utf-8")).body:
        if not isinstance(block, ast.If) or ast.unparse(block.test) != "TYPE_CHECKING":
            continue
        for statement in block.body:
            assert isinstance(statement, ast.ImportFrom)
            for alias in statement.names:
                if alias.asname is not None:
                    yield f"{statement.module}".removeprefix(f"{package}."), alias.name


def loaded_by(*arguments: str, stdin: str = "") -> set[str]:
    """Run a program in a new Python, and return the loaded modules at the end."""
    program = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*sorted(sys.modules), sep='\\n', file=sys.stderr))\n"
    )
    process = subprocess.run(
        [sys.executable, "-c", program + arguments[0], *arguments[1:]],
        cwd=ROOT,
        input=stdin,
        text=True,
        capture_output=True,
        check=True,
    )

    return set(process.stderr.split())


def matching(modules: set[str], prefixes: tuple[str, ...]) -> list[str]:
    """Return the modules with a listed name, or below a listed name with a final dot."""
    packages = tuple(prefix for prefix in prefixes if prefix.endswith("."))

    return sorted(name for name in modules if name in prefixes or name.startswith(packages))


@pytest.mark.parametrize("package", LAZY_PACKAGES)
def test_both_lists_of_names_agree(package: str) -> None:
    """The imports under TYPE_CHECKING equal the table of modules."""
    modules = importlib.import_module(package).MODULES
    listed = {(module, name) for module, names in modules.items() for name in names}

    assert listed == set(type_checked_names(package))


@pytest.mark.parametrize("package", LAZY_PACKAGES)
def test_every_name_can_be_imported(package: str) -> None:
    """Each public name is found, and a second access returns the same object."""
    module = importlib.import_module(package)

    for name in module.__all__:
        assert getattr(module, name) is getattr(module, name)
        assert name in dir(module)


@pytest.mark.parametrize("package", LAZY_PACKAGES)
def test_unknown_name_is_an_attribute_error(package: str) -> None:
    """An unknown name raises an error with the names of the package and the attribute."""
    with pytest.raises(AttributeError, match=f"module '{package}' has no attribute 'no_such_name'"):
        _ = importlib.import_module(package).no_such_name


def test_importing_the_package_loads_nothing() -> None:
    """`import ipwrap` loads the version and the table of names."""
    loaded = {name for name in loaded_by("import ipwrap") if name.startswith("ipwrap")}

    assert loaded == {"ipwrap", "ipwrap.system", "ipwrap.system.imports", "ipwrap.system.lazy"}


def test_a_session_loads_no_verbs_and_no_models() -> None:
    """`from ipwrap import Session` loads no kinds, models, verbs or products before their use."""
    loaded = loaded_by("from ipwrap import Session")

    assert [] == matching(loaded, HEAVY[:4])
    assert [] == matching(loaded, VERBS_AND_MODELS)
    assert [] == matching(loaded, PRODUCTS)


def test_a_plain_session_loads_no_processes_waits_and_parsers() -> None:
    """A session on a host that only runs lines of workers loads no modules of other things."""
    program = (
        "from ipwrap import Session\n"
        "from ipwrap.kinds import Veth\n"
        "with Session(sandbox=True) as session:\n"
        "    place = session.place\n"
        "    with Session(place=place) as session:\n"
        "        session.ip.link.add('v0', Veth(peer='v1'))\n"
        "        session.ip.link.set('v0', up=True)\n"
    )

    loaded = loaded_by(program)

    assert "ipwrap.ip.link" in loaded
    assert [] == matching(loaded, UNUSED)


def test_method_loads_only_its_object() -> None:
    """`ip link add` loads the methods of `ip link` and a single kind."""
    program = (
        "from ipwrap import DryRun, Session\n"
        "from ipwrap.kinds import Bridge\n"
        "with Session(executor=DryRun()) as session:\n"
        "    session.ip.link.add('br0', Bridge())\n"
    )

    loaded = loaded_by(program)

    assert "ipwrap.kinds.bridge" in loaded
    assert [] == matching(
        loaded, ("ipwrap.kinds.vxlan", "ipwrap.ip.route", "ipwrap.models.route", "ipwrap.tc.qdisc")
    )


def test_help_loads_no_session() -> None:
    """`ipwrap --help` loads the commands, but not the modules behind the commands."""
    loaded = loaded_by("from ipwrap.cli import main; main()", "--help")

    assert [] == matching(loaded, ("msgspec", "tabulate", "structlog", "sh", "ipwrap.session"))
    assert [] == matching(loaded, (*VERBS_AND_MODELS[:2], *VERBS_AND_MODELS[3:]))
    assert [] == matching(loaded, PRODUCTS)


def test_parsing_links_loads_the_model_of_links_only() -> None:
    """`ipwrap parse link` loads no session, no verb and no model outside of a link."""
    loaded = loaded_by("from ipwrap.cli import main; main()", "parse", "link", stdin="[]")

    assert "ipwrap.models.link" in loaded
    assert [] == matching(
        loaded,
        (
            "ipwrap.session",
            "ipwrap.models.route",
            "ipwrap.models.event",
            "ipwrap.ip.",
            "ipwrap.tc.",
        ),
    )

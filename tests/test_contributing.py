"""The recipes of CONTRIBUTING.md work when they are followed to the letter."""

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE_BLOCK = re.compile(r"^ *```(\w+)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)


def recipe(heading: str, *, language: str = "python") -> list[str]:
    """Return the blocks of a language under a heading of CONTRIBUTING.md."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.split(f"### {heading}\n")[1].split("\n### ")[0]
    blocks = [block for name, block in CODE_BLOCK.findall(section) if name == language]
    return [unindent(block) for block in blocks]


def unindent(block: str) -> str:
    """Return a block of a numbered list without the list's own indentation of three columns."""
    return "".join(line.removeprefix("   ") for line in block.splitlines(keepends=True))


def add_kind(checkout: Path) -> None:
    """Add the kind of the recipe to a checkout."""
    module, table_line, import_line = recipe("A kind of link")
    (data_lines,) = recipe("A kind of link", language="json")
    (checkout / "ipwrap/kinds/lantern.py").write_text(module, encoding="utf-8")

    package = checkout / "ipwrap/kinds/__init__.py"
    text = package.read_text(encoding="utf-8")
    text = text.replace('        "macsec":', f'{table_line}        "macsec":', 1)
    text = text.replace(
        "    from ipwrap.kinds.macsec import",
        f"{import_line}    from ipwrap.kinds.macsec import",
        1,
    )
    package.write_text(text, encoding="utf-8")

    data_file = checkout / "tests/cases/options.json"
    text = data_file.read_text(encoding="utf-8")
    data_file.write_text(text.replace("{\n", "{\n" + data_lines, 1), encoding="utf-8")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the package and its tests, with the kind of the recipe added."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("ipwrap", "tests", "scripts"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)

    add_kind(folder)
    return folder


def run_in(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a checkout, with its package."""
    return subprocess.run(
        (sys.executable, *arguments),
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_new_kind_is_written_read_and_exported(checkout: Path) -> None:
    """A kind that was added by the recipe works in verbs, from JSON, from a typed command and in
    exported Python.
    """
    program = """
        from ipwrap import Command, DryRun, Session
        from ipwrap.cmdline import read_command
        from ipwrap.kinds import KINDS, Lantern, kind_from_json

        lantern = Lantern(brightness=30, shade="amber")
        with Session(executor=DryRun()) as session:
            session.ip.link.add("l0", lantern)
            print(session.recording.commands[0].command.line)
            print("Lantern(brightness=30" in session.export("python"))
        print(kind_from_json("lantern", {"brightness": "30%", "shade": "amber"}) == lantern)
        typed = "ip link add l0 type lantern brightness 30%"
        call = read_command(Command(tuple(typed.split())))
        print(call.arguments["kind"])
        Lantern(brightness=101).to_args()
    """
    done = run_in(checkout, "-c", textwrap.dedent(program))
    line, is_exported, is_read, parsed, *rest = done.stdout.splitlines()

    assert line == "ip link add name l0 type lantern brightness 30% shade amber"
    assert (is_exported, is_read) == ("True", "True")
    assert parsed.startswith("Lantern(")
    assert "brightness=30" in parsed
    assert rest == []
    assert "brightness: 101 is not within 0 to 100" in done.stderr


def test_new_kind_passes_the_generated_tests(checkout: Path) -> None:
    """The tests of kinds and of lazy packages find the new kind, and pass."""
    done = run_in(
        checkout,
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "lantern or kinds"),
        *("tests/kinds/test_kinds.py", "tests/options/test_table.py"),
        "tests/test_lazy_packages.py",
    )

    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout


def test_codec_without_a_strategy_fails_with_a_sentence(checkout: Path, tmp_path: Path) -> None:
    """A codec for which no strategy was written fails the generated tests with what is missing."""
    broken = tmp_path / "broken"
    shutil.copytree(checkout, broken)
    module = broken / "ipwrap/kinds/lantern.py"
    text = module.read_text(encoding="utf-8")
    module.write_text(text.replace("def strategy(", "def other("), encoding="utf-8")

    done = run_in(
        broken,
        *(
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-k",
            "lantern",
            "tests/kinds/test_kinds.py",
        ),
    )

    assert done.returncode == 1
    assert "Share has no strategy; define Share.strategy()" in done.stdout

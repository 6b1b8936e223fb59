"""The man pages: one a command, accepted by mandoc(1) and groff(1), and part of the wheel."""

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from ipwrap.cli.group import COMMANDS
from scripts.manual import iter_pages, main

ROOT = Path(__file__).parents[2]
LINTERS = {
    "mandoc": ("mandoc", "-T", "lint", "-W", "warning"),
    "groff": ("groff", "-man", "-ww", "-T", "utf8", "-z"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the pages."""
    target = tmp_path_factory.mktemp("pages") / "man"
    main(str(target))
    return target


def test_every_command_has_a_page(folder: Path) -> None:
    """There is a page of `ipwrap` and of each command."""
    expected = ["ipwrap.1", *(f"ipwrap-{name}.1" for name in COMMANDS)]

    assert sorted(expected) == sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("linter", LINTERS)
def test_pages_have_no_mistake(linter: str, folder: Path) -> None:
    """The checkers of man pages say nothing."""
    if shutil.which(linter) is None:
        pytest.skip(f"{linter} is not installed")

    for page in sorted(folder.iterdir()):
        process = subprocess.run((*LINTERS[linter], page), capture_output=True, text=True)
        assert ("", "", 0) == (process.stdout, process.stderr, process.returncode), page


def test_page_has_options_and_examples() -> None:
    """A page has the usage, the options with their explanations, and the examples line by line."""
    page = dict(iter_pages())["ipwrap-enter"]

    assert (
        ".SH SYNOPSIS\n.B ipwrap enter\n[OPTIONS] [LAB] [NAMESPACE] [\\-\\- COMMAND...]\n" in page
    )
    assert "\\-\\-help\nShow this message and exit.\n" in page
    assert "\nipwrap enter lab red\n" in page


def test_date_of_a_reproducible_build(monkeypatch: pytest.MonkeyPatch) -> None:
    """SOURCE_DATE_EPOCH is the date of the pages."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")

    assert '.TH IPWRAP 1 "1970-01-01"' in dict(iter_pages())["ipwrap"]


def test_wheel_has_the_pages(tmp_path: Path) -> None:
    """A wheel that is built behind `nox -s manual` installs the pages below share/man."""
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "ipwrap", tmp_path / "ipwrap")
    main(str(tmp_path / "man"))

    (wheel,) = WheelBuilder(str(tmp_path)).build(directory=str(tmp_path / "dist"))

    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert any(name.endswith("/data/share/man/man1/ipwrap-run.1") for name in names)
    assert "ipwrap/places/prompts/zsh/.zshrc" in names
    assert {f"ipwrap/views/report/page.{suffix}" for suffix in ("html", "css", "js")} <= {*names}

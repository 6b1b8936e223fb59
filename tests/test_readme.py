"""The README is short and correct: its blocks run, in order, with the output that it shows."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.peers import compare
from tests.pages import environment, follow, is_as_printed

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = "".join(re.findall(r"^```sh\n(.*?)```", README, re.DOTALL | re.MULTILINE))
SKIPPED = re.compile(r"<!-- not run: [^\n]+ -->\n+```sh\n(.*?)```", re.DOTALL)


@pytest.mark.live
def test_readme_can_be_followed_to_the_letter(tmp_path: Path) -> None:
    """Each block is saved or run in an empty folder, and prints what stands below it."""
    followed = list(follow(README, tmp_path))

    assert [] == [output for output in followed if not is_as_printed(output)]
    assert len(followed) >= 2
    assert (tmp_path / "pods.sh").exists()
    assert list(tmp_path.rglob("test_red_has_a_cable.jsonl"))


@pytest.mark.live
def test_command_line_installs_a_package_that_runs_the_first_lab(tmp_path: Path) -> None:
    """What `pip install .` installs runs the lab of the README, without the checkout."""
    pytest.importorskip("hatchling")
    installed = tmp_path / "installed"
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    flags = ("--no-deps", "--no-build-isolation", "--no-index", "--target", str(installed))
    subprocess.run((*pip, *flags, str(ROOT)), check=True, capture_output=True)
    (title, code) = re.findall(r'```python title="([^"]+)"\n(.*?)```', README, re.DOTALL)[0]
    (tmp_path / title).write_text(code, encoding="utf-8")

    run = subprocess.run(
        (sys.executable, "-m", "ipwrap", "run", title, "--record", "pods.jsonl"),
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == run.returncode, run.stderr
    header = json.loads((tmp_path / "pods.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert "sandbox" == header["place"]
    assert (installed / "ipwrap").is_dir()


def test_blocks_that_are_not_run_are_the_installation() -> None:
    """Only the lines of the installation are skipped, and their scripts exist."""
    (skipped,) = SKIPPED.findall(README)
    commands = [line.partition("#")[0].strip() for line in skipped.splitlines()]

    assert ["pip install .", "./scripts/demo", "./scripts/test"] == commands
    assert [] == [script for script in commands[1:] if not os.access(ROOT / script, os.X_OK)]


def test_readme_is_a_landing_page() -> None:
    """It has at most 150 lines and 1,200 words: the rest is in docs/."""
    assert len(README.splitlines()) <= 150
    assert len(README.split()) <= 1200


def test_ci_runs_the_test_command_of_the_readme() -> None:
    """The test command of the README is what CI runs."""
    assert "./scripts/test" in (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert "\n./scripts/test " in README


def test_links_of_the_readme_exist() -> None:
    """Every relative link leads to a file of the repository."""
    targets = [
        target.partition("#")[0]
        for target in re.findall(r"\]\(([^)]+)\)", README)
        if not target.startswith("https://")
    ]

    assert [] == [target for target in targets if not (ROOT / target).exists()]
    assert targets


def test_description_of_the_package_has_no_relative_links() -> None:
    """The description of the package has links to the repository's address, or names of files."""
    long_description = pytest.importorskip("hatch_build", reason="needs hatchling").long_description
    relative = re.compile(r"\]\((?!https:)")

    assert relative.search(README)

    without_address = long_description(README, None)

    assert not relative.search(without_address)
    assert "`SECURITY.md`" in without_address
    assert "[containerlab](https://containerlab.dev)" in without_address
    assert "Kinds of links (`docs/reference/kinds.md`)" in without_address

    with_address = long_description(README, "https://example.org/ipwrap/")

    assert not relative.search(with_address)
    assert "(https://example.org/ipwrap/blob/HEAD/docs/how-to/labs.md)" in with_address


def test_commands_of_the_readme_exist() -> None:
    """Every `ipwrap COMMAND` in the README exists."""
    from ipwrap.cli.group import COMMANDS

    named = re.findall(r"(?:^|\| |`)ipwrap (\w+)", BLOCKS, re.MULTILINE)
    named += re.findall(r"`ipwrap (\w+)", README)

    assert len(set(named)) >= 6
    assert set(named) <= set(COMMANDS)


def test_figures_of_the_readme_are_those_of_the_page_about_speed() -> None:
    """The README repeats figures of docs/explanation/speed.md, and has none of its own."""
    speed = (ROOT / "docs/explanation/speed.md").read_text(encoding="utf-8")
    row = re.findall(
        r"^\| 100 pods on a bridge \| (\d+) µs \|.* ([\d.]+)x \|$", speed, re.MULTILINE
    )
    read = re.findall(
        r'^\| one read, `link.show\("lo"\)` \| (\d+) µs \| ([\d.]+)x', speed, re.MULTILINE
    )
    ((microseconds, ratio),) = row
    ((read_microseconds, bash_ratio),) = read

    assert f"| {int(microseconds) / 1000:.1f} ms a step | {ratio} times that |" in README
    share = ordinal(int(float(bash_ratio)))
    assert f"one read takes {read_microseconds} µs, {share} of" in README


def test_lines_of_the_readme_are_those_of_the_compared_labs() -> None:
    """The row of lines for five serving pods has what scripts/peers/compare.py counts."""
    tools = compare.TOOLS["pods"]
    sources = [compare.script_of("pods", tool).read_text() for tool in tools]
    lines = " | ".join(str(compare.count_lines(source)) for source in sources)

    assert f"| lines for five serving pods [4] | {lines} | not tried |" in README


def ordinal(number: int) -> str:
    """Return the part of a ratio as the README writes it."""
    teens = ("thir", "four", "fif", "six", "seven", "eigh", "nine")
    words = ("tenth", "eleventh", "twelfth", *(f"{teen}teenth" for teen in teens), "twentieth")
    word = dict(enumerate(words, 10)).get(number, f"{number}th")
    return f"an {word}" if word.startswith("e") else f"a {word}"


def test_variables_of_a_reader_find_the_package() -> None:
    """The pages are followed with the Python and the package of this checkout."""
    printed = subprocess.run(
        ("python3", "-c", "import ipwrap; print(ipwrap.__file__)"),
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert str(ROOT / "ipwrap/__init__.py") == printed.strip()

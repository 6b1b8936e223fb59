"""The documents for contributors name existing files, folders and sessions."""

import re
from operator import attrgetter
from pathlib import Path

import pytest

from ipwrap import until
from ipwrap.conditions import CONDITIONS, Condition
from ipwrap.kinds import Veth
from ipwrap.system.programs import find_program
from tests.labs import open_sandbox

ROOT = Path(__file__).parents[1]
DOCUMENTS = (
    "docs/architecture.md",
    "docs/reading.md",
    "docs/secrets.md",
    "docs/waits.md",
    "CONTRIBUTING.md",
)
PATH = re.compile(r"(?<![\w./-])((?:[\w.-]+/)+(?:[\w.-]+\.\w+)?|[\w]+\.py)(?![\w/])")
PLACEHOLDERS = re.compile(r"lantern|NAME|OBJECT|X\.Y\.Z|URL|dist/|lib/ll_map")


WAITS = re.compile(r"```python\npod1\.wait_for\((.*)\)\n```\n\n```sh\n(.*)\n```\n")


def named_paths(document: str) -> set[str]:
    """Return the paths in a document, without patterns such as NAME.py."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return {path for path in PATH.findall(text) if not PLACEHOLDERS.search(path)}


def exists(path: str) -> bool:
    """Return whether a path exists in the repository or the package.

    The name of a file or folder anywhere in the package is enough.
    """
    if (ROOT / path).exists() or (ROOT / "ipwrap" / path).exists():
        return True

    name = path.rstrip("/")
    return "/" not in name and any((ROOT / "ipwrap").rglob(name))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_named_files_exist(document: str) -> None:
    """Every file and folder in a document is in the repository."""
    paths = named_paths(document)

    assert paths
    assert [] == sorted(path for path in paths if not exists(path))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_named_nox_sessions_exist(document: str) -> None:
    """Every `nox -s NAME` is a session of the noxfile."""
    text = (ROOT / document).read_text(encoding="utf-8")
    sessions = set(re.findall(r"(?:nox|scripts/test) -s (\w+)", text)) - {"NAME"}
    noxfile = (ROOT / "noxfile.py").read_text(encoding="utf-8")

    assert [] == sorted(name for name in sessions if f"def {name}(" not in noxfile)


@pytest.mark.parametrize("document", sorted((ROOT / "docs").glob("*.md")), ids=attrgetter("name"))
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    """Every relative link leads to a file of the repository."""
    targets = re.findall(r"\]\((?!https:)([^)#]+)[^)]*\)", document.read_text(encoding="utf-8"))

    assert [] == [target for target in targets if not (document.parent / target).exists()]


def test_every_folder_of_the_package_is_explained() -> None:
    """The architecture names every folder of the package."""
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    folders = {path.parent.name for path in (ROOT / "ipwrap").glob("*/__init__.py")}

    assert [] == sorted(folder for folder in folders if f"`{folder}/" not in text)


def test_waits_are_shown_as_they_are_exported() -> None:
    """The document of waits has the test of a script for each condition, word by word."""
    pairs = WAITS.findall((ROOT / "docs/waits.md").read_text(encoding="utf-8"))
    conditions: list[Condition] = [eval(source, {"until": until}) for source, _ in pairs]

    assert [shell for _, shell in pairs] == [
        condition.shell_test("pod1") for condition in conditions
    ]
    assert set(CONDITIONS) == {condition.tag for condition in conditions}


@pytest.mark.live
def test_python_of_the_page_about_processes_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The blocks run one after the other, and print what they say."""
    programs = ("iperf3", "nft", "sysctl")
    missing = [program for program in programs if find_program(program) is None]
    if missing:
        pytest.skip(f"not installed here: {', '.join(missing)}")

    text = (ROOT / "docs/processes.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fetch.py").write_text(
        "import sys, urllib.request as web\n"
        "web.build_opener(web.ProxyHandler({})).open(sys.argv[1])\n"
    )

    with open_sandbox() as session:
        session.ip.netns.add("red")
        session.ip.netns.add("blue")
        red, blue = session.netns("red"), session.netns("blue")
        red.ip.link.add("eth0", Veth(peer="eth0", peer_netns="blue"), up=True)
        red.ip.address.add("10.0.0.1/24", dev="eth0")
        blue.ip.address.add("10.0.0.2/24", dev="eth0")
        blue.ip.link.set("eth0", up=True)

        names = {"red": red, "blue": blue, "node": red, "until": until, "RULES": "table ip nat {}"}
        exec("\n".join(blocks), names)

    printed = capsys.readouterr().out
    assert re.match(r"\d+ True", printed)
    assert "Server listening on 5201" in printed
    assert printed.endswith("\n6\n")
    assert (tmp_path / "ping.pcap").exists()

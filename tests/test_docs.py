"""The documents for contributors name existing files, folders and sessions."""

import contextlib
import re
from itertools import chain
from operator import attrgetter
from pathlib import Path

import pytest

from ipwrap import Command, DryRun, InvalidArgument, OutputError, Secret, Session, until
from ipwrap.cmdline import is_equivalent
from ipwrap.conditions import CONDITIONS, Condition
from ipwrap.export import FORMATS
from ipwrap.kinds import Bridge, Veth, Vlan
from ipwrap.system.programs import find_program
from scripts.recordings import FULL, LABS
from tests.labs import open_sandbox
from tests.pages import follow, is_as_printed

ROOT = Path(__file__).parents[1]
DOCUMENTS = (
    "docs/explanation/architecture.md",
    "docs/how-to/many-namespaces.md",
    "docs/how-to/parse-output.md",
    "docs/how-to/secrets.md",
    "docs/how-to/waits.md",
    "CONTRIBUTING.md",
)
PAGES = sorted((ROOT / "docs").rglob("*.md"))
# Followed to the letter: all blocks but those that are marked.
FOLLOWED = (
    *(f"tutorial/{name}.md" for name in ("namespaces", "cable", "bridge", "pods", "script")),
    *("how-to/clean-up.md", "how-to/events.md", "how-to/export.md", "how-to/many-namespaces.md"),
    *("how-to/parse-output.md", "how-to/pytest.md", "how-to/record.md"),
    "how-to/drawing.md",
    *("how-to/pods-and-cables.md", "how-to/stay-up.md", "how-to/hand-out.md"),
    "how-to/labs.md",
    *("how-to/state.md", "how-to/sweeps.md", "tutorial/kubernetes.md"),
)
# What a page needs besides iproute2.
PAGE_PROGRAMS = {"tutorial/kubernetes.md": ("nft", "ping", "sysctl")}
ROW = re.compile(r"^\| `([^`]+)`[^|]* \| `(session\.[^`]+)` \|$", re.MULTILINE)
# The key itself is no text: a session passes it on stdin.
KEY = "00112233445566778899aabbccddeeff"
PATH = re.compile(r"(?<![\w./-])((?:[\w.-]+/)+(?:[\w.-]+\.\w+)?|[\w]+\.py)(?![\w/])")
PLACEHOLDERS = re.compile(r"lantern|NAME|OBJECT|X\.Y\.Z|URL|dist/|lib/ll_map")


LINK_TARGET = re.compile(r"\]\([^)]*\)")  # another test follows them
CODE = re.compile(r"^(```|~~~).*?^\1$", re.DOTALL | re.MULTILINE)
WAITS = re.compile(r"```python\npod1\.wait_for\((.*)\)\n```\n\n```sh\n(.*)\n```\n")


def named_paths(document: str) -> set[str]:
    """Return the paths in a document, without patterns such as NAME.py, and without links."""
    text = LINK_TARGET.sub("]", (ROOT / document).read_text(encoding="utf-8"))
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


@pytest.mark.parametrize("document", PAGES, ids=attrgetter("name"))
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    """Every relative link leads to a file of the repository."""
    text = CODE.sub("", document.read_text(encoding="utf-8"))
    targets = re.findall(r"\]\((?!https:)([^)#]+)[^)]*\)", text)

    assert [] == [target for target in targets if not (document.parent / target).exists()]


def test_every_folder_of_the_package_is_explained() -> None:
    """The architecture names every folder of the package."""
    text = (ROOT / "docs/explanation/architecture.md").read_text(encoding="utf-8")
    folders = {path.parent.name for path in (ROOT / "ipwrap").glob("*/__init__.py")}

    assert [] == sorted(folder for folder in folders if f"`{folder}/" not in text)


def test_waits_are_shown_as_they_are_exported() -> None:
    """The document of waits has the test of a script for each condition, word by word."""
    pairs = WAITS.findall((ROOT / "docs/how-to/waits.md").read_text(encoding="utf-8"))
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

    text = (ROOT / "docs/how-to/processes.md").read_text(encoding="utf-8")
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


@pytest.mark.live
def test_servers_become_the_lines_beside_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lines of Python run one after the other, and the script has the lines beside them."""
    page = (ROOT / "docs/how-to/processes.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.*`) \| (`.*`) \|$", page, re.MULTILINE)
    python_lines = [code_lines(python) for python, _ in rows]
    shell_lines = [code_lines(shell) for _, shell in rows]

    monkeypatch.chdir(tmp_path)
    (tmp_path / "fetch.py").write_text(FETCH, encoding="utf-8")
    with open_sandbox() as session:
        build_pods(session)
        pods = {name: session.netns(name) for name in ("pod1", "pod2")}
        exec("\n".join(chain(*python_lines)), {"until": until, **pods})
        script = session.export("sh")

    lines = iter([line.strip() for line in script.splitlines()])
    # The order counts, too: each search goes on behind the line before.
    assert [] == [line for line in chain(*shell_lines) if line not in lines]
    assert 5 <= len(rows)


def code_lines(cell: str) -> list[str]:
    """Return the lines of code in a cell of a table."""
    return [code.replace(r"\|", "|") for code in re.findall("`([^`]+)`", cell)]


def build_pods(session: Session) -> None:
    """Build two pods on a cable."""
    for name in ("pod1", "pod2"):
        session.ip.netns.add(name)
    session.ip.link.add("eth0", Veth(peer="eth0", peer_netns="pod2"), netns="pod1")

    for number, name in enumerate(("pod1", "pod2"), start=1):
        pod = session.netns(name)
        pod.ip.link.set("lo", up=True)
        pod.ip.address.add(f"10.244.0.{number}/24", dev="eth0")
        pod.ip.link.set("eth0", up=True)


FETCH = """
import sys
from http.client import HTTPConnection
server = HTTPConnection(sys.argv[1], 8000, timeout=60)
server.request("GET", "/")
assert server.getresponse().status == 200
"""


@pytest.mark.live
@pytest.mark.parametrize("page", FOLLOWED)
def test_page_can_be_followed_to_the_letter(page: str, tmp_path: Path) -> None:
    """Each block is saved or run in an empty folder, and prints what stands below it."""
    needed = PAGE_PROGRAMS.get(page, ())
    missing = [program for program in needed if find_program(program) is None]
    if missing:
        pytest.skip(f"not installed here: {', '.join(missing)}")
    if "nft" in needed:
        skip_without_nftables()

    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    followed = list(follow(text, tmp_path))

    assert [] == [output for output in followed if not is_as_printed(output)]


def skip_without_nftables() -> None:
    """Skip the test if this kernel does not translate addresses by rules of nftables."""
    with open_sandbox() as session:
        rules = "table ip nat {\nchain out {\ntype nat hook postrouting priority srcnat\n}\n}\n"
        reply = session.exec("nft", "-f", "-", stdin=rules, check=False)

    if not reply.ok:
        pytest.skip(f"this kernel: {reply.stderr.splitlines()[0]}")


def test_every_page_of_the_tutorial_is_followed() -> None:
    """The list of followed pages has the whole tutorial, but for its table of contents."""
    pages = {f"tutorial/{page.name}" for page in (ROOT / "docs/tutorial").glob("*.md")}

    assert pages - {"tutorial/index.md"} <= set(FOLLOWED)


def test_python_beside_a_command_is_the_same_command() -> None:
    """The verb beside each typed command asks for the same: both are read as one call."""
    text = (ROOT / "docs/reference/commands.md").read_text(encoding="utf-8")
    (imports,) = re.findall(r"```python\n(from .*?)```", text, re.DOTALL)
    rows = [(typed, code) for typed, code in ROW.findall(text) if "monitor" not in typed]
    different = [(typed, code) for typed, code in rows if not asks_the_same(typed, code, imports)]

    assert [] == different
    assert len(rows) > 30


def asks_the_same(typed: str, code: str, imports: str) -> bool:
    """Return whether a typed command and a verb are read as the same call."""
    with Session(executor=DryRun()) as session:
        names: dict[str, object] = {"session": session, "KEY": Secret(KEY, "KEY")}
        exec(imports, names)
        with contextlib.suppress(OutputError):  # a dry run has no replies to read
            eval(code, names)
        (asked,) = session.recording.commands

    # A verb reads with -j and -d, and a recording has the name of a key in its place.
    line = re.sub(r" -j| -d(?= )|(?<= )-d ", "", asked.command.line)
    is_same_line = line.replace('"$KEY"', "…") == typed
    return is_same_line or is_equivalent(Command(tuple(typed.split())), asked.command)


def test_words_of_habit_get_the_answer_of_the_page() -> None:
    """Each mistake of the page about errors is answered in the words beside it."""
    text = (ROOT / "docs/reference/errors.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+\))` \| (.*) \|$", text, re.MULTILINE)

    with Session(executor=DryRun()) as session:
        names = {"session": session, "Bridge": Bridge, "Veth": Veth, "Vlan": Vlan}
        answers = [(code, answer_to(code, names)) for code, _ in rows]

    assert rows == answers
    assert len(rows) > 5


def answer_to(code: str, names: dict[str, object]) -> str:
    """Return the text of the error that code raises."""
    with pytest.raises((InvalidArgument, AttributeError)) as raised:
        eval(code, names)

    return str(raised.value)


def test_formats_are_all_explained() -> None:
    """The page of export formats has a row for each format, and none for others."""
    text = (ROOT / "docs/reference/exporters.md").read_text(encoding="utf-8")

    assert set(FORMATS) == set(re.findall(r"^\| `(\w+)`", text, re.MULTILINE))


def test_labs_are_all_listed() -> None:
    """The page of labs has each lab that CI runs, and no others."""
    text = (ROOT / "docs/how-to/labs.md").read_text(encoding="utf-8")

    assert {*LABS, *FULL} == set(re.findall(r"^\| \[([\w/]+)\.py\]", text, re.MULTILINE))


def test_navigation_has_every_page() -> None:
    """The navigation of the site lists each page of docs/ once."""
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    listed = re.findall(r"([\w./-]+\.md)$", navigation, re.MULTILINE)

    assert sorted(listed) == sorted(str(page.relative_to(ROOT / "docs")) for page in PAGES)

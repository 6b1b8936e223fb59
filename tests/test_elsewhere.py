"""What needs no kernel works on Windows and macOS; what does need Linux says so."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import ipwrap
from ipwrap import Command, Recording
from ipwrap.export.formats import FORMATS
from ipwrap.recording import CommandEvent, Event, Header, ResultEvent
from ipwrap.result import Result
from tests.elsewhere import LACKING, UNIX_MODULES

ROOT = Path(ipwrap.__file__).parent
HERE = Path(__file__).parent
RECORDING = HERE.parent / "recordings" / "veth.jsonl"
INSIDE = {
    "executors/stream_main.py",
    "executors/spawner_main.py",
}  # programs that run in a place, and are not imported
FILES = sorted(path for path in ROOT.rglob("*.py") if str(path.relative_to(ROOT)) not in INSIDE)
PLATFORMS = ("win32", "darwin")
NEEDS_LINUX = "this needs Linux: network namespaces and iproute2 are its own"

PLAYBACK = """
import sys
from ipwrap import Recording, Session
from ipwrap.errors import CommandError

recording = Recording.load(sys.argv[1])
with Session.playback(recording) as session:
    for asked in recording.commands:
        try:
            session.run(asked.command)
        except CommandError as error:
            print(type(error).__name__)
    print(session.unplayed, session.recording.header.kernel)
"""
REFUSED = """
import sys
from ipwrap import Batch, Command, PlaceError, Process, Sandbox, Session
from ipwrap.executors.spawner import Spawner
from ipwrap.places import Local
from ipwrap.places.interactive import run_interactive

monitor = Command(("ip", "monitor"), changes=False)
for action in (
    lambda: Sandbox().open(),
    lambda: Session(sandbox=True).open(),
    lambda: Session().ip.link.show(),
    lambda: Session(executor=Process()).ip.link.show(),
    lambda: Batch().listen(monitor, Local()),
    lambda: Spawner.open(Local()),
    lambda: run_interactive(Local(), ("true",), env={}),
):
    try:
        action()
    except PlaceError as error:
        print(str(error).partition(";")[0])
"""


def ran(platform: str, script: Path, *words: str) -> "subprocess.CompletedProcess[bytes]":
    """Run a script as if on a platform, where Windows encodes by a code page if nothing else is said."""
    argv = (sys.executable, "-P", "-X", "warn_default_encoding", "-W", "error::EncodingWarning")
    return subprocess.run(
        (*argv, str(HERE / "elsewhere.py"), platform, str(script), *words),
        capture_output=True,
        check=False,
    )


def command(platform: str, *words: str) -> "subprocess.CompletedProcess[bytes]":
    """Run ipwrap as if on a platform."""
    return ran(platform, ROOT / "__main__.py", *words)


@pytest.fixture
def links(tmp_path: Path) -> Path:
    """What `ip -j link show` prints."""
    path = tmp_path / "links.json"
    path.write_text(
        '[{"ifname": "\N{LATIN SMALL LETTER E WITH ACUTE}0", "mtu": 1500}]', encoding="utf-8"
    )
    return path


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_a_recording_is_exported(format_: str, platform: str, tmp_path: Path) -> None:
    """As every format, and the very bytes that are exported on Linux."""
    words = ("-m", "ipwrap", "export", "--format", format_, str(RECORDING))
    expected = subprocess.run((sys.executable, *words), capture_output=True, check=True).stdout

    done = command(platform, "export", "--format", format_, str(RECORDING))

    assert (0, b"", expected) == (done.returncode, done.stderr, done.stdout)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_an_exported_file_is_that_of_linux(platform: str, tmp_path: Path) -> None:
    """In UTF-8, and with the ends of lines that a shell takes."""
    done = command(platform, "export", "-o", str(tmp_path / "lab.sh"), str(RECORDING))
    assert (0, b"") == (done.returncode, done.stderr)

    words = ("-m", "ipwrap", "export", "-o", str(tmp_path / "linux" / "lab.sh"), str(RECORDING))
    (tmp_path / "linux").mkdir()
    subprocess.run((sys.executable, *words), check=True)

    assert (tmp_path / "linux" / "lab.sh").read_bytes() == (tmp_path / "lab.sh").read_bytes()


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("--help",), b"doctor"),
        (("show", str(RECORDING)), b"ip netns add"),
        (("show", "--state", str(RECORDING)), "├".encode()),
        (("schema", "link"), b'"properties"'),
        (("doctor", "--help"), b"Exit 1 if labs cannot run here"),
        (("run", "--help"), b"Run SCRIPT"),
        (("clean",), b""),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, tuple) else "",
)
def test_a_command_that_runs_nothing_works(
    platform: str, words: tuple[str, ...], part: bytes
) -> None:
    """Its output is UTF-8."""
    done = command(platform, *words)

    assert (0, b"") == (done.returncode, done.stderr)
    assert part in done.stdout


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("format_", ["table", "json", "jsonl", "csv"])
def test_json_is_parsed(platform: str, format_: str, links: Path) -> None:
    """In every format, in UTF-8."""
    done = command(platform, "parse", "link", "--format", format_, str(links))

    assert (0, b"") == (done.returncode, done.stderr)
    assert "\N{LATIN SMALL LETTER E WITH ACUTE}0".encode() in done.stdout


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_recording_is_played_back(platform: str, tmp_path: Path) -> None:
    """All of it, with the errors that it would raise on Linux; of which kernel, its header does not say."""
    script = tmp_path / "play.py"
    script.write_text(PLAYBACK, encoding="utf-8")
    add, make = (
        Command(("ip", "netns", "add", "red")),
        Command(("ip", "link", "add", "br0", "type", "bridge")),
    )
    results = [
        Result(add, 0, "", ""),
        Result(make, 2, "", "RTNETLINK answers: Operation not supported\n"),
    ]
    events: list[Event] = []
    for number, result in enumerate(results):
        events += [CommandEvent(number, result.command, None), ResultEvent(number, result)]
    path = Recording(Header(kernel="6.1"), events).save(tmp_path / "x.jsonl")

    done = ran(platform, script, str(path))

    assert (0, b"", b"NotSupported\n[] None\n") == (done.returncode, done.stderr, done.stdout)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_runs_a_command_says_that_it_needs_linux(platform: str, tmp_path: Path) -> None:
    """Before it starts a program, with what works here."""
    script = tmp_path / "refused.py"
    script.write_text(REFUSED, encoding="utf-8")

    done = ran(platform, script)

    assert (0, b"") == (done.returncode, done.stderr)
    assert [NEEDS_LINUX] * 7 == done.stdout.decode().splitlines()


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize(
    "words",
    [
        ("sandbox", "true"),
        ("replay", str(RECORDING)),
        ("record", "--sandbox", "-o", "x.jsonl", "true"),
    ],
)
def test_a_command_that_runs_something_says_that_it_needs_linux(
    platform: str, words: tuple[str, ...]
) -> None:
    """In one line, with what works here."""
    done = command(platform, *words)

    expected = f"ipwrap: {NEEDS_LINUX}; parse, show, export, schema and playback work here\n"
    assert (1, b"", expected) == (done.returncode, done.stdout, done.stderr.decode())


@pytest.mark.parametrize("platform", PLATFORMS)
def test_doctor_says_that_labs_need_linux(platform: str) -> None:
    """And looks at nothing else."""
    done = command(platform, "doctor")

    assert (1, b"") == (done.returncode, done.stderr)
    assert f"this is {platform}".encode() in done.stdout
    assert NEEDS_LINUX.encode() in done.stdout


def at_import(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what is run when a module is imported: all but the bodies of functions and what is for types only."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for part in (*child.decorator_list, child.args, *filter(None, (child.returns,))):
                yield from (part, *at_import(part))
        elif not isinstance(child, ast.Lambda):
            yield from (child, *at_import(child))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_needs_unix_to_be_imported(path: Path) -> None:
    """Neither a module that only Unix has, nor a name of another one."""
    found = []
    for node in at_import(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                found += [
                    each.name for each in names if each.name.partition(".")[0] in UNIX_MODULES
                ]
            case ast.ImportFrom(module=str(module), names=names):
                lacking = LACKING["win32"].get(module, frozenset())
                found += [
                    each.name for each in names if module in UNIX_MODULES or each.name in lacking
                ]
            case ast.Attribute(value=ast.Name(id=module), attr=name):
                found += [f"{module}.{name}"] if name in LACKING["win32"].get(module, ()) else []

    assert [] == found


@pytest.mark.parametrize(
    "path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT))
)
def test_no_program_for_a_place_is_imported(path: Path) -> None:
    """Those are started by their path: they may use what only Linux has."""
    modules = {name.removesuffix(".py").replace("/", ".") for name in INSIDE}
    nodes = [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    imported = {
        f"{node.module}.{each.name}".removeprefix("ipwrap.")
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        for each in node.names
    }

    assert set() == modules & imported

"""Commands without a kernel work on Windows and macOS; other commands report the need for Linux."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import ipwrap
from ipwrap import Command, Recording
from ipwrap.export import FORMATS
from ipwrap.recording import CommandEvent, Event, Header, ResultEvent
from ipwrap.result import Result
from tests.elsewhere import LACKING, UNIX_MODULES

ROOT = Path(ipwrap.__file__).parent
TESTS = Path(__file__).parent
RECORDING = TESTS.parent / "recordings" / "veth.jsonl"
PLACE_PROGRAMS = {
    "executors/background_main.py",
    "executors/stream_main.py",
    "executors/spawner_main.py",
}  # programs that run in a place, and are not imported
FILES = sorted(
    path for path in ROOT.rglob("*.py") if str(path.relative_to(ROOT)) not in PLACE_PROGRAMS
)
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
LINUX_ONLY = """
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


def run_script(
    platform: str,
    script: Path,
    *arguments: str,
) -> "subprocess.CompletedProcess[bytes]":
    """Run a script as on a platform, with a code page as the default encoding of Windows."""
    argv = (sys.executable, "-P", "-X", "warn_default_encoding", "-W", "error::EncodingWarning")
    return subprocess.run(
        (*argv, str(TESTS / "elsewhere.py"), platform, str(script), *arguments),
        capture_output=True,
        check=False,
    )


def run_ipwrap(platform: str, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    """Run ipwrap as on a platform."""
    return run_script(platform, ROOT / "__main__.py", *arguments)


@pytest.fixture
def links_file(tmp_path: Path) -> Path:
    """A file with the output of `ip -j link show`."""
    path = tmp_path / "links.json"
    path.write_text(
        '[{"ifname": "\N{LATIN SMALL LETTER E WITH ACUTE}0", "mtu": 1500}]',
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_a_recording_is_exported(format_: str, platform: str, tmp_path: Path) -> None:
    """Every format is exported with the same bytes as on Linux."""
    arguments = ("-m", "ipwrap", "export", "--format", format_, str(RECORDING))
    expected = subprocess.run((sys.executable, *arguments), capture_output=True, check=True).stdout

    process = run_ipwrap(platform, "export", "--format", format_, str(RECORDING))

    assert (0, b"", expected) == (process.returncode, process.stderr, process.stdout)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_an_exported_file_is_the_same_as_on_linux(platform: str, tmp_path: Path) -> None:
    """An exported file is UTF-8 with Unix line ends."""
    process = run_ipwrap(platform, "export", "-o", str(tmp_path / "lab.sh"), str(RECORDING))

    assert (0, b"") == (process.returncode, process.stderr)

    arguments = ("-m", "ipwrap", "export", "-o", str(tmp_path / "linux" / "lab.sh"), str(RECORDING))
    (tmp_path / "linux").mkdir()
    subprocess.run((sys.executable, *arguments), check=True)

    assert (tmp_path / "linux" / "lab.sh").read_bytes() == (tmp_path / "lab.sh").read_bytes()


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--help",), b"doctor"),
        (("show", str(RECORDING)), b"ip netns add"),
        (("show", "--state", str(RECORDING)), "└─ ".encode()),
        (("schema", "link"), b'"properties"'),
        (("doctor", "--help"), b"The exit status is 1 if labs cannot run"),
        (("run", "--help"), b"Run SCRIPT, in a sandbox"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, tuple) else "",
)
def test_a_command_that_runs_nothing_works(
    platform: str,
    arguments: tuple[str, ...],
    part: bytes,
) -> None:
    """A command that runs no program works, with output in UTF-8."""
    process = run_ipwrap(platform, *arguments)

    assert (0, b"") == (process.returncode, process.stderr)
    assert part in process.stdout


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("format_", ["table", "json", "jsonl", "csv"])
def test_json_is_parsed(platform: str, format_: str, links_file: Path) -> None:
    """JSON is parsed into every format in UTF-8."""
    process = run_ipwrap(platform, "parse", "link", "--format", format_, str(links_file))

    assert (0, b"") == (process.returncode, process.stderr)
    assert "\N{LATIN SMALL LETTER E WITH ACUTE}0".encode() in process.stdout


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_recording_is_played_back(platform: str, tmp_path: Path) -> None:
    """A playback raises the errors of Linux, and its header names no kernel."""
    script = tmp_path / "play.py"
    script.write_text(PLAYBACK, encoding="utf-8")
    add_netns, add_bridge = (
        Command(("ip", "netns", "add", "red")),
        Command(("ip", "link", "add", "br0", "type", "bridge")),
    )
    results = [
        Result(add_netns, 0, "", ""),
        Result(add_bridge, 2, "", "RTNETLINK answers: Operation not supported\n"),
    ]
    events: list[Event] = []
    for number, result in enumerate(results):
        events += [CommandEvent(number, result.command, None), ResultEvent(number, result)]

    path = Recording(Header(kernel="6.1"), events).save(tmp_path / "x.jsonl")

    process = run_script(platform, script, str(path))

    assert (0, b"", b"NotSupported\n[] None\n") == (
        process.returncode,
        process.stderr,
        process.stdout,
    )


@pytest.mark.parametrize("platform", PLATFORMS)
def test_running_a_command_needs_linux(platform: str, tmp_path: Path) -> None:
    """An operation that runs a program reports the need for Linux beforehand."""
    script = tmp_path / "refused.py"
    script.write_text(LINUX_ONLY, encoding="utf-8")

    process = run_script(platform, script)

    assert (0, b"") == (process.returncode, process.stderr)
    assert [NEEDS_LINUX] * 7 == process.stdout.decode().splitlines()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_nothing_is_to_be_cleaned(platform: str) -> None:
    """`ipwrap clean` finds no crashed session, and says so."""
    process = run_ipwrap(platform, "clean")

    assert (0, b"") == (process.returncode, process.stdout)
    assert b"nothing to clean" in process.stderr


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize(
    "arguments",
    [
        ("sandbox", "true"),
        ("replay", str(RECORDING)),
        ("record", "--sandbox", "-o", "x.jsonl", "true"),
    ],
)
def test_a_subcommand_that_runs_programs_needs_linux(
    platform: str, arguments: tuple[str, ...]
) -> None:
    """A subcommand with programs to run reports the subcommands without this need in a line."""
    process = run_ipwrap(platform, *arguments)

    expected = f"ipwrap: {NEEDS_LINUX}; parse, show, export, schema and playback work here\n"

    assert (1, b"", expected) == (process.returncode, process.stdout, process.stderr.decode())


@pytest.mark.parametrize("platform", PLATFORMS)
def test_doctor_reports_the_need_for_linux(platform: str) -> None:
    """`doctor` reports the platform and checks no further requirements."""
    process = run_ipwrap(platform, "doctor")

    assert (1, b"") == (process.returncode, process.stderr)
    assert f"this is {platform}".encode() in process.stdout
    assert NEEDS_LINUX.encode() in process.stdout


def nodes_run_at_import(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the syntax nodes that run at import, without bodies of functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for part in (*child.decorator_list, child.args, *filter(None, (child.returns,))):
                yield from (part, *nodes_run_at_import(part))
        elif not isinstance(child, ast.Lambda):
            yield from (child, *nodes_run_at_import(child))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_needs_unix_to_be_imported(path: Path) -> None:
    """A module imports neither a Unix module nor a Unix name at import time."""
    unix_names = []
    for node in nodes_run_at_import(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                unix_names += [
                    alias.name for alias in names if alias.name.partition(".")[0] in UNIX_MODULES
                ]
            case ast.ImportFrom(module=str(module), names=names):
                lacking = LACKING["win32"].get(module, frozenset())
                unix_names += [
                    alias.name for alias in names if module in UNIX_MODULES or alias.name in lacking
                ]
            case ast.Attribute(value=ast.Name(id=module), attr=name):
                unix_names += (
                    [f"{module}.{name}"] if name in LACKING["win32"].get(module, ()) else []
                )

    assert [] == unix_names


@pytest.mark.parametrize(
    "path",
    sorted(ROOT.rglob("*.py")),
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_no_program_for_a_place_is_imported(path: Path) -> None:
    """Programs for a place run by path and are never imported, because they use Linux only."""
    modules = {name.removesuffix(".py").replace("/", ".") for name in PLACE_PROGRAMS}
    nodes = [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    imported = {
        f"{node.module}.{alias.name}".removeprefix("ipwrap.")
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }

    assert set() == modules & imported

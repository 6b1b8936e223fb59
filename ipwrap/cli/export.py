"""`ipwrap export`: write a recording as a script or as a transcript."""

import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ipwrap.cli.draw import draw_recording
from ipwrap.cli.examples import examples
from ipwrap.cli.output import TEXT, echo, report_write_errors, write
from ipwrap.cli.parameters import RECORDING
from ipwrap.cli.progress import Progress, load
from ipwrap.cli.suggestions import SuggestingChoice
from ipwrap.errors import IpwrapError
from ipwrap.export import FORMATS

if TYPE_CHECKING:
    from ipwrap.recording import Recording, RecordingView

__all__ = ["export"]

TRANSCRIPTS = frozenset({"asciicast", "console", "markdown"})


def format_option(formats: str, *names: str, help_: str, **attributes: Any) -> Callable[..., Any]:
    """Return an option of some formats only. Its help text ends with the names of the formats."""
    return click.option(*names, help=f"{help_} ({formats})", **attributes)


@click.command(
    epilog=examples(
        "ipwrap export lab.jsonl -o lab.sh",
        "ipwrap export lab.jsonl --format markdown",
        "ipwrap export lab.jsonl --format batch -o lab/",
    )
)
@click.option(
    "--format",
    "format_",
    type=SuggestingChoice(sorted(FORMATS)),
    default="sh",
    show_default=True,
)
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    default="-",
    help="Write to this file; for batch, several files to this folder.",
)
@format_option(
    "sh, plain, python",
    "--reads/--no-reads",
    default=None,
    help_="Include read-only commands (the default for python).",
)
@format_option(
    "sh",
    "--style",
    type=SuggestingChoice(("full", "plain")),
    help_="`plain` is the same as --format plain.",
)
@format_option(
    "plain",
    "--sudo",
    is_flag=True,
    default=None,
    help_="Put sudo before each command.",
)
@format_option(
    "transcripts",
    "--rerun/--no-rerun",
    default=None,
    help_=(
        "Run the recording again in a sandbox, for output as a person sees it: the default where "
        "a read has no recorded text."
    ),
)
@format_option(
    "markdown",
    "--draw",
    is_flag=True,
    help_="End with a picture of the final state, in mermaid.",
)
@format_option(
    "asciicast",
    "--cast-version",
    "version",
    type=click.IntRange(2, 3),
    help_="Version of the asciicast format.",
)
@format_option(
    "asciicast",
    "--speed",
    type=float,
    help_="Factor of the playback speed.",
)
@format_option(
    "asciicast",
    "--idle-limit",
    type=float,
    help_="Longest pause, in seconds.",
)
@click.argument("file", type=RECORDING)
def export(
    file: str,
    format_: str,
    output: str,
    style: str | None,
    rerun: bool | None,
    draw: bool,
    **options: Any,
) -> None:
    """Write the recording FILE as a script or as a transcript.

    To a folder, the format batch writes a file up to each process or wait, for each program and
    namespace, and run.sh, which feeds the files to ip, bridge and tc. To a file with a suffix, the
    format batch writes a single script.
    """
    from ipwrap.export.batchfile import batch_files
    from ipwrap.recording import RecordingView

    if style == "plain" and format_ == "sh":
        format_ = "plain"

    progress = Progress(file)
    recording: RecordingView = load(file, progress)
    # On a terminal that shows the script itself, a progress bar would disturb the text.
    progress.shown = output != "-" or not sys.stdout.isatty()

    format_options = {name: value for name, value in options.items() if value is not None}
    if draw and format_ != "markdown":
        raise click.UsageError("--draw is for --format markdown; see also `ipwrap draw`")
    if draw:
        # Of this recording: a transcript may be that of another run.
        format_options["picture"] = str(draw_recording(recording, "mermaid", path=file))
    if format_ in TRANSCRIPTS:
        recording = _with_text(recording, rerun=rerun)
    elif format_ == "sh":
        # The usage in the script's head names the script.
        format_options["name"] = "SCRIPT" if output == "-" else Path(output).name

    if format_ == "batch" and _is_folder(output):
        _write_files(batch_files(recording), Path(output))
        return

    # The formats are plain callables, which refuse an unknown keyword with a TypeError.
    try:
        pieces = FORMATS[format_].iter_text(recording, **format_options)
    except TypeError as error:
        raise click.UsageError(
            f"--format {format_}: an option that it does not have: {error}"
        ) from error

    write(pieces, output)


def _is_folder(output: str) -> bool:
    """Return whether a path is for a folder of batch files: an existing folder, or no suffix."""
    if output == "-":
        return False
    path = Path(output)
    is_named_as_one = output.endswith(("/", os.sep)) or not path.suffix
    return path.is_dir() or (is_named_as_one and not _is_special(path))


def _is_special(path: Path) -> bool:
    """Return whether a path is that of a device or a pipe."""
    return path.exists() and not path.is_file() and not path.is_dir()


def _with_text(recording: "RecordingView", *, rerun: bool | None) -> "RecordingView":
    """Return a recording with the output seen by a person, from a second run if necessary.

    If the second run was not requested, and is impossible, a message on stderr reports the problem.
    """
    from ipwrap.export.transcript import lacks_text

    if rerun is None and lacks_text(recording):
        echo(
            "ipwrap: recorded without text output (ipwrap run --transcript keeps it); "
            "--no-rerun shows the recorded JSON",
            err=True,
        )
        try:
            return _run_again(recording)
        except IpwrapError as error:
            echo(f"ipwrap: not run again, and shown with its JSON: {error}", err=True)
            return recording

    return _run_again(recording) if rerun else recording


def _run_again(recording: "RecordingView") -> "Recording":
    """Replay a recording in a sandbox, and return the new recording with a transcript."""
    from ipwrap.places import Sandbox
    from ipwrap.replay import replay
    from ipwrap.session import Session

    echo("ipwrap: run again in a sandbox; the transcript shows that run's output", err=True)
    with Session(Sandbox(), transcript=True) as session:
        comparison = replay(recording, session, check=False)

    for difference in comparison.differences:
        echo(f"ipwrap: {difference}", err=True)

    return session.recording


def _write_files(files: dict[str, str], folder: Path) -> None:
    """Write files into a folder, which is created if necessary. Raises `IpwrapError`."""
    if folder.exists() and not folder.is_dir():
        raise IpwrapError(
            f"{folder} is a file, and the batch files need a folder; a name that ends in .sh is "
            "one script with all lines"
        )

    with report_write_errors(str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, **TEXT)

    echo(
        f"ipwrap: wrote {len(files)} files to {folder}: {', '.join(sorted(files))}; run them: "
        f"sh {shlex.quote(str(folder / 'run.sh'))}",
        err=True,
    )

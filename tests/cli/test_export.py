"""`ipwrap export` writes a recording as a script or a transcript."""

from pathlib import Path

import pytest

from ipwrap import Command, DryRun, Local, PlaceError, Recording, Result, Session
from ipwrap.export.python.exporter import python
from ipwrap.export.shell import shell
from ipwrap.kinds import Bridge
from ipwrap.places import Sandbox
from ipwrap.recording import CommandEvent, ResultEvent
from tests.cli.running import run_ipwrap
from tests.labs import record_lab


def test_recording_is_exported_to_stdout(recording_path: Path) -> None:
    """`ipwrap export FILE` prints the shell script."""
    result = run_ipwrap("export", str(recording_path))

    assert 0 == result.exit_code
    assert "" == result.stderr
    assert shell(Recording.load(recording_path)) == result.stdout


def test_reads_are_optional(recording_path: Path) -> None:
    """`--reads` includes read-only commands."""
    assert (
        shell(Recording.load(recording_path), reads=True)
        == run_ipwrap("export", "--reads", str(recording_path)).stdout
    )


def test_python_script_has_reads_by_default(recording_path: Path) -> None:
    """`--format python` includes read-only commands, unless `--no-reads` is given."""
    recording = Recording.load(recording_path)

    assert (
        python(recording) == run_ipwrap("export", "--format", "python", str(recording_path)).stdout
    )
    assert (
        python(recording, reads=False)
        == run_ipwrap("export", "--format", "python", "--no-reads", str(recording_path)).stdout
    )
    assert python(recording) != python(recording, reads=False)


def test_script_file_contains_its_name(recording_path: Path, tmp_path: Path) -> None:
    """The usage in the head of `-o x.sh` names x.sh."""
    target = tmp_path / "x.sh"

    result = run_ipwrap("export", "-o", str(target), str(recording_path))

    assert 0 == result.exit_code
    assert "" == result.stdout
    assert shell(Recording.load(recording_path), name="x.sh") == target.read_text()


def test_script_on_stdout_has_a_placeholder_name(recording_path: Path) -> None:
    """The usage of a script on stdout has SCRIPT as its name."""
    assert "#   sh SCRIPT down " in run_ipwrap("export", "-o", "-", str(recording_path)).stdout


def test_undecodable_arguments_are_written_as_bytes(tmp_path: Path) -> None:
    """An undecodable argument is written as the original bytes."""
    file, target = tmp_path / "lab.jsonl", tmp_path / "x.sh"
    with Session(Local(), DryRun(), record=file) as session:
        session.exec("true", "a\udcffb")

    result = run_ipwrap("export", "-o", str(target), str(file))

    assert 0 == result.exit_code
    assert b"    true 'a\xffb'\n" in target.read_bytes()


@pytest.mark.parametrize("command", ["export", "show"])
def test_truncated_recording_is_used(command: str, recording_path: Path) -> None:
    """A truncated last line is reported on stderr, and the other lines are used."""
    recording_path.write_bytes(recording_path.read_bytes()[:-5])

    result = run_ipwrap(command, str(recording_path))

    assert 0 == result.exit_code
    assert "the last line is torn" in result.stderr
    assert "br0 type bri" in result.stdout


@pytest.mark.parametrize("command", ["export", "show", "replay"])
def test_damaged_recording_is_refused(command: str, recording_path: Path) -> None:
    """The error names the file and the line, and stdout stays empty."""
    lines = recording_path.read_text().splitlines()
    lines.insert(1, "{}")
    recording_path.write_text("\n".join(lines) + "\n")

    result = run_ipwrap(command, str(recording_path))

    assert 1 == result.exit_code
    assert "" == result.stdout
    assert result.stderr.startswith(f"ipwrap: {recording_path}:2: damaged")


@pytest.mark.parametrize("arguments", [("export", "--format", "nonsense"), ("export",), ("show",)])
def test_wrong_use_ends_with_2(arguments: tuple[str, ...]) -> None:
    """An unknown format and a missing file are usage errors."""
    assert 2 == run_ipwrap(*arguments).exit_code
    assert "" == run_ipwrap(*arguments).stdout


@pytest.mark.parametrize(
    ("arguments", "begins"),
    [
        (("--format", "plain"), "#!/bin/sh\nset -eu\nip link add br0 type bridge\n"),
        (
            ("--style", "plain", "--sudo", "--reads"),
            "#!/bin/sh\nset -eu\nsudo ip link add br0 type bridge\nsudo ip",
        ),
        (("--format", "batch"), "#!/bin/sh\n# Written by ipwrap: it feeds ip -batch"),
        (
            ("--format", "markdown"),
            "```console\n$ ip link add br0 type bridge\n$ ip link show\n",
        ),
        (("--format", "console"), "$ ip link add br0 type bridge\n$ ip link show\n"),
        (("--format", "asciicast", "--cast-version", "3"), '{"version":3,'),
        (("--format", "asciicast", "--speed", "2", "--idle-limit", "1"), '{"version":2,'),
    ],
)
def test_recording_is_exported_in_a_format(
    arguments: tuple[str, ...], begins: str, recording_path: Path
) -> None:
    """`--format` selects the format, which may have options."""
    result = run_ipwrap("export", *arguments, str(recording_path))
    assert 0 == result.exit_code
    assert begins == result.stdout[: len(begins)]


@pytest.mark.parametrize(
    "arguments",
    [("--sudo",), ("--format", "console", "--speed", "2"), ("--format", "batch", "--reads")],
)
def test_option_of_another_format_is_a_usage_error(
    arguments: tuple[str, ...], recording_path: Path
) -> None:
    """An option of a different format is not ignored."""
    result = run_ipwrap("export", *arguments, str(recording_path))
    assert 2 == result.exit_code
    assert "an option that it does not have" in result.stderr


def test_batch_files_are_written_to_a_folder(recording_path: Path, tmp_path: Path) -> None:
    """`-o FOLDER/` writes the batch files, and the message names the script to run."""
    result = run_ipwrap(
        "export", "--format", "batch", "-o", f"{tmp_path}/files/", str(recording_path)
    )
    assert ["01-first.ip", "run.sh"] == sorted(file.name for file in (tmp_path / "files").iterdir())
    assert "run.sh" in result.stderr


def test_batch_files_go_to_a_folder_without_a_slash(recording_path: Path, tmp_path: Path) -> None:
    """A path without a suffix is a folder, and the message lists the files."""
    result = run_ipwrap("export", "--format", "batch", "-o", f"{tmp_path}/dir", str(recording_path))

    assert f"wrote 2 files to {tmp_path}/dir: 01-first.ip, run.sh" in result.stderr
    assert (tmp_path / "dir" / "run.sh").is_file()


def test_batch_script_goes_to_a_file_with_a_suffix(recording_path: Path, tmp_path: Path) -> None:
    """A path with a suffix is one script."""
    run_ipwrap("export", "--format", "batch", "-o", f"{tmp_path}/lab.sh", str(recording_path))

    assert (tmp_path / "lab.sh").read_text().startswith("#!/bin/sh")


def test_folder_of_batch_files_overwrites_no_file(recording_path: Path, tmp_path: Path) -> None:
    """Where a file has the folder's name, the export fails and the file stays."""
    (tmp_path / "dir").write_text("mine")

    result = run_ipwrap("export", "--format", "batch", "-o", f"{tmp_path}/dir", str(recording_path))

    assert 1 == result.exit_code
    assert "dir is a file, and the batch files need a folder" in result.stderr
    assert "mine" == (tmp_path / "dir").read_text()


@pytest.mark.live
def test_a_transcript_without_text_is_of_another_run(tmp_path: Path) -> None:
    """Without recorded text, the recording runs again in a sandbox, or is shown with its JSON."""
    file = tmp_path / "x.jsonl"
    record_lab(
        lambda session: [session.ip.link.add("br0", Bridge()), session.ip.link.show("br0")], file
    )

    as_json = run_ipwrap("export", "--format", "console", "--no-rerun", str(file))
    rerun = run_ipwrap("export", "--format=console", "--rerun", str(file))
    by_default = run_ipwrap("export", "--format=markdown", str(file))

    assert '\n$ ip -j -d link show br0\n[{"ifindex":' in as_json.stdout
    for result in (rerun, by_default):
        assert "$ ip link show br0\n" in result.stdout
        assert "br0: <BROADCAST,MULTICAST>" in result.stdout
        assert "run again in a sandbox" in result.stderr
    assert "--no-rerun shows the recorded JSON" in by_default.stderr
    assert "" == as_json.stderr


def test_a_transcript_that_cannot_run_again_shows_the_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a sandbox is impossible, a message says so, and the recorded JSON is shown."""
    command = Command(("ip", "-j", "-d", "link", "show"), changes=False)
    result = Result(command, stdout='[{"ifname":"x"}]')
    recording = Recording(events=[CommandEvent(1, command), ResultEvent(1, result)])
    file = recording.save(tmp_path / "x.jsonl")

    def refuse(_sandbox: Sandbox) -> bool:
        raise PlaceError("no sandbox here")

    monkeypatch.setattr(Sandbox, "open", refuse)
    exported = run_ipwrap("export", "--format", "console", str(file))

    assert (0, '$ ip -j -d link show\n[{"ifname":"x"}]\n') == (
        exported.exit_code,
        exported.stdout,
    )
    assert "not run again, and shown with its JSON: no sandbox here" in exported.stderr

"""`ipwrap export` and `ipwrap show`."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ipwrap import DryRun, Local, Recording, Session
from ipwrap.cli.group import cli
from ipwrap.export import shell
from ipwrap.export.python import python
from ipwrap.kinds import Bridge
from tests.labs import pair, recorded


def run(*words: str) -> Result:
    """Run `ipwrap` in this process."""
    return CliRunner().invoke(cli, words)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A recording of a session in which nothing ran."""
    file = tmp_path / "lab.jsonl"
    with Session(Local(), DryRun(), record=file) as session:
        session.ip.link.add("br0", Bridge())
        session.ip.link.show()
    return file


def test_a_recording_becomes_a_script_on_stdout(path: Path) -> None:
    """`ipwrap export FILE` prints the script."""
    result = run("export", str(path))

    assert (0, "") == (result.exit_code, result.stderr)
    assert shell(Recording.load(path)) == result.stdout


def test_reads_are_asked_for(path: Path) -> None:
    """`--reads` keeps what only looked."""
    assert shell(Recording.load(path), reads=True) == run("export", "--reads", str(path)).stdout


def test_a_script_in_python_has_reads_unless_told_otherwise(path: Path) -> None:
    """`--format python`, and `--no-reads`."""
    recording = Recording.load(path)

    assert python(recording) == run("export", "--format", "python", str(path)).stdout
    assert (
        python(recording, reads=False)
        == run("export", "--format", "python", "--no-reads", str(path)).stdout
    )
    assert python(recording) != python(recording, reads=False)


def test_the_script_goes_to_a_file_that_it_names(path: Path, tmp_path: Path) -> None:
    """`-o x.sh` writes there; the head of the script says how x.sh is called."""
    target = tmp_path / "x.sh"

    result = run("export", "-o", str(target), str(path))

    assert (0, "") == (result.exit_code, result.stdout)
    assert shell(Recording.load(path), name="x.sh") == target.read_text()


def test_on_stdout_the_script_has_no_name(path: Path) -> None:
    """It does not know what it will be called."""
    assert "#   sh SCRIPT down " in run("export", "-o", "-", str(path)).stdout


def test_words_that_are_no_text_are_written_as_bytes(tmp_path: Path) -> None:
    """A word that is no UTF-8 reaches the script as it was."""
    file, target = tmp_path / "lab.jsonl", tmp_path / "x.sh"
    with Session(Local(), DryRun(), record=file) as session:
        session.exec("true", "a\udcffb")

    result = run("export", "-o", str(target), str(file))

    assert 0 == result.exit_code
    assert b"    true 'a\xffb'\n" in target.read_bytes()


@pytest.mark.parametrize("command", ["export", "show"])
def test_a_torn_recording_is_read_and_said(command: str, path: Path) -> None:
    """A crash that cut the last line is told on stderr; the rest is used."""
    path.write_bytes(path.read_bytes()[:-5])

    result = run(command, str(path))

    assert 0 == result.exit_code
    assert "the last line is torn" in result.stderr
    assert "ip link add name br0 type bridge" in result.stdout


@pytest.mark.parametrize("command", ["export", "show", "replay"])
def test_a_damaged_recording_is_refused(command: str, path: Path) -> None:
    """The message names the file and the line; stdout holds nothing."""
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], "{}", *lines[1:]]) + "\n")

    result = run(command, str(path))

    assert (1, "") == (result.exit_code, result.stdout)
    assert result.stderr.startswith(f"ipwrap: {path}:2: damaged")


@pytest.mark.parametrize("words", [("export", "--format", "nonsense"), ("export",), ("show",)])
def test_wrong_use_ends_with_2(words: tuple[str, ...]) -> None:
    """A format that there is not, or no file."""
    assert (2, "") == (run(*words).exit_code, run(*words).stdout)


def test_the_commands_of_a_recording_are_listed(path: Path) -> None:
    """`ipwrap show FILE` has a line for each command."""
    result = run("show", str(path))

    assert (0, ["n", "1", "2"]) == (
        result.exit_code,
        [line.split()[0] for line in result.stdout.splitlines()],
    )


@pytest.mark.live
def test_the_state_that_was_reached_is_shown(tmp_path: Path) -> None:
    """`--state` is a table of links, and a tree."""
    recorded(pair, tmp_path / "x.jsonl")

    result = run("show", "--state", str(tmp_path / "x.jsonl"))

    assert 0 == result.exit_code
    assert {"├─ br0 (bridge) 10.0.0.1/24", "red"} <= {
        line.replace("└", "├") for line in result.stdout.splitlines()
    }


def test_without_an_end_there_is_no_state(path: Path) -> None:
    """A session that changed nothing for real has reached no state; that is said."""
    result = run("show", "--state", str(path))

    assert (1, "") == (result.exit_code, result.stdout)
    assert "holds no end state" in result.stderr


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        (("--format", "plain"), "#!/bin/sh\nset -eu\nip link add name br0 type bridge\n"),
        (
            ("--style", "plain", "--sudo", "--reads"),
            "#!/bin/sh\nset -eu\nsudo ip link add name br0 type bridge\nsudo ip",
        ),
        (("--format", "batch"), "#!/bin/sh\n# Written by ipwrap: it feeds ip -batch"),
        (
            ("--format", "markdown"),
            "```console\n$ ip link add name br0 type bridge\n$ ip link show\n",
        ),
        (("--format", "console"), "$ ip link add name br0 type bridge\n$ ip link show\n"),
        (("--format", "asciicast", "--cast-version", "3"), '{"version":3,'),
        (("--format", "asciicast", "--speed", "2", "--idle-limit", "1"), '{"version":2,'),
    ],
)
def test_a_recording_becomes_something_else(
    words: tuple[str, ...], begins: str, path: Path
) -> None:
    """`--format`, with the options that the format has."""
    result = run("export", *words, str(path))
    assert (0, begins) == (result.exit_code, result.stdout[: len(begins)])


@pytest.mark.parametrize(
    "words",
    [("--sudo",), ("--format", "console", "--speed", "2"), ("--format", "batch", "--reads")],
)
def test_an_option_that_a_format_does_not_have_is_wrong_use(
    words: tuple[str, ...], path: Path
) -> None:
    """It is not passed over."""
    result = run("export", *words, str(path))
    assert (2, True) == (result.exit_code, "an option that it does not have" in result.stderr)


def test_batch_files_go_to_a_folder(path: Path, tmp_path: Path) -> None:
    """`-o FOLDER/`; they say how to run them."""
    result = run("export", "--format", "batch", "-o", f"{tmp_path}/files/", str(path))
    assert ["01-first.ip", "run.sh"] == sorted(each.name for each in (tmp_path / "files").iterdir())
    assert "run.sh" in result.stderr


@pytest.mark.live
def test_a_recording_without_text_is_shown_as_a_table_or_run_again(tmp_path: Path) -> None:
    """`--rerun` runs it in a sandbox, and says so."""
    file = tmp_path / "x.jsonl"
    recorded(
        lambda session: [session.ip.link.add("br0", Bridge()), session.ip.link.show("br0")], file
    )

    as_table, again = (
        run("export", "--format", "console", str(file)),
        run("export", "--format=console", "--rerun", str(file)),
    )

    assert "\nifname" in as_table.stdout
    assert "br0: <BROADCAST,MULTICAST>" in again.stdout
    assert "run again in a sandbox" in again.stderr

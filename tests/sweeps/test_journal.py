"""The folder of a sweep: what is read of earlier calls, and what is refused."""

from pathlib import Path

import pytest

from ipwrap import InvalidArgument, IpwrapError
from ipwrap.sweeps.journal import RunJournal
from ipwrap.sweeps.lab_source import LabSource
from ipwrap.sweeps.run import Run, RunTask

SOURCE = LabSource("/labs/lab.py", "def lab(session): pass\n")


def write_run(folder: Path, number: int = 1) -> Run:
    """Write a run with a recording to a folder, and return it."""
    journal = RunJournal.open(folder, SOURCE)
    task = journal.with_record(
        RunTask(source=SOURCE, parameters={"n": number, "path": "a/b"}, repeat=1)
    )
    run = Run(
        parameters=task.parameters,
        repeat=1,
        status="ok",
        seconds=1.5,
        recording=journal.keep_recording(str(task.record), b"{}\n"),
        measurements={"list": [1, None, "x"]},
    )
    journal.add(run)
    journal.close()
    return run


def test_runs_are_read_as_they_were_written(tmp_path: Path) -> None:
    """A run has its parameters, measurements and recording again."""
    run = write_run(tmp_path)

    assert {run.key: run} == RunJournal.open(tmp_path, SOURCE).runs
    assert Path(str(run.recording)).parent == tmp_path / "recordings"


def test_a_folder_can_be_moved(tmp_path: Path) -> None:
    """Paths of recordings are below the folder."""
    write_run(tmp_path / "old")
    (tmp_path / "old").rename(tmp_path / "new")

    (run,) = RunJournal.open(tmp_path / "new", SOURCE).runs.values()

    assert Path(str(run.recording)).read_bytes() == b"{}\n"


def test_a_line_that_was_cut_off_is_dropped(tmp_path: Path) -> None:
    """A crash in the middle of a line loses that run only."""
    run = write_run(tmp_path)
    with open(tmp_path / "runs.jsonl", "ab") as file:
        file.write(b'{"parameters":{"n":2},"rep')

    journal = RunJournal.open(tmp_path, SOURCE)
    journal.close()
    assert [run.key] == list(journal.runs)
    write_run(tmp_path, 3)

    assert 2 == len(RunJournal.open(tmp_path, SOURCE).runs)


def test_a_changed_lab_is_refused(tmp_path: Path) -> None:
    """Runs of another text of the lab are no results of this one."""
    write_run(tmp_path)

    with pytest.raises(InvalidArgument, match=r"lab.py:lab as it was before it changed; --restart"):
        RunJournal.open(tmp_path, LabSource("/labs/lab.py", "def lab(session): ...\n"))


def test_restart_puts_earlier_runs_aside(tmp_path: Path) -> None:
    """Nothing is deleted: the runs and their recordings are in a folder of their own."""
    for number in (1, 2):
        run = write_run(tmp_path)
        journal = RunJournal.open(tmp_path, SOURCE, restart=True)
        journal.close()

        assert {} == journal.runs
        aside = RunJournal.open(tmp_path / f"earlier-{number}", SOURCE)
        assert [run.key] == list(aside.runs)
        assert all(Path(str(one.recording)).exists() for one in aside.runs.values())


def test_runs_that_are_not_asked_for_are_refused(tmp_path: Path) -> None:
    """Changed parameters are told: the results would lack what has run."""
    run = write_run(tmp_path)
    journal = RunJournal.open(tmp_path, SOURCE)

    journal.check_included([run.key, "another"])
    with pytest.raises(InvalidArgument, match=r"1 run that this sweep has not, such as n=1"):
        journal.check_included(["another"])


def test_two_sweeps_do_not_share_a_folder(tmp_path: Path) -> None:
    """The second one is refused while the first one runs."""
    journal = RunJournal.open(tmp_path, SOURCE)

    with pytest.raises(IpwrapError, match="another sweep writes to it"):
        RunJournal.open(tmp_path, SOURCE)
    journal.close()
    RunJournal.open(tmp_path, SOURCE).close()


@pytest.mark.parametrize("content", [b"text\n", b'{"ipwrap_sweep":2,"lab":"x","source":"y"}\n'])
def test_another_file_of_that_name_is_refused(content: bytes, tmp_path: Path) -> None:
    """A file that no sweep has written is left as it is."""
    path = tmp_path / "runs.jsonl"
    path.write_bytes(content)

    with pytest.raises(IpwrapError, match=r"runs\.jsonl"):
        RunJournal.open(tmp_path, SOURCE)

    assert content == path.read_bytes()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """The error has the path."""
    (tmp_path / "file").touch()

    with pytest.raises(IpwrapError, match="file"):
        RunJournal.open(tmp_path / "file" / "out", SOURCE)


@pytest.mark.parametrize("value", ["../x", "a" * 300, ".", "ä"])
def test_a_recording_has_a_plain_name(value: str, tmp_path: Path) -> None:
    """Values that no file name can have do not lead out of the folder, or to one name."""
    journal = RunJournal.open(tmp_path, SOURCE)
    names = set()
    for text in (value, f"{value}?"):
        task = RunTask(source=SOURCE, parameters={"p": text}, repeat=1)
        record = Path(str(journal.with_record(task).record))
        record.touch()
        names.add(record.name)
        assert tmp_path / "recordings" == record.parent

    assert 2 == len(names)


def test_a_run_that_runs_again_keeps_its_file(tmp_path: Path) -> None:
    """The recording of a lost run is written anew, that of an ended one is not."""
    journal = RunJournal.open(tmp_path, SOURCE)
    first = RunTask(source=SOURCE, parameters={"n": 1}, repeat=1)
    prepared = journal.with_record(first)

    assert prepared == journal.with_record(prepared)
    assert "n=1,repeat=1-2.jsonl" == Path(str(journal.with_record(first).record)).name

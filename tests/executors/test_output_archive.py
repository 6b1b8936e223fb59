"""Outputs of ended programs share a file, and stay what they were."""

import gc
import os
import tempfile
from pathlib import Path

import pytest

from ipwrap.executors import output_archive
from ipwrap.executors.background import MAX_ARCHIVED, MAX_KEPT, OutputFile
from ipwrap.executors.output_archive import ArchivedOutput, archive_output


@pytest.fixture(autouse=True)
def _new_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin with no archive."""
    monkeypatch.setattr(output_archive, "_current", None)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The path of a file with an output."""
    return tmp_path / "output"


def store(content: bytes, path: Path) -> ArchivedOutput:
    """Return an output in the archive."""
    path.write_bytes(content)
    with path.open("rb") as file:
        return archive_output(file.fileno(), len(content))


def descriptors() -> int:
    """Return the number of open descriptors."""
    return len(os.listdir("/proc/self/fd"))


def test_outputs_are_behind_each_other_in_one_file(source: Path) -> None:
    """Each is read as it was, also one longer than a copy's chunk, and an empty one."""
    contents = [b"a" * 10, b"", os.urandom(output_archive.CHUNK + 5), b"end"]
    outputs = [store(content, source) for content in contents]

    assert contents == [output.read() for output in outputs]
    assert 1 == len({output.archive.descriptor for output in outputs})


def test_the_file_is_closed_with_its_last_output(source: Path) -> None:
    """Nothing is left of a session that nobody needs any more."""
    before = descriptors()
    outputs = [store(b"a", source), store(b"b", source)]
    assert before + 1 == descriptors()

    outputs.clear()
    gc.collect()
    assert before == descriptors()


def test_a_full_file_is_followed_by_another(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An old output does not keep the disk space of all later ones."""
    monkeypatch.setattr(output_archive, "MAX_ARCHIVE", 5)
    outputs = [store(b"123456", source), store(b"7", source)]

    assert [b"123456", b"7"] == [output.read() for output in outputs]
    assert outputs[0].archive is not outputs[1].archive


def test_a_forked_child_writes_to_a_file_of_its_own(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parent and child would write to the same place."""
    output = store(b"a", source)
    monkeypatch.setattr(os, "getpid", lambda: -1)

    assert store(b"b", source).archive is not output.archive


def test_a_file_that_was_cut(source: Path) -> None:
    """The output is what is left, and the next one is behind it."""
    source.write_bytes(b"123")
    with source.open("rb") as file:
        output = archive_output(file.fileno(), 100)

    assert [b"123", b"4"] == [output.read(), store(b"4", source).read()]


@pytest.mark.parametrize("size", [0, 1, MAX_KEPT, MAX_KEPT + 1, 100_000])
def test_a_released_output_has_no_descriptor(size: int) -> None:
    """A session may start thousands of programs, each with an output."""
    archive = OutputFile.unnamed()  # opens the file of the archive first
    os.write(archive.descriptor, b"y" * (MAX_KEPT + 1))
    archive.release()
    before = descriptors()
    file = OutputFile.unnamed()
    os.write(file.descriptor, b"x" * size)

    for _ in range(2):
        file.release()

    assert (b"x" * size, before) == (file.read(), descriptors())


def test_a_very_long_output_keeps_its_file() -> None:
    """To copy it would take long."""
    file = OutputFile.unnamed()
    os.ftruncate(file.descriptor, MAX_ARCHIVED + 1)
    file.release()

    assert MAX_ARCHIVED + 1 == len(file.read())
    assert MAX_ARCHIVED + 1 == os.fstat(file.descriptor).st_size


def test_an_output_without_room_for_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The full disk costs a descriptor, and no output."""

    def refuse(*_: object) -> int:
        raise OSError(28, "No space left on device")

    file = OutputFile.unnamed()
    os.write(file.descriptor, b"x" * (MAX_KEPT + 1))
    monkeypatch.setattr(os, "pwrite", refuse)
    file.release()

    assert MAX_KEPT + 1 == len(file.read())


def test_a_machine_without_temporary_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is in memory then."""

    def refuse() -> object:
        raise FileNotFoundError("no usable temporary directory")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    file = OutputFile.unnamed()
    os.write(file.descriptor, b"x")

    assert b"x" == file.read()

"""The text of a lab's file, and the function that is loaded from it."""

from pathlib import Path

import pytest

from ipwrap import InvalidArgument, IpwrapError
from ipwrap.sweeps.lab_source import LabSource
from tests.sweeps import labs


def test_a_function_is_loaded_from_the_text_of_its_file() -> None:
    """The loaded function is another one, of a module that is not `__main__`."""
    loaded = LabSource.of(labs.build_pair).load()

    assert labs.build_pair is not loaded
    assert loaded.__module__.startswith("ipwrap_lab_")


def test_a_file_is_run_once_in_a_process(tmp_path: Path) -> None:
    """The second load returns the same function, also if the file has changed meanwhile."""
    path = tmp_path / "lab.py"
    path.write_text("def lab(session): pass\n")
    source = LabSource.read(str(path))

    first = source.load()
    path.write_text("raise OSError\n")

    assert first is source.load()


def test_the_digest_changes_with_the_text(tmp_path: Path) -> None:
    """A changed file is another lab."""
    source = LabSource("lab.py", "def lab(session): pass\n")

    assert source.digest != LabSource("lab.py", "def lab(session): ...\n").digest
    assert source.digest == LabSource("other.py", source.text).digest


@pytest.mark.parametrize("function", [lambda: None, print, labs, Path.touch])
def test_what_is_not_at_the_top_level_of_a_file_is_refused(function: object) -> None:
    """A lambda, a built-in function, a module and a method are no lab."""
    with pytest.raises(InvalidArgument, match=r"^lab: "):
        LabSource.of(function)  # type: ignore[arg-type]


def test_a_file_without_the_function_is_refused() -> None:
    """The message has the form of the function."""
    with pytest.raises(IpwrapError, match=r"lab.py has no function lab; .* def lab\(session"):
        LabSource("lab.py", "def main(session): pass\n").load()


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """The message has the path and the reason."""
    with pytest.raises(IpwrapError, match=r"none.py: cannot be read: No such file"):
        LabSource.read(str(tmp_path / "none.py"))

"""The calls that a shim has kept in a folder, read back."""

from pathlib import Path

from attrs import frozen

__all__ = ["Call", "calls"]

NAMED = "/run/netns/"


@frozen
class Call:
    """One call of a program: in which namespace, from where, with what, and what it gave back.

    ``netns`` is None for the first namespace, and "?" for one without a name. ``inside`` is the call whose program
    made this one. ``read`` is how far bash had read its script. ``status`` is None for a call that has not ended;
    ``signalled`` says that a signal has ended it. ``file`` is what a file held that was named and may be gone.
    """

    number: int
    argv: tuple[str, ...]
    netns: str | None = None
    inside: int | None = None
    read: int | None = None
    status: int | None = None
    signalled: bool = False
    stdout: str = ""
    stderr: str = ""
    stdin: str | None = None
    file: str | None = None
    started: float = 0.0
    seconds: float = 0.0


def calls(folder: Path) -> list[Call]:
    """Return the calls in the order in which they began. One of which there is no more than its number is left out."""
    numbers = sorted(int(each.name) for each in folder.iterdir() if each.name.isdecimal())
    return [call for number in numbers if (call := _call(folder, number)) is not None]


def _call(folder: Path, number: int) -> Call | None:
    """Return one call; None for one whose words were not written before a crash."""
    path = folder / str(number)
    fields = _text(path).split("\0")[:-1]
    if len(fields) < 4:
        return None
    where, inside, read, *words = fields
    done = path.with_suffix(".done")
    status, signal = (*_text(done).split(), "", "")[:2]
    began = path.stat().st_mtime
    return Call(
        number,
        tuple(words),
        where.removeprefix(NAMED) or None,
        int(inside) if inside else None,
        int(read) if read else None,
        int(status) if status else None,
        bool(signal) or 128 < int(status or 0) < 193,
        _text(path.with_suffix(".out")),
        _text(path.with_suffix(".err")),
        _text(path.with_suffix(".in")) if path.with_suffix(".in").exists() else None,
        _text(path.with_suffix(".file")) if path.with_suffix(".file").exists() else None,
        began,
        max(0.0, done.stat().st_mtime - began) if status else 0.0,
    )


def _text(path: Path) -> str:
    """Return what a file holds, if it is there, with any bytes."""
    return path.read_bytes().decode("utf-8", "surrogateescape") if path.is_file() else ""

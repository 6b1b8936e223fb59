"""The parameters that several commands share: paths and names, with suggestions and completion."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ipwrap.cli.suggestions import did_you_mean
from ipwrap.errors import RecordingError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = ["RECORDING", "SCRIPT", "SuggestingPath", "complete_nouns"]

RECORDING_SUFFIX = ".jsonl"


class SuggestingPath(click.Path):
    """The path of an existing file. For a missing file, a file of the same kind is suggested.

    ``suffix`` is the suffix of the kind, such as ".jsonl".
    """

    def __init__(self, suffix: str) -> None:
        super().__init__(exists=True, dir_okay=False)
        self.suffix = suffix

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the path. Raises `click.BadParameter`, with a suggestion."""
        try:
            path: str = super().convert(value, param, ctx)  # type: ignore[assignment]
        except click.BadParameter as error:
            suggestion = "" if os.path.exists(value) else self._suggestion(value)
            message = error.message.rstrip(".") + suggestion
            error.message = message  # type: ignore[misc]  # final for subclasses
            raise

        return path

    def _suggestion(self, value: str) -> str:
        """Return the suggestion for a missing file: a file with a similar name in the folder."""
        folder, name = os.path.split(value)
        prefix = f"{folder}{os.sep}" if folder else ""
        names = self._names(folder)

        if name + self.suffix in names:
            return f"; did you mean {prefix + name + self.suffix!r}?"
        return did_you_mean(name, names, prefix=prefix)

    def _names(self, folder: str) -> list[str]:
        """Return the names of the files of this kind in a folder."""
        try:
            names = os.listdir(folder or ".")
        except OSError:
            return []
        return sorted(name for name in names if name.endswith(self.suffix))

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> "list[CompletionItem]":
        """Return the files of this kind, and let the shell add folders."""
        del ctx, param
        from click.shell_completion import CompletionItem

        folder, begin = os.path.split(incomplete)
        items = [
            CompletionItem(os.path.join(folder, name))
            for name in self._names(folder)
            if name.startswith(begin)
        ]
        # First: the script for bash forgets what comes before it.
        return [CompletionItem(incomplete, type="dir"), *items]


class RecordingPath(SuggestingPath):
    """The path of a recording. A file that is none is refused before it is read."""

    def __init__(self) -> None:
        super().__init__(RECORDING_SUFFIX)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the path. Raises `RecordingError` for a file of another kind."""
        path = super().convert(value, param, ctx)
        if ctx is None or not ctx.resilient_parsing:
            _check_recording(path)
        return path


def _check_recording(path: str) -> None:
    """Raise `RecordingError`, with the recording that may be meant, for a file of another kind.

    An empty or an unreadable file, and a pipe, which can be read once only, are for the reader.
    """
    if not os.path.isfile(path):
        return
    try:
        with open(path, "rb") as file:
            first = file.read(1)
    except OSError:
        return

    if first not in (b"", b"{"):
        meant = str(Path(path).with_suffix(RECORDING_SUFFIX))
        is_there = meant != path and os.path.isfile(meant)
        advice = f"; did you mean {meant!r}?" if is_there else ""
        raise RecordingError(f"is not a recording{advice}", path, line=1)


RECORDING = RecordingPath()
SCRIPT = SuggestingPath(".py")


def complete_nouns(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    """Return the next words of the nouns that begin as the words so far; then files."""
    from click.shell_completion import CompletionItem

    from ipwrap.models.nouns import MONITORS, NOUNS

    before = list(ctx.params.get(param.name or "") or ())
    words = {
        noun.split()[len(before)]
        for noun in (*NOUNS, *MONITORS)
        if noun.split()[: len(before)] == before and len(noun.split()) > len(before)
    }
    items = [CompletionItem(word) for word in sorted(words) if word.startswith(incomplete)]
    return items or [CompletionItem(incomplete, type="file")]

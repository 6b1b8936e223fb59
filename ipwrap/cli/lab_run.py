"""`run_lab`: run a lab's script in a place, and tell of errors and Ctrl-C by the user's lines."""

import contextlib
import os
import runpy
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click
from attrs import define, field, frozen

from ipwrap.cli import INTERRUPTED
from ipwrap.cli.lab_script import LabScript, last_line_of, user_traceback
from ipwrap.cli.output import echo
from ipwrap.cli.suggestions import did_you_mean

if TYPE_CHECKING:
    from ipwrap.places import Place

__all__ = ["RunOptions", "place_for", "run_lab", "split_arguments"]

# The options of `ipwrap run` without a value.
FLAGS = {
    "--host": {"host": True},
    "--sandbox": {"host": False},
    "--privileged": {"privileged": True},
    "--transcript": {"transcript": True},
}
RECORD = "--record"


@frozen(kw_only=True)
class RunOptions:
    """The options of `ipwrap run`."""

    host: bool = False
    privileged: bool = False
    record: str | None = None
    transcript: bool = False


def place_for(
    host: bool, *, privileged: bool = False, passed_variables: tuple[str, ...] | None = None
) -> "Place":
    """Return this host or a new sandbox."""
    from ipwrap.places import Local, Sandbox

    if host and privileged:
        raise click.UsageError("--privileged is for a sandbox, and --host runs without one")
    if host:
        return Local()

    return Sandbox(privileged=privileged, passed_variables=passed_variables)


def split_arguments(
    words: tuple[str, ...], *, takes_arguments: bool
) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return the script's arguments among the words behind its name, and the options of the run.

    click leaves these words as they are: it would not know which options are the script's.

    Raises `click.UsageError` for a mistyped option, and for arguments of a script that takes none.
    """
    script_words: list[str] = []
    run_options: dict[str, Any] = {}

    remaining = iter(words)
    for word in remaining:
        name, _, value = word.partition("=")
        if word == "--":
            script_words += remaining
        elif word in FLAGS:
            run_options |= FLAGS[word]
        elif name == RECORD:
            file = value if "=" in word else next(remaining, "")
            if not file:
                raise click.UsageError(f"{RECORD} needs a file")
            run_options["record"] = file
        else:
            _check_word(word, takes_arguments=takes_arguments)
            script_words.append(word)

    if script_words and not takes_arguments:
        raise click.UsageError(
            f"the script takes no arguments, so that {script_words[0]!r} has no meaning; "
            "main(session, arguments) would get them"
        )
    return tuple(script_words), run_options


def _check_word(word: str, *, takes_arguments: bool) -> None:
    """Raise `click.UsageError` for a long option that is mistyped, or not the script's.

    Short ones are the script's: this command has none.
    """
    if not word.startswith("--"):
        return

    names = [option.removeprefix("--") for option in (*FLAGS, RECORD)]
    suggestion = did_you_mean(word.removeprefix("--").partition("=")[0], names, prefix="--")
    if suggestion and takes_arguments:
        suggestion += f" To pass it to the script, put it behind `--`: -- {word}"
    if suggestion or not takes_arguments:
        raise click.UsageError(f"no such option: {word}{suggestion}")


def run_lab(lab: LabScript, options: RunOptions, *, args: tuple[str, ...]) -> None:
    """Run a script; as by python(1), sys.argv has its arguments, and sys.path its folder."""
    sys.argv = [lab.path, *args]
    sys.path.insert(0, os.path.dirname(os.path.abspath(lab.path)))

    runner = _run_main if lab.has_main else _run_with_offer
    recordings: list[str] = []  # filled by the runner, for the message of Ctrl-C
    try:
        runner(lab, options, args=args, recordings=recordings)
    except KeyboardInterrupt as error:
        echo(_interruption_message(error, lab.path, recordings=recordings), err=True)
        sys.exit(INTERRUPTED)
    except Exception as error:
        # Python shows the error at its exit; one of a standard stream is reported before.
        sys.excepthook = _show_user_frames
        raise error


def _show_user_frames(_kind: object, error: BaseException, *_: object) -> None:
    """Print an error with the frames of the user's files only: see sys.excepthook."""
    echo(user_traceback(error).rstrip(), err=True)


def _interruption_message(error: BaseException, path: str, *, recordings: list[str]) -> str:
    """Return the message for Ctrl-C: the line that ran, and the recordings so far."""
    line = last_line_of(error, path)
    where = path if line is None else f"{path}:{line}"
    kept = f"; the recording so far: {', '.join(recordings)}" if recordings else ""
    return f"ipwrap: interrupted at {where}{kept}"


def _run_main(
    lab: LabScript, options: RunOptions, *, args: tuple[str, ...], recordings: list[str]
) -> None:
    """Call the script's main with a session."""
    from ipwrap.session import Session

    main = runpy.run_path(lab.path, run_name="__ipwrap__").get("main")
    if not callable(main):
        raise click.UsageError(f"{lab.path} has no function main(session)")

    # The script has been loaded before this point: an error in its top level opens no place.
    place = place_for(options.host, privileged=options.privileged)
    if options.record is not None:
        recordings.append(options.record)
    with Session(place, record=options.record, transcript=options.transcript) as session:
        if _main_takes_arguments(main):
            main(session, list(args))
        else:
            main(session)


def _main_takes_arguments(main: Callable[..., Any]) -> bool:
    """Return whether main has a second positional parameter."""
    import inspect

    positional_kinds = (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
    )
    parameters = inspect.signature(main).parameters.values()
    positional = [parameter for parameter in parameters if parameter.kind in positional_kinds]
    return len(positional) > 1


@define
class OfferedPlace:
    """The place that the sessions of a script share, opened for the first of them."""

    options: RunOptions
    place: "Place | None" = field(default=None, init=False)

    def opened(self) -> "Place":
        """Return the place; the first call opens it."""
        if self.place is None:
            self.place = place_for(self.options.host, privileged=self.options.privileged)
            self.place.open()
        return self.place


@contextlib.contextmanager
def _closing_place(options: RunOptions) -> Iterator[OfferedPlace]:
    """Close the place at the end, if a session has asked for one."""
    offered = OfferedPlace(options)
    try:
        yield offered
    finally:
        if offered.place is not None:
            offered.place.close()


def _run_with_offer(
    lab: LabScript, options: RunOptions, *, args: tuple[str, ...], recordings: list[str]
) -> None:
    """Run a script that makes sessions, and offer them the place and the recording."""
    from ipwrap.sessions.offer import SessionOffer, offer_to_sessions

    del args  # in sys.argv
    with _closing_place(options) as offered:
        offer = SessionOffer(offered.opened, options.record, options.transcript)
        if options.record is not None:
            recordings.append(options.record)
        with offer_to_sessions(offer):
            runpy.run_path(lab.path, run_name="__main__")

    if options.record is not None and not offer.is_record_taken:
        echo(
            f"ipwrap: nothing was recorded to {options.record}: no session of {lab.path} used it; "
            "each has its own recording, or there was none",
            err=True,
        )

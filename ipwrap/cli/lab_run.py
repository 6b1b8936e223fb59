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
from ipwrap.cli.running_labs import LabEntry
from ipwrap.cli.staying import LabLife, start_keeper
from ipwrap.cli.suggestions import did_you_mean
from ipwrap.errors import IpwrapError
from ipwrap.system.termination import Terminated

if TYPE_CHECKING:
    from ipwrap.places import Place
    from ipwrap.session import Session

__all__ = ["RunOptions", "place_for", "run_lab", "split_arguments"]

# The options of `ipwrap run` without a value.
FLAGS = {
    "--host": {"host": True},
    "--sandbox": {"host": False},
    "--privileged": {"privileged": True},
    "--transcript": {"transcript": True},
    "--keep": {"keep": True},
    "--shell": {"shell": True},
}
RECORD = "--record"


@frozen(kw_only=True)
class RunOptions:
    """The options of `ipwrap run`."""

    host: bool = False
    privileged: bool = False
    record: str | None = None
    transcript: bool = False
    keep: bool = False
    shell: bool = False


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
    """Return the script's arguments among the words behind the script, and the run's options.

    click leaves these words unparsed, since it cannot know the options of the script.

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

    Short options are always the script's, since `ipwrap run` has no short options.
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

    # The child runs the whole script: nothing is open, and no thread runs, at the fork.
    keeper = start_keeper() if options.keep else None
    life = LabLife(LabEntry(lab.lab_name), keeper, options.shell)

    runner = _run_main if lab.has_main else _run_with_offer
    run = LabRun(lab, options, args, life)
    try:
        runner(run)
    except (KeyboardInterrupt, Terminated) as error:
        echo(_interruption_message(error, run), err=True)
        sys.exit(INTERRUPTED if isinstance(error, KeyboardInterrupt) else error.code)
    except IpwrapError as error:
        _note_line(error, lab.path)
        raise
    except Exception as error:
        # Python shows the error at its exit; one of a standard stream is reported before.
        sys.excepthook = _show_user_frames
        raise error
    finally:
        life.entry.withdraw()


@define
class LabRun:
    """A run of a script. ``recordings`` is for the message of Ctrl-C."""

    lab: LabScript
    options: RunOptions
    args: tuple[str, ...]
    life: LabLife
    recordings: list[str] = field(factory=list, init=False)

    def begin(self, place: "Place") -> None:
        """Announce the lab, whose place is open."""
        self.life.begin(place, recording=self.options.record)


def _show_user_frames(_kind: object, error: BaseException, *_: object) -> None:
    """Print an error with the frames of the user's files only: see sys.excepthook."""
    echo(user_traceback(error).rstrip(), err=True)


def _note_line(error: IpwrapError, path: str) -> None:
    """Add the script's line of the refused call to an error, unless the error has the line."""
    line = last_line_of(error, path)
    if line is not None and "asked at" not in str(error):
        error.add_note(f"  asked at:  {path}:{line}")


def _interruption_message(error: BaseException, run: LabRun) -> str:
    """Return the message for a signal: the line that ran, and the recordings so far."""
    path = run.lab.path
    line = last_line_of(error, path)
    where = path if line is None else f"{path}:{line}"
    kept = f"; the recording so far: {', '.join(run.recordings)}" if run.recordings else ""
    event = f"ended by {error.signal_name}" if isinstance(error, Terminated) else "interrupted"
    return f"ipwrap: {event} at {where}{kept}"


def _run_main(run: LabRun) -> None:
    """Call the script's main with a session."""
    from ipwrap.session import Session

    options = run.options
    main = runpy.run_path(run.lab.path, run_name="__ipwrap__").get("main")
    if not callable(main):
        raise click.UsageError(f"{run.lab.path} has no function main(session)")

    # The script has been loaded before this point: an error in its top level opens no place.
    place = place_for(options.host, privileged=options.privileged)
    if options.record is not None:
        run.recordings.append(options.record)
    with Session(place, record=options.record, transcript=options.transcript) as session:
        run.begin(place)
        if _main_takes_arguments(main):
            main(session, list(run.args))
        else:
            main(session)
        run.life.stay(place, [session])


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

    run: LabRun
    place: "Place | None" = field(default=None, init=False)

    def opened(self) -> "Place":
        """Return the place; the first call opens it."""
        if self.place is None:
            options = self.run.options
            self.place = place_for(options.host, privileged=options.privileged)
            self.place.open()
            self.run.begin(self.place)
        return self.place


@contextlib.contextmanager
def _closing_place(run: LabRun) -> Iterator[OfferedPlace]:
    """Close the place at the end, if a session has asked for one."""
    offered = OfferedPlace(run)
    try:
        yield offered
    finally:
        if offered.place is not None:
            offered.place.close()


def _run_with_offer(run: LabRun) -> None:
    """Run a script that opens sessions, and offer the place and the recording to the sessions.

    If the lab stays up, the sessions stay open, and close in reverse order at the lab's end.
    """
    from ipwrap.sessions.offer import SessionOffer, offer_to_sessions

    path, options = run.lab.path, run.options
    with _closing_place(run) as offered:
        offer = SessionOffer(
            offered.opened, options.record, options.transcript, keeps_sessions=run.life.stays
        )
        if options.record is not None:
            run.recordings.append(options.record)

        with contextlib.ExitStack() as kept:
            kept.callback(_close_all, offer.kept_sessions)
            with offer_to_sessions(offer):
                runpy.run_path(path, run_name="__main__")
            if run.life.stays:
                _stay(run, offered.place, sessions=offer.kept_sessions)

    if options.record is not None and not offer.is_record_taken:
        echo(
            f"ipwrap: nothing was recorded to {options.record}: no session of {path} used it; "
            "each has its own recording, or there was none",
            err=True,
        )


def _stay(run: LabRun, place: "Place | None", *, sessions: "list[Session]") -> None:
    """Let the lab stay up. Raises `IpwrapError` for a script that has opened no place."""
    if sessions:
        place = sessions[0].place
    if place is None:
        raise IpwrapError(f"{run.lab.path} has made no session, so that no lab stays up")
    run.life.stay(place, sessions)


def _close_all(sessions: "list[Session]") -> None:
    """Close sessions, the last one first; one failure does not stop the rest."""
    with contextlib.ExitStack() as stack:
        for session in sessions:
            stack.callback(session.close)

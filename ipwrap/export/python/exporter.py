"""A recording as a Python script against this library, which makes the same recording when run.

Commands become typed verbs if a table has all arguments; other commands run as recorded. Loops are
not reconstructed.
"""

from collections.abc import Iterable, Iterator

from ipwrap.export.exporter import Exporter
from ipwrap.export.python.script_writer import ScriptWriter
from ipwrap.export.python.steps import read_steps
from ipwrap.export.python.survey import survey
from ipwrap.export.spooled import SpooledText
from ipwrap.recording import CommandEvent, Event, RecordingView
from ipwrap.version import __version__

__all__ = ["python"]

HEAD = '''\
#!/usr/bin/env python3
"""Written by ipwrap {version} from a recording: it runs the same again.

`ipwrap run FILE` uses a throw-away sandbox, `ipwrap run --host FILE` this host.
`python3 FILE` uses a sandbox.
"""

{imports}


def main(session: Session) -> None:
    """Run what was recorded."""'''

TAIL = """


if __name__ == "__main__":
    with Session(sandbox=True) as session:
        main(session)
"""


@Exporter
def python(
    recording: RecordingView, *, reads: bool = True, exact: bool | None = None
) -> Iterator[str]:
    """Yield a script with ``main(session)``: notes, and every command as a call.

    Without ``reads``, only changes.

    `ipwrap run` runs the script. Failures are suppressed if the session went on. Secrets come from
    the environment, unless the session generated the secret. A command that runs until stopped,
    such as `ip monitor`, becomes a comment.

    A background process becomes a `with` block if all processes started after it are stopped
    before it. Raises `NotExportable` for a command that names the pid of an unknown process.

    ``exact`` restricts verbs to calls with the very same argv. It is the default for a recording
    with lines for a worker: only ipwrap builds such commands, so their verbs can be told exactly.
    """
    if exact is None:
        exact = any(_is_batch_line(event) for event, _ in recording.pairs())

    facts = survey(recording, reads=reads, exact=exact)
    script = ScriptWriter(facts, recording.end)
    steps = read_steps(recording, reads=reads, exact=exact)

    # The head has the imports, which are known behind the last command.
    with SpooledText() as body:
        body.write(_below_docstring(script.body(steps)))

        script.source.name("ipwrap", "Session")
        yield HEAD.format(version=__version__, imports=script.source.imports())
        yield from body

    yield TAIL


def _is_batch_line(event: Event) -> bool:
    """Return whether an event is a command that may run as a line of a worker."""
    return isinstance(event, CommandEvent) and event.command.batch


def _below_docstring(body_lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines of a function, each behind a line end, without empty lines at the top."""
    is_first = True

    for line in body_lines:
        if line or not is_first:
            is_first = False
            yield f"\n{line}"

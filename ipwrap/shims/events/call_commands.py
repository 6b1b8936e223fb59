"""Recorded calls as commands, without secrets, or as notes where no command can repeat the call."""

from collections.abc import Iterator

from attrs import define, evolve, field

from ipwrap.command import IPROUTE2, Command
from ipwrap.errors import IpwrapError
from ipwrap.recording import CommandEvent, Event, Note, ResultEvent
from ipwrap.recording.process_failure import MISSING_PROGRAM, missing_program
from ipwrap.result import Result
from ipwrap.secrets.redact import find_printed_secrets, redact_command
from ipwrap.secrets.secret import redact_text
from ipwrap.shims.calls.call import Call
from ipwrap.shims.calls.classify import classify
from ipwrap.shims.script.script import Script, call_site_of

__all__ = ["CallConverter", "ConvertedCall", "command_events", "interruption_note"]

STDIN_FILE = "/dev/stdin"

# Keywords before a file name whose content shim.sh keeps, by program.
KEPT_FILES = {"nft": ("-f",), "sysctl": ("-p", "--load"), "wg": ("private-key", "preshared-key")}

# A call, and its command or, if a replay must not repeat the call, the note.
ConvertedCall = tuple[Call, Command | Note]


@define
class CallConverter:
    """Converts calls, in order, to commands or notes; knows the secrets of the calls before."""

    _known_secrets: dict[str, str] = field(factory=dict, init=False, repr=False)

    def redact(self, text: str) -> str:
        """Return a text without the secrets of the calls so far."""
        return redact_text(text, self._known_secrets)

    def convert_repeatable(self, call: Call, *, may_run: bool = False) -> ConvertedCall:
        """Return a call with its command or its note, as `convert`, without interrupted programs.

        A program that a signal ended, or that has not ended, has a note. With ``may_run``, one that
        has not ended is a command, too: the recording goes on.
        """
        redacted_call, command = self.convert(call)
        if isinstance(command, Note) or (may_run and call.status is None):
            return redacted_call, command
        return redacted_call, interruption_note(call, command) or command

    def convert(self, call: Call) -> ConvertedCall:
        """Return a call with its command, or the note on a call that no command can repeat.

        Secrets are redacted in the arguments and in the output.
        """
        try:
            command = redact_command(_to_command(call), self._known_secrets)
        except IpwrapError as error:
            return call, Note(f"not recorded: a call of {call.argv[0]}: {error}")

        revealed = {secret.name: secret.reveal() for secret in command.secrets}
        self._known_secrets |= revealed
        if command.output_secret is not None:
            # The program printed a new secret (as `wg genkey` does), which later calls may contain.
            self._known_secrets[command.output_secret] = call.stdout.strip()
        printed = find_printed_secrets(command, call.stdout, known=self._known_secrets)
        self._known_secrets |= printed

        redacted_call = evolve(
            call,
            stdout=redact_text(call.stdout, self._known_secrets),
            stderr=redact_text(call.stderr, self._known_secrets),
        )

        if call.netns == "?":
            note = f"in a namespace without a name, and not repeated: {command}"
            return redacted_call, Note(note)

        return redacted_call, command


def _to_command(call: Call) -> Command:
    """Return the command of a call.

    A replay need not have the files of the script: a kept file becomes the standard input.
    """
    argv, stdin = call.argv, call.stdin

    if call.file is not None and stdin is None:
        file_index = _kept_file_index(argv)
        if file_index is not None:
            argv = _replace_argument(argv, file_index, by=STDIN_FILE)
            stdin = call.file

    netns = None if call.netns == "?" else call.netns
    command = classify(argv, netns, stdin=stdin)
    if stdin is None or "-batch" not in command.flags:
        return command

    # shim.sh keeps the file of a batch as standard input, which iproute2 reads as `-batch -`.
    batch_index = command.argv.index("-batch") + 1
    return evolve(command, argv=_replace_argument(command.argv, batch_index, by="-"))


def _kept_file_index(argv: tuple[str, ...]) -> int | None:
    """Return the index of the argument that names the file kept by the shim."""
    # A process substitution `<(…)` of bash: a pipe, readable only once.
    for index, argument in enumerate(argv):
        if argument.startswith("/dev/fd/"):
            return index

    keywords: set[str] = set()
    for program, program_keywords in KEPT_FILES.items():
        if program in argv:
            keywords.update(program_keywords)

    for index in range(1, len(argv)):
        if argv[index - 1] in keywords:
            return index

    return None


def _replace_argument(argv: tuple[str, ...], index: int, *, by: str) -> tuple[str, ...]:
    """Return the arguments with a replaced argument."""
    replaced = list(argv)
    replaced[index] = by
    return tuple(replaced)


def interruption_note(call: Call, command: Command) -> Note | None:
    """Return the note on a program that did not end by itself, and may not end in a replay either.

    None for any other, and for changes of iproute2, which always end.
    """
    ended_by_itself = call.status is not None and not call.signalled
    is_iproute2_change = command.changes and command.argv[0] in IPROUTE2
    if ended_by_itself or is_iproute2_change:
        return None

    reason = "still ran at the end" if call.status is None else "was ended by a signal"
    return Note(f"{reason}, and is not repeated: {command}")


def command_events(
    number: int, call: Call, *, command: Command, script: Script | None
) -> Iterator[Event]:
    """Yield the event of a command and, if the call has ended, the event of its result."""
    call_site = call_site_of(call, script)
    yield CommandEvent(number, command, call_site)

    if call.status is None:
        return

    is_missing = missing_program(call.argv, call.stderr) is not None
    result = Result(
        command,
        MISSING_PROGRAM if is_missing else call.status,
        call.stdout,
        call.stderr,
        call.started,
        call.seconds,
        call_site,
    )
    for identity in call.identities:
        result = evolve(
            result,
            links=identity.links,
            namespaces=identity.namespaces,
            devices=identity.devices,
        )
    yield ResultEvent(number, result)

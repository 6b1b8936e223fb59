"""`Result`: exit status and output of a command."""

from typing import Any, Self

from ipwrap.command import Command
from ipwrap.errors import OutputError, error_for
from ipwrap.jsonio import reader
from ipwrap.jsonio.escape import escape_controls
from ipwrap.system.facts import fact

__all__ = ["RecordedLink", "RecordedNetns", "Result"]

EXCERPT = 60  # characters of an output that a repr shows


@fact(kw_only=True)
class RecordedLink:
    """A link right after a change: the name and namespace, and the numbers that identify the link.

    The kernel never gives the index of a link to another link of the namespace: dev_new_index() in
    net/core/dev.c. ``address`` is None for a link whose MAC address follows other links;
    ``permaddr`` is the address that hardware was made with.
    """

    netns: str | None
    name: str
    ifindex: int
    kind: str | None = None
    address: str | None = None
    permaddr: str | None = None


@fact(kw_only=True)
class RecordedNetns:
    """A namespace right after its creation: the name, and the identity of the namespace."""

    name: str
    identity: str


def _excerpt(text: str) -> str:
    """Return the beginning of a text, which may be long."""
    return text if len(text) <= EXCERPT else f"{text[:EXCERPT]}…"


@fact
class Result:
    """A command, its exit status, its output, and the time when it ran.

    - ``started``: in seconds since the epoch
    - ``seconds``: the duration
    - ``call_site``: file and line of the script that ran the command
    - ``timed_out``: the command exceeded its timeout; the status is 124, as of timeout(1)
    - ``left_running``: the program left a running child behind, which goes on, in a sandbox until
      the sandbox's end; later output of the child is lost. `spawn` starts a long-running program
    - ``text``: the output of a read without JSON, where the session keeps it (``transcript=True``)
    - ``queued``: the command is a change in a ``session.batch()`` block, whose status is unknown
      before the block ends
    - ``links``: on a host, the links that the change created, renamed or moved, as found right
      behind the change; None without a query
    - ``namespaces``: on a host, the named namespaces that the change created
    - ``devices``: on a host, the links of a new route or next hop whose deletion does not name the
      link; None without a query
    - ``holds_secret``: the output has a secret of the session, and is not in the repr
    """

    command: Command
    status: int = 0
    stdout: str = ""
    stderr: str = ""
    started: float = 0.0
    seconds: float = 0.0
    call_site: str | None = None
    timed_out: bool = False
    text: str | None = None
    queued: bool = False
    links: tuple[RecordedLink, ...] | None = None
    namespaces: tuple[RecordedNetns, ...] | None = None
    devices: tuple[RecordedLink, ...] | None = None
    left_running: bool = False
    holds_secret: bool = False

    @property
    def _outcome(self) -> tuple[Command, int, str, str, bool]:
        """What two equal results have in common: neither times nor the place of the call."""
        return self.command, self.status, self.stdout, self.stderr, self.timed_out

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Result):
            return NotImplemented
        return self._outcome == other._outcome

    def __hash__(self) -> int:
        return hash(self._outcome)

    def __repr__(self) -> str:
        stderr = "" if self.holds_secret else escape_controls(self.stderr.strip())
        details = f" ({stderr})" if stderr else ""
        if self.stdout.strip() and not self._is_secret:
            details += f", stdout {_excerpt(self.stdout.strip())!r}"
        return f"<Result {self._status_words}: {escape_controls(self.line)}{details}>"

    @property
    def _status_words(self) -> str:
        """The status, or why there is none."""
        if self.queued:
            return "queued"
        return "124, timed out" if self.timed_out else str(self.status)

    @property
    def _is_secret(self) -> bool:
        """Whether the output may be, or repeat, a secret of the command."""
        command = self.command
        return self.holds_secret or command.output_secret is not None or bool(command.secrets)

    @property
    def ok(self) -> bool:
        """Whether the status is 0."""
        return self.status == 0

    @property
    def line(self) -> str:
        """The command as typed into a shell."""
        return self.command.line

    @property
    def netns(self) -> str | None:
        """The namespace that the command ran in."""
        return self.command.netns

    def check(self) -> Self:
        """Return the result itself, or raise the `CommandError` for its stderr."""
        if self.ok:
            return self
        raise error_for(self)

    def json(self) -> Any:
        """Return stdout as JSON. Raises `OutputError`."""
        # netns_list() in ip/ipnetns.c prints nothing where there is no /run/netns.
        if not self.stdout.strip():
            return []

        try:
            return reader.decode(self.stdout)
        except OutputError as error:
            raise OutputError(f"{self.line}: {error}") from error

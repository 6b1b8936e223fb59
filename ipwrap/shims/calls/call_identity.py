"""`CallIdentifier`: the identities of the links, namespaces and routes of recorded calls on a host.

The identities are kept in a file beside the other files of a call: for the recording, and for
`ipwrap clean` after a crash of the recorder.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from attrs import asdict, define, field, frozen

from ipwrap.command import Command
from ipwrap.errors import IpwrapError
from ipwrap.result import RecordedLink, RecordedNetns, Result
from ipwrap.sessions.device_query import DeviceQuery, may_need_devices
from ipwrap.sessions.identities import changes_identities, with_identities
from ipwrap.shims.calls.classify import classify
from ipwrap.verbs.runner import Runner

__all__ = ["CallIdentifier", "CallIdentity", "read_identities"]

SUFFIX = ".objects"

# From so many changes in a batch on, a list of all links costs less than a query for each link.
MIN_LISTED = 20
SHOW_LINK = ("ip", "-j", "-d", "link", "show")


@frozen(kw_only=True)
class CallIdentity:
    """The identities of the objects of a change: see `Result`."""

    links: tuple[RecordedLink, ...] | None = None
    namespaces: tuple[RecordedNetns, ...] | None = None
    devices: tuple[RecordedLink, ...] | None = None


def read_identities(path: Path) -> tuple[CallIdentity, ...]:
    """Return the identities found behind a call, or each line of a batch; () without a file."""
    try:
        text = path.with_suffix(SUFFIX).read_bytes()
        return msgspec.json.decode(text, type=tuple[CallIdentity, ...])
    except (OSError, msgspec.MsgspecError):
        return ()


@define
class CallIdentifier:
    """Looks at the host right behind the calls of a script. ``folder`` holds the calls."""

    runner: Runner
    folder: Path

    def identify(
        self, number: int, lines: Sequence[tuple[tuple[str, ...], str | None, int]]
    ) -> None:
        """Find the objects of an ended call, and write the identities beside the call.

        ``lines`` are argv, namespace and status of the call, or of each line of its batch.
        """
        results = [_result_of_line(argv, netns, status=status) for argv, netns, status in lines]
        commands = [result.command for result in results if result is not None]

        change_count = sum(map(changes_identities, commands))
        if not change_count:
            return

        runner = self.runner if change_count < MIN_LISTED else _LinkLister(self.runner)
        devices = DeviceQuery(runner, sum(map(may_need_devices, commands)))
        identities = [_identity_of(result, devices) for result in results]

        path = (self.folder / str(number)).with_suffix(SUFFIX)
        partial = path.with_suffix(".part")
        partial.write_bytes(msgspec.json.encode([asdict(identity) for identity in identities]))
        partial.replace(path)


def _result_of_line(argv: tuple[str, ...], netns: str | None, *, status: int) -> Result | None:
    """Return the result of a call; None if no command can repeat the call, as in `to_events`."""
    if netns == "?":
        return None
    try:
        return Result(classify(argv, netns), status)
    except IpwrapError:
        return None


def _identity_of(result: Result | None, devices: DeviceQuery) -> CallIdentity:
    """Return the identities of the objects of a change."""
    if result is None:
        return CallIdentity()

    result = with_identities(result, devices)
    return CallIdentity(links=result.links, namespaces=result.namespaces, devices=result.devices)


@define
class _LinkLister:
    """A runner that answers queries for single links from a list of each namespace's links."""

    runner: Runner
    _links: dict[str | None, dict[str, Any]] = field(factory=dict, init=False)

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Run a command. For `ip link show dev NAME`, find the link in the list instead."""
        *words, keyword, name = command.argv
        if (*words, keyword) != (*SHOW_LINK, "dev"):
            return self.runner.run(command, check=check)

        netns = command.netns
        if netns not in self._links:
            listing = self.runner.run(Command(SHOW_LINK, netns, changes=False), check=False)
            links = listing.check().json()
            self._links[netns] = {str(link.get("ifname")): link for link in links}

        link = self._links[netns].get(name)
        if link is None:
            return Result(command, 1, stderr=f'Device "{name}" does not exist.\n')
        return Result(command, 0, msgspec.json.encode([link]).decode())

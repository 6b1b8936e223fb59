"""`ip vrf`: routing domains, and processes bound to a VRF. ip-vrf(8); iproute2's ip/ipvrf.c."""

from typing import ClassVar

from attrs import frozen

from ipwrap import models
from ipwrap.command import Command
from ipwrap.errors import OutputError
from ipwrap.models import read
from ipwrap.options.codecs import Number
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands, format_device

__all__ = ["VrfVerbs"]

PID = Number(1, 2**22)  # PID_MAX_LIMIT in the kernel's include/linux/threads.h


@frozen
class VrfVerbs(ObjectCommands):
    """Verbs of `ip vrf`. A VRF is a link, created by ``ip.link.add("blue", Vrf(table=10))``.

    A process belongs to a VRF by its control group: `exec`, `identify` and `pids` need cgroup2, and
    `exec` needs root.
    """

    words: ClassVar[tuple[str, ...]] = ("vrf",)

    def show(self, name: str | None = None) -> "list[models.VrfTable]":
        """Return the VRFs with their tables, or a single VRF.

        ::

            ip -j vrf show [NAME]

        For a single VRF, and before 5.10 in general, iproute2 replies in text, which is parsed as
        well. Raises `CommandError` for a link of another kind.
        """
        arguments = () if name is None else (format_device(name, "name"),)

        self._reject_ifindex_lookalike(arguments)
        command = Command(("ip", "-j", "vrf", "show", *arguments), self.netns, changes=False)

        return parse_vrf_reply(self.runner.run(command))

    def exec(
        self,
        name: str,
        *argv: str,
        check: bool = True,
        changes: bool = True,
        stdin: str | None = None,
        timeout: float | None = None,
    ) -> Result:
        """Run a program with its sockets bound to a VRF; the name "default" means no VRF.

        ::

            ip vrf exec NAME PROGRAM ARGUMENT…

        ``timeout`` is in seconds. ``changes=False`` marks a read-only program, which a script need
        not repeat.
        """
        vrf = format_device(name, "name")
        program = Command(argv).argv

        self._reject_ifindex_lookalike((vrf,))
        command = Command(
            ("ip", "vrf", "exec", vrf, *program),
            self.netns,
            stdin=stdin,
            changes=changes,
            timeout=timeout,
        )

        return self.runner.run(command, check=check)

    def identify(self, pid: int | None = None) -> str | None:
        """Return the VRF of a process, by default of the command itself, or None.

        ::

            ip vrf identify [PID]

        Raises `CommandError` (no such process).
        """
        process = () if pid is None else (PID.format("pid", pid),)
        name = self._read_text("identify", *process).strip()

        return name or None

    def pids(self, name: str) -> dict[int, str]:
        """Return the processes of a VRF: program names by process number.

        ::

            ip vrf pids NAME

        Raises `CommandError` for a link of another kind.
        """
        text = self._read_text("pids", format_device(name, "name"))
        programs = {}

        for line in text.splitlines():
            pid, program = line.split(maxsplit=1)
            programs[int(pid)] = program

        return programs

    def _read_text(self, *arguments: str) -> str:
        """Run a query and return the printed text: these verbs ignore `-j`."""
        self._reject_ifindex_lookalike(arguments)
        command = Command(("ip", "vrf", *arguments), self.netns, changes=False)

        return self.runner.run(command).stdout


def parse_vrf_reply(result: Result) -> "list[models.VrfTable]":
    """Return the VRFs in the reply to `vrf show`: JSON, or text."""
    text = result.stdout.strip()
    if text.startswith("["):
        return read(models.VrfTable, text)

    from ipwrap.models.vrf import tables_from_text  # late: only old releases print text

    try:
        return tables_from_text(text)
    except OutputError as error:
        raise OutputError(f"{result.line}: {error}") from error

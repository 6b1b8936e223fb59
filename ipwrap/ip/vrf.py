"""`ip vrf`: routing domains, and processes in them. ip-vrf(8); iproute2's ip/ipvrf.c."""

import re
from typing import ClassVar

from attrs import frozen

from ipwrap.command import Command
from ipwrap.errors import OutputError
from ipwrap.models import VrfTable, read
from ipwrap.options.codecs import Number
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands, device_word

__all__ = ["VrfVerbs"]

PID = Number(1, 2**22)
ROW = re.compile(r"(\S+)\s+([0-9]+)")


@frozen
class VrfVerbs(ObjectCommands):
    """Verbs of `ip vrf`. A VRF is a link: ``ip.link.add("blue", Vrf(table=10))`` makes one.

    A process belongs to one by its control group, so `exec`, `identify` and `pids` need cgroup2, and `exec` root.
    """

    words: ClassVar[tuple[str, ...]] = ("vrf",)

    def show(self, name: str | None = None) -> list[VrfTable]:
        """Return the VRFs with their tables, or one.

        ::

            ip -j vrf show [NAME]

        Of one, and before 5.10 of all, iproute2 answers in text, which is read too. Raises `CommandError` for a link
        that is no VRF.
        """
        words = () if name is None else (device_word(name, "name"),)
        self._reject_ifindex_lookalike(words)
        result = self.runner.run(
            Command(("ip", "-j", "vrf", "show", *words), self.netns, changes=False)
        )
        return vrfs_from_answer(result)

    def exec(
        self,
        name: str,
        *argv: str,
        check: bool = True,
        changes: bool = True,
        stdin: str | None = None,
        timeout: float | None = None,
    ) -> Result:
        """Run a program whose sockets are bound to a VRF, or, with the name "default", to none.

        ::

            ip vrf exec NAME PROGRAM ARGUMENT…

        ``timeout`` is in seconds. ``changes=False`` says that it only looks, so that a script need not repeat it.
        """
        vrf, program = device_word(name, "name"), Command(argv).argv
        self._reject_ifindex_lookalike((vrf,))
        words = ("ip", "vrf", "exec", vrf, *program)
        return self.runner.run(
            Command(words, self.netns, stdin=stdin, changes=changes, timeout=timeout), check=check
        )

    def identify(self, pid: int | None = None) -> str | None:
        """Return the VRF of a process (of the asking command's own by default), or None.

        ::

            ip vrf identify [PID]

        Raises `CommandError` (no such process).
        """
        return (
            self._text("identify", *(() if pid is None else (PID.format("pid", pid),))).strip()
            or None
        )

    def pids(self, name: str) -> dict[int, str]:
        """Return the processes of a VRF, by their numbers, with their names.

        ::

            ip vrf pids NAME

        Raises `CommandError` for a link that is no VRF.
        """
        rows = (
            line.split(maxsplit=1)
            for line in self._text("pids", device_word(name, "name")).splitlines()
        )
        return {int(pid): program for pid, program in rows}

    def _text(self, *words: str) -> str:
        """Run a read that prints text, `-j` or not."""
        self._reject_ifindex_lookalike(words)
        return self.runner.run(Command(("ip", "vrf", *words), self.netns, changes=False)).stdout


def vrfs_from_answer(result: Result) -> list[VrfTable]:
    """Return the VRFs in the answer to `vrf show`: JSON, or text."""
    text = result.stdout.strip()
    if text.startswith("["):
        return read(VrfTable, text)
    _, headed, rows = text.partition("-----\n")
    lines = (rows if headed else text).splitlines()
    found = [ROW.fullmatch(line.strip()) for line in lines if line != "No VRF has been configured"]
    if None in found:
        raise OutputError(
            f"{result.line}: expected names of VRFs with their tables, got: {text[:200]!r}"
        )
    return [VrfTable(name=each[1], table=int(each[2])) for each in found if each]

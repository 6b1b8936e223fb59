"""The shims: scripts that stand before programs, first on PATH, and in a sandbox in the place of the programs too.

In a sandbox each is mounted over its program, so that neither an absolute path nor a PATH of the script's own gets by.
"""

import os
import re
import shlex
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from attrs import define, field

from ipwrap.errors import InvalidArgument
from ipwrap.places.interactive import shell_for
from ipwrap.system.programs import environment, find, need

__all__ = ["IPROUTE2", "Shims"]

IPROUTE2 = ("ip", "bridge", "tc")
QUICK = (
    "brctl",
    "ethtool",
    "ip6tables",
    "ipset",
    "iptables",
    "nft",
    "sysctl",
    "wg",
)  # they answer at once
TOOLS = ("cat", "env", "mkfifo", "sleep", "tee")
EXPORTS = re.compile(rb"\bexport\s+-\w*f|\b(?:declare|typeset)\s+-\w*(?:fx|xf)|set\s+-a")
THEIR_OWN = frozenset({"bash", "dash", "env", "sh", "sudo"})


@define
class Shims:
    """The shims of one recording, in ``folder`` as we see it and ``inside`` as the place does.

    ``first`` is the file of the namespace that all begins in; ``lab`` the script that is run; ``over`` says that they
    are mounted over the programs.
    """

    folder: Path
    inside: str
    first: str
    lab: str = ""
    also: tuple[str, ...] = ()
    over: bool = False
    programs: dict[str, str] = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Look the programs up. Raises `InvalidArgument`, and `ExecutorError` for one that is not there."""
        for program in self.also:
            if "/" in program or program in THEIR_OWN:
                raise InvalidArgument(
                    f"--also {program}: give the name of a program other than a shell, env and sudo"
                )
        found = {program: path for program in IPROUTE2 if (path := find(program))}
        self.programs = {**found, **{program: need(program) for program in self.also}}

    def write(self) -> None:
        """Write them into the folder's `bin`."""
        bin_ = self.folder / "bin"
        bin_.mkdir(mode=0o700)
        shell = self._shell()
        for program in self.programs:
            _write(bin_ / program, _filled("shim.sh", self._values(program), shell))
        sudo = {"real": self._real("sudo"), "env": self._real("env")}
        _write(bin_ / "sudo", _filled("sudo.sh", sudo, shell))

    def _shell(self) -> str:
        """Return the shell that starts quickest; bash where functions are exported, which dash does not pass on."""
        exported = shell_for(os.environ) == "bash" or (
            self.lab and EXPORTS.search(Path(self.lab).read_bytes())
        )
        return (find("bash") if exported else find("dash")) or "/bin/sh"

    def path(self, path: str) -> str:
        """Return a PATH that has them first."""
        return f"{self.inside}/bin:{path}"

    def mounting(self) -> str:
        """Return the lines of shell that put them in the place of the programs; these are then in `real`."""
        lines = [f"mkdir {self.inside}/real"]
        for program, targets in self._targets():
            real = f"{self.inside}/real/{program}"
            lines += [f": >{real}", _bound(targets[0], real)]
            lines += [_bound(f"{self.inside}/bin/{program}", target) for target in targets]
        return "\n".join(("set -e", *lines))

    def unmounting(self) -> str:
        """Return the lines that take them away again, also while something still runs one."""
        return "\n".join(
            shlex.join(("umount", "-l", each)) for _, targets in self._targets() for each in targets
        )

    def _values(self, program: str) -> dict[str, str]:
        """Return what a program's shim is filled in with."""
        shimmed = f" {' '.join(self.programs)} "
        values = {
            "program": program,
            "real": self._real(program),
            "calls": self.inside,
            "first": self.first,
        }
        values |= {"lab": self.lab, "shimmed": shimmed, "quick": f" {' '.join(QUICK)} "}
        return {**values, **{tool: self._real(tool) for tool in TOOLS}}

    def _real(self, program: str) -> str:
        """Return where the place has the program itself."""
        if self.over and any(program == each for each, _ in self._targets()):
            return f"{self.inside}/real/{program}"
        return self.programs.get(program) or find(program) or f"/usr/bin/{program}"

    def _targets(self) -> Iterator[tuple[str, list[str]]]:
        """Yield the programs and the files that they are, where they are files of their own."""
        for program in (*self.programs, "sudo"):
            if targets := _files(program):
                yield program, targets


def _files(program: str) -> list[str]:
    """Return the files on PATH that are this program, and not another one by a link: such as busybox."""
    paths = (
        os.path.join(folder, program)
        for folder in environment()["PATH"].split(os.pathsep)
        if folder
    )
    real = dict.fromkeys(os.path.realpath(path) for path in paths if os.access(path, os.X_OK))
    return [path for path in real if os.path.basename(path) == program]


def _bound(source: str, target: str) -> str:
    """Return the line that mounts a file over another."""
    return shlex.join(("mount", "--bind", source, target))


def _filled(name: str, values: dict[str, str], shell: str) -> str:
    """Return a script with its values, for a shell."""
    text = resources.files("ipwrap.shims").joinpath(name).read_text(encoding="utf-8")
    for key, value in values.items():
        text = text.replace(f"@{key}@", shlex.quote(value))
    return text.replace("#!/bin/sh", f"#!{shell}", 1)


def _write(path: Path, text: str) -> None:
    """Write a script that can be run."""
    path.write_text(text, encoding="utf-8", errors="surrogateescape", newline="\n")
    path.chmod(0o755)

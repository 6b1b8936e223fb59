"""Shims: scripts that precede the recorded programs on PATH, and replace programs in a sandbox.

In a sandbox, a shim is mounted over the file of the program. An absolute path, or the script's own
PATH, then leads to the shim, too.
"""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from attrs import define, field

from ipwrap.errors import InvalidArgument
from ipwrap.places.interactive import shell_for
from ipwrap.shims.calls.order import ORDER
from ipwrap.system.programs import command_environment, find_program, require_program

__all__ = ["IPROUTE2", "USUAL", "Shims", "recorded_programs"]

IPROUTE2 = ("ip", "bridge", "tc")

# Programs that set packet filters, each with those that save and restore all rules.
FILTER_PROGRAMS = tuple(
    f"{name}{back_end}{task}"
    for name in ("iptables", "ip6tables", "ebtables", "arptables")
    for back_end in ("", "-legacy", "-nft")
    for task in ("", "-save", "-restore")
)
# Programs that end at once: their output is collected in files, without pipes and `tee`.
QUICK = (
    "arp",
    "brctl",
    "ethtool",
    "ifconfig",
    "ipset",
    "nft",
    "ovs-vsctl",
    "route",
    "sysctl",
    "tunctl",
    "vconfig",
    "wg",
    *FILTER_PROGRAMS,
)
# Programs of many names: each name is a symbolic link, and decides what the program does.
MULTI_CALL = ("xtables-legacy-multi", "xtables-nft-multi")
# Recorded only where an argument is the file of a network namespace: they give it a name.
NAMERS = ("ln", "mkdir", "mount", "rm", "touch", "umount")
# They make a namespace, or enter that of a process.
ENTERERS = ("nsenter", "unshare")
# Recorded without being asked for, where they are installed.
USUAL = (*QUICK, *NAMERS, *ENTERERS, "ping", "ping6", "sleep")
# Programs that the shims call by absolute path, since each may have a shim itself.
TOOLS = ("cat", "env", "mkfifo", "sleep", "tee")

# Parts of shim.sh, beside the folder of the shims: which calls are recorded, and what they read.
PARTS = ("calls.sh", "input.sh")
THROUGH = "through"  # a part, too, and a program of its own for calls in the background
LAST = "last"  # beside them: the number of the last call

# dash with the small C library of klibc, as in the initramfs of Debian: it starts in half the time.
KLIBC_SHELL = "/usr/lib/klibc/bin/sh"
KLIBC_CAT = "/usr/lib/klibc/bin/cat"
PROBE = ("-c", '[ / -ef / ] && printf "%s\\0" "$0"', "ok")
PROBE_SECONDS = 5.0

# Mounted over a program of many names: run the shim of the name, or the program under the name.
DISPATCHER = """#!/bin/sh
name=${{0##*/}}
case $name in *-multi) ;; *) [ ! -x {inside}/bin/"$name" ] || exec {inside}/bin/"$name" "$@" ;; esac
exec {inside}/real/"$name" "$@"
"""

# The script exports a shell function, as in `export -f NAME` or `declare -fx NAME`.
EXPORTS_FUNCTION = re.compile(rb"\bexport\s+-\w*f|\b(?:declare|typeset)\s+-\w*(?:fx|xf)|set\s+-a")

# The shims run under these shells and call env; sudo always has a shim of its own (sudo.sh).
NEVER_SHIMMED = frozenset({"bash", "dash", "env", "sh", "sudo"})


def recorded_programs(also: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the paths of the programs whose calls are recorded, by name: ``also`` has more.

    Raises `InvalidArgument` for a program that must not have a shim, and `ExecutorError` for one in
    ``also`` that is missing.
    """
    for program in also:
        if "/" in program or program in NEVER_SHIMMED:
            raise InvalidArgument(
                f"--also {program}: give the name of a program other than a shell, env and sudo"
            )

    paths = {program: find_program(program) for program in (*IPROUTE2, *USUAL)}
    installed = {program: path for program, path in paths.items() if path}
    return installed | {program: require_program(program) for program in also}


@define
class Shims:
    """The shims of one recording.

    ``folder`` is the path of their folder on this host, ``inside`` the path in the place. ``first``
    is the file of the namespace in which the program starts; ``lab`` is the script, if any.
    ``programs`` are the paths of the recorded programs (`recorded_programs`). With ``over``, the
    shims are mounted over the programs.
    """

    folder: Path
    inside: str
    first: str
    lab: str = ""
    programs: dict[str, str] = field(factory=lambda: recorded_programs())
    over: bool = False
    _targets: dict[str, list[str]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Find, once and for all, the files that the shims are mounted over."""
        folders = command_environment()["PATH"].split(os.pathsep)
        self._targets = {
            program: _find_files(program, folders) for program in (*self.programs, "sudo")
        }

    def write(self) -> None:
        """Write the shims into the subfolder `bin`."""
        bin_folder = self.folder / "bin"
        bin_folder.mkdir(mode=0o700)
        shell = self._find_shell()

        values = self._common_values() | {"shell": shell}
        if shell == KLIBC_SHELL and os.access(KLIBC_CAT, os.X_OK):
            values["cat"] = KLIBC_CAT
        for program in self.programs:
            own_values = {"program": program, "real": self._real_path(program)}
            _write_script(
                bin_folder / program, _fill_template("shim.sh", values | own_values, shell=shell)
            )

        for part in PARTS:
            _write_script(self.folder / part, _fill_template(part, values, shell=shell))
        _write_script(self.folder / THROUGH, _fill_template("through.sh", values, shell=shell))

        # The owner is this user, also where root makes the first call.
        (self.folder / ORDER).touch()
        (self.folder / LAST).write_text("0\n", encoding="ascii")

        for name in self._multi_call_files():
            text = DISPATCHER.format(inside=shlex.quote(self.inside))
            _write_script(bin_folder / name, text.replace("#!/bin/sh", f"#!{shell}", 1))

        # sudo gets a shim even if sudo is missing: root needs none, and the shim runs the program.
        sudo_values = {"real": self._real_path("sudo"), "env": self._real_path("env")}
        _write_script(bin_folder / "sudo", _fill_template("sudo.sh", sudo_values, shell=shell))

    def path(self, path: str) -> str:
        """Return a PATH with the shims first."""
        return f"{self.inside}/bin:{path}"

    def mount_script(self) -> str:
        """Return lines of shell that mount the shims over the programs.

        The programs themselves stay available in the subfolder `real`.
        """
        lines = ["set -e", f"mkdir {self.inside}/real"]

        for program, targets in self._mount_targets():
            shim = f"{self.inside}/bin/{program}"
            real = f"{self.inside}/real/{program}"

            # A bind mount of a file needs an existing file as mount point.
            lines.append(f": >{real}")
            lines.append(_bind_mount(targets[0], real))
            lines += [_bind_mount(shim, target) for target in targets]

        for name, file in self._multi_call_files().items():
            real = f"{self.inside}/real/{name}"
            lines += [f": >{real}", _bind_mount(file, real)]
            lines.append(_bind_mount(f"{self.inside}/bin/{name}", file))
            for alias in _names_of(file):
                lines.append(shlex.join(("ln", "-s", name, f"{self.inside}/real/{alias}")))

        return "\n".join(lines)

    def unmount_script(self) -> str:
        """Return lines of shell that unmount the shims.

        The unmount is lazy (`-l`): a process that still runs a shim would keep the mount busy.
        """
        lines = []

        for _, targets in self._mount_targets():
            lines += [shlex.join(("umount", "-l", target)) for target in targets]

        for file in self._multi_call_files().values():
            lines.append(shlex.join(("umount", "-l", file)))

        return "\n".join(lines)

    def _find_shell(self) -> str:
        """Return the shell for the shims: dash, which starts fastest, if possible that of klibc.

        If functions are exported, bash: dash does not pass exported functions on to the program.
        """
        exports_functions = shell_for(os.environ) == "bash"
        if not exports_functions and self.lab:
            exports_functions = bool(EXPORTS_FUNCTION.search(Path(self.lab).read_bytes()))

        if exports_functions:
            return find_program("bash") or "/bin/sh"
        if _can_run_shims(KLIBC_SHELL):
            return KLIBC_SHELL
        return find_program("dash") or "/bin/sh"

    def _common_values(self) -> dict[str, str]:
        """Return the values for the templates that all shims share."""
        values = {
            "calls": self.inside,
            "first": self.first,
            "lab": self.lab,
            # `ip netns exec red sleep 9` is a program of its own: its end is recorded.
            "shimmed": f" {' '.join(name for name in self.programs if name != 'sleep')} ",
            "quick": f" {' '.join((*QUICK, *NAMERS))} ",
            "through": f"{self.inside}/{THROUGH}",
            "setpriv": _find_setpriv(),
        }
        values.update({tool: self._real_path(tool) for tool in TOOLS})
        return values

    def _real_path(self, program: str) -> str:
        """Return the path, inside the place, of the program itself."""
        if self.over and (self._targets.get(program) or self._is_name_of_multi_call(program)):
            return f"{self.inside}/real/{program}"

        return self.programs.get(program) or find_program(program) or f"/usr/bin/{program}"

    def _is_name_of_multi_call(self, program: str) -> bool:
        """Return whether a program is one of the names of a program of many names."""
        file = os.path.realpath(self.programs.get(program, ""))
        return os.path.basename(file) in MULTI_CALL

    def _multi_call_files(self) -> dict[str, str]:
        """Return the files of the programs of many names, by their own names."""
        files: dict[str, str] = {}
        for path in self.programs.values():
            file = os.path.realpath(path)
            if os.path.basename(file) in MULTI_CALL:
                files[os.path.basename(file)] = file
        return files

    def _mount_targets(self) -> Iterator[tuple[str, list[str]]]:
        """Yield each program with the files to mount its shim over.

        Programs without a file of their own are omitted.
        """
        for program, targets in self._targets.items():
            if targets:
                yield program, targets


def _can_run_shims(shell: str) -> bool:
    """Return whether a shell is there and starts, and has what the shims use beyond POSIX."""
    try:
        completed = subprocess.run(
            (shell, *PROBE), capture_output=True, check=False, timeout=PROBE_SECONDS
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return completed.stdout == b"ok\0"


def _find_setpriv() -> str:
    """Return the path of setpriv(1) of util-linux; empty without it: that of BusyBox knows less."""
    path = find_program("setpriv")
    if path is None or os.path.basename(os.path.realpath(path)) != "setpriv":
        return ""
    return path


def _find_files(program: str, folders: list[str]) -> list[str]:
    """Return the files of a program in the folders of PATH.

    A symbolic link to a different program, as from `ip` to busybox, does not count: a mount over
    the target would replace every applet.
    """
    files: list[str] = []

    for folder in folders:
        path = os.path.join(folder, program)
        if not folder or not os.access(path, os.X_OK):
            continue

        file = os.path.realpath(path)
        if os.path.basename(file) == program and file not in files:
            files.append(file)

    return files


def _names_of(file: str) -> list[str]:
    """Return the names on PATH that lead to a file by symbolic links."""
    names: set[str] = set()

    for folder in command_environment()["PATH"].split(os.pathsep):
        if not os.path.isdir(folder):
            continue
        with os.scandir(folder) as entries:
            links = [entry for entry in entries if entry.is_symlink()]
        names.update(link.name for link in links if os.path.realpath(link.path) == file)

    return sorted(names - {os.path.basename(file)})


def _bind_mount(source: str, target: str) -> str:
    """Return the line of shell that mounts a file over another file."""
    return shlex.join(("mount", "--bind", source, target))


def _fill_template(name: str, values: dict[str, str], *, shell: str) -> str:
    """Return a script of this package with @placeholders@ and the interpreter filled in."""
    template = resources.files("ipwrap.shims.shell").joinpath(name)
    # A shell reads a script anew for each call: comments would cost as much time as the commands.
    lines = [line.strip() for line in template.read_text(encoding="utf-8").splitlines()]
    text = "\n".join(line for line in lines[1:] if line and not line.startswith("#"))

    for key, value in values.items():
        text = text.replace(f"@{key}@", shlex.quote(value))

    return f"#!{shell}\n{text}\n"


def _write_script(path: Path, text: str) -> None:
    """Write an executable script."""
    path.write_text(text, encoding="utf-8", errors="surrogateescape", newline="\n")
    path.chmod(0o755)

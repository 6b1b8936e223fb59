"""`Sandbox`: a temporary place with its own namespaces; needs no root and leaves nothing behind.

`ipwrap.places.holder` starts the process that holds the namespaces. Commands enter by nsenter(1).
See unshare(1), pid_namespaces(7), user_namespaces(7). SECURITY.md lists what a sandbox holds.
"""

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self

from attrs import define, field

from ipwrap.errors import PlaceError
from ipwrap.options.aliases import canonical_path, object_position
from ipwrap.places.attached import AttachedHolder, HolderAddress
from ipwrap.places.etc_netns import LAYER_ON_ETC, names_etc_netns
from ipwrap.places.holder import (
    DROPPED,
    HOLDER,
    MAPPED_BY_ROOT,
    PRIVILEGED,
    SELF_MAPPED,
    SELF_MAPPED_ROOT,
    SUB_IDS,
    UNSHARE,
    Confinement,
    Holder,
    HolderFailed,
)
from ipwrap.places.id_maps import has_sub_ids
from ipwrap.system.programs import (
    command_environment,
    require_linux,
    require_program,
    withheld_variables,
)

__all__ = ["HOLDER", "PRIVILEGED_NAME", "UNSHARE", "Sandbox", "forbidden_by"]

PRIVILEGED_NAME = "sandbox (privileged)"

# Of the holder's scripts and of wrap(). A missing program is reported before anything is started.
REQUIRED_PROGRAMS = (
    "unshare",
    "sh",
    "mount",
    "readlink",
    "ip",
    "cat",
    "nsenter",
    "env",
    "setpriv",
)

# A profile of AppArmor for the one program that makes the user namespaces of a sandbox.
APPARMOR_PROFILE = (
    "printf 'abi <abi/4.0>,\\nprofile unshare-userns {unshare} flags=(unconfined) {{ userns, }}\\n'"
    " >/etc/apparmor.d/unshare-userns && apparmor_parser -r /etc/apparmor.d/unshare-userns; "
    "or for all programs: sysctl kernel.apparmor_restrict_unprivileged_userns=0"
)

# Settings that forbid user namespaces: file, forbidding value, remedy.
SETTINGS = (
    (
        "/proc/sys/user/max_user_namespaces",
        "0",
        "sysctl user.max_user_namespaces=15000",
    ),
    (
        "/proc/sys/kernel/unprivileged_userns_clone",
        "0",
        "sysctl kernel.unprivileged_userns_clone=1",
    ),
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
        APPARMOR_PROFILE,
    ),
)
GENERAL_ADVICE = (
    "a container may forbid it (seccomp, a masked /proc): run this as root, or allow user "
    "namespaces there"
)
ADVICE_FOR_ROOT = (
    "this root has neither CAP_SYS_ADMIN nor user namespaces: a container may forbid both "
    "(seccomp, a masked /proc); allow one of them there"
)
PRIVILEGED_ADVICE = "a privileged sandbox needs root with CAP_SYS_ADMIN; Sandbox() needs neither"


@define
class Sandbox:
    """A new network with only `lo`, up, and no named namespaces.

    `close` ends the sandbox, and so does the death of the process with the open sandbox. Programs
    inside see the files of the machine, except /run, /sys and /proc. /etc becomes private once a
    program names /etc/netns. A sandbox keeps networks apart, and is no jail for hostile code. An
    ordinary user is root only inside, and so is root if user namespaces are allowed.

    - ``privileged``: root keeps all capabilities inside, as for XDP programs, kernel modules and
      macsec, which the kernel leaves to root of the machine; the recording names the place
      "sandbox (privileged)"
    - ``passed_variables``: the variables that programs inside see besides the search path, the home
      directory, the terminal and the locale (`ipwrap.system.programs.PUBLIC_VARIABLES`); None
      passes the whole environment
    - ``uplink``: a way out by pasta(1), of the package passt: a link with the addresses and the
      default route of the host, and the host's name server. Off by default: a sandbox has no
      connection to the outside. The link is part of the state, so that a replay without an uplink
      differs
    """

    isolated: bool = True
    privileged: bool = field(default=False, kw_only=True)
    passed_variables: tuple[str, ...] | None = field(default=None, kw_only=True)
    uplink: bool = field(default=False, kw_only=True)
    _holder: Holder | AttachedHolder | None = field(default=None, init=False, repr=False, eq=False)
    _cwd: str = field(default="/", init=False, repr=False, eq=False)
    _has_own_etc: bool = field(default=False, init=False, repr=False, eq=False)
    _uplink_process: "subprocess.Popen[bytes] | None" = field(
        default=None, init=False, repr=False, eq=False
    )

    @classmethod
    def attach(cls, address: HolderAddress) -> Self:
        """Return the open sandbox of another process. Closing the returned place keeps the sandbox.

        Programs run in the current directory. Raises `PlaceError` for an ended sandbox.
        """
        sandbox = cls(privileged=address.confinement == PRIVILEGED.title)
        sandbox._holder = AttachedHolder(address)
        sandbox._cwd = _current_directory()
        sandbox._running_holder()
        return sandbox

    @property
    def address(self) -> HolderAddress:
        """The address for `attach` in another process of this user.

        Raises `PlaceError` for a closed sandbox, or after the end of the holder.
        """
        return HolderAddress.of(self._running_holder())

    @property
    def name(self) -> str:
        """The name of the place in the recording's header."""
        return PRIVILEGED_NAME if self.privileged else "sandbox"

    @property
    def pid(self) -> int | None:
        """The pid of the holder process on this host, None for a closed sandbox."""
        return self._holder.pid if self._holder else None

    @property
    def first_process(self) -> int:
        """The pid of the first process inside, which is in the sandbox's first network namespace.

        The pid is 1, except in a sandbox inside a sandbox of root, which has the outer /proc.
        """
        return self._running_holder().first_process

    @property
    def confinement(self) -> str | None:
        """How the open sandbox is shut in, such as "a user namespace"; None for a closed one."""
        return self._holder.confinement.title if self._holder else None

    def open(self) -> bool:
        """Create the sandbox unless open already; return whether a sandbox was created.

        Raises `PlaceError` with the forbidding setting and the remedy, and for an uplink without
        pasta; `ExecutorError`, with the package to install, for a missing program.
        """
        if self._holder is not None:
            return False

        require_linux()
        for program in REQUIRED_PROGRAMS:
            require_program(program)

        # Commands enter by the files of /proc/PID/ns.
        if not os.path.exists("/proc/self/ns/net"):
            raise PlaceError(
                "a sandbox cannot be made: /proc is not mounted here; "
                "mount it: mount -t proc proc /proc"
            )

        if self.uplink:
            self._open_with_uplink()
        else:
            self._start()
        return True

    def _start(self) -> Holder:
        """Start the holder, and note the directory in which programs are to run."""
        self._cwd = _current_directory()
        self._holder = holder = _start_holder(privileged=self.privileged)
        return holder

    def _open_with_uplink(self) -> None:
        """Start the holder and pasta. Raises `PlaceError`, with no sandbox left open."""
        # Imported late: few sandboxes have a way out.
        from ipwrap.places.uplink import require_pasta, resolver_text, start_uplink

        require_pasta()
        resolver = resolver_text()
        holder = self._start()
        try:
            self._uplink_process = start_uplink(holder)
            if resolver is not None:
                self._set_resolver(resolver)
        except BaseException:
            self.close()
            raise

    def _set_resolver(self, text: str) -> None:
        """Write /etc/resolv.conf of the sandbox, in the place of a link to a file below /run."""
        self._make_own_etc()
        write = "cat >/etc/.resolv.conf; mv -f /etc/.resolv.conf /etc/resolv.conf"
        self._run_shell(write, stdin=text, label="an /etc/resolv.conf of its own")

    def close(self) -> None:
        """End the sandbox and everything inside. A second call has no effect.

        In a child forked from the process that has opened the sandbox, forget it only.
        """
        holder, self._holder = self._holder, None
        self._has_own_etc = False
        if holder is None:
            return

        holder.stop()
        process, self._uplink_process = self._uplink_process, None
        if process is not None:  # its program has ended with the sandbox
            process.wait()

    def host_path(self, path: str) -> str:
        """Return the path of a file inside, below the root of the sandbox's first process."""
        return f"/proc/{self._running_holder().init}/root{path}"

    def wrap(
        self, argv: tuple[str, ...], *, variables: Mapping[str, str] | None = None
    ) -> tuple[str, ...]:
        """Return the argv that runs ``argv`` inside.

        Programs run in the directory where the sandbox was opened. ``variables`` are passed, also
        variables that would be withheld. For an argument in /etc/netns, the sandbox makes a private
        /etc first (`ipwrap.places.etc_netns`). Raises `PlaceError` for a closed sandbox, or after
        the end of the holder.
        """
        holder = self._running_holder()
        if not self._has_own_etc and names_etc_netns(argv):
            self._make_own_etc()
        confinement = holder.confinement

        # A process that enters a mount namespace is moved to the root directory (setns(2)).
        # iproute2 itself needs no directory, which saves an exec; a program of `ip netns exec` may.
        if argv[0] in ("ip", "bridge", "tc") and not _runs_program(argv):
            guard = confinement.guard if confinement.guards_iproute2 else ()
            return (*holder.enter_argv, *guard, *argv)

        # By name: values of the environment would be readable by all users in /proc/PID/cmdline.
        withheld = withheld_variables(self.passed_variables)
        unset = [f"--unset={name}" for name in withheld if name not in (variables or {})]
        env = ("env", f"--chdir={self._cwd}", *unset)
        return (*holder.enter_argv, *confinement.guard, *env, *argv)

    def _make_own_etc(self) -> None:
        """Put a writable layer on /etc. Raises `PlaceError` where the kernel has none to give."""
        self._has_own_etc = True
        try:
            self._run_shell(LAYER_ON_ETC, label="an /etc/netns of its own")
        except PlaceError:
            self._has_own_etc = False
            raise

    def _run_shell(self, script: str, *, label: str, stdin: str = "") -> None:
        """Run a script inside. Raises `PlaceError` for what the sandbox cannot have then."""
        done = subprocess.run(
            self.wrap(("sh", "-c", f"set -e\n{script}")),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            env=command_environment(),
        )
        if done.returncode:
            raise PlaceError(f"the sandbox cannot have {label}: {done.stderr.strip()}")

    def _running_holder(self) -> Holder | AttachedHolder:
        """Return the holder. Raises `PlaceError` for a closed sandbox, or one that has ended."""
        if self._holder is None:
            raise PlaceError("the sandbox is not open; use it in a `with` block, or call open()")

        end = self._holder.describe_end()
        if end is not None:
            raise PlaceError(f"the sandbox is gone: {end}")

        return self._holder


def _current_directory() -> str:
    """Return the current directory. Raises `PlaceError` for a deleted directory."""
    try:
        return os.getcwd()
    except OSError as error:
        raise PlaceError(
            f"the current directory is gone ({error.strerror}); change to another one"
        ) from error


def _start_holder(*, privileged: bool) -> Holder:
    """Start the holder by the strictest confinement that this system allows.

    Raises `PlaceError` with the reason of the last attempt.
    """
    reason = ""
    for confinement in _confinements(privileged=privileged):
        try:
            return Holder.start(confinement)
        except HolderFailed:
            raise
        except PlaceError as error:
            reason = str(error)

    if privileged:
        advice = PRIVILEGED_ADVICE
    elif os.geteuid() == 0:
        advice = forbidden_by() or ADVICE_FOR_ROOT
    else:
        advice = forbidden_by() or GENERAL_ADVICE
    raise PlaceError(f"a sandbox cannot be made here: {reason}\n  {advice}")


def _confinements(*, privileged: bool) -> Iterator[Confinement]:
    """Yield the ways to make a sandbox for this user, the strictest first."""
    if privileged:
        yield PRIVILEGED
    elif os.geteuid() == 0:
        yield MAPPED_BY_ROOT
        yield SELF_MAPPED_ROOT
        yield DROPPED
    else:
        if has_sub_ids():
            yield SUB_IDS
        yield SELF_MAPPED


def _read_setting(path: str) -> str | None:
    """Return the value of a setting; None for a missing setting, and without a free descriptor."""
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except OSError:
        return None


def forbidden_by() -> str | None:
    """Return the setting that forbids user namespaces to ordinary users, with the remedy.

    None if no known setting does.
    """
    for path, value, remedy in SETTINGS:
        if _read_setting(path) == value:
            setting = path.removeprefix("/proc/sys/").replace("/", ".")
            command = remedy.format(unshare=require_program("unshare"))
            otherwise = "" if os.geteuid() == 0 else " or run this as root"
            return (
                f"{setting} = {value} forbids user namespaces; allow them (as root: {command})"
                f"{otherwise}"
            )

    return None


def _runs_program(argv: tuple[str, ...]) -> bool:
    """Return whether a command of iproute2 runs another program: `ip netns exec`, or shorter."""
    position = object_position(argv, 0, program=argv[0])
    return "exec" in canonical_path(argv[0], argv[position:])

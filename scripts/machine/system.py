"""A fresh system: a copy of debootstrap's base with this repository, in which commands run."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from scripts.machine import host

__all__ = ["CACHE", "REPOSITORY", "System", "User"]

REPOSITORY = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ipwrap" / "fresh"
OLDEST_BASE = 30 * 24 * 3600  # seconds: an older base is replaced
UID = 1000
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
MARK = "ipwrap-fresh"  # the value of the environment variable `container` in a fresh system
DIES_WITH_US = ("setpriv", "--pdeathsig", "KILL")
NAMESPACES = ("unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child")


@dataclass(frozen=True)
class User:
    """A user of a fresh system."""

    name: str
    uid: int
    home: str
    path: str


ROOT = User("root", 0, "/root", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
ORDINARY = User("user", UID, "/home/user", "/usr/local/bin:/usr/bin:/bin")


@dataclass(frozen=True)
class System:
    """A directory that contains a whole system."""

    root: Path

    @classmethod
    def create(cls, suite: str, *, mirror: str | None = None, name: str | None = None) -> "System":
        """Copy the base of a suite, and add the last commit of this repository to both users'
        homes.
        """
        _remove_abandoned()
        base = _base(suite, mirror)
        folder = f"kept-{name}" if name else f"run-{suite}-{os.getpid()}"
        root = CACHE / folder
        system = cls(root)

        try:
            subprocess.run(["cp", "-a", "--reflink=auto", base, root], check=True)
            system._configure()
            system._add_user()
            for user in (ROOT, ORDINARY):
                system._add_repository(user)
        except BaseException:
            system.remove()
            raise

        return system

    def run(self, user: User, command: list[str], *, output: IO[bytes] | None = None) -> int:
        """Run a command as a user in namespaces of its own; return the status.

        A second Ctrl-C kills the command.
        """
        variables = {
            **host.proxies(),
            "HOME": user.home,
            "USER": user.name,
            "LOGNAME": user.name,
            "PATH": user.path,
            "TERM": os.environ.get("TERM", "dumb"),
            "container": MARK,
        }

        # -S: a hook of site-packages, such as coverage, would look for files that the fresh system
        # does not have.
        entry = (
            sys.executable,
            "-S",
            "-m",
            "scripts.machine.inside",
            self.root,
            str(user.uid),
            json.dumps(variables),
        )

        process = subprocess.Popen(
            [*DIES_WITH_US, *NAMESPACES, "--uts", "--ipc", "--", *entry, *command],
            cwd=REPOSITORY,
            stdout=output,
            stderr=output,
        )

        try:
            return _wait(process)
        finally:
            process.kill()
            process.wait()

    def install(self, *packages: str) -> None:
        """Install packages. Raises `SystemExit` if apt-get fails."""
        script = (
            "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "
            '"$@" >/dev/null'
        )
        if self.run(ROOT, ["sh", "-c", script, "sh", *packages]):
            raise SystemExit(f"cannot install {', '.join(packages)} in {self.root}: see above")

    def allow_sudo(self) -> None:
        """Let the ordinary user become root without a password."""
        self.install("sudo")
        rule = self.root / "etc/sudoers.d/user"
        rule.write_text(f"{ORDINARY.name} ALL=(ALL) NOPASSWD: ALL\n")
        rule.chmod(0o440)

    def remove(self) -> None:
        """Remove the directory.

        No mount of this system is inside: the mounts were in namespaces, which may take a moment to
        end.
        """
        # Ctrl-C must not interrupt the removal: a half-removed directory would be left.
        ignored = {number: signal.signal(number, signal.SIG_IGN) for number in ENDING_SIGNALS}
        remove = ["rm", "-rf", "--one-file-system", str(self.root)]

        for _ in range(100):
            subprocess.run(remove, stderr=subprocess.DEVNULL, start_new_session=True, check=False)
            if not self.root.exists():
                break
            time.sleep(0.1)
        else:
            print(f"cannot remove {self.root}: remove it by hand", file=sys.stderr)

        for number, handler in ignored.items():
            signal.signal(number, handler)

    def _configure(self) -> None:
        """Write the settings for packages that the system inherits from this system."""
        configuration = self.root / "etc/apt/apt.conf.d"
        configuration.mkdir(parents=True, exist_ok=True)
        (configuration / "90host").write_text(host.apt_settings())
        (self.root / "etc/pip.conf").write_text(host.pip_settings())
        (self.root / "etc/hostname").write_text("fresh\n")
        if bundle := host.ca_bundle():
            shutil.copyfile(bundle, Path(f"{self.root}{host.CERTIFICATES}"))

    def _add_user(self) -> None:
        """Add an ordinary user without sudo."""
        entries = {
            "passwd": f"{ORDINARY.name}:x:{UID}:{UID}::{ORDINARY.home}:/bin/sh\n",
            "group": f"{ORDINARY.name}:x:{UID}:\n",
            "shadow": f"{ORDINARY.name}:!:19000:0:99999:7:::\n",
        }
        for name, line in entries.items():
            with (self.root / "etc" / name).open("a") as file:
                file.write(line)

    def _add_repository(self, user: User) -> None:
        """Unpack the last commit of this repository in a user's home, without history."""
        folder = self.root / user.home.lstrip("/") / "ipwrap"
        folder.mkdir(parents=True)
        archive = subprocess.run(
            ["git", "-c", "safe.directory=*", "-C", REPOSITORY, "archive", "HEAD"],
            check=True,
            capture_output=True,
        )

        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
        subprocess.run(["chown", "-R", f"{user.uid}:{user.uid}", folder.parent], check=True)


def _wait(process: "subprocess.Popen[bytes]") -> int:
    """Wait for a process.

    The first Ctrl-C is for the command, on the same terminal; the second raises
    `KeyboardInterrupt`.
    """
    try:
        return process.wait()
    except KeyboardInterrupt:
        return process.wait()


def _base(suite: str, mirror: str | None) -> Path:
    """Return the base of a suite. Run debootstrap if the base is missing or old."""
    base = CACHE / f"base-{suite}"
    if base.exists() and time.time() - base.stat().st_mtime < OLDEST_BASE:
        return base

    mirror = mirror or host.mirror()
    unfinished = CACHE / f"run-base-{suite}-{os.getpid()}"
    CACHE.mkdir(parents=True, exist_ok=True)
    print(f"making a minimal Debian {suite}: kept in {base}", file=sys.stderr, flush=True)
    command = [
        "debootstrap",
        "--variant=minbase",
        suite,
        str(unfinished),
        *([mirror] if mirror else []),
    ]

    process = subprocess.run(
        [*DIES_WITH_US, *NAMESPACES, "--", *command], capture_output=True, text=True, check=False
    )

    if process.returncode:
        System(unfinished).remove()
        output = process.stdout + process.stderr
        raise SystemExit(f"{' '.join(command)} failed:\n{output[-1000:]}")

    for archive in (unfinished / "var/cache/apt/archives").glob("*.deb"):
        archive.unlink()

    os.utime(unfinished)
    System(base).remove()
    unfinished.rename(base)

    return base


def _remove_abandoned() -> None:
    """Remove the directories of killed processes."""
    for root in CACHE.glob("run-*"):
        if not Path("/proc", root.name.rpartition("-")[2]).exists():
            System(root).remove()

"""The users and groups of a sandbox's user namespaces: user_namespaces(7), "User and group ID
mappings".
"""

import contextlib
import os
import subprocess
from pathlib import Path

from ipwrap.errors import PlaceError
from ipwrap.system.programs import command_environment, find_program, require_program

__all__ = ["has_sub_ids", "map_identity", "map_identity_from_inside", "map_sub_ids"]

SUB_ID_FILES = {"uid": Path("/etc/subuid"), "gid": Path("/etc/subgid")}
TIMEOUT_SECONDS = 60.0  # for programs of the system that may look a user up on another machine

# Arguments: the pid, the users' map, the groups' map.
WRITE_MAPS = 'printf %s "$2" >"/proc/$1/uid_map" && printf %s "$3" >"/proc/$1/gid_map"'


def map_identity(pid: int) -> None:
    """Map every user and group of this process's namespace to itself, in the namespace of a child.

    Needs root. Raises `PlaceError`.
    """
    for file in ("uid_map", "gid_map"):
        try:
            own_map = Path(f"/proc/self/{file}").read_text(encoding="ascii")
            Path(f"/proc/{pid}/{file}").write_text(_identity_of(own_map), encoding="ascii")
        except OSError as error:
            raise PlaceError(f"/proc/{pid}/{file}: {error.strerror}") from error


def map_identity_from_inside(pid: int, *, parent: int) -> None:
    """Map users and groups as `map_identity`, for a child of another process's user namespace.

    The kernel takes a map only from inside the parent namespace. Raises `PlaceError`.
    """
    maps = [
        _identity_of(Path(f"/proc/{parent}/{file}").read_text(encoding="ascii"))
        for file in ("uid_map", "gid_map")
    ]
    enter = ("nsenter", f"--user=/proc/{parent}/ns/user", "--preserve-credentials", "--")
    _run((*enter, "sh", "-c", WRITE_MAPS, "sh", str(pid), *maps))


def _identity_of(id_map: str) -> str:
    """Return the map that maps the inner ids of a map to themselves."""
    lines = []
    for line in id_map.splitlines():
        first, _, count = line.split()
        lines.append(f"{first} {first} {count}\n")

    return "".join(lines)


def has_sub_ids() -> bool:
    """Return whether this user has subordinate users and groups, and the programs for the mapping.

    See subuid(5), newuidmap(1).
    """
    if os.geteuid() == 0:
        return False  # root maps all users

    has_programs = all(find_program(f"new{kind}map") for kind in SUB_ID_FILES)
    return has_programs and all(_sub_ids(kind) is not None for kind in SUB_ID_FILES)


def map_sub_ids(pid: int) -> None:
    """Map root inside to this user, and the users from 1 on to this user's subordinate users.

    Runs `newuidmap PID 0 UID 1 1 START COUNT`, and `newgidmap`. Raises `PlaceError`.
    """
    own_ids = {"uid": os.geteuid(), "gid": os.getegid()}
    programs = []

    for kind, own_id in own_ids.items():
        sub_ids = _sub_ids(kind)
        if sub_ids is None:
            raise PlaceError(f"{SUB_ID_FILES[kind]} has no entry for this user any more")

        start, count = sub_ids
        numbers = (pid, 0, own_id, 1, 1, start, count)
        programs.append((require_program(f"new{kind}map"), *map(str, numbers)))

    _run(*programs)


def _sub_ids(kind: str) -> tuple[int, int] | None:
    """Return the first entry of this user in /etc/subuid or /etc/subgid: start and count."""
    user = os.geteuid()
    names = {str(user)}
    try:
        lines = SUB_ID_FILES[kind].read_text(encoding="utf-8", errors="replace").splitlines()
        # Imported late: not every system has this module.
        import pwd

        names.add(pwd.getpwuid(user).pw_name)
    except OSError:
        return None
    except KeyError:  # a user without a name
        pass

    for line in lines:
        name, _, numbers = line.partition(":")
        start, _, count = numbers.partition(":")
        if name in names and start.isdecimal() and count.isdecimal() and int(count) > 0:
            return int(start), int(count)

    return None


def _run(*programs: tuple[str, ...]) -> None:
    """Run programs that write maps, side by side. Raises `PlaceError` with the stderr of one."""
    failures = []

    with contextlib.ExitStack() as stack:
        processes = [stack.enter_context(_start(argv)) for argv in programs]
        for argv, process in zip(programs, processes, strict=True):
            try:
                _, stderr = process.communicate(timeout=TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                stderr = f"{argv[0]} did not end within {TIMEOUT_SECONDS:.0f} s"

            if process.returncode != 0:
                failures.append(stderr.strip() or f"{argv[0]}: status {process.returncode}")

    if failures:
        raise PlaceError(failures[0])


def _start(argv: tuple[str, ...]) -> "subprocess.Popen[str]":
    """Start a program that writes a map. Raises `PlaceError`."""
    try:
        return subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env=command_environment(),
            start_new_session=True,  # a terminal's Ctrl-C does not reach the program
        )
    except OSError as error:
        raise PlaceError(f"{argv[0]}: {error.strerror}") from error

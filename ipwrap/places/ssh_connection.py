"""`Connection`: the connection of ssh(1) for all shells on the remote host.

The first ssh is the master of the connection: the first shell prints facts about the machine, and
then reads a pipe from this process until the end. Therefore the connection ends with this process,
also after SIGKILL, and no ControlPersist is needed. Further shells are sessions of the same
connection, without a handshake.
"""

import contextlib
import os
import re
import secrets
import select
import signal
import subprocess
import tempfile
import time
import weakref
from pathlib import Path
from typing import IO

from attrs import define, field

from ipwrap.errors import ConnectionLost, ExecutorError, IpwrapError, PlaceError
from ipwrap.jsonio.escape import escape_controls
from ipwrap.places.marked_output import Mark, MarkedOutput, new_mark
from ipwrap.places.remote import PRELUDE, RemoteMachine
from ipwrap.places.ssh_failures import describe_failure
from ipwrap.system.forks import close_in_children
from ipwrap.system.host_identity import HostIdentity
from ipwrap.system.programs import command_environment, install_advice, require_program
from ipwrap.system.runtime_folder import runtime_folder

__all__ = ["OPEN_SECONDS", "Connection", "SshCommand"]

OPEN_SECONDS = 60.0  # for the connection and the first shell, also on a busy machine
QUIET_SECONDS = 0.5  # for the master to end by itself
CLOSE_SECONDS = 3.0  # for an ssh to end by SIGTERM
LOSS_SECONDS = 2.0  # for the master to end behind a session that a lost connection has ended
CHUNK = 1 << 16
# Shells on a connection besides the first: MaxSessions of sshd_config(5) is 10, and a session that
# has ended may count for a moment.
MAX_SHELLS = 8
# sun_path has 108 bytes, and ssh binds the socket under a name with 17 more.
MAX_SOCKET_PATH = 108 - 17 - 1
OWN_FOLDER = "ipwrap-ssh-"  # in /tmp, where the path of the runtime folder is too long
# What ssh itself says where the server refuses a session: mux_client_request_session() in mux.c and
# channel_input_open_failure() in channels.c of OpenSSH.
REFUSED_SESSION = re.compile(
    rb"^(mux_client_request_session: session request failed|channel \d+: open failed): ",
    re.MULTILINE,
)

# Whatever the user's config says: nobody is asked, nothing but our shells is started.
FIXED_OPTIONS = (
    *("BatchMode=yes", "RemoteCommand=none", "RequestTTY=no", "PermitLocalCommand=no"),
    *("ClearAllForwardings=yes", "ForwardX11=no", "ForwardAgent=no"),
    *("LogLevel=ERROR", "ControlPersist=no"),
)
# A connection whose other end is gone ends after 45 s, where the config does not say otherwise.
KEEPALIVE = "ServerAliveInterval=15"

# The shell there tells of its machine, then waits for the end of its stdin.
PROBE = """\
printf '\\n%s begin\\n' {mark}
printf '\\n%s system %s\\n' {mark} "$(uname -s)"
printf '\\n%s kernel %s\\n' {mark} "$(uname -r)"
printf '\\n%s name %s\\n' {mark} "$(uname -n)"
printf '\\n%s boot %s\\n' {mark} "$(cat /proc/sys/kernel/random/boot_id)"
for kind in net mnt pid; do
    printf '\\n%s %s %s\\n' {mark} $kind "$(stat -L -c %d:%i /proc/self/ns/$kind)"
done
printf '\\n%s setsid %s\\n' {mark} "$(command -v setsid)"
printf '\\n%s iproute2 %s\\n' {mark} "$(ip -V 2>&1)"
{sudo}
printf '\\n%s shell %s\\n' {mark} $$
exec cat >/dev/null 2>&1
"""
PROBE_SUDO = "sudo -n true </dev/null 2>&1 && printf '\\n%s sudo yes\\n' {mark}"


@define
class SshCommand:
    """The ssh command line of a destination."""

    destination: str
    arguments: tuple[str, ...]
    sudo: bool

    def argv(self, *options: str) -> tuple[str, ...]:
        """Return the ssh that runs a command there, without the command."""
        words = [word for option in options for word in ("-o", option)]
        return ("ssh", "-T", *words, *self.arguments, "--", self.destination)

    def find_settings(self) -> dict[str, str]:
        """Return the settings of the user's config for the destination: `ssh -G`."""
        argv = (require_program("ssh"), "-G", *self.arguments, "--", self.destination)
        tried = f"ssh -G {self.destination}"
        try:
            result = subprocess.run(
                argv,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                env=command_environment(),
                timeout=OPEN_SECONDS,
            )
        except subprocess.TimeoutExpired as error:  # of a program of `Match exec`
            raise PlaceError(
                describe_failure(self.destination, "timed out", tried=tried)
            ) from error

        if result.returncode:
            raise PlaceError(describe_failure(self.destination, result.stderr, tried=tried))

        pairs = (line.partition(" ") for line in result.stdout.splitlines())
        return {name: value for name, _, value in pairs}


@define(eq=False)
class Connection:
    """An open connection: the master ssh, the socket, and the facts about the machine."""

    command: SshCommand
    process: "subprocess.Popen[bytes]"
    control_path: str
    machine: RemoteMachine
    _stderr: IO[bytes]
    _shells: "weakref.WeakSet[subprocess.Popen[bytes]]" = field(factory=weakref.WeakSet, init=False)
    _opened_by: int = field(factory=os.getpid, init=False)

    @classmethod
    def open(cls, command: SshCommand) -> "Connection":
        """Connect, and look at the machine. Raises `PlaceError` and `ExecutorError`."""
        require_program("ssh")
        settings = command.find_settings()
        has_keepalive = settings.get("serveraliveinterval", "0") != "0"
        control_path = _new_control_path()
        argv = command.argv(
            *FIXED_OPTIONS,
            *(() if has_keepalive else (KEEPALIVE,)),
            f"ControlPath={escape_tokens(control_path)}",
            "ControlMaster=yes",
        )

        with contextlib.ExitStack() as clean_up:
            clean_up.callback(_remove_socket, control_path)
            stderr = clean_up.enter_context(tempfile.TemporaryFile())
            process = subprocess.Popen(
                (*argv, "exec sh -s"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr.fileno(),
                env=command_environment(),
                start_new_session=True,  # a terminal's Ctrl-C does not reach the connection
            )
            clean_up.callback(_end, process)
            machine = _look(command, process, stderr=stderr, tried=_describe_target(settings))
            clean_up.pop_all()  # they stay as long as the connection

        connection = cls(command, process, control_path, machine, stderr)
        close_in_children(connection)
        return connection

    @property
    def has_room(self) -> bool:
        """Whether a server with the usual settings allows another shell on the connection."""
        running = [shell for shell in list(self._shells) if shell.poll() is None]
        return len(running) < MAX_SHELLS

    def has_started(self, process: "subprocess.Popen[bytes]") -> bool:
        """Return whether a shell was started through the connection."""
        return process in self._shells

    @property
    def is_lost(self) -> bool:
        """Whether the connection has ended."""
        return self.process.poll() is not None

    def require(self) -> None:
        """Raise `ConnectionLost` for a connection that has ended."""
        if self.is_lost:
            raise self.loss()

    def loss(self) -> ConnectionLost:
        """Return the error for the connection, which has ended."""
        size = os.fstat(self._stderr.fileno()).st_size
        text = os.pread(self._stderr.fileno(), size, 0).decode(errors="replace").strip()
        last_line = escape_controls(text.splitlines()[-1].strip()) if text else "ssh has ended"
        return ConnectionLost(
            f"the connection to {self.command.destination} was lost ({last_line}); what ran there "
            "at that moment may or may not have been done: a new session looks, and "
            f"`ipwrap undo --ssh {self.command.destination} FILE` restores the state before"
        )

    def shell_argv(self, shell_command: str) -> tuple[str, ...]:
        """Return the ssh that runs a command line of a shell through the connection."""
        # Where the server refuses a further session, ssh would make a connection of its own.
        argv = self.command.argv(
            *FIXED_OPTIONS,
            *(
                f"ControlPath={escape_tokens(self.control_path)}",
                "ControlMaster=no",
                "ProxyCommand=false",
            ),
        )
        return (*argv, shell_command)

    def start_shell(self) -> "subprocess.Popen[bytes]":
        """Start a shell on the remote host, with pipes. Raises `ConnectionLost`."""
        self.require()
        line = "exec sudo -n sh -s" if self.command.sudo else "exec sh -s"
        process = subprocess.Popen(
            self.shell_argv(line),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=command_environment(),
            start_new_session=True,
        )
        self._shells.add(process)
        assert process.stdin is not None
        # A shell that has ended at once is noticed by its output.
        with contextlib.suppress(OSError):
            process.stdin.write(PRELUDE.encode())
        return process

    def shell_error(self, process: "subprocess.Popen[bytes]", text: bytes) -> IpwrapError:
        """Return the error for a shell that has ended before its commands."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(LOSS_SECONDS)
        if self.is_lost:
            return self.loss()

        said = escape_controls(text.decode(errors="replace").strip()) or "nothing"
        if REFUSED_SESSION.search(text):
            return ExecutorError(
                f"{self.command.destination} allows no further session on this connection; end "
                "background processes, or let sshd allow more: MaxSessions in sshd_config(5) "
                f"(ssh said: {said})"
            )
        return ExecutorError(
            f"a shell on {self.command.destination} has ended too early, with status "
            f"{process.poll()} (it said: {said}); what it ran may or may not have been done"
        )

    def close(self) -> None:
        """End the connection and its programs."""
        if self._opened_by != os.getpid():
            return
        _end(self.process)
        self._stderr.close()
        _remove_socket(self.control_path)

    def close_in_child(self) -> None:
        """Close this child's copies of the pipes."""
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()


def _new_control_path() -> str:
    """Return the path of a new socket in a private folder."""
    name = f"s{secrets.token_hex(4)}"
    path = str(runtime_folder() / name)
    if len(os.fsencode(path)) <= MAX_SOCKET_PATH:
        return path

    # Of this user alone as well.
    return str(Path(tempfile.mkdtemp(prefix=OWN_FOLDER, dir="/tmp")) / name)


def _remove_socket(path: str) -> None:
    """Remove a socket, and the folder made for the socket, if they exist."""
    with contextlib.suppress(OSError):
        os.unlink(path)
    folder = os.path.dirname(path)
    if os.path.basename(folder).startswith(OWN_FOLDER):
        with contextlib.suppress(OSError):
            os.rmdir(folder)


def escape_tokens(path: str) -> str:
    """Return a path for an option of ssh_config(5) in which `%` begins a token."""
    return path.replace("%", "%%")


def _describe_target(settings: dict[str, str]) -> str:
    """Return the user, host and port that ssh connects to."""
    target = f"{settings.get('user')}@{settings.get('hostname')} port {settings.get('port')}"
    through = [f"{key} {settings[key]}" for key in ("proxyjump",) if settings.get(key)]
    if settings.get("proxycommand", "none") != "none":
        through.append("a ProxyCommand")
    return ", through ".join([target, *through])


def _look(
    command: SshCommand, process: "subprocess.Popen[bytes]", *, stderr: IO[bytes], tried: str
) -> RemoteMachine:
    """Return the facts reported by the machine. Raises `PlaceError`."""
    mark = new_mark()
    sudo = PROBE_SUDO.format(mark=mark) if command.sudo else ""
    script = PRELUDE + PROBE.format(mark=mark, sudo=sudo)
    assert process.stdin is not None
    with contextlib.suppress(OSError):
        process.stdin.write(script.encode())
        process.stdin.flush()

    facts = _read_facts(process, MarkedOutput(mark))
    if "shell" not in facts:
        os.lseek(stderr.fileno(), 0, os.SEEK_SET)
        said = stderr.read().decode(errors="replace")
        if process.poll() is None and not said:
            said = f"no answer within {OPEN_SECONDS:.0f} s: timed out"
        raise PlaceError(describe_failure(command.destination, said, tried=tried))

    _require_parts(command, facts)
    identity = HostIdentity(*(facts[key] for key in ("name", "boot", "net", "mnt", "pid")))
    return RemoteMachine(identity, facts["kernel"], facts["iproute2"], int(facts["shell"]))


def _read_facts(process: "subprocess.Popen[bytes]", output: MarkedOutput) -> dict[str, str]:
    """Return the facts printed by the first shell, perhaps incomplete."""
    assert process.stdout is not None
    descriptor = process.stdout.fileno()
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    deadline = time.monotonic() + OPEN_SECONDS
    facts: dict[str, str] = {}

    while "shell" not in facts and (left := deadline - time.monotonic()) > 0:
        if not poll.poll(left * 1000):
            continue
        data = os.read(descriptor, CHUNK)
        if not data:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(CLOSE_SECONDS)
            break
        for part in output.feed(data):
            if isinstance(part, Mark):
                key, *words = (word.decode(errors="replace") for word in part.words)
                facts[key] = " ".join(words)
    return facts


def _require_parts(command: SshCommand, facts: dict[str, str]) -> None:
    """Raise `PlaceError` for a machine that lacks something."""
    name = command.destination
    if facts.get("system") != "Linux":
        raise PlaceError(f"ssh {name}: this is {facts.get('system')}, and iproute2 needs Linux")
    if "iproute2" not in facts.get("iproute2", ""):
        raise PlaceError(
            f"ssh {name}: the program ip is missing there (`ip -V`: {facts.get('iproute2')!r}); "
            f"install iproute2 there: {install_advice('iproute2')}"
        )
    if not facts.get("setsid"):
        raise PlaceError(
            f"ssh {name}: the program setsid is missing there; install util-linux there: "
            f"{install_advice('util-linux')}"
        )
    if command.sudo and "sudo" not in facts:
        raise PlaceError(
            f"ssh {name}: `sudo -n true` failed there; allow this user sudo without a password "
            "(NOPASSWD in sudoers(5)), or log in as root"
        )


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End an ssh: by the end of its stdin, then by SIGTERM and SIGKILL."""
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    # The master waits for other sessions, such as that of a child that a program has left.
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(QUIET_SECONDS)
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            break
        process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(CLOSE_SECONDS)
    if process.stdout is not None:
        process.stdout.close()

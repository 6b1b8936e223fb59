"""Two namespaces of a sandbox that stand in for machines, each reached by a real sshd.

ssh enters the sandbox by its ProxyCommand, and runs `sshd -i` there on stdin and stdout: no port is
opened. Each machine has a network and a /run of its own, and root there has a plain `sh`.
"""

import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from ipwrap import Session, Ssh, until
from ipwrap.kinds import Veth
from ipwrap.sessions.captures import has_several_users
from ipwrap.system.programs import find_program
from tests.labs import open_sandbox
from tests.waiting import until as wait_until

NAMES = ("host1", "host2")
SOCKETS = ("ss", "-Hnul", "sport", "=", ":14789")
CABLE = ("cable", "cable2")  # its ends, each on a machine
PASSWD = """\
root:x:0:0:root:/tmp:/bin/sh
sshd:x:100:65534::/run/sshd:/usr/sbin/nologin
"""
HOST = """\
mount -t tmpfs tmpfs /run && mkdir -p /run/netns /run/sshd && mount --bind "$1" /etc/passwd &&
ip link set lo up && echo ready && exec sleep infinity
"""
END_SSHDS = """\
own=$(readlink /proc/self/ns/net)
for pid in $(pgrep sshd); do
    if [ "$(readlink "/proc/$pid/ns/net")" = "$own" ]; then kill -KILL "$pid"; fi
done
"""
SSHD_CONFIG = """\
HostKey {folder}/{name}
AuthorizedKeysFile {folder}/user.pub
PidFile none
UsePAM no
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
SetEnv PATH={folder}/{name}.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
"""
# Root needs none, and many machines have none: that of the first runs, that of the second refuses.
SUDO = {
    "host1": '#!/bin/sh\n[ "$1" = -n ] || exit 1\nshift\nSUDO_UID=0 exec "$@"\n',
    "host2": "#!/bin/sh\necho 'sudo: a password is required' >&2\nexit 1\n",
}
SSH_CONFIG = """\
Host {name}
  User root
  IdentityFile {folder}/user
  IdentitiesOnly yes
  UserKnownHostsFile {folder}/known
  ProxyCommand {proxy}
"""


@frozen
class FarHosts:
    """The machines: the sandbox that holds them, and the folder with keys and configs."""

    sandbox: Session
    folder: Path
    pids: dict[str, int]

    @property
    def config(self) -> Path:
        """The config of ssh."""
        return self.folder / "ssh_config"

    def place(self, name: str = "host1", **arguments: Any) -> Ssh:
        """Return a machine as a place."""
        return Ssh(name, config=self.config, **arguments)

    def run(self, *argv: str, name: str = "host1") -> str:
        """Run a program on a machine, without ssh, and return its output."""
        words = ("nsenter", "--target", str(self.pids[name]), "--net", "--mount", "--", *argv)
        completed = subprocess.run(
            self.sandbox.place.wrap(words), capture_output=True, text=True, check=True
        )
        return completed.stdout

    def add_underlay(self, *networks: str) -> list[dict[str, str]]:
        """Give the cable between the machines addresses; return those of each network by machine.

        A network is told by its first part: ``"192.0.2."``, ``"fd00:192::"``.
        """
        for name, link in zip(NAMES, CABLE, strict=True):
            self.run("ip", "link", "set", link, "up", name=name)

        added = []
        for network in networks:
            addresses = {name: f"{network}{number}" for number, name in enumerate(NAMES, start=1)}
            for (name, address), link in zip(addresses.items(), CABLE, strict=True):
                tail = ("/64", "nodad") if ":" in address else ("/24",)
                words = (f"{address}{tail[0]}", "dev", link, *tail[1:])
                self.run("ip", "address", "replace", *words, name=name)
            added.append(addresses)
        return added

    def namespaces(self) -> dict[str, list[str]]:
        """Return the names of the namespaces on each machine."""
        listed = {name: self.run("ip", "netns", "list", name=name) for name in NAMES}
        return {
            name: sorted(line.split()[0] for line in text.splitlines())
            for name, text in listed.items()
        }

    def delete_namespaces(self) -> None:
        """Delete the namespaces on both machines, and wait until their VXLANs are gone."""
        for name, names in self.namespaces().items():
            for netns in names:
                self.run("ip", "netns", "delete", netns, name=name)
        self.wait_for_vnis()

    def cut(self, name: str) -> None:
        """Cut off every connection to a machine: its sshds are ended."""
        self.run("sh", "-c", END_SSHDS, name=name)

    def wait_for_vnis(self) -> None:
        """Wait until no VXLAN listens: those of a deleted namespace go a moment later."""
        for name in NAMES:
            assert wait_until(partial(self._has_no_vxlan, name))

    def _has_no_vxlan(self, name: str) -> bool:
        """Return whether no VXLAN of a lab listens on a machine."""
        return not self.run(*SOCKETS, name=name)


@contextmanager
def open_remote_hosts(folder: Path) -> Iterator[FarHosts]:
    """Make the machines, joined by a cable, or skip the test."""
    for program in ("sshd", "ssh", "ssh-keygen"):
        if find_program(program) is None:
            pytest.skip(f"{program} is missing here: package openssh-server")

    with open_sandbox() as sandbox:
        if not has_several_users(sandbox.place):
            pytest.skip("sshd changes its user, and this sandbox has a single one")
        _make_keys(folder)
        pids = {name: _start_host(sandbox, folder, name=name) for name in NAMES}
        sandbox.ip.link.add(CABLE[0], Veth(peer=CABLE[1]))
        for link, name in zip(CABLE, NAMES, strict=True):
            sandbox.ip.link.set(link, netns=pids[name])

        hosts = FarHosts(sandbox, folder, pids)
        _write_config(hosts)
        yield hosts


def _make_keys(folder: Path) -> None:
    """Make the throw-away keys, and the list of known hosts."""
    for name in (*NAMES, "user", "other"):
        argv = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name))
        subprocess.run(argv, check=True, capture_output=True)
    keys = [f"{name} {(folder / f'{name}.pub').read_text(encoding='ascii')}" for name in NAMES]
    (folder / "known").write_text("".join(keys), encoding="ascii")
    (folder / "passwd").write_text(PASSWD, encoding="ascii")
    for name in NAMES:
        text = SSHD_CONFIG.format(folder=folder, name=name)
        (folder / f"{name}.conf").write_text(text, encoding="utf-8")
        sudo = folder / f"{name}.bin" / "sudo"
        sudo.parent.mkdir()
        sudo.write_text(SUDO[name], encoding="ascii")
        sudo.chmod(0o755)


def _start_host(sandbox: Session, folder: Path, *, name: str) -> int:
    """Start the process that holds the namespaces of a machine, and return its pid."""
    host = sandbox.spawn(
        *("unshare", "--net", "--mount", "sh", "-c", HOST, "sh", str(folder / "passwd")),
        ready=until.output(name, "^ready"),
        name=name,
    )
    return host.pid


def _write_config(hosts: FarHosts) -> None:
    """Write the config of ssh."""
    sshd = find_program("sshd")
    text = ""
    for name, pid in hosts.pids.items():
        enter = ("nsenter", "--target", str(pid), "--net", "--mount", "--")
        argv = (*enter, str(sshd), "-i", "-f", str(hosts.folder / f"{name}.conf"))
        proxy = shlex.join(hosts.sandbox.place.wrap(argv))
        text += SSH_CONFIG.format(name=name, folder=hosts.folder, proxy=proxy)
    hosts.config.write_text(text, encoding="utf-8")

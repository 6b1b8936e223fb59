"""`ip netns`: network namespaces by name. ip-netns(8); iproute2's ip/ipnetns.c."""

from typing import ClassVar

from attrs import frozen

from ipwrap.command import Command, CreatedObject
from ipwrap.models import Netns, NetnsId, event
from ipwrap.monitor import Monitor, listener
from ipwrap.options import validation
from ipwrap.options.codecs import Number
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands

__all__ = ["NetnsVerbs", "netns_key"]

Names = list[Netns]  # in the class, `list` is a verb
Ids = list[NetnsId]

ID = Number(0, 2**31 - 1)


def netns_key(name: str) -> tuple[str, str | None, str]:
    """Return the key under which a namespace is known as a thing made."""
    return ("netns", None, name)


def _made(name: str) -> CreatedObject:
    """Return what `add` and `attach` make."""
    return CreatedObject("netns", name, ("ip", "netns", "delete", name))


@frozen
class NetnsVerbs(ObjectCommands):
    """Verbs of `ip netns`.

    Names belong to the place, not to a namespace, so `add`, `attach`, `delete`, `exec` and `pids` mean the same
    wherever they are asked for. The numbers of `list`, `list_id` and `set` are those that the asking namespace knows.
    """

    words: ClassVar[tuple[str, ...]] = ("netns",)

    def add(self, name: str) -> Result:
        """Make a network namespace.

        ::

            ip netns add NAME

        Raises `AlreadyExists`, `NotPermitted`; `InvalidArgument` for a name that is no file's name.
        """
        name = validation.check_netns_name(name, "name")
        return self._wide("add", name, makes=(_made(name),))

    def attach(self, name: str, pid: int) -> Result:
        """Give a name to the network namespace of a process.

        ::

            ip netns attach NAME PID
        """
        name = validation.check_netns_name(name, "name")
        return self._wide("attach", name, Number(1, 2**22).format("pid", pid), makes=(_made(name),))

    def delete(self, name: str) -> Result:
        """Take a namespace's name away; when no process is in it, the namespace goes, with its links.

        ::

            ip netns delete NAME

        The kernel takes the links away a moment later. Raises `NotFound`.
        """
        name = validation.check_netns_name(name, "name")
        return self._wide("delete", name, drops=(netns_key(name),))

    def delete_all(self) -> Result:
        """Take away every named namespace of the place.

        ::

            ip -all netns delete
        """
        return self.runner.run(
            Command(("ip", "-all", "netns", "delete"), deletes=(netns_key("*"),))
        )

    def list(self) -> Names:
        """Return the named namespaces, with the number that this namespace knows each by.

        ::

            ip -j netns list
        """
        return self._query(Netns, "list", flags=())

    def list_id(self, *, target_nsid: int | None = None, nsid: int | None = None) -> Ids:
        """Return the numbers of the namespaces that this one (or ``target_nsid``) knows.

        ::

            ip -j netns list-id [target-nsid NUMBER] [nsid NUMBER]
        """
        target = (
            () if target_nsid is None else ("target-nsid", ID.format("target_nsid", target_nsid))
        )
        number = () if nsid is None else ("nsid", ID.format("nsid", nsid))
        return self._query(
            NetnsId, "list-id", *target, *number, flags=(), alone=True
        )  # it keeps a map of names

    def set(self, name: str, nsid: int | str) -> Result:
        """Give a namespace a number, by which this one knows it; ``"auto"`` lets the kernel choose.

        ::

            ip netns set NAME { NUMBER | auto }
        """
        number = "auto" if nsid == "auto" else ID.format("nsid", nsid)
        return self._run_change("set", validation.check_netns_name(name, "name"), number)

    def identify(self, pid: int | None = None) -> tuple[str, ...]:
        """Return the names of a process's network namespace (of the asking command's own by default).

        ::

            ip netns identify [PID]
        """
        process = () if pid is None else (Number(1, 2**22).format("pid", pid),)
        return tuple(name for name in self._text("identify", *process).splitlines() if name)

    def pids(self, name: str) -> tuple[int, ...]:
        """Return the processes in a namespace.

        ::

            ip netns pids NAME
        """
        return tuple(
            int(line)
            for line in self._text("pids", validation.check_netns_name(name, "name")).split()
        )

    def monitor(self) -> Monitor:
        """Return a monitor of the names of namespaces: an event for each that is added or deleted.

        ::

            ip netns monitor

        Its events have a `Netns` as their model. A name is there a moment before its namespace is.
        """
        return listener(self.runner).start_monitor(
            Command(("ip", "netns", "monitor"), changes=False), event.NETNS
        )

    def exec(
        self,
        name: str,
        *argv: str,
        check: bool = True,
        changes: bool = True,
        stdin: str | None = None,
        timeout: float | None = None,
    ) -> Result:
        """Run a program in a namespace and return what it gave back. ``timeout`` is in seconds.

        ::

            ip netns exec NAME PROGRAM ARGUMENT…

        ``changes=False`` says that it only looks, so that a script need not repeat it.
        """
        inside = Command(
            argv,
            validation.check_netns_name(name, "name"),
            stdin=stdin,
            changes=changes,
            timeout=timeout,
        )
        return self.runner.run(inside, check=check)

    def exec_all(
        self, *argv: str, check: bool = True, changes: bool = True, timeout: float | None = None
    ) -> Result:
        """Run a program in every named namespace, one after the other.

        ::

            ip -all netns exec PROGRAM ARGUMENT…

        Its status is 0 also where the program failed: that is iproute2's doing.
        """
        program = Command(argv).argv  # refuses none at all, for which iproute2 would start shells
        command = Command(
            ("ip", "-all", "netns", "exec", *program), changes=changes, timeout=timeout
        )
        return self.runner.run(command, check=check)

    def _wide(
        self,
        *words: str,
        makes: tuple[CreatedObject, ...] = (),
        drops: tuple[tuple[str, str | None, str], ...] = (),
    ) -> Result:
        """Run a change of the place's names: from within a namespace its mounts would be seen there only."""
        return self.runner.run(
            Command(("ip", "netns", *words), creates=makes, deletes=drops, batch=True)
        )

    def _text(self, *words: str) -> str:
        """Run a read that prints text, `-j` or not."""
        netns = self.netns if words == ("identify",) else None
        return self.runner.run(Command(("ip", "netns", *words), netns, changes=False)).stdout

"""`ip netns`: named network namespaces. ip-netns(8); iproute2's ip/ipnetns.c."""

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import frozen

from ipwrap import models
from ipwrap.command import Command, CreatedObject
from ipwrap.errors import IpwrapError
from ipwrap.ip.link import LinkVerbs
from ipwrap.monitor import Monitor, require_monitor_starter
from ipwrap.options import validation
from ipwrap.options.codecs import Number
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands
from ipwrap.verbs.waiting import require_waiting_runner

if TYPE_CHECKING:
    from ipwrap.session import Namespace
else:
    # A session is made of verbs, so this file cannot import it; the runner makes the namespace.
    Namespace = Any

__all__ = ["NetnsVerbs", "netns_key"]

# Inside the class, `list` is a verb.
NetnsList = list[models.Netns]
NetnsIdList = list[models.NetnsId]
PeerList = list[tuple[str | None, str]]  # namespace and name of links

GONE_SECONDS = 10.0  # for the kernel to destroy the links of a namespace

NSID = Number(0, 2**31 - 1)
PID = Number(1, 2**22)  # PID_MAX_LIMIT in the kernel's include/linux/threads.h


def netns_key(name: str) -> tuple[str, str | None, str]:
    """Return the key of a named namespace among the created objects."""
    return ("netns", None, name)


def _created_netns(name: str) -> CreatedObject:
    """Return the object that `add` and `attach` create."""
    return CreatedObject("netns", name, {"name": name})


@frozen
class NetnsVerbs(ObjectCommands):
    """Verbs of `ip netns`.

    Names belong to the place, not to a namespace: `add`, `attach`, `delete`, `exec` and `pids` mean
    the same in every namespace. The numbers of `list`, `list_id` and `set` are local to the asking
    namespace.
    """

    words: ClassVar[tuple[str, ...]] = ("netns",)

    def add(self, name: str) -> Namespace:
        """Create a network namespace, and return its verbs: ``session.netns(NAME)``.

        ::

            ip netns add NAME

        In a ``session.batch()`` block the namespace is returned before the command is sent, and in
        a dry run without one: commands of the namespace come behind it in either case.

        Raises `AlreadyExists`, `NotPermitted`; `InvalidArgument` for an impossible file name.
        """
        name = validation.check_netns_name(name, "name")
        self._change_names("add", name, creates=(_created_netns(name),))
        return self._namespace(name)

    def ensure(self, name: str) -> bool:
        """Create a network namespace, unless it is there; return whether it was created.

        ::

            ip.netns.ensure("red")

        Raises as `add`.
        """
        validation.check_netns_name(name, "name")
        if any(entry.name == name for entry in self.list()):
            return False

        self.add(name)
        return True

    def attach(self, name: str, pid: int) -> Namespace:
        """Give a name to the network namespace of a process, and return its verbs, as `add` does.

        ::

            ip netns attach NAME PID
        """
        name = validation.check_netns_name(name, "name")
        process = PID.format("pid", pid)

        self._change_names("attach", name, process, creates=(_created_netns(name),))
        return self._namespace(name)

    def delete(self, name: str, *, wait: bool = False) -> Result:
        """Delete the name of a namespace. The kernel destroys a namespace without processes.

        ::

            ip netns delete NAME

        The links of the namespace disappear a moment later, and with them their peers in other
        namespaces: until then, a new link cannot have the name of such a peer. ``wait=True`` waits
        for the peers to be gone, as ``wait_for(until.gone(link=…))`` does for each.

        Raises `NotFound`; with ``wait``, `WaitTimeout` after 10 seconds, for example where a
        process keeps the namespace alive.
        """
        name = validation.check_netns_name(name, "name")
        waiting_runner = require_waiting_runner(self.runner) if wait else None
        peers = self._peers_outside(name) if wait else []

        result = self._change_names("delete", name, deletes=(netns_key(name),))
        if waiting_runner is not None:
            from ipwrap.conditions.gone import Gone  # few deletions wait

            for netns, link in peers:
                waiting_runner.wait_for_condition(Gone(link=link), netns, timeout=GONE_SECONDS)

        return result

    def _peers_outside(self, name: str) -> "PeerList":
        """Return namespace and name of the links whose peer is in a namespace."""
        inside = NetnsVerbs(self.runner, name)
        links = LinkVerbs(self.runner, name).show()
        peer_indexes = {
            (link.link_index, link.ifindex): link.link_netnsid
            for link in links
            if link.link_netnsid is not None
        }
        if not peer_indexes:
            return []

        # A namespace without a name is taken for the place's own one.
        names = {entry.nsid: entry.name for entry in inside.list_id()}
        peers: PeerList = []
        for nsid in sorted(set(peer_indexes.values())):
            netns = names.get(nsid)
            for link in LinkVerbs(self.runner, netns).show():
                if peer_indexes.get((link.ifindex, link.link_index)) == nsid:
                    peers.append((netns, link.ifname))

        return peers

    def delete_all(self) -> Result:
        """Delete every named namespace of the place.

        ::

            ip -all netns delete
        """
        argv = ("ip", "-all", "netns", "delete")
        return self.runner.run(Command(argv, deletes=(netns_key("*"),)))

    def list(self) -> NetnsList:
        """Return the named namespaces, with the number (nsid) known to the asking namespace.

        ::

            ip -j netns list
        """
        return self._query(models.Netns, "list", flags=())

    def list_id(self, *, target_nsid: int | None = None, nsid: int | None = None) -> NetnsIdList:
        """Return the namespace numbers known to the asking namespace, or to ``target_nsid``.

        ::

            ip -j netns list-id [target-nsid NUMBER] [nsid NUMBER]
        """
        arguments: tuple[str, ...] = ()

        if target_nsid is not None:
            arguments += ("target-nsid", NSID.format("target_nsid", target_nsid))
        if nsid is not None:
            arguments += ("nsid", NSID.format("nsid", nsid))

        # netns_map_init() in ip/ipnetns.c reads the names once in a process: a reused process would
        # show outdated names.
        return self._query(models.NetnsId, "list-id", *arguments, flags=(), own_process=True)

    def set(self, name: str, nsid: int | str) -> Result:
        """Assign a number to a namespace, for the asking namespace. ``"auto"``: the kernel chooses.

        ::

            ip netns set NAME { NUMBER | auto }
        """
        number = "auto" if nsid == "auto" else NSID.format("nsid", nsid)
        return self._run_change("set", validation.check_netns_name(name, "name"), number)

    def identify(self, pid: int | None = None) -> tuple[str, ...]:
        """Return the names of a process's network namespace, by default of the command itself.

        ::

            ip netns identify [PID]
        """
        process = () if pid is None else (PID.format("pid", pid),)
        names = self._read_text("identify", *process).splitlines()

        return tuple(name for name in names if name)

    def pids(self, name: str) -> tuple[int, ...]:
        """Return the process numbers in a namespace.

        ::

            ip netns pids NAME
        """
        name = validation.check_netns_name(name, "name")
        numbers = self._read_text("pids", name).split()

        return tuple(int(number) for number in numbers)

    def monitor(self) -> Monitor:
        """Return a monitor of namespace names: an event for each added or deleted name.

        ::

            ip netns monitor

        The model of an event is a `Netns`. A name appears a moment before its namespace is mounted.
        """
        from ipwrap.models import event  # the grammars of every monitor are modules of their own

        command = Command(("ip", "netns", "monitor"), changes=False)
        return require_monitor_starter(self.runner).start_monitor(command, event.NETNS)

    def exec(
        self,
        name: str,
        *argv: str,
        check: bool = True,
        changes: bool = True,
        stdin: str | None = None,
        timeout: float | None = None,
    ) -> Result:
        """Run a program in a namespace and return its result. ``timeout`` is in seconds.

        ::

            ip netns exec NAME PROGRAM ARGUMENT…

        ``changes=False`` marks a read-only program, which a script need not repeat.
        """
        command = Command(
            argv,
            validation.check_netns_name(name, "name"),
            stdin=stdin,
            changes=changes,
            timeout=timeout,
        )
        return self.runner.run(command, check=check)

    def exec_all(
        self,
        *argv: str,
        check: bool = True,
        changes: bool = True,
        timeout: float | None = None,
    ) -> Result:
        """Run a program in every named namespace, in sequence.

        ::

            ip -all netns exec PROGRAM ARGUMENT…

        The exit status is 0 even after a failure: iproute2 ignores the program's status.
        """
        # Command refuses an empty argv, for which iproute2 would start interactive shells.
        program = Command(argv).argv
        full_argv = ("ip", "-all", "netns", "exec", *program)
        command = Command(full_argv, changes=changes, timeout=timeout)

        return self.runner.run(command, check=check)

    def _namespace(self, name: str) -> Namespace:
        """Return the verbs of a namespace, as the session has them."""
        # A protocol that is checked at run time would cost as much as the command.
        find_namespace = getattr(self.runner, "netns", None)
        if find_namespace is None:
            raise IpwrapError(
                f"{name}: the namespace is made; a {type(self.runner).__name__} has no verbs of it"
            )

        namespace: Namespace = find_namespace(name)
        return namespace

    def _change_names(
        self,
        *arguments: str,
        creates: tuple[CreatedObject, ...] = (),
        deletes: tuple[tuple[str, str | None, str], ...] = (),
    ) -> Result:
        """Run a change of namespace names, always in the place's own namespace.

        Mounts below /run/netns made from inside another namespace would be visible only there.
        """
        argv = ("ip", "netns", *arguments)
        command = Command(argv, creates=creates, deletes=deletes, batch=True, declares_effects=True)
        return self.runner.run(command)

    def _read_text(self, *arguments: str) -> str:
        """Run a query and return the printed text: these verbs ignore `-j`."""
        # Only `identify` without a process number depends on the namespace of the command.
        netns = self.netns if arguments == ("identify",) else None
        command = Command(("ip", "netns", *arguments), netns, changes=False)

        return self.runner.run(command).stdout

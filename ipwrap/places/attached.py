"""`AttachedHolder`: the holder of a sandbox that another process has opened, to enter the sandbox.

The process that has opened the sandbox writes down a `HolderAddress`. A reader of the address
enters by the same rights: as the same user, or as root.
"""

from attrs import evolve, frozen

from ipwrap.errors import PlaceError
from ipwrap.places.holder import (
    DROPPED,
    MAPPED_BY_ROOT,
    PRIVILEGED,
    SELF_MAPPED,
    SELF_MAPPED_ROOT,
    SUB_IDS,
    Confinement,
    Holder,
    enter_argv_of,
)
from ipwrap.system.process_identity import start_ticks

__all__ = ["AttachedHolder", "HolderAddress"]

CONFINEMENTS = {
    confinement.title: confinement
    for confinement in (
        MAPPED_BY_ROOT,
        SUB_IDS,
        SELF_MAPPED,
        SELF_MAPPED_ROOT,
        DROPPED,
        PRIVILEGED,
    )
}


@frozen(kw_only=True)
class HolderAddress:
    """The data for entering a sandbox from another process: the holder's processes and confinement.

    ``start_ticks`` is the start of the process ``pid``, since the kernel reuses pids.
    """

    pid: int
    start_ticks: int
    init: int
    confinement: str
    has_own_proc: bool

    @classmethod
    def of(cls, holder: "Holder | AttachedHolder") -> "HolderAddress":
        """Return the address of a running holder. Raises `PlaceError` for one that has ended."""
        ticks = start_ticks(holder.pid)
        if ticks is None:
            raise PlaceError("the holder of the sandbox has ended")

        return cls(
            pid=holder.pid,
            start_ticks=ticks,
            init=holder.init,
            confinement=holder.confinement.title,
            has_own_proc=holder.confinement.has_own_proc,
        )


@frozen
class AttachedHolder:
    """A holder that belongs to another process. The sandbox stays when it is closed here."""

    address: HolderAddress

    @property
    def pid(self) -> int:
        """The pid of the holder on this host."""
        return self.address.pid

    @property
    def init(self) -> int:
        """The pid of pid 1 of the sandbox on this host."""
        return self.address.init

    @property
    def confinement(self) -> Confinement:
        """How the sandbox is shut in. Raises `PlaceError` for a way of another version."""
        title = self.address.confinement
        if title not in CONFINEMENTS:
            raise PlaceError(f"the sandbox was made by another version of ipwrap: {title!r}")
        return evolve(CONFINEMENTS[title], has_own_proc=self.address.has_own_proc)

    @property
    def first_process(self) -> int:
        """The pid of pid 1 of the sandbox as the sandbox's /proc shows it."""
        return 1 if self.address.has_own_proc else self.init

    @property
    def enter_argv(self) -> tuple[str, ...]:
        """The argv for entering the namespaces."""
        return enter_argv_of(self.confinement, outer=self.pid, inner=self.init)

    def describe_end(self) -> str | None:
        """Return how the holder ended; None for a holder that still runs."""
        if start_ticks(self.pid) == self.address.start_ticks:
            return None
        return "its holder has ended"

    def stop(self) -> None:
        """Do nothing: the sandbox belongs to the process that has opened it."""

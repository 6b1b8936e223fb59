"""`HostIdentity`: the machine, the boot, and the namespaces of a remote session."""

from ipwrap.system.facts import fact

__all__ = ["HostIdentity"]


@fact
class HostIdentity:
    """Another machine: the name, the id of the boot, and the namespaces of the login.

    ``net``, ``mnt`` and ``pid`` are `DEVICE:INODE` of the files in /proc/self/ns, as in
    `ipwrap.system.process_identity.NamespaceIds`. Two machines never have the same ``boot``.
    """

    name: str
    boot: str
    net: str
    mnt: str
    pid: str

    def describe_difference(self, other: "HostIdentity") -> str | None:
        """Return how another identity differs: None for the same boot and the same namespaces."""
        if self.boot != other.boot:
            if self.name != other.name:
                return f"it is another machine, {other.name}, not {self.name}"
            return f"{other.name} was started again since, or is another machine of that name"

        differing = [
            kind for kind in ("net", "mnt", "pid") if getattr(self, kind) != getattr(other, kind)
        ]
        if not differing:
            return None
        return f"the login to {other.name} leads to other namespaces now: {', '.join(differing)}"

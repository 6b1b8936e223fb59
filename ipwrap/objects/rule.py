"""A rule of the routing policy: `ip rule`."""

from ipwrap.command import CreatedObject
from ipwrap.objects.base import ObjectType

__all__ = ["RuleObject"]


class RuleObject(ObjectType):
    """A rule: all its arguments and the family identify it."""

    noun = "rule"
    path = ("ip", "rule")
    shown_as = ("rule", "rule inet6")

    def snapshot_noun(self, created: CreatedObject) -> str:
        """Return the noun of the family: `ip rule show` lists the rules of one family only."""
        return "rule inet6" if created.identity.get("family") == "inet6" else "rule"

    def has_fields_of(self, candidate: CreatedObject, created: CreatedObject) -> bool:
        """Return whether a rule has all fields of a created rule; the kernel may add a priority."""
        return created.identity.items() <= candidate.identity.items()

"""A route: `ip route`."""

from collections.abc import Iterator

from ipwrap.command import CreatedObject
from ipwrap.objects.base import Identity, Nouns, ObjectType
from ipwrap.options.canonical import canonical_address

__all__ = ["RouteObject"]


class RouteObject(ObjectType):
    """A route: destination, table and metric identify it."""

    noun = "route"
    path = ("ip", "route")
    shown_as = ("route",)
    has_identities = True

    def identity_of(self, created: CreatedObject, dev: str | None) -> Identity:  # noqa: ARG002
        """Return destination, table and metric."""
        fields = created.identity
        destination = canonical_address(fields["dst"])
        return destination, fields.get("table", "main"), fields.get("metric")

    def identities_in(self, nouns: Nouns) -> Iterator[Identity]:
        """Yield the identities of routes, with and without the metric."""
        for route in nouns.get("route", ()):
            destination = canonical_address(route.get("dst"))
            table = str(route.get("table", "main"))
            metric = str(route.get("metric"))
            yield destination, table, metric
            # A command may omit the metric: the kernel assigns one to an IPv6 route.
            yield destination, table, None

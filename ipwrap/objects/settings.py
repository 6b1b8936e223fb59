"""`SettingsObject`: options that a command sets, and that none creates or deletes."""

from ipwrap.objects.base import Json, ObjectType

__all__ = ["SettingsObject"]


class SettingsObject(ObjectType):
    """Options of a port or a bridge, which a snapshot lists where they differ from the defaults."""

    inverse = "set"
    is_settings = True
    may_be_unread = True
    goes_with_link = True
    is_creatable = True
    replacing_verb = "set"

    def creating_verb(self, data: Json, *, others: list[Json]) -> str:
        """Return the only verb."""
        return "set"

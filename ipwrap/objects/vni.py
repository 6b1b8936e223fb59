"""A tunnel that a vxlan with a filter accepts: `bridge vni`."""

from collections.abc import Iterator

from ipwrap.objects.base import Arguments, Json, Nouns, ObjectType, parse_json
from ipwrap.objects.comparison import Item, comparable_fields, ifname_of
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["VniObject"]


class VniObject(ObjectType):
    """A tunnel, or a range of tunnels, of a vxlan."""

    noun = "vni"
    path = ("bridge", "vni")
    shown_as = ("bridge vni",)
    goes_with_link = True
    is_creatable = True
    creation_rank = 8
    text_list = ("bridge", "vni", "show")
    add_may_find = True

    def split(self, noun: str, nouns: Nouns) -> Iterator[Json]:
        """Yield each tunnel or range of tunnels, with the name of its vxlan."""
        for vxlan in nouns.get(noun, ()):
            for tunnel in vxlan.get("vnis") or ():
                yield {**tunnel, "ifname": ifname_of(vxlan)}

    def as_printed(self, data: Json) -> Json:
        """Return a tunnel below its vxlan."""
        tunnel = {key: value for key, value in data.items() if key != "ifname"}
        return {"ifname": data["ifname"], "vnis": [tunnel]}

    def arguments(self, noun: str, data: Json) -> Arguments:
        """Return the arguments of `bridge vni add`."""
        from ipwrap.bridge.vni import VniOptions

        vni = data["vni"]
        if "vniEnd" in data:
            vni = (vni, data["vniEnd"])
        return {"vni": vni, "dev": data["ifname"], **parse_json(VniOptions, data)}

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare every tunnel of a VNI filter, without counters."""
        for tunnel in data.get("vnis") or ():
            vni = str(tunnel.get("vni"))
            yield (ifname_of(data), vni), comparable_fields(tunnel, named)

"""A tunnel that a vxlan with a filter accepts: `bridge vni`."""

from collections.abc import Collection, Iterable, Iterator

from ipwrap.command import CreatedObject
from ipwrap.objects.base import (
    Arguments,
    IsSame,
    Json,
    Nouns,
    ObjectType,
    parse_json,
    remove_listed,
)
from ipwrap.objects.comparison import Item, comparable_fields, ifname_of
from ipwrap.objects.number_ranges import expand_created, expand_numbers
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["VniObject"]


class VniObject(ObjectType):
    """A tunnel of a vxlan, or a range of tunnels that is too long to list."""

    noun = "vni"
    path = ("bridge", "vni")
    shown_as = ("bridge vni",)
    goes_with_link = True
    is_creatable = True
    creation_rank = 8
    replacing_verb = "add"
    text_list = ("bridge", "vni", "show")
    add_may_find = True

    def split(self, noun: str, nouns: Nouns) -> Iterator[Json]:
        """Yield each tunnel, with the name of its vxlan."""
        for vxlan in nouns.get(noun, ()):
            for tunnel in _tunnels_of(vxlan):
                yield {**tunnel, "ifname": ifname_of(vxlan)}

    def parts(self, created: CreatedObject) -> Iterable[CreatedObject]:
        """Return the tunnels of a range."""
        return expand_created(created, "vni")

    def as_printed(self, data: Json) -> Json:
        """Return a tunnel below its vxlan."""
        tunnel = {key: value for key, value in data.items() if key != "ifname"}
        return {"ifname": data["ifname"], "vnis": [tunnel]}

    def join(self, first: Json, second: Json) -> Json | None:
        """Return a tunnel, or a range of tunnels, and the next one with the same address."""
        last: int = first.get("vniEnd") or first["vni"]
        if "vniEnd" in second or second["vni"] != last + 1:
            return None
        joined = {**first, "vniEnd": second["vni"]}
        has_same_fields = joined == {**second, "vni": first["vni"], "vniEnd": second["vni"]}
        return joined if has_same_fields else None

    def remove_from(self, nouns: Nouns, noun: str, *, is_same: IsSame) -> bool:
        """Remove a tunnel from its vxlan, and return whether it was there."""
        if noun not in nouns:
            return super().remove_from(nouns, noun, is_same=is_same)

        nouns[noun] = [{**vxlan, "vnis": [*_tunnels_of(vxlan)]} for vxlan in nouns[noun]]
        return remove_listed(
            nouns,
            noun,
            key="vnis",
            is_removed=lambda vxlan, vni: is_same(noun, {**vni, "ifname": ifname_of(vxlan)}),
        )

    def keys_of(self, noun: str, data: Json) -> dict[str, set[str]]:
        """Return the number of a tunnel; none for a range that is too long to list."""
        return {} if "vniEnd" in data else {"vni": {str(data["vni"])}}

    def keys_of_call(self, verb: str, arguments: Arguments) -> dict[str, set[str]]:
        """Return the numbers of a call; none where they are too many to list."""
        given = arguments["vni"]
        numbers: set[str] = set()
        for part in given if isinstance(given, list) else [given]:
            first, last = part if isinstance(part, tuple) else (part, part)
            expanded = expand_numbers(int(first), int(last))
            if expanded is None:
                return {}
            numbers.update(map(str, expanded))
        return {"vni": numbers}

    def can_replace(self, keys: Collection[str], data: Json) -> bool:
        """Return False: `add` sets another address, and cannot take an address away."""
        return False

    def arguments(self, noun: str, data: Json) -> Arguments:
        """Return the arguments of `bridge vni add`."""
        from ipwrap.bridge.vni import VniOptions

        vni = data["vni"]
        if "vniEnd" in data:
            vni = (vni, data["vniEnd"])
        return {"vni": vni, "dev": data["ifname"], **parse_json(VniOptions, data)}

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare every tunnel of a VNI filter, without counters."""
        for tunnel in _tunnels_of(data):
            vni = str(tunnel.get("vni"))
            yield (ifname_of(data), vni), comparable_fields(tunnel, named)


def _tunnels_of(vxlan: Json) -> Iterator[Json]:
    """Yield the JSON of each tunnel: `bridge vni` joins neighbours with equal addresses."""
    for tunnel in vxlan.get("vnis") or ():
        first = int(tunnel["vni"])
        numbers = expand_numbers(first, int(tunnel.get("vniEnd", first)))
        if numbers is None:
            yield tunnel
            continue

        fields = {key: value for key, value in tunnel.items() if key != "vniEnd"}
        for number in numbers:
            yield {**fields, "vni": number}

"""The actions of a filter, from what `tc -j filter show` prints: as the arguments that make them.

What is not understood is refused, since an action without an option is another one.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from ipwrap.errors import InvalidArgument
from ipwrap.qdiscs import TcKind
from ipwrap.tc.actions import Action, Gact, Mirred, Police

__all__ = ["OF_ACTION", "actions_from_json", "police_from_json", "refuse_unknown"]

Json = dict[str, Any]

# What every action has, and no option of `tc` sets: its place, its uses, and its times.
OF_ACTION = frozenset(
    {
        *("order", "kind", "index", "ref", "bind", "installed", "last_used", "first_used"),
        *("expires", "stats", "in_hw", "in_hw_count", "not_in_hw", "used_hw_stats"),
    }
)
# The verdict of a mirred that nobody gave another one: parse_direction() in tc/m_mirred.c.
USUAL_VERDICTS = {"redirect": "stolen", "mirror": "pipe"}
LIMITS = frozenset({"rate", "peakrate", "avrate", "burst", "mtu"})
POLICE = LIMITS | {"pkts_rate", "pkts_burst", "overhead", "linklayer", "control_action"}
SKBEDIT = ("priority", "queue_mapping", "mark", "ptype")
VLAN = ("protocol", "id", "priority")


def actions_from_json(listed: Any) -> tuple[TcKind, ...] | None:
    """Return the actions of a filter; None without any.

    Raises `InvalidArgument` for one that cannot be made again from its output.
    """
    actions = listed if isinstance(listed, list) else []
    return tuple(map(_action, actions)) or None


def police_from_json(data: Json) -> Police:
    """Return a police. Raises `InvalidArgument` without its limits, which JSON lacks."""
    refuse_unknown("police", data, known=POLICE | OF_ACTION)
    if not {"rate", "peakrate", "avrate", "pkts_rate"} & data.keys():
        raise InvalidArgument("police: `tc` has not shown its rate")

    rates = {key: data[key] * 8 for key in ("rate", "peakrate", "avrate") if data.get(key)}
    others = ("burst", "mtu", "pkts_rate", "pkts_burst", "overhead")
    linklayer = data.get("linklayer")
    return Police(
        **rates,
        **{key: data[key] for key in others if data.get(key)},
        linklayer=None if linklayer == "ethernet" else linklayer,
        conform_exceed=_conform_exceed(data.get("control_action")),
    )


def refuse_unknown(about: str, data: Mapping[str, Any], *, known: Collection[str]) -> None:
    """Raise `InvalidArgument` where an object has a key that no option is made of."""
    unknown = [key for key in data if key not in known]
    if unknown:
        raise InvalidArgument(f"{about}: no option is made of {', '.join(unknown)}")


def _action(data: Any) -> TcKind:
    """Return an action."""
    kind = data.get("kind") if isinstance(data, dict) else None
    build = BUILDERS.get(str(kind))
    if build is None:
        raise InvalidArgument(f"what `tc` shows of an action of {kind} does not tell its options")
    if data.get("bind", 1) > 1:
        raise InvalidArgument(f"{kind}: several filters share this action")
    return build(data)


def _gact(data: Json) -> Gact:
    """Return a verdict."""
    refuse_unknown("gact", data, known=OF_ACTION | {"control_action", "prob"})
    chance = data.get("prob") or {}
    generator = chance.get("random_type", "none")
    random: Any = None
    if generator != "none":
        random = (generator, _verdict(chance.get("control_action")), chance.get("val"))
    return Gact(_verdict(data.get("control_action")), random=random)


def _mirred(data: Json) -> Mirred:
    """Return a redirection, or a copy."""
    known = {"mirred_action", "direction", "to_dev", "to_blockid", "control_action"}
    refuse_unknown("mirred", data, known=OF_ACTION | known)
    action = data.get("mirred_action")
    verdict: Any = (data.get("control_action") or {}).get("type")
    return Mirred(
        direction=data["direction"],
        action=data["mirred_action"],
        dev=data.get("to_dev"),
        blockid=data.get("to_blockid"),
        control=None if verdict == USUAL_VERDICTS.get(str(action)) else verdict,
    )


def _skbedit(data: Json) -> Action:
    """Return a change of what belongs to a packet: its priority, its mark."""
    refuse_unknown("skbedit", data, known=OF_ACTION | {*SKBEDIT, "control_action"})
    options = {key: data[key] for key in SKBEDIT if key in data}
    return Action("skbedit", options | _as_flag(data.get("control_action")))


def _vlan(data: Json) -> Action:
    """Return a change of the VLAN tag."""
    refuse_unknown("vlan", data, known=OF_ACTION | {*VLAN, "vlan_action", "control_action"})
    options = {str(data["vlan_action"]): True}
    options |= {key: data[key] for key in VLAN if key in data}
    return Action("vlan", options | _as_flag(data.get("control_action")))


def _as_flag(control: Any) -> Json:
    """Return a verdict as an option of an action; none for the one that everybody has."""
    verdict = _verdict(control)
    if not isinstance(verdict, str):
        raise InvalidArgument(f"goto chain {verdict}: no option is made of it here")
    return {} if verdict == "pipe" else {verdict: True}


def _verdict(control: Any) -> Any:
    """Return a verdict, or the number of a chain."""
    if not isinstance(control, dict) or control.keys() - {"type", "chain"}:
        raise InvalidArgument(f"{control}: no verdict is made of it")
    return control.get("chain", control.get("type"))


def _conform_exceed(control: Any) -> Any:
    """Return the verdict of a police, or both."""
    verdicts = [_verdict(item) for item in (control if isinstance(control, list) else [control])]
    return verdicts[0] if len(verdicts) == 1 else tuple(verdicts)


BUILDERS: dict[str, Callable[[Json], TcKind]] = {
    "gact": _gact,
    "mirred": _mirred,
    "police": police_from_json,
    "skbedit": _skbedit,
    "vlan": _vlan,
}

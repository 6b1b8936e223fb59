"""`TcFilter` and `TcAction`: the objects of `tc -j -d filter show`."""

from collections.abc import Mapping
from typing import Any, ClassVar

from attrs import field

from ipwrap.models import tc_text_options
from ipwrap.models.base import json_key, load, nested
from ipwrap.models.declaration import model
from ipwrap.models.filter_options import FlowerOptions, MatchallOptions, U32Options
from ipwrap.models.tc_stats import TcStats

__all__ = ["Chance", "Control", "TcAction", "TcActions", "TcChain", "TcFilter"]


@model(kw_only=True)
class Control:
    """The verdict on a packet: "pass", "drop", "pipe" …

    ``chain`` is the target chain, ``jump`` the number of actions to skip. print_action_control() in
    tc/tc_util.c.
    """

    type: str | None = None
    chain: int | None = None
    jump: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class Chance:
    """A second verdict, for random packets ("netrand") or every ``val``-th ("determ").

    tc/m_gact.c.
    """

    random_type: str | None = None
    control_action: Control | None = nested(Control)
    val: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class TcAction:
    """An action of a filter, the ``order``-th. tc_print_one_action() in tc/m_action.c.

    The kinds are printed by tc/m_mirred.c, tc/m_gact.c and tc/m_police.c, with helpers of
    tc/tc_util.c. Times (``installed``, ``last_used`` …) are in seconds; times and ``stats`` need
    `-s`. `police` may have two `verdicts`; since 5.14 its JSON lacks ``rate``, ``peakrate`` and
    ``avrate`` (in bytes a second), ``burst`` and ``mtu``. Options of other kinds are in ``extra``.
    """

    in_json = staticmethod(tc_text_options.repair_action)

    order: int | None = None
    kind: str = ""
    mirred_action: str | None = None
    direction: str | None = None
    to_dev: str | None = None
    to_blockid: int | None = None
    # `police` prints two objects under this key: `TcFilter.repeated`.
    control_action: Control | tuple[Control, ...] | None = nested(Control)
    prob: Chance | None = nested(Chance)
    rate: int | None = None
    burst: int | None = None
    mtu: int | None = None
    peakrate: int | None = None
    avrate: int | None = None
    pkts_rate: int | None = None
    pkts_burst: int | None = None
    overhead: int | None = None
    linklayer: str | None = None
    index: int | None = None
    ref: int | None = None
    bind: int | None = None
    installed: int | None = None
    last_used: int | None = None
    first_used: int | None = None
    expires: int | None = None
    stats: TcStats | None = nested(TcStats)
    cookie: str | None = None
    no_percpu: bool | None = None
    skip_hw: bool | None = None
    skip_sw: bool | None = None
    in_hw: bool | None = None
    in_hw_count: int | None = None
    not_in_hw: bool | None = None
    hw_stats: tuple[str, ...] | None = None
    used_hw_stats: tuple[str, ...] | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)

    @property
    def verdicts(self) -> tuple[Control, ...]:
        """The verdicts: a single one, or two of `police`: above its rate, and within its rate."""
        if isinstance(self.control_action, Control):
            return (self.control_action,)
        return self.control_action or ()


@model(kw_only=True)
class TcActions:
    """An object of `tc -j actions list` or `get`: the number of actions, or some of them.

    tc_action_gd(), print_action() in iproute2's tc/m_action.c.
    """

    repeated: ClassVar[tuple[str, ...]] = ("control_action",)

    total_acts: int | None = json_key("total acts")
    actions: tuple[TcAction, ...] = nested(TcAction, ())
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class TcChain:
    """A chain, with the template of its filters, if any. print_filter() in tc/tc_filter.c."""

    dev: str | None = None
    block: int | None = None
    root: bool | None = None
    ingress: bool | None = None
    egress: bool | None = None
    parent: str | None = None
    chain: int | None = None
    kind: str | None = None
    options: dict[str, Any] | None = None
    deleted: bool | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class TcFilter:
    """A filter. print_filter() in iproute2's tc/tc_filter.c.

    A filter may have several objects, with or without options. ``dev``, ``parent`` (or ``ingress``,
    ``egress``, ``root``), ``protocol``, ``pref`` and ``chain`` are absent if `show` was filtered by
    them. ``options`` is the output of the kind; `actions` are its actions, typed. iproute2 prints
    every match of a `u32` under the same key: several matches are a list here. The text of a `u32`
    before 6.1 is converted to the JSON of later releases. Actions are printed by tc/m_action.c.
    """

    # iproute2 prints these keys several times in an object; JSON readers would keep the last value
    # only.
    repeated: ClassVar[tuple[str, ...]] = ("control_action", "match", "success")
    typed_members: ClassVar[dict[str, str]] = {"options": "own_options", "actions": "actions"}
    in_json = staticmethod(tc_text_options.repair_filter)

    repr_head: ClassVar[Mapping[str, str]] = {
        "kind": "kind",
        "dev": "dev",
        "parent": "parent",
        "root": "root",
        "ingress": "ingress",
        "egress": "egress",
        "protocol": "protocol",
        "pref": "pref",
        "chain": "chain",
    }

    dev: str | None = None
    block: int | None = None
    root: bool | None = None
    ingress: bool | None = None
    egress: bool | None = None
    parent: str | None = None
    protocol: str | None = None
    pref: int | None = None
    kind: str | None = None
    chain: int | None = None
    options: dict[str, Any] | None = None
    bytes: int | None = None
    packets: int | None = None
    drops: int | None = None
    # print_tcstats() in tc/tc_util.c, of the police of a filter
    dropped: int | None = None
    overlimits: int | None = None
    requeues: int | None = None
    rate: int | None = None
    pps: int | None = None
    backlog: int | None = None
    qlen: int | None = None
    warn: str | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)

    @property
    def actions(self) -> list[TcAction]:
        """The actions for a matching packet, in order."""
        options = self.options or {}
        return load(TcAction, options.get("actions", []), path="$.options.actions")

    @property
    def typed(self) -> FlowerOptions | MatchallOptions | U32Options | None:
        """The options as a model; None without options, and for a kind without a model."""
        options_class = OPTIONS.get(self.kind or "")
        if options_class is None or not self.options:
            return None

        (options,) = load(options_class, [self.options], path="$.options")
        return options

    @property
    def own_options(self) -> FlowerOptions | MatchallOptions | U32Options | dict[str, Any] | None:
        """The options as a model, or for a kind without a model as in JSON, without the actions."""
        typed = self.typed
        if typed is not None or self.options is None:
            return typed
        return {key: value for key, value in self.options.items() if key != "actions"}


OPTIONS: dict[str, type[FlowerOptions | MatchallOptions | U32Options]] = {
    "flower": FlowerOptions,
    "matchall": MatchallOptions,
    "u32": U32Options,
}

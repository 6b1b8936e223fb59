"""`TcFilter` and `TcAction`: what `tc -j -d filter show` prints."""

from typing import Any, ClassVar

from attrs import field, frozen

from ipwrap.models import tc_text_options
from ipwrap.models.base import load, nested
from ipwrap.models.filter_options import FlowerOptions, MatchallOptions, U32Options
from ipwrap.models.tc_stats import TcStats

__all__ = ["Chance", "Control", "TcAction", "TcFilter"]


@frozen(kw_only=True, slots=False)
class Control:
    """What becomes of a packet then: "pass", "drop", "pipe" …; a ``chain`` to go to, or how many actions to ``jump``.

    print_action_control() in tc/tc_util.c.
    """

    type: str | None = None
    chain: int | None = None
    jump: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@frozen(kw_only=True, slots=False)
class Chance:
    """Another verdict for some packets: by chance ("netrand"), or one in ``val`` ("determ"). tc/m_gact.c."""

    random_type: str | None = None
    control_action: Control | None = nested(Control)
    val: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@frozen(kw_only=True, slots=False)
class TcAction:
    """One action of a filter, the ``order``-th. tc_print_one_action() in tc/m_action.c.

    What each kind prints is in tc/m_mirred.c, tc/m_gact.c and tc/m_police.c, with helpers of tc/tc_util.c.
    Times (``installed``, ``last_used`` …) are in seconds, and shown with `-s`, as ``stats`` are. Of `police` JSON tells
    neither ``rate`` nor ``burst``; it may have two `verdicts`. What actions of other kinds hold is in ``extra``.
    """

    order: int | None = None
    kind: str = ""
    mirred_action: str | None = None
    direction: str | None = None
    to_dev: str | None = None
    to_blockid: int | None = None
    control_action: Control | tuple[Control, ...] | None = nested(Control)
    prob: Chance | None = nested(Chance)
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
        """What becomes of packets: one verdict, or two of `police`: of those above its rate, and of those within."""
        found = self.control_action
        return (found,) if isinstance(found, Control) else found or ()


@frozen(kw_only=True, slots=False)
class TcFilter:
    """A filter. print_filter() in iproute2's tc/tc_filter.c. One filter may be several objects, some without options.

    ``dev``, ``parent`` (or ``ingress``, ``egress``, ``root``), ``protocol``, ``pref`` and ``chain`` are missing where
    they served as a filter. ``options`` is as the kind prints it; `actions` are the actions in it, typed. The matches
    of a `u32`, which iproute2 prints under one key, are a list there if there are several. Before 6.1 it prints words
    for a `u32`, which are read as what later releases print. The list of actions is printed by tc/m_action.c.
    """

    repeated: ClassVar[tuple[str, ...]] = ("control_action", "match", "success")
    in_json = staticmethod(tc_text_options.repair_options)

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
        """What is done with a packet that matches, in order."""
        return load(TcAction, (self.options or {}).get("actions", []), "$.options.actions")

    @property
    def typed(self) -> FlowerOptions | MatchallOptions | U32Options | None:
        """The options, with a name and a type for each; None of a kind that has no class, or where there are none."""
        cls = OPTIONS.get(self.kind or "")
        return load(cls, [self.options], "$.options")[0] if cls and self.options else None


OPTIONS: dict[str, type[FlowerOptions | MatchallOptions | U32Options]] = {
    "flower": FlowerOptions,
    "matchall": MatchallOptions,
    "u32": U32Options,
}

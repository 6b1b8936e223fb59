"""`type can`."""

from typing import Any, ClassVar, Literal, TypedDict

from attrs import field, frozen

from ipwrap.errors import BadValue
from ipwrap.kinds.base import LinkKind
from ipwrap.kinds.tunnel import Within
from ipwrap.options.codecs import Choice, Codec, Flag, Json, Member, Number, OnOff, Raw
from ipwrap.options.converters import milliseconds
from ipwrap.options.table import option, row, shown

__all__ = ["BittimingConst", "Can", "ErrorCounter", "Range", "SamplePoint", "TdcMode", "YoungMember"]

MOST = 0.999


@frozen
class SamplePoint(Codec):
    """Where in a bit it is looked at: 0.000 to 0.999 of its length, text in JSON ("0.875")."""

    def spell(self, word: str, value: Any) -> str:
        """Return the number with three places."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise BadValue(f"{word}: {value!r} is not a number such as 0.875")
        if not 0 <= value <= MOST:
            raise BadValue(f"{word}: {value} is not within 0.000 to {MOST}")
        return f"{value:.3f}"

    def read(self, data: Json, key: str) -> Any:
        """Return the number."""
        value = data.get(key)
        return float(value) if isinstance(value, str) else value

    def unspell(self, text: str) -> Any:
        """Return the number."""
        return float(text)


@frozen
class YoungMember(OnOff):
    """A truth that is a member of a list of flags, with a word that not every iproute2 has.

    So one that is missing from the list is not said, rather than off: the word for that would be refused there.
    """

    member: str

    def read(self, data: Json, key: str) -> Any:
        """Return True if the member is in the list."""
        return True if self.member in data.get(key, ()) else None


@frozen
class TdcMode(Choice):
    """How the delay of the transmitter is compensated: two members of a list of flags, or neither (``off``)."""

    prefix: str = ""

    def read(self, data: Json, key: str) -> Any:
        """Return the word, None for neither: before 5.16 there is no word for that."""
        flags = data.get(key, ())
        return next((word for word in ("auto", "manual") if f"{self.prefix}TDC-{word.upper()}" in flags), None)


class Range(TypedDict):
    """The lowest and the highest value that a controller takes."""

    min: int
    max: int


class BittimingConst(TypedDict, total=False):
    """What a controller, by its name, takes for the timing of bits. ip/iplink_can.c."""

    name: str
    tseg1: Range
    tseg2: Range
    sjw: Range
    brp: Range
    brp_inc: int
    tdc: dict[str, Range]
    xtdc: dict[str, Range]
    pwm: dict[str, Range]


class ErrorCounter(TypedDict):
    """Errors that a controller has counted when it sent and when it received. ip/iplink_can.c."""

    tx: int
    rx: int


BITS = Within(Number())
POINT = Within(SamplePoint())
DELAY = Within(Within(Number(0, 2**32 - 2)))  # the highest number stands for what is not said


@frozen(kw_only=True)
class Can(LinkKind):
    """A link to a CAN bus: ``ip link set dev DEV type can …``. ip-link(8); ip/iplink_can.c.

    It is a piece of hardware, which nobody adds. ``bitrate`` is in bits a second, ``tq`` in nanoseconds, ``prop_seg``,
    ``phase_seg1``, ``phase_seg2`` and ``sjw`` in ``tq``, ``sample_point`` from 0 to 0.999; the same with ``d`` is for
    the data of CAN FD, with ``x`` for those of CAN XL. ``tdc…`` and ``pwm…`` are in the controller's smallest quanta,
    ``restart_ms`` in milliseconds, ``termination`` in ohms, ``clock`` in Hz.
    """

    kind: ClassVar[str] = "can"

    bitrate: int | None = option(BITS, key="bittiming.bitrate")
    sample_point: float | None = option(POINT, word="sample-point", key="bittiming.sample_point")
    tq: int | None = option(BITS, key="bittiming.tq")
    prop_seg: int | None = option(BITS, word="prop-seg", key="bittiming.prop_seg")
    phase_seg1: int | None = option(BITS, word="phase-seg1", key="bittiming.phase_seg1")
    phase_seg2: int | None = option(BITS, word="phase-seg2", key="bittiming.phase_seg2")
    sjw: int | None = option(BITS, key="bittiming.sjw")

    dbitrate: int | None = option(BITS, key="data_bittiming.bitrate")
    dsample_point: float | None = option(POINT, word="dsample-point", key="data_bittiming.sample_point")
    dtq: int | None = option(BITS, key="data_bittiming.tq")
    dprop_seg: int | None = option(BITS, word="dprop-seg", key="data_bittiming.prop_seg")
    dphase_seg1: int | None = option(BITS, word="dphase-seg1", key="data_bittiming.phase_seg1")
    dphase_seg2: int | None = option(BITS, word="dphase-seg2", key="data_bittiming.phase_seg2")
    dsjw: int | None = option(BITS, key="data_bittiming.sjw")
    tdcv: int | None = option(DELAY, key="data_bittiming.tdc.tdcv", since="5.16")
    tdco: int | None = option(DELAY, key="data_bittiming.tdc.tdco", since="5.16")
    tdcf: int | None = option(DELAY, key="data_bittiming.tdc.tdcf", since="5.16")

    xbitrate: int | None = option(BITS, key="xl_data_bittiming.bitrate", since="6.19")
    xsample_point: float | None = option(
        POINT, word="xsample-point", key="xl_data_bittiming.sample_point", since="6.19"
    )
    xtq: int | None = option(BITS, key="xl_data_bittiming.tq", since="6.19")
    xprop_seg: int | None = option(BITS, word="xprop-seg", key="xl_data_bittiming.prop_seg", since="6.19")
    xphase_seg1: int | None = option(BITS, word="xphase-seg1", key="xl_data_bittiming.phase_seg1", since="6.19")
    xphase_seg2: int | None = option(BITS, word="xphase-seg2", key="xl_data_bittiming.phase_seg2", since="6.19")
    xsjw: int | None = option(BITS, key="xl_data_bittiming.sjw", since="6.19")
    xtdcv: int | None = option(DELAY, key="xl_data_bittiming.xtdc.tdcv", since="6.19")
    xtdco: int | None = option(DELAY, key="xl_data_bittiming.xtdc.tdco", since="6.19")
    xtdcf: int | None = option(DELAY, key="xl_data_bittiming.xtdc.tdcf", since="6.19")
    pwms: int | None = option(DELAY, key="xl_data_bittiming.pwm. pwms", since="6.19")  # with a blank, indeed
    pwml: int | None = option(DELAY, key="xl_data_bittiming.pwm. pwml", since="6.19")
    pwmo: int | None = option(DELAY, key="xl_data_bittiming.pwm. pwmo", since="6.19")

    loopback: bool | None = option(Member("LOOPBACK", absent=False), key="ctrlmode")
    listen_only: bool | None = option(Member("LISTEN-ONLY", absent=False), word="listen-only", key="ctrlmode")
    triple_sampling: bool | None = option(
        Member("TRIPLE-SAMPLING", absent=False), word="triple-sampling", key="ctrlmode"
    )
    one_shot: bool | None = option(Member("ONE-SHOT", absent=False), word="one-shot", key="ctrlmode")
    berr_reporting: bool | None = option(Member("BERR-REPORTING", absent=False), word="berr-reporting", key="ctrlmode")
    fd: bool | None = option(Member("FD", absent=False), key="ctrlmode")
    fd_non_iso: bool | None = option(Member("FD-NON-ISO", absent=False), word="fd-non-iso", key="ctrlmode")
    presume_ack: bool | None = option(Member("PRESUME-ACK", absent=False), word="presume-ack", key="ctrlmode")
    cc_len8_dlc: bool | None = option(YoungMember("CC-LEN8-DLC"), word="cc-len8-dlc", key="ctrlmode", since="5.12")
    tdc_mode: Literal["auto", "manual", "off"] | None = option(TdcMode(), word="tdc-mode", key="ctrlmode", since="5.16")
    restricted: bool | None = option(YoungMember("RESTRICTED"), key="ctrlmode", since="6.19")
    xl: bool | None = option(YoungMember("XL"), key="ctrlmode", since="6.19")
    xtdc_mode: Literal["auto", "manual", "off"] | None = option(
        TdcMode(prefix="XL-"), word="xtdc-mode", key="ctrlmode", since="6.19"
    )
    tms: bool | None = option(YoungMember("TMS"), key="ctrlmode", since="6.19")

    restart_ms: int | None = field(default=None, converter=milliseconds, metadata=row(Number(), word="restart-ms"))
    restart: bool | None = option(Flag(), key="")
    termination: int | None = option(Number(0, 65535))

    brp: int | None = shown(Within(Raw()), key="bittiming.brp", since="5.16")
    dbrp: int | None = shown(Within(Raw()), key="data_bittiming.brp", since="5.16")
    xbrp: int | None = shown(Within(Raw()), key="xl_data_bittiming.brp", since="6.19")
    ctrlmode_supported: list[str] | None = shown(since="5.17")
    ctrlmode_static: list[str] | None = shown(since="5.17")
    state: str | None = shown()
    berr_counter: ErrorCounter | None = shown()
    bittiming_const: BittimingConst | None = shown()
    bittiming_bitrate: int | None = shown()
    bitrate_const: list[int] | None = shown()
    data_bittiming_const: BittimingConst | None = shown()
    data_bittiming_bitrate: int | None = shown()
    data_bitrate_const: list[int] | None = shown()
    xl_data_bittiming_const: BittimingConst | None = shown(since="6.19")
    xl_data_bittiming_bitrate: int | None = shown(since="6.19")
    termination_const: list[int] | None = shown()
    clock: int | None = shown()

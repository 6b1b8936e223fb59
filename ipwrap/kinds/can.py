"""`type can`."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypedDict

from attrs import field, frozen

from ipwrap.errors import InvalidArgument
from ipwrap.kinds.base import LinkKind
from ipwrap.options.codecs import Choice, Codec, Flag, FlagListMember, Json, Number, OnOff, ReadOnly
from ipwrap.options.codecs.wrappers import NestedKey
from ipwrap.options.converters import to_milliseconds
from ipwrap.options.table import option, option_metadata, read_only_field

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["BittimingConst", "Can", "ErrorCounter", "Range", "RecentFlag", "SamplePoint", "TdcMode"]

MAX_SAMPLE_POINT = 0.999


class SamplePoint(Codec, frozen=True):
    """The sample point of a bit: 0.000 to 0.999 of its length, text in JSON ("0.875")."""

    def format(self, keyword: str, value: Any) -> str:
        """Return the number with three decimal places."""
        # A bool is an int of Python.
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number:
            raise InvalidArgument(f"{keyword}: {value!r} is not a number such as 0.875")

        if not 0 <= value <= MAX_SAMPLE_POINT:
            raise InvalidArgument(
                f"{keyword}: {value} is not within 0.000 to {MAX_SAMPLE_POINT}",
            )

        return f"{value:.3f}"

    def from_json(self, data: Json, key: str) -> Any:
        """Return the number."""
        value = data.get(key)
        return float(value) if isinstance(value, str) else value

    def parse(self, text: str) -> Any:
        """Return the number."""
        return float(text)

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of numbers with three decimal places."""
        from hypothesis import strategies as st

        return st.integers(0, 999).map(lambda thousandths: thousandths / 1000)


class RecentFlag(OnOff, frozen=True):
    """A boolean that is a member of a list of flags, with a keyword that older iproute2 lacks.

    A member missing from the list is None rather than False: older iproute2 would refuse the
    keyword.
    """

    member: str

    def from_json(self, data: Json, key: str) -> Any:
        """Return True if the list has the member."""
        return True if self.member in data.get(key, ()) else None


class TdcMode(Choice, frozen=True):
    """The transmitter delay compensation: two members of a list of flags, or neither (``off``)."""

    prefix: str = ""

    def from_json(self, data: Json, key: str) -> Any:
        """Return the word, None for neither member: before 5.16 no keyword turns both off."""
        flags = data.get(key, ())
        for mode in ("auto", "manual"):
            if f"{self.prefix}TDC-{mode.upper()}" in flags:
                return mode

        return None


class Range(TypedDict):
    """The lowest and the highest value that a controller accepts."""

    min: int
    max: int


class BittimingConst(TypedDict, total=False):
    """The limits of a controller's bit timing, and the controller's name. ip/iplink_can.c."""

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
    """The errors that a controller has counted in sending and in receiving. ip/iplink_can.c."""

    tx: int
    rx: int


BITS = NestedKey(Number())
POINT = NestedKey(SamplePoint())
# The highest number means an omitted value (can_parse_opt() in ip/iplink_can.c).
DELAY = NestedKey(NestedKey(Number(0, 2**32 - 2)))


@frozen(kw_only=True)
class Can(LinkKind):
    """A link to a CAN bus: ``ip link set dev DEV type can …``. ip-link(8); ip/iplink_can.c.

    The link is hardware and cannot be added. ``bitrate`` is in bits a second, ``tq`` in
    nanoseconds, ``prop_seg``, ``phase_seg1``, ``phase_seg2`` and ``sjw`` in ``tq``,
    ``sample_point`` from 0 to 0.999; the options with the prefix ``d`` are for the data phase of
    CAN FD, with the prefix ``x`` for CAN XL. ``tdc…`` and ``pwm…`` are in the smallest quanta of
    the controller, ``restart_ms`` in milliseconds, ``termination`` in ohms, ``clock`` in Hz.
    """

    kind: ClassVar[str] = "can"

    # Nominal bit timing.
    bitrate: int | None = option(BITS, json_key="bittiming.bitrate")
    sample_point: float | None = option(
        POINT, keyword="sample-point", json_key="bittiming.sample_point"
    )
    tq: int | None = option(BITS, json_key="bittiming.tq")
    prop_seg: int | None = option(BITS, keyword="prop-seg", json_key="bittiming.prop_seg")
    phase_seg1: int | None = option(BITS, keyword="phase-seg1", json_key="bittiming.phase_seg1")
    phase_seg2: int | None = option(BITS, keyword="phase-seg2", json_key="bittiming.phase_seg2")
    sjw: int | None = option(BITS, json_key="bittiming.sjw")

    # Bit timing of the data phase of CAN FD.
    dbitrate: int | None = option(BITS, json_key="data_bittiming.bitrate")
    dsample_point: float | None = option(
        POINT, keyword="dsample-point", json_key="data_bittiming.sample_point"
    )
    dtq: int | None = option(BITS, json_key="data_bittiming.tq")
    dprop_seg: int | None = option(BITS, keyword="dprop-seg", json_key="data_bittiming.prop_seg")
    dphase_seg1: int | None = option(
        BITS, keyword="dphase-seg1", json_key="data_bittiming.phase_seg1"
    )
    dphase_seg2: int | None = option(
        BITS, keyword="dphase-seg2", json_key="data_bittiming.phase_seg2"
    )
    dsjw: int | None = option(BITS, json_key="data_bittiming.sjw")
    tdcv: int | None = option(DELAY, json_key="data_bittiming.tdc.tdcv", since="5.16")
    tdco: int | None = option(DELAY, json_key="data_bittiming.tdc.tdco", since="5.16")
    tdcf: int | None = option(DELAY, json_key="data_bittiming.tdc.tdcf", since="5.16")

    # Bit timing of the data phase of CAN XL.
    xbitrate: int | None = option(BITS, json_key="xl_data_bittiming.bitrate", since="6.19")
    xsample_point: float | None = option(
        POINT, keyword="xsample-point", json_key="xl_data_bittiming.sample_point", since="6.19"
    )
    xtq: int | None = option(BITS, json_key="xl_data_bittiming.tq", since="6.19")
    xprop_seg: int | None = option(
        BITS, keyword="xprop-seg", json_key="xl_data_bittiming.prop_seg", since="6.19"
    )
    xphase_seg1: int | None = option(
        BITS, keyword="xphase-seg1", json_key="xl_data_bittiming.phase_seg1", since="6.19"
    )
    xphase_seg2: int | None = option(
        BITS, keyword="xphase-seg2", json_key="xl_data_bittiming.phase_seg2", since="6.19"
    )
    xsjw: int | None = option(BITS, json_key="xl_data_bittiming.sjw", since="6.19")
    xtdcv: int | None = option(DELAY, json_key="xl_data_bittiming.xtdc.tdcv", since="6.19")
    xtdco: int | None = option(DELAY, json_key="xl_data_bittiming.xtdc.tdco", since="6.19")
    xtdcf: int | None = option(DELAY, json_key="xl_data_bittiming.xtdc.tdcf", since="6.19")
    # iproute2 prints these keys with a leading blank: print_uint(PRINT_ANY, " pwms", …).
    pwms: int | None = option(DELAY, json_key="xl_data_bittiming.pwm. pwms", since="6.19")
    pwml: int | None = option(DELAY, json_key="xl_data_bittiming.pwm. pwml", since="6.19")
    pwmo: int | None = option(DELAY, json_key="xl_data_bittiming.pwm. pwmo", since="6.19")

    # Control modes. JSON lists the modes that are on.
    loopback: bool | None = option(FlagListMember("LOOPBACK", absent=False), json_key="ctrlmode")
    listen_only: bool | None = option(
        FlagListMember("LISTEN-ONLY", absent=False), keyword="listen-only", json_key="ctrlmode"
    )
    triple_sampling: bool | None = option(
        FlagListMember("TRIPLE-SAMPLING", absent=False),
        keyword="triple-sampling",
        json_key="ctrlmode",
    )
    one_shot: bool | None = option(
        FlagListMember("ONE-SHOT", absent=False), keyword="one-shot", json_key="ctrlmode"
    )
    berr_reporting: bool | None = option(
        FlagListMember("BERR-REPORTING", absent=False),
        keyword="berr-reporting",
        json_key="ctrlmode",
    )
    fd: bool | None = option(FlagListMember("FD", absent=False), json_key="ctrlmode")
    fd_non_iso: bool | None = option(
        FlagListMember("FD-NON-ISO", absent=False), keyword="fd-non-iso", json_key="ctrlmode"
    )
    presume_ack: bool | None = option(
        FlagListMember("PRESUME-ACK", absent=False), keyword="presume-ack", json_key="ctrlmode"
    )
    cc_len8_dlc: bool | None = option(
        RecentFlag("CC-LEN8-DLC"), keyword="cc-len8-dlc", json_key="ctrlmode", since="5.12"
    )
    tdc_mode: Literal["auto", "manual", "off"] | None = option(
        TdcMode(), keyword="tdc-mode", json_key="ctrlmode", since="5.16"
    )
    restricted: bool | None = option(RecentFlag("RESTRICTED"), json_key="ctrlmode", since="6.19")
    xl: bool | None = option(RecentFlag("XL"), json_key="ctrlmode", since="6.19")
    xtdc_mode: Literal["auto", "manual", "off"] | None = option(
        TdcMode(prefix="XL-"), keyword="xtdc-mode", json_key="ctrlmode", since="6.19"
    )
    tms: bool | None = option(RecentFlag("TMS"), json_key="ctrlmode", since="6.19")

    restart_ms: int | None = field(
        default=None,
        converter=to_milliseconds,
        metadata=option_metadata(Number(), keyword="restart-ms"),
    )
    restart: bool | None = option(Flag(), json_key="")
    termination: int | None = option(Number(0, 65535))

    # Read-only: can_print_opt() in ip/iplink_can.c.
    brp: int | None = read_only_field(NestedKey(ReadOnly()), json_key="bittiming.brp", since="5.16")
    dbrp: int | None = read_only_field(
        NestedKey(ReadOnly()), json_key="data_bittiming.brp", since="5.16"
    )
    xbrp: int | None = read_only_field(
        NestedKey(ReadOnly()), json_key="xl_data_bittiming.brp", since="6.19"
    )
    ctrlmode_supported: list[str] | None = read_only_field(since="5.17")
    ctrlmode_static: list[str] | None = read_only_field(since="5.17")
    state: str | None = read_only_field()
    berr_counter: ErrorCounter | None = read_only_field()
    bittiming_const: BittimingConst | None = read_only_field()
    bittiming_bitrate: int | None = read_only_field()
    bitrate_const: list[int] | None = read_only_field()
    data_bittiming_const: BittimingConst | None = read_only_field()
    data_bittiming_bitrate: int | None = read_only_field()
    data_bitrate_const: list[int] | None = read_only_field()
    xl_data_bittiming_const: BittimingConst | None = read_only_field(since="6.19")
    xl_data_bittiming_bitrate: int | None = read_only_field(since="6.19")
    termination_const: list[int] | None = read_only_field()
    clock: int | None = read_only_field()

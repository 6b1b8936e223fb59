"""The bit timing of CAN is an object in JSON, and its modes are a list of flags."""

from typing import Any

import pytest

from ipwrap.errors import InvalidArgument
from ipwrap.kinds import Can
from ipwrap.options.table import options_of

# Modes that are off if JSON lacks them: every supported iproute2 has keywords for them.
OLD = (
    "loopback",
    "listen_only",
    "triple_sampling",
    "one_shot",
    "berr_reporting",
    "fd",
    "fd_non_iso",
    "presume_ack",
)
OFF: dict[str, Any] = dict.fromkeys(OLD, False)


@pytest.mark.parametrize(
    ("can", "arguments"),
    [
        (Can(bitrate=500000, sample_point=0.875), "bitrate 500000 sample-point 0.875"),
        (Can(sample_point=0.5), "sample-point 0.500"),
        (Can(sample_point=0), "sample-point 0.000"),
        (
            Can(tq=125, prop_seg=6, phase_seg1=7, phase_seg2=2, sjw=1),
            "tq 125 prop-seg 6 phase-seg1 7 phase-seg2 2 sjw 1",
        ),
        (
            Can(dbitrate=2000000, dsample_point=0.75, fd=True),
            "dbitrate 2000000 dsample-point 0.750 fd on",
        ),
        (
            Can(xbitrate=10000000, pwms=1, pwml=2, pwmo=3, xl=True),
            "xbitrate 10000000 pwms 1 pwml 2 pwmo 3 xl on",
        ),
        (Can(tdcv=1, tdco=2, tdcf=3, tdc_mode="manual"), "tdcv 1 tdco 2 tdcf 3 tdc-mode manual"),
        (Can(loopback=True, listen_only=False), "loopback on listen-only off"),
        (Can(restart_ms=100, termination=120), "restart-ms 100 termination 120"),
        (Can(restart=True), "restart"),
        (Can(state="BUS-OFF", clock=80000000, brp=5), ""),
    ],
)
def test_can_becomes_arguments(can: Can, arguments: str) -> None:
    """The arguments are those of `ip link help can`; read-only fields have no arguments."""
    expected = tuple(arguments.split())

    assert expected == can.to_args()


# Written after can_print_opt() in ip/iplink_can.c.
@pytest.mark.parametrize(
    ("data", "values"),
    [
        ({}, {}),
        (
            {"bittiming": {"bitrate": 500000, "sample_point": "0.875", "brp": 5}},
            {"bitrate": 500000, "sample_point": 0.875, "brp": 5},
        ),
        ({"data_bittiming": {"sjw": 1, "tdc": {"tdco": 2}}}, {"dsjw": 1, "tdco": 2}),
        (
            {
                "xl_data_bittiming": {
                    "xtdc": {"tdcv": 1},
                    "pwm": {" pwms": 1, " pwml": 2, " pwmo": 3},
                }
            },
            {"xtdcv": 1, "pwms": 1, "pwml": 2, "pwmo": 3},
        ),
        (
            {"ctrlmode": ["LOOPBACK", "FD", "TDC-AUTO"]},
            {"loopback": True, "fd": True, "tdc_mode": "auto"},
        ),
        (
            {"ctrlmode": ["XL", "XL-TDC-MANUAL", "TMS"]},
            {"xl": True, "xtdc_mode": "manual", "tms": True},
        ),
        (
            {"bittiming_bitrate": 500000, "bitrate_const": [125000]},
            {"bittiming_bitrate": 500000, "bitrate_const": [125000]},
        ),
        (
            {"state": "STOPPED", "berr_counter": {"tx": 1, "rx": 2}},
            {"state": "STOPPED", "berr_counter": {"tx": 1, "rx": 2}},
        ),
    ],
)
def test_json_becomes_a_can(data: dict[str, Any], values: dict[str, Any]) -> None:
    """Every nested key has a field; old modes missing from the list are off."""
    assert Can(**{**OFF, **values}) == Can.from_json(data)


def test_read_can_needs_no_recent_iproute2() -> None:
    """A recent mode that is off stays None: an older iproute2 lacks its keyword."""
    arguments = Can.from_json({"ctrlmode": ["FD"]}).to_args()
    recent = {option.keyword for option in options_of(Can) if option.since}
    assert set() == recent & set(arguments)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sample_point": 1}, "sample-point: 1 is not within 0.000 to 0.999"),
        ({"sample_point": 0.9995}, "sample-point: 0.9995 is not within"),
        ({"sample_point": -0.1}, "sample-point: -0.1 is not within"),
        ({"sample_point": float("nan")}, "sample-point: nan is not within"),
        ({"dsample_point": "0.875"}, "dsample-point: '0.875' is not a number such as 0.875"),
        ({"sample_point": True}, "sample-point: True is not a number"),
        ({"tdco": 2**32 - 1}, "tdco: 4294967295 is not within 0 to 4294967294"),
        ({"fd": "on"}, "fd: 'on' is not True or False"),
        ({"tdc_mode": "on"}, "tdc-mode: 'on' is not one of auto, manual, off"),
        ({"termination": 65536}, "termination: 65536 is not within 0 to 65535"),
    ],
)
def test_invalid_can_is_refused(options: dict[str, Any], message: str) -> None:
    """The command is refused before it runs.

    A wrong word for a mode would end the process of iproute2.
    """
    with pytest.raises(InvalidArgument, match=message):
        Can(**options).to_args()

"""CAN's bit timing is an object in JSON, and its modes are a list of flags."""

from typing import Any

import pytest

from ipwrap.errors import InvalidArgument
from ipwrap.kinds import Can
from ipwrap.options.table import options_of

# The modes of which JSON tells that they are off, by their absence: every supported iproute2 has words for them.
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
    ("can", "words"),
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
def test_a_can_becomes_words(can: Can, words: str) -> None:
    """The words are those of `ip link help can`; what is only reported is not written."""
    assert tuple(words.split()) == can.to_args()


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
    """Each key has its field, however deep; old modes that are not in the list are off."""
    assert Can(**{**OFF, **values}) == Can.from_json(data)


def test_what_was_read_has_words_that_every_iproute2_knows() -> None:
    """A young mode that is not set is not said to be off: an older iproute2 would not know its word."""
    words = Can.from_json({"ctrlmode": ["FD"]}).to_args()
    young = {row.keyword for row in options_of(Can) if row.since}
    assert set() == young & set(words)


@pytest.mark.parametrize(
    ("options", "said"),
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
def test_what_no_can_can_have_is_refused(options: dict[str, Any], said: str) -> None:
    """Before anything runs: a wrong word for a mode would end iproute2's process."""
    with pytest.raises(InvalidArgument, match=said):
        Can(**options).to_args()

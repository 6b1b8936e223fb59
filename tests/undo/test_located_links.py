"""Links are found where other programs have moved them."""

from tests.undo.links import link, pairs, state, track


def test_names_that_go_round_are_followed() -> None:
    """Each link is at its new name, and nobody is a stranger."""
    before = state(host=[link("a", 2), link("b", 3, mac="02:00:00:00:00:03")])
    now = state(host=[link("b", 2), link("a", 3, mac="02:00:00:00:00:03")])
    events = pairs(
        "ip link set dev a name t\nip link set dev b name a\nip link set dev t name b", *[None] * 3
    )
    tracker, _ = track(before, now, events)

    assert ("", "a") == tracker.located["", "b"].origin
    assert [] == tracker.strangers(now)
    assert {("", "a"): ("", "b"), ("", "b"): ("", "a")} == tracker.away(now)

    tracker.settle(before, {})
    assert {} == tracker.away(before)


def test_link_that_somebody_renamed_at_home_is_found_there() -> None:
    """A match must be the only one."""
    before = state(host=[link("nic0", 2), link("b", 3, mac="02:00:00:00:00:03")])
    renamed = state(host=[link("wan", 2), link("b", 3, mac="02:00:00:00:00:03")])
    tracker, _ = track(before, renamed, [])
    assert {("", "nic0"): ("", "wan")} == tracker.displaced(renamed)

    renamed[""]["link"].append(link("twin", 4))
    assert {} == tracker.displaced(renamed)

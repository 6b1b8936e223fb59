"""What a worker has to know of a command's words is told from them, once."""

import pytest

from ipwrap.errors import NotBatchable
from ipwrap.executors.batch_line import BatchLine, parse_line


def test_a_read_has_its_options_apart() -> None:
    """A worker has the global options for good; the line is what is behind them."""
    line = parse_line(("ip", "-j", "-d", "link", "show", "dev", "v0"))
    assert (
        BatchLine(
            flags=("-j", "-d"),
            text=b"link show dev v0",
            words=frozenset({"link", "show", "dev", "v0"}),
            devices=frozenset({"v0"}),
            namespaces=frozenset(),
            target_link=None,
            names_links=False,
        )
        == line
    )


@pytest.mark.parametrize(
    ("words", "devices"),
    [
        ("link set dev a master b", {"a", "b"}),
        ("route add 10.0.0.0/8 via 10.0.0.1 dev c", {"c"}),
        ("link add name new link base type vlan id 7", {"base"}),
        ("neigh show vrf red", {"red"}),
        ("netns add dev", set()),
    ],
)
def test_the_links_that_have_to_be_there_are_named(words: str, devices: set[str]) -> None:
    """By their keywords."""
    assert devices == parse_line(("ip", *words.split())).devices


@pytest.mark.parametrize(
    ("words", "namespaces"),
    [
        ("link set dev a netns n1", {"n1"}),
        (
            "link add name a link-netns n2 netns n1 type veth peer name b netns n3",
            {"n1", "n2", "n3"},
        ),
        ("route add 10.0.0.0/8 dev netns", set()),
        ("netns add netns", set()),
    ],
)
def test_the_namespaces_that_a_worker_may_hold_open_are_named(
    words: str, namespaces: set[str]
) -> None:
    """Only `ip link` opens one by its word."""
    assert namespaces == parse_line(("ip", *words.split())).namespaces


@pytest.mark.parametrize(
    ("words", "about"),
    [
        ("link set dev a up", "a"),
        ("link add name b type bridge", "b"),
        ("link delete dev c", "c"),
        ("link show dev d", None),
        ("link set", None),
        ("link", None),
        ("address add 10.0.0.1/8 dev e", None),
    ],
)
def test_the_link_that_iproute2_forgets_by_itself_is_named(words: str, about: str | None) -> None:
    """The one that `ip link` adds, changes or deletes."""
    assert about == parse_line(("ip", *words.split())).target_link


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (("ip", "link", "property", "add", "dev", "a", "altname", "b"), True),
        (("ip", "link", "set", "dev", "property"), False),
        (("ip", "netns", "property"), False),
        (("bridge", "link", "show"), False),
    ],
)
def test_what_changes_alternative_names_is_told(argv: tuple[str, ...], expected: bool) -> None:
    """`ip link property …`."""
    assert expected is parse_line(argv).names_links


def test_a_line_that_was_told_before_is_the_same() -> None:
    """What is asked again and again costs nothing."""
    assert parse_line(("ip", "link", "show")) is parse_line(("ip", "link", "show"))


@pytest.mark.parametrize("argv", [("ping", "x"), ("ip", "link", "set", "alias", "'\"")])
def test_what_can_be_no_line_is_refused(argv: tuple[str, ...]) -> None:
    """A program that is no worker's; a word that the tokenizer cannot be given."""
    with pytest.raises(NotBatchable):
        parse_line(argv)

"""Typed commands are parsed like iproute2 parses arguments."""

import subprocess

import pytest

from ipwrap.cmdline import ParsedCommand
from ipwrap.options.aliases import PROGRAMS, alias_table, verb_aliases
from ipwrap.system.programs import find_program


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ip l s eth0 up", "ip link set eth0 up"),
        ("ip a", "ip address"),
        ("ip a s", "ip address show"),
        ("ip r a default via 10.0.0.1", "ip route add default via 10.0.0.1"),
        ("ip ro del default", "ip route delete default"),
        ("ip n a 10.0.0.1 dev x", "ip neigh add 10.0.0.1 dev x"),
        ("ip net e red ip l", "ip netns exec red ip l"),
        ("ip netns", "ip netns"),
        ("ip ne chg 10.0.0.1 dev x", "ip neigh chg 10.0.0.1 dev x"),
        ("ip ru l", "ip rule show"),
        ("ip -6 -o rou ls", "ip -6 -o route show"),
        ("ip x s a src 10.0.0.1", "ip xfrm state add src 10.0.0.1"),
        ("ip rule list", "ip rule list"),
        ("ip l2t a tunnel tunnel_id 1", "ip l2tp add tunnel tunnel_id 1"),
        ("ip link prop a dev x altname y", "ip link property add dev x altname y"),
        ("ip link zap", "ip link zap"),
        ("ip tap add t0 mode tap", "ip tuntap add t0 mode tap"),
        ("ip nosuch add", "ip nosuch add"),
        ("ip -V", "ip -V"),
        ("ip -- link", "ip link"),
        ("/sbin/ip link", "ip link"),
        ("bridge f r 02:00:00:00:00:01 dev x", "bridge fdb replace 02:00:00:00:00:01 dev x"),
        ("bridge v a vid 5 dev x", "bridge vlan add vid 5 dev x"),
        ("tc q a dev x root fq", "tc qdisc add dev x root fq"),
    ],
)
def test_object_and_verb_are_written_out(line: str, expected: str) -> None:
    """An abbreviation is expanded to the first match of iproute2's tables."""
    typed = ParsedCommand.of(line.split())

    assert expected == " ".join((typed.program, *typed.options(), *typed.words))


@pytest.mark.parametrize(
    ("line", "flags", "netns", "batch"),
    [
        ("ip -n red link", (), "red", None),
        ("ip -net red -4 link", ("-4",), "red", None),
        ("ip --netns red --json link", ("--json",), "red", None),
        ("ip -n ../x link", ("-n", "../x"), None, None),
        ("ip -f inet6 -br link", ("-f", "inet6", "-br"), None, None),
        ("ip -l 3 -rc 9 -N link", ("-l", "3", "-rc", "9", "-N"), None, None),
        ("ip -color=always -b file", ("-color=always",), None, "file"),
        ("bridge -n red -b -", (), "red", "-"),
        ("tc -f -b -", ("-f",), None, "-"),
        ("tc -nm -cf file qdisc", ("-nm", "-cf", "file"), None, None),
        ("ip -n", ("-n",), None, None),
    ],
)
def test_the_options_before_the_object(
    line: str,
    flags: tuple[str, ...],
    netns: str | None,
    batch: str | None,
) -> None:
    """The namespace and the batch file are parsed, and the other options keep their values."""
    typed = ParsedCommand.of(line.split())

    assert (flags, netns, batch) == (typed.options(), typed.netns, typed.batch)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ip -f inet6 -br link", ("-6", "-br")),
        ("ip -f dnet link", ("-f",)),
        ("ip --json -c=never link", ("-j", "-c")),
        ("bridge -c link", ("-c",)),
        ("tc -fo -c qdisc", ("-force", "-cf")),
        ("ip -a netns delete", ("-all",)),
        ("ip -zap link", ("-zap",)),
    ],
)
def test_options_by_their_short_names(line: str, expected: tuple[str, ...]) -> None:
    """Known options get their short names, and unknown options are unchanged."""
    assert expected == ParsedCommand.of(line.split()).flags


def test_an_option_that_is_left_out() -> None:
    """An option is left out with its value, in every spelling."""
    typed = ParsedCommand.of(("ip", "-forc", "-l", "3", "-4", "link"))

    assert ("-l", "3", "-4") == typed.options("-force")
    assert ("-forc", "-4") == typed.options("-l")


@pytest.mark.parametrize(
    ("line", "canonical_names", "rest"),
    [
        ("ip neighbour chg 10.0.0.1", ("neigh", "change"), ("10.0.0.1",)),
        ("ip x sa l", ("xfrm", "state", "show"), ()),
        ("ip next b g id 1", ("nexthop", "bucket", "get"), ("id", "1")),
        ("ip a", ("address",), ()),
        ("ip", (), ()),
        ("ip mon all", ("monitor",), ("all",)),
    ],
)
def test_object_and_verb_by_canonical_names(
    line: str,
    canonical_names: tuple[str, ...],
    rest: tuple[str, ...],
) -> None:
    """Every alias has a canonical name, also for nested objects."""
    typed = ParsedCommand.of(line.split())

    assert (canonical_names, rest) == (typed.arguments, typed.rest)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ip net e red ip l", ("red", ("ip", "l"))),
        ("ip netns exec red", None),
        ("ip netns exec a/b id", None),
        ("ip -all netns exec id x", None),
        ("ip vrf exec red id", None),
    ],
)
def test_the_program_inside_a_namespace(
    line: str,
    expected: tuple[str, tuple[str, ...]] | None,
) -> None:
    """`ip netns exec` in a named namespace has an inner argv."""
    assert expected == ParsedCommand.of(line.split()).exec_argv


def test_the_namespace_of_a_command() -> None:
    """The namespace of a command applies unless the arguments name another namespace."""
    assert "red" == ParsedCommand.of(("ip", "link"), "red").netns
    assert "blue" == ParsedCommand.of(("ip", "-n", "blue", "link"), "red").netns


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_object_has_verbs(program: str) -> None:
    """Every object has verbs, because a change without a known verb would pass for a read."""
    objects_without_verbs = {
        word
        for word, _, _ in alias_table(program).words
        if not verb_aliases(f"{program} {word}").words
    }

    assert {"help", "monitor"} == objects_without_verbs


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_abbreviations_match_the_installed_iproute2(length: int) -> None:
    """`ip` expands every abbreviation of an object to the same object."""
    ip = find_program("ip")

    assert ip is not None

    def help_of(word: str) -> str:
        return subprocess.run(
            (ip, word, "help"),
            capture_output=True,
            text=True,
            check=False,
        ).stderr

    objects = {
        alias: object_name
        for alias, object_name, _ in alias_table("ip").words
        if "unknown" not in help_of(object_name)
    }
    abbreviations = {alias[:length] for alias in objects.values()}
    expanded = {word: alias_table("ip").canonical(word) for word in abbreviations}

    assert {word: help_of(objects[expanded[word]]) for word in abbreviations} == {
        word: help_of(word) for word in abbreviations
    }

"""Commands as people type them, taken apart as iproute2 takes them."""

import subprocess

import pytest

from ipwrap.cmdline import ParsedCommand
from ipwrap.options.aliases import PROGRAMS, alias_table, verbs
from ipwrap.system.programs import find


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
    """The first word of iproute2's tables that begins so is meant.

    A whole word, or none, stays as it was typed.
    """
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
    line: str, flags: tuple[str, ...], netns: str | None, batch: str | None
) -> None:
    """The namespace and the file of lines are taken out.

    The values of the others stay with them.
    """
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
    """What is none stays as it was typed."""
    assert expected == ParsedCommand.of(line.split()).flags


def test_an_option_that_is_left_out() -> None:
    """With its value, however it was typed."""
    typed = ParsedCommand.of(("ip", "-forc", "-l", "3", "-4", "link"))

    assert ("-l", "3", "-4") == typed.options("-force")
    assert ("-forc", "-4") == typed.options("-l")


@pytest.mark.parametrize(
    ("line", "said", "rest"),
    [
        ("ip neighbour chg 10.0.0.1", ("neigh", "change"), ("10.0.0.1",)),
        ("ip x sa l", ("xfrm", "state", "show"), ()),
        ("ip next b g id 1", ("nexthop", "bucket", "get"), ("id", "1")),
        ("ip a", ("address",), ()),
        ("ip", (), ()),
        ("ip mon all", ("monitor",), ("all",)),
    ],
)
def test_object_and_verb_by_our_words(
    line: str, said: tuple[str, ...], rest: tuple[str, ...]
) -> None:
    """Whatever name was typed; an object may have objects of its own."""
    typed = ParsedCommand.of(line.split())

    assert (said, rest) == (typed.arguments, typed.rest)


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
def test_what_runs_in_a_namespace(line: str, expected: tuple[str, tuple[str, ...]] | None) -> None:
    """In one that has a name."""
    assert expected == ParsedCommand.of(line.split()).exec_argv


def test_a_namespace_that_it_is_said_in() -> None:
    """It counts where the words name none."""
    assert "red" == ParsedCommand.of(("ip", "link"), "red").netns
    assert "blue" == ParsedCommand.of(("ip", "-n", "blue", "link"), "red").netns


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_object_has_verbs(program: str) -> None:
    """But those that are none: without a verb known, a change would be taken for a look."""
    without = {
        word for word, _, _ in alias_table(program).words if not verbs(f"{program} {word}").words
    }

    assert {"help", "monitor"} == without


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_the_order_of_objects_is_that_of_the_installed_iproute2(length: int) -> None:
    """Each beginning of an object is asked of `ip` itself.

    Its `help` is that of the object that is found here.
    """
    ip = find("ip")
    assert ip is not None

    def help_of(word: str) -> str:
        return subprocess.run(
            (ip, word, "help"), capture_output=True, text=True, check=False
        ).stderr

    known = {
        each: written
        for each, written, _ in alias_table("ip").words
        if "unknown" not in help_of(written)
    }
    words = {each[:length] for each in known.values()}
    meant = {word: alias_table("ip").canonical(word) for word in words}

    assert {word: help_of(known[meant[word]]) for word in words} == {
        word: help_of(word) for word in words
    }

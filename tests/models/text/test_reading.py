"""The text of `ip` and `bridge`, as people paste it, gives the models of `ip -j`."""

import contextlib
import json
import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipwrap import OutputError, parse
from ipwrap.kinds import Bond, BondSlave
from ipwrap.models import Interface, Link, Route
from ipwrap.models.base import dump, load
from ipwrap.models.nouns import NOUNS, TEXT_NOUNS
from ipwrap.models.text.reading import READERS, read_text

CASES = json.loads((Path(__file__).parents[2] / "cases" / "text.json").read_text())
MAIL_WIDTH = 72

# Words of all grammars, and what stands between them.
FRAGMENTS = sorted(
    {word for case in CASES for line in case["text"] for word in line.split()}
    | {"\n", "\n    ", "\\", "\\    ", "\t", "[", "]", "<", "{", "}", "-1", "99999999999999999999"}
)


def text_of(case: dict[str, Any]) -> str:
    """Return the text of a case."""
    return "".join(f"{line}\n" for line in case["text"])


def collapse(text: str) -> str:
    """Return a text with single blanks, and without indentation."""
    lines = [re.sub(r"\s+", " ", line).strip() for line in text.split("\n")]
    return "\n".join(lines)


def wrap(text: str) -> str:
    """Return a text wrapped as in a mail; an alias ends with its line and is left as it is."""
    lines = []
    for line in text.split("\n"):
        is_kept = "alias" in line
        lines += [line] if is_kept else textwrap.wrap(line, MAIL_WIDTH, break_on_hyphens=False)
    return "\n".join(lines)


def quote(text: str) -> str:
    """Return a text as quoted in a mail."""
    return "".join(f"> {line}\n" for line in text.split("\n"))


def colour(text: str) -> str:
    """Return a text with the colours of `ip -c`."""
    return re.sub(r"\b(state|brd) (\S+ )", "\\1 \x1b[32m\\2\x1b[0m", text)


FORMS: dict[str, Callable[[str], str]] = {
    "as printed": str,
    "collapsed": collapse,
    "wrapped": wrap,
    "collapsed and wrapped": lambda text: wrap(collapse(text)),
    "quoted": quote,
    "coloured": colour,
    "of Windows": lambda text: "\ufeff" + text.replace("\n", "\r\n"),
    "of a web page": lambda text: text.replace("    ", "\xa0\xa0\xa0\xa0"),
    "fenced": lambda text: f"```\n{text}```\n",
    "between prompts": lambda text: f"$ sudo ip foo\n{text}$ \n",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_text_is_read_as_the_json_of_the_same_state(case: dict[str, Any], form: str) -> None:
    """Whatever became of the blanks and lines of a text on its way, it has the same values."""
    text = FORMS[form](text_of(case))

    assert load(NOUNS[case["noun"]], case["objects"]) == parse(case["noun"], text)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_text_of_another_noun_is_refused(case: dict[str, Any]) -> None:
    """No noun reads the text of another one, but for links, which are addresses of no number."""
    for noun in TEXT_NOUNS:
        if noun == case["noun"] or {noun, case["noun"]} == {"address", "link"}:
            continue

        with pytest.raises(OutputError):
            parse(noun, text_of(case))


def test_every_noun_with_a_text_has_a_reader() -> None:
    """Help and documents name the nouns without loading the grammars."""
    assert sorted(READERS) == sorted(TEXT_NOUNS)
    assert {case["noun"] for case in CASES} == set(TEXT_NOUNS)


def test_class_of_a_model_reads_text() -> None:
    """The class of a model is as good as its noun."""
    text = "1: lo: <LOOPBACK,UP> mtu 65536 qdisc noqueue\n    inet 127.0.0.1/8 scope host lo\n"

    assert ["127.0.0.1/8"] == [
        prefix for link in parse(Interface, text) for prefix in link.prefixes
    ]
    assert parse("address", text) == parse(Interface, text)


@pytest.mark.parametrize(
    ("noun", "text", "message"),
    [
        (
            "address",
            "1: lo: <UP> mtu 1\n    inet 10.0.0.1/8 scope host lo\nAny ideas?\n",
            "at line 3: 'Any' is not understood; there it reads 'Any ideas?'",
        ),
        (
            "route",
            "10.0.0.0/8 dev eth0\n\nfoo bar\n",
            "at line 3: 'foo' is not understood; there it reads 'foo bar'",
        ),
        (
            "route",
            "Kernel IP routing table\ndefault dev lo",
            "at line 1: no object begins so; there it reads 'Kernel IP routing table'",
        ),
        (
            "rule",
            "$ ip rule\nRTNETLINK answers: Invalid argument\n",
            "at line 2: no object begins so; there it reads 'RTNETLINK answers: Invalid argument'",
        ),
        ("link", "default via 10.0.0.1 dev lo", "at line 1: it looks like the text of 'route'; "),
        (
            "link",
            "1: lo: <UP> mtu 1\n    inet 10.0.0.1/8 scope host lo\n",
            "at line 1: it looks like the text of 'address'; ",
        ),
        (
            "link",
            "3: v0: <UP> mtu 1500 master br0 state forwarding priority 32 cost 2",
            "at line 1: it looks like the text of 'bridge link'; ",
        ),
        (
            "bridge link",
            "3: v0: <UP> mtu 1500 qdisc noop state UP",
            "at line 1: it looks like the text of 'link'; ",
        ),
        (
            "link",
            "1: lo: <UP> mtu 1\nRX: bytes packets\n1 2 3\nTX: what\n",
            "at line 4: 'TX:' is not understood",
        ),
        ("bridge mdb", "8: br0 eth1 239.1.1.1\n\tsource_list", "'source_list' is not understood"),
        ("bridge vlan", "eth0 1 PVID\nwhat is this", "at line 2: 'what' is not understood"),
    ],
)
def test_line_that_is_not_understood_is_told(noun: str, text: str, message: str) -> None:
    """The error has the number of the line, the word, and the line."""
    with pytest.raises(OutputError) as raised:
        parse(noun, text)

    if message.startswith("at line"):
        message = f"not the text of {noun!r} {message}"
    assert message in str(raised.value)


def test_new_word_is_kept() -> None:
    """A word that no field names, behind a known one, is kept in the order of the text."""
    (route,) = parse("route", "default via 10.0.0.1 dev eth0 mood happy metric 5\n")

    assert {"unread": ["mood", "happy"]} == route.extra
    assert ("10.0.0.1", "eth0", 5) == (route.gateway, route.dev, route.metric)


def test_kind_that_is_unknown_keeps_its_words() -> None:
    """The options of a kind without a table are not the link's own."""
    (link,) = parse(
        "link",
        "2: l0: <UP> mtu 1500 qdisc noop\n    link/ether 02:00:00:00:00:01 promiscuity 0\n"
        "    lantern mtu 7 shade amber addrgenmode eui64\n",
    )

    assert 1500 == link.mtu
    assert "lantern" == link.linkinfo.info_kind
    assert {"unread": ["mtu", "7", "shade", "amber"]} == link.extra
    assert "eui64" == link.inet6_addr_gen_mode


SESSION = """\
Hello, this is what I see:
[root@vm ~]# ip -4 a s
1: lo: <LOOPBACK,UP> mtu 65536 qdisc noqueue
    inet 127.0.0.1/8 scope host lo
[root@vm ~]# ip r | grep default
default via 10.0.0.1 dev eth0
[root@vm ~]# cat /etc/hostname
vm
"""


@pytest.mark.parametrize(("noun", "count"), [("address", 1), ("route", 1)])
def test_output_of_the_noun_is_chosen(noun: str, count: int) -> None:
    """Of a session in a terminal, the outputs of the noun's commands are read."""
    assert count == len(parse(noun, SESSION))


def test_output_of_other_commands_is_refused() -> None:
    """Where no command is one of the noun, the error names the first."""
    with pytest.raises(OutputError) as raised:
        parse("rule", SESSION)

    assert (
        "no output of 'rule' in the text: the command at line 2 is '[root@vm ~]# ip -4 a s'"
        == str(raised.value)
    )


@pytest.mark.parametrize("text", ["$ ip route\n$ ", "> \n> \n", "root@host:~# ip -6 route\n"])
def test_command_without_output_has_no_objects(text: str) -> None:
    """There are no routes: that is no error."""
    assert [] == parse("route", text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "[{}]", " \n[ {", '\ufeff{"a":1}', "what"),
        '$ ip -j route\n[{"dst":"default"}]',
        '$ cat route.json\n[{"dst":"default"}]',
        '$ ip -j route\nError: a message\n[{"dst":"default"}]',
        '$ ip -j link\n[{"ifname":"lo"}]',
    ],
)
def test_other_text_is_left_to_the_reader_of_json(text: str) -> None:
    """What may be JSON, or is no text of any noun, gets the errors of JSON."""
    assert not read_text("route", text)


def test_noun_without_a_grammar_has_no_text() -> None:
    """Text of `tc` is no JSON."""
    assert read_text("tc qdisc", "qdisc noqueue 0: dev lo root refcnt 2") is None


def test_name_of_a_link_may_be_a_keyword() -> None:
    """A link called `via` at the end of a line does not swallow the next route."""
    routes = parse(
        "route", "default dev via\n10.0.0.0/8 via\n10.0.0.1 dev src\n10.1.0.0/16 dev a\n"
    )

    assert ["default", "10.0.0.0/8", "10.1.0.0/16"] == [route.dst for route in routes]
    assert ["via", "src", "a"] == [route.dev for route in routes]


def test_many_routes_take_a_time_that_grows_with_their_number() -> None:
    """A table of a router has tens of thousands of routes: the words of each are read once."""
    count = 5000
    lines = [
        f"10.{n >> 8}.{n & 255}.0/24 via 192.0.2.1 dev eth0 metric {n} \n" for n in range(count)
    ]

    routes: list[Route] = parse(Route, "".join(lines))

    assert list(range(count)) == [route.metric for route in routes]


@given(
    st.sampled_from(TEXT_NOUNS),
    st.sampled_from(CASES),
    st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=4), max_size=12),
    st.integers(0, 400),
)
def test_any_text_is_read_or_refused(
    noun: str, case: dict[str, Any], words: list[str], position: int
) -> None:
    """Whatever is put into a text, there are models or an `OutputError`, and nothing else."""
    text = text_of(case)
    mutated = f"{text[:position]}{' '.join(words)}{text[position:]}"

    for wanted in {noun, case["noun"]}:
        with contextlib.suppress(OutputError):
            models = parse(wanted, mutated)
            assert models == load(NOUNS[wanted], [dump(model) for model in models])


@given(st.sampled_from(CASES), st.integers(0, 400))
def test_cut_text_is_read_or_refused(case: dict[str, Any], length: int) -> None:
    """A text that ends anywhere gives the models by then, or an `OutputError`."""
    with contextlib.suppress(OutputError):
        models = parse(case["noun"], text_of(case)[:length])
        assert len(models) <= max(1, len(case["objects"]))


def test_links_of_text_have_kinds() -> None:
    """`Link.kind` and `Link.port` work as with JSON."""
    case = next(case for case in CASES if case["name"] == "a bond and its port")
    bond, port = parse(Link, text_of(case))

    assert isinstance(bond.kind, Bond)
    assert "active-backup" == bond.kind.mode
    assert isinstance(port.port, BondSlave)


def test_keyword_without_a_value_is_kept() -> None:
    """The text may have been cut: the last word is not dropped."""
    (route,) = parse("route", "default dev eth0 via\n")

    assert ("eth0", None, {"unread": ["via"]}) == (route.dev, route.gateway, route.extra)


def test_object_that_no_model_takes_is_told_with_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models check more than the grammars, such as the options of a kind."""

    def refuse_default(cls: type, data: list[dict[str, Any]]) -> list[Any]:
        if any(route["dst"] == "default" for route in data):
            raise OutputError("no default")
        return load(cls, data)

    monkeypatch.setattr("ipwrap.models.text.reading.load", refuse_default)

    with pytest.raises(OutputError) as raised:
        parse("route", "10.0.0.0/8 dev a\n\ndefault dev b\n")

    assert "not the text of 'route' at line 3: no default; there it reads 'default dev b'" == str(
        raised.value
    )


def test_lines_of_one_link_are_merged() -> None:
    """`ip -o address` names the link in each line; words that are not understood are kept."""
    line = "2: eth0    inet 10.0.0.{}/24 scope global mood happy eth0\n"
    (interface,) = parse("address", line.format(1) + line.format(2))

    assert ("10.0.0.1/24", "10.0.0.2/24") == interface.prefixes
    assert {"unread": ["mood", "happy", "eth0"] * 2} == interface.extra

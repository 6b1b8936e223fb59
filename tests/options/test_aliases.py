"""Words as people write them are taken for those that iproute2 takes them for."""

import pytest

from ipwrap import Session, bridge, ip, kinds, qdiscs, tc
from ipwrap.kinds import KINDS
from ipwrap.options.aliases import OPTIONS, VERBS, AliasTable, alias_table, global_option, verbs
from ipwrap.options.table import parseable_options
from ipwrap.qdiscs import CLASSES, QDISCS
from ipwrap.system.programs import find
from ipwrap.tc import U32, Flower, Matchall, Police, Stab

TABLES: dict[str, type] = {
    cls.__name__: cls for cls in (*KINDS.values(), *QDISCS.values(), *CLASSES.values())
}
TABLES |= {cls.__name__: cls for cls in (Flower, Matchall, Police, Stab, U32)}


@pytest.mark.parametrize(
    ("text", "word", "expected"),
    [
        ("link~ name", "l", "link"),
        ("link~ name", "n", "n"),
        ("link~ name", "name", "name"),
        ("link~ local~", "l", "link"),
        ("link~ local~", "lo", "local"),
        ("link~", "links", "links"),
        ("broadcast~|brd", "brd", "broadcast"),
        ("broadcast~|brd", "br", "broadcast"),
        ("neigh:neighbor~|neighbour~", "neighbo", "neigh"),
        ("link~", "", ""),
        ("link~", "Link", "Link"),
        ("*dev", "dev", "dev"),
    ],
)
def test_a_word_is_the_first_that_begins_so(text: str, word: str, expected: str) -> None:
    """By the order of the table, and only where it can be shortened; what is in none is itself."""
    assert expected == AliasTable.of(text).canonical(word)


@pytest.mark.parametrize(
    ("word", "expected"), [("sh", "show"), ("list", "list"), ("l", "show"), ("zap", "zap")]
)
def test_a_word_in_full(word: str, expected: str) -> None:
    """What is whole stays, also if it is another name for what is meant."""
    assert expected == AliasTable.of("show~|list~").expand(word)


@pytest.mark.parametrize(
    ("program", "text", "expected"),
    [
        ("ip", "-f", "-f"),
        ("tc", "-f", "-force"),
        ("ip", "--js", "-j"),
        ("bridge", "-c=never", "-c"),
        ("tc", "-c", "-cf"),
        ("ip", "--", "--"),
        ("ip", "-zap", "-zap"),
    ],
)
def test_a_global_option(program: str, text: str, expected: str) -> None:
    """Each program has its own; two dashes alone are none."""
    assert expected == global_option(program, text)


@pytest.mark.parametrize(
    ("word", "expected"), [("sh", True), ("name", True), ("nam", False), ("", False)]
)
def test_a_word_that_is_known(word: str, expected: bool) -> None:
    """Also if it is shortened, where it can be."""
    assert expected is (word in AliasTable.of("show~|list~ name").by_alias)


def test_words_without_a_keyword() -> None:
    """A star says what they mean, in order."""
    assert ("name", "nsid") == AliasTable.of("auto *name *nsid").positional


def test_the_first_name_that_has_a_table_counts() -> None:
    """A verb may have one of its own, or else that of its options."""
    assert alias_table("ip link set", "LinkOptions") == AliasTable.of(OPTIONS["ip link set"])
    assert alias_table("ip link nothing", "LinkOptions") == AliasTable.of(OPTIONS["LinkOptions"])
    assert alias_table("nothing") == AliasTable()
    assert verbs("nothing") == AliasTable()


@pytest.mark.parametrize("name", sorted({*OPTIONS} & {*TABLES}))
def test_words_are_those_of_the_table(name: str) -> None:
    """What is meant by a spelling is a word that some option begins with, or one that ipwrap has no option for."""
    heads = {
        head
        for row in parseable_options(TABLES[name])
        for head in row.codec.keywords(str(row.keyword))
    }
    said = AliasTable.of(OPTIONS[name])

    assert heads & {word for word, _, _ in said.words}
    assert [] == [
        word for word in heads if said.canonical(word) != word and said.canonical(word) in heads
    ]


def test_names_of_tables_are_those_of_classes() -> None:
    """A class that is renamed takes its line along."""
    verbs_of_ip = (ip.address, ip.link, ip.neigh, ip.nexthop, ip.route, ip.rule, ip.tuntap)
    others = (kinds, qdiscs, tc, bridge.fdb, bridge.link, bridge.vlan, tc.filter, tc.qdisc)
    known = {name for module in (*verbs_of_ip, *others) for name in vars(module)}

    assert {"Vf"} >= {name for name in OPTIONS if " " not in name} - known


@pytest.mark.parametrize("noun", sorted(each for each in VERBS if not each.endswith("property")))
def test_the_first_letter_of_a_verb(session: Session, noun: str) -> None:
    """The iproute2 that is installed takes the same verb for a letter: what it says of a second, wrong word tells."""
    program, *words = noun.split()
    if find(program) is None:
        pytest.skip(f"{program} is not installed")
    for letter in sorted({word[0] for word, _, short in AliasTable.of(VERBS[noun]).words if short}):
        full = verbs(noun).canonical(letter)
        if full in ("exec", "monitor", "save", "restore"):
            continue
        said = [
            session.exec(program, *words, verb, "-x/y", check=False).stderr
            for verb in (letter, full)
        ]
        if "is unknown" in said[0]:  # an older release: there it can be shortened less
            continue
        assert said[0].replace(f'"{letter}"', "") == said[1].replace(f'"{full}"', "")

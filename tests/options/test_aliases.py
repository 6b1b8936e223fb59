"""Keywords are expanded as iproute2 expands them."""

from importlib import import_module

import pytest

from ipwrap import Session
from ipwrap.kinds import KINDS
from ipwrap.options.aliases import (
    OPTIONS,
    VERBS,
    AliasTable,
    alias_table,
    global_option,
    verb_aliases,
)
from ipwrap.options.table import parseable_options
from ipwrap.qdiscs import CLASSES, QDISCS
from ipwrap.system.programs import find_program
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
def test_shortened_keyword_is_the_first_match(text: str, word: str, expected: str) -> None:
    """The order of the table decides; an unknown word is unchanged."""
    assert expected == AliasTable.of(text).canonical(word)


@pytest.mark.parametrize(
    ("word", "expected"), [("sh", "show"), ("list", "list"), ("l", "show"), ("zap", "zap")]
)
def test_complete_spelling_is_kept(word: str, expected: str) -> None:
    """A complete alias is not replaced by its keyword."""
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
def test_global_option(program: str, text: str, expected: str) -> None:
    """Each program has a table of its own; a bare `--` is no option."""
    assert expected == global_option(program, text)


@pytest.mark.parametrize(
    ("word", "expected"), [("sh", True), ("name", True), ("nam", False), ("", False)]
)
def test_known_spelling(word: str, expected: bool) -> None:
    """Shortened spellings are known, too."""
    assert expected is (word in AliasTable.of("show~|list~ name").by_alias)


def test_positional_keywords() -> None:
    """A star marks the keyword of a positional argument."""
    assert ("name", "nsid") == AliasTable.of("auto *name *nsid").positional


def test_first_name_with_a_table_is_used() -> None:
    """A verb has a table of its own, or the table of its options."""
    empty = AliasTable()
    of_verb = AliasTable.of(OPTIONS["ip link set"])
    of_options = AliasTable.of(OPTIONS["LinkOptions"])

    assert of_verb == alias_table("ip link set", "LinkOptions")
    assert of_options == alias_table("ip link nothing", "LinkOptions")
    assert empty == alias_table("nothing")
    assert empty == verb_aliases("nothing")


@pytest.mark.parametrize("name", sorted({*OPTIONS} & {*TABLES}))
def test_keywords_are_keywords_of_options(name: str) -> None:
    """No alias changes the keyword of one option into the keyword of another option."""
    keywords: set[str] = set()
    for option in parseable_options(TABLES[name]):
        keywords.update(option.codec.keywords(str(option.keyword)))

    aliases = AliasTable.of(OPTIONS[name])
    assert keywords & {alias.keyword for alias in aliases.words}

    for keyword in keywords:
        canonical = aliases.canonical(keyword)
        assert canonical == keyword or canonical not in keywords


def test_names_of_tables_are_names_of_classes() -> None:
    """A renamed class needs a renamed table."""
    modules = (
        *("ip.address", "ip.link", "ip.neigh", "ip.nexthop", "ip.route", "ip.rule", "ip.tuntap"),
        *("bridge.fdb", "bridge.link", "bridge.vlan", "kinds", "qdiscs"),
        *("tc", "tc.filter", "tc.qdisc"),
    )
    known: set[str] = set()
    for module in modules:
        known.update(dir(import_module(f"ipwrap.{module}")))

    tables = {name for name in OPTIONS if " " not in name}
    assert {"Vf"} >= tables - known


@pytest.mark.parametrize("path", sorted(path for path in VERBS if not path.endswith("property")))
def test_iproute2_expands_the_first_letter(session: Session, path: str) -> None:
    """The error for an invalid argument shows which verb iproute2 has run."""
    program, *arguments = path.split()
    if find_program(program) is None:
        pytest.skip(f"{program} is not installed")

    def error_of(verb: str) -> str:
        """Return the error for an invalid argument of a verb, without the verb."""
        result = session.exec(program, *arguments, verb, "-x/y", check=False)
        return result.stderr.replace(f'"{verb}"', "")

    aliases = AliasTable.of(VERBS[path]).words
    letters = {alias.spelling[0] for alias in aliases if alias.can_shorten}
    for letter in sorted(letters):
        verb = verb_aliases(path).canonical(letter)
        if verb in ("exec", "monitor", "save", "restore"):
            continue

        error = error_of(letter)
        # An older release accepts fewer shortened verbs.
        if "is unknown" not in error:
            assert error == error_of(verb)

"""What is named of iproute2's words and keys is found without being registered, and what is missing
is told.
"""

import ast
import json
from pathlib import Path

import pytest

from ipwrap import PlaceError, Session
from ipwrap.kinds import KINDS
from scripts.surface import __main__ as report
from scripts.surface import exceptions as exceptions_
from scripts.surface.__main__ import main
from scripts.surface.exceptions import Exceptions
from scripts.surface.facts import KEPT, Release, Source
from scripts.surface.figures import Figure, figures
from scripts.surface.grammar import grammar
from scripts.surface.named import Said, Texts, files_of, modules, said_of
from scripts.surface.usage import help_words, helped, missing_help, usage_text, words_after

NONE = Exceptions(synonyms={}, same={}, objects={}, files={}, help={}, words={}, keys={})

CODE = """
/* if (matches(*argv, "commented") == 0) */
static int parse(int argc, char **argv)
{
	if (strcmp(*argv, "proxy") == 0 || matches(*argv, "chg") == 0) {
	} else if (!strcmp(argv[0], "sideways")) {
	} else if (strcmp(entry->d_name, "..") == 0) {
	} else if (strcmp(mode, "upside") == 0 || matches(*(argv+1), "down") == 0) {
	}
	print_masked_u8("helped", tb[X], tb[Y]);
	tc_print_rate(PRINT_ANY, "speed", "%s", rate);
	print_headers(fp, "NOT");
	print_string(PRINT_ANY, "dst", "%s ", dst);
	print_string(PRINT_FP, NULL, "%s ", "text only");
	print_string(PRINT_ANY, NULL, "%s ", "no key");
	print_color_string(PRINT_ANY, COLOR_MAC, "lladdr", "%s", name);
	print_color_string(PRINT_ANY, ifa_family_color(f), "newkey", "%s", name);
	open_json_object("within");
	open_json_array(PRINT_ANY, is_json_context() ? "state" : "<");
	open_json_array(PRINT_JSON, "%i");
}
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of a few files."""
    for folder in ("ip", "bridge", "tc", "include"):
        (tmp_path / folder).mkdir()
    (tmp_path / "include" / "version.h").write_text('static const char version[] = "9.2.0";')
    (tmp_path / "ip" / "ipneigh.c").write_text(CODE)
    (tmp_path / "ip" / "ipnothing.c").write_text('strcmp(*argv, "new")')
    (tmp_path / "ip" / "empty.c").write_text("int x;")
    return tmp_path


def test_a_file_says_which_words_it_takes_and_which_keys_it_prints(checkout: Path) -> None:
    """Comments, formats and what is printed as text only do not count."""
    source = Source.read(checkout, checkout / "ip" / "ipneigh.c")
    assert {"proxy", "chg", "sideways", "upside", "down"} == source.words
    assert {"dst", "lladdr", "newkey", "within", "state", "helped", "speed"} == source.keys


def test_tables_models_and_code_name_words_and_keys() -> None:
    """Of every module whose docstrings name the C file, and of no other."""
    said = said_of(["ip/ipneigh.c"])
    assert {"lladdr", "nud", "proxy", "permanent", "delete", "to"} <= said.words
    assert {"dst", "lladdr", "state"} <= said.keys
    assert "vxlan" not in said.words
    assert said_of(["ip/nosuch.c"]) == Said()


def test_both_words_of_a_truth_are_named() -> None:
    """`learning` and `nolearning`."""
    assert {"learning", "nolearning"} <= said_of(["ip/iplink_vxlan.c"]).words


def test_figures_tell_what_is_missing(checkout: Path) -> None:
    """Other words for what is named are not missing, nor is what is excused."""
    exceptions = Exceptions(
        synonyms={"chg": ["change"]},
        same={
            "ip/ipneigh.c": {"upside": ["nud"], "speed": ["dst"]},
            "ip/ipnothing.c": {"sideways": ["nud"]},
        },
        objects={},
        files={"ip/ipnot*.c": "not wrapped", "ip/ipneigh.c": "has no effect: it is wrapped"},
        help={},
        words={},
        keys={"*": {"within": "for this test"}},
    )
    found, left = figures(Release.read(checkout), exceptions)
    assert [Figure("ip/ipneigh.c", 5, 6, ("down", "sideways"), ("helped", "newkey"), 1)] == found
    assert ["ip/ipnothing.c"] == [each.name for each in left]


def test_without_exceptions_all_counts(checkout: Path) -> None:
    """A file that no module stands for is wholly missing."""
    found, left = figures(Release.read(checkout), NONE)
    assert [] == left
    assert ["ip/ipneigh.c", "ip/ipnothing.c"] == [each.name for each in found]
    assert (("chg", "down", "sideways", "upside"), ("new",)) == (
        found[0].lacking_words,
        found[1].lacking_words,
    )


def test_a_figure_is_read_by_people(checkout: Path) -> None:
    """What is there, of how many, and what is not."""
    text = str(Figure("ip/x.c", 3, 4, ("a", "b"), (), 2))
    assert "excused 2" in text
    assert "1/3" in text
    assert "4/4" in text
    assert text.endswith("missing words: a, b")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[ mtu MTU ] { on | off }", {"mtu", "on", "off"}),
        ("[ [no]learning ] [ [i|o]seq ]", {"learning", "nolearning", "iseq", "oseq", "seq"}),
        ("[ [no]ignore-df ]", {"ignore-df", "noignore-df"}),
        ("VNI := 0-16777215, TTL := { 1..255 | auto }", {"auto"}),
        ("KEY := 0x0..0xff", set()),
        ("[ 6rd-prefix ADDR ] encap.red", {"6rd-prefix", "encap.red"}),
        ("SAMPLE-POINT := { 0.000..0.999 }", set()),
    ],
)
def test_a_usage_text_is_taken_apart(text: str, words: set[str]) -> None:
    """Placeholders and ranges are no words."""
    assert words == help_words(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(
            "MODE: l3 | l2\n(the first is used\nif none is given)", {"l3", "l2"}, id="remark"
        ),
        pytest.param(
            "[ peer [ <options> ] ]\nTo get <options> type 'ip link add help'.",
            {"peer"},
            id="example",
        ),
        pytest.param("GROUP := [ <id[,weight]>/... ] [ fdb ]", {"fdb"}, id="placeholder"),
        pytest.param(
            "\tEach action has its own parameters\n\tindex INDEX", {"index"}, id="sentence"
        ),
        pytest.param("\tExample ACTNAME is gact, bpf, etc", set(), id="sentence-with-placeholder"),
        pytest.param(
            "LIMIT: Threshold for queueing: 32-bit integer", set(), id="described-placeholder"
        ),
        pytest.param(
            "Note: TYPE can be given\nas a number\n\n[ bclim LIMIT ]", {"bclim"}, id="note"
        ),
        pytest.param(
            "NAME, LINK-IF\n\tname of it\n\t0-255; the last byte\nproto PROTO",
            {"proto"},
            id="glossary",
        ),
        pytest.param("KEY := 128-bit or 256-bit hex string", set(), id="bare-words"),
        pytest.param("OPTIONS := ... try tc qdisc add <desired KIND> help", set(), id="elsewhere"),
        pytest.param(
            'OPTS: for mode "source":\n\tmacaddr { add | del }',
            {"macaddr", "add", "del"},
            id="introduction",
        ),
        pytest.param("TIME := { 0 | NUMBER in ms }\nUnits:\n\tms := millisecond", set(), id="unit"),
        pytest.param(
            "where  FEATURES := ecn\nWhere: ID := { auto | NUMBER }", {"ecn", "auto"}, id="label"
        ),
        pytest.param(
            "HDR := trace prealloc type TYPE ns ID",
            {"trace", "prealloc", "type", "ns"},
            id="run-of-words",
        ),
    ],
)
def test_prose_is_no_option(text: str, words: set[str]) -> None:
    """Neither remarks, examples, sentences and descriptions, nor units."""
    assert words == help_words(text)


def test_grammar_stays_as_it_is() -> None:
    """A line without prose is not touched, but for the label of a usage text."""
    text = (
        "ip route get [ to ] ADDRESS\n      [ from ADDRESS iif STRING ]\nACTION := "
        "{ End | End.X |\n   End.T }"
    )
    assert f" ... hsr [ version 0 ]\n{text}" == grammar(f"Usage: ... hsr [ version 0 ]\n{text}")


@pytest.mark.live
def test_no_word_that_a_c_file_compares_is_taken_for_prose(session: Session) -> None:
    """Of the usage texts of the installed iproute2: the reference knows what its C files take."""
    release = Release.newest()
    lost = {}
    for about, (argv, module) in helped().items():
        text = usage_text(session, argv)
        kept = set(grammar(text).split())
        dropped = set(text.split()) - kept
        own = release.words_of(files_of(modules()[module]) - {"ip/iplink.c"})
        lost[about] = sorted(word for word in dropped & own if f"[ {word} " in text)
    assert {} == {about: words for about, words in lost.items() if words}


@pytest.mark.parametrize(
    ("installed", "newer"),
    [
        ("9.2.0", False),
        ("9.1.0", False),
        ("9.3.0", True),
        ("9.10.0", True),
        ("10.0.0", True),
        ("ss191125", False),
        (None, False),
    ],
)
def test_the_reference_is_of_one_release(installed: str | None, newer: bool) -> None:
    """Newer than it is what calls itself by a higher number; a date is that of an older one."""
    assert newer is Release("9.2", ()).is_older_than(installed)


def test_words_after_the_reference_are_those_that_it_does_not_know() -> None:
    """Neither in the C files of what the usage text is about; new objects are in none."""
    files = (("ip/ipneigh.c", {"proxy", "nud"}), ("ip/iproute.c", {"newword"}))
    release = Release(
        "9.2", tuple(Source(name, frozenset(words), frozenset()) for name, words in files)
    )
    missing = {"ip neigh": ["newword", "nud"], "ip route": ["newword"], "ip": ["newobject"]}
    assert {"ip neigh": ["newword"], "ip": ["newobject"]} == words_after(release, missing)


def test_every_kind_and_noun_is_asked_for_its_usage() -> None:
    """Without a list of them."""
    asked = helped()
    assert {f"link {kind}" for kind in KINDS} | {
        "ip link",
        "ip route",
        "bridge fdb",
    } <= asked.keys()
    assert ("ip", "link", "help", "vxlan") == asked["link vxlan"][0]


def test_exceptions_have_reasons() -> None:
    """Each of them, and none twice."""
    found = Exceptions.load()
    reasons = [*found.objects.values(), *found.files.values()]
    for each in (found.help, found.words, found.keys):
        reasons += [reason for excused in each.values() for reason in excused.values()]
    assert all(reasons)
    assert [] == sorted(
        word for word, others in found.synonyms.items() if not others or word in others
    )


def test_exceptions_are_about_what_there_is() -> None:
    """A usage text that nobody asks for has none."""
    assert set() == Exceptions.load().help.keys() - helped().keys() - {"*"}


def test_a_release_is_kept(
    checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a checkout says is written to a file of its own, and read again."""
    kept = tmp_path / "kept"
    kept.mkdir()
    release = Release.read(checkout)
    assert ["9.2", 2] == [release.name, len(release.sources)]
    assert kept / "iproute2-9.2.json" == release.keep(kept)
    (kept / "iproute2-9.10.json").write_text(
        json.dumps({"release": "9.10", "source": "", "files": {}})
    )
    assert Release("9.10", ()) == Release.newest(kept)
    (kept / "iproute2-9.10.json").unlink()
    assert release == Release.newest(kept)


def test_keeping_needs_a_checkout(capsys: pytest.CaptureFixture[str]) -> None:
    """There is nothing to keep otherwise."""
    with pytest.raises(SystemExit):
        main(["--keep"])
    assert "--source" in capsys.readouterr().err


def test_the_script_keeps_what_a_checkout_says(
    checkout: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By one command."""
    written = tmp_path / "iproute2-9.2.json"
    monkeypatch.setattr(Release, "keep", lambda _: written)
    assert 0 == main(["--source", str(checkout), "--keep"])
    assert f"{written}\n" == capsys.readouterr().out


def test_the_facts_that_are_kept_are_words() -> None:
    """Sorted, of all three programs, and no code or prose."""
    release = Release.newest()
    assert "7.1" == release.name
    data = json.loads((KEPT / "iproute2-7.1.json").read_text())
    assert "iproute2 7.1" in data["source"]
    assert {"ip", "bridge", "tc"} == {name.split("/")[0] for name in data["files"]}
    for about in data["files"].values():
        assert {"words", "keys"} == about.keys()
        for words in about.values():
            assert sorted(set(words)) == words
            assert all(len(word.split()) <= 2 for word in words)


def test_a_class_stands_for_the_c_files_that_its_docstring_names() -> None:
    """The rest of its module does not, if the module's own docstring does not name them."""
    assert {"bus_error", "restarts"} <= said_of(["ip/iplink_can.c"]).keys
    assert "length_errors" in said_of(["ip/ipaddress.c"]).keys  # used by what names it
    assert "length_errors" not in said_of(["ip/iplink_can.c"]).keys


def test_texts_count_by_how_they_are_used() -> None:
    """What JSON is looked up by is no word, what is typed is no key, and what an error says is
    neither.
    """
    found = Texts()
    code = """
def read(data):
    found = data["one"], data.get("two", "three"), option(key="four", word="five", since="6.1"), f"six {data}"
    if not found:
        raise InvalidArgument("seven")
    return "eight", data[key("nine")]
"""
    found.visit(ast.parse(code))
    assert {"three", "five", "eight", "nine"} == found.words
    assert {"one", "two", "three", "four", "eight", "nine"} == found.keys


@pytest.mark.live
def test_what_the_installed_iproute2_tells_of_is_named(session: Session) -> None:
    """Of `ip neigh` every word; what is not named at all is told."""
    exceptions = Exceptions.load()
    assert "ip neigh" not in missing_help(session, exceptions)
    without = missing_help(session, NONE)
    assert "fou" in without["ip"]
    assert "del" in without["ip neigh"]


@pytest.mark.live
@pytest.mark.parametrize(("goal", "met"), [("0", True), ("98", False)])
def test_the_script_says_whether_the_goal_is_met(
    checkout: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    goal: str,
    met: bool,
) -> None:
    """By its status, beside the usage texts' missing words."""
    monkeypatch.setattr(report, "missing_help", lambda *_: {})
    try:
        status = main(["--source", str(checkout), "--goal", goal])
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")
    assert met is (status == 0)
    out = capsys.readouterr().out
    assert "nothing is missing" in out
    assert "ip: 2 files, 33.3 % of 6 option words" in out
    assert "missing words: down, sideways, upside" in out


@pytest.mark.live
@pytest.mark.parametrize(("installed", "status"), [("9.2.0", 1), ("9.3.0", 0)])
def test_words_of_a_newer_iproute2_are_a_report(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, installed: str, status: int
) -> None:
    """Through the reference's release they are missing."""
    monkeypatch.setattr(report, "missing_help", lambda *_: {"ip neigh": ["newword"]})
    monkeypatch.setattr(Session, "iproute2", installed)
    monkeypatch.setattr(Release, "newest", lambda: Release("9.2", ()))
    try:
        assert status == main([])
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")
    out = capsys.readouterr().out
    assert "    ip neigh: newword\n" in out
    assert (status == 0) is ("newer than the reference 9.2: words of iproute2 9.3.0" in out)


@pytest.mark.live
def test_a_word_of_the_reference_is_missing_with_a_newer_iproute2_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only words that came later are a report."""
    source = Source("ip/ipneigh.c", frozenset({"oldword"}), frozenset())
    monkeypatch.setattr(report, "missing_help", lambda *_: {"ip neigh": ["newword", "oldword"]})
    monkeypatch.setattr(Session, "iproute2", "9.3.0")
    monkeypatch.setattr(Release, "newest", lambda: Release("9.2", (source,)))
    try:
        assert 1 == main([])
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")
    missing, newer = capsys.readouterr().out.split("newer than the reference 9.2")
    assert "ip neigh: oldword\n" in missing
    assert "ip neigh: newword\n" in newer


@pytest.mark.live
def test_a_missing_word_of_a_usage_text_is_a_failure(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told where."""
    monkeypatch.setattr(report, "missing_help", lambda *_: {"ip neigh": ["nud"]})
    try:
        assert 1 == main([])
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")
    assert "ip neigh: nud" in capsys.readouterr().out


def test_the_file_of_exceptions_is_sorted_for_people() -> None:
    """One line an exception."""
    text = exceptions_.FILE.read_text()
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"

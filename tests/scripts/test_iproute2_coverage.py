"""Covered words and keys are found without registration, and missing words are reported."""

import ast
import json
from pathlib import Path

import attrs
import pytest

from ipwrap import PlaceError, Session
from ipwrap.kinds import KINDS
from scripts.surface import __main__ as report
from scripts.surface.__main__ import main
from scripts.surface.coverage import (
    Coverage,
    TextCollector,
    c_files_of,
    coverage_of_files,
    covering_modules,
)
from scripts.surface.exceptions import FILE, Exceptions
from scripts.surface.facts import DATA_FOLDER, Release, SourceFile
from scripts.surface.figures import Figure, measure_files
from scripts.surface.grammar import grammar
from scripts.surface.usage import (
    find_missing_words,
    read_usage_text,
    usage_commands,
    words_in_usage,
    words_newer_than,
)

NO_EXCEPTIONS = Exceptions(synonyms={}, same={}, objects={}, files={}, help={}, words={}, keys={})

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
    """Return a checkout of iproute2 with a few files."""
    for folder in ("ip", "bridge", "tc", "include"):
        (tmp_path / folder).mkdir()

    (tmp_path / "include" / "version.h").write_text('static const char version[] = "9.2.0";')
    (tmp_path / "ip" / "ipneigh.c").write_text(CODE)
    (tmp_path / "ip" / "ipnothing.c").write_text('strcmp(*argv, "new")')
    (tmp_path / "ip" / "empty.c").write_text("int x;")

    return tmp_path


def test_source_file_has_words_and_keys(checkout: Path) -> None:
    """Comments, formats and text-only output count neither as words nor as keys."""
    source = SourceFile.read(checkout, checkout / "ip" / "ipneigh.c")
    assert {"proxy", "chg", "sideways", "upside", "down"} == source.words
    assert {"dst", "lladdr", "newkey", "within", "state", "helped", "speed"} == source.keys


def test_tables_models_and_code_name_words_and_keys() -> None:
    """Coverage comes from every module with the C file in its docstrings, and from no other."""
    coverage = coverage_of_files(["ip/ipneigh.c"])

    assert {"lladdr", "nud", "proxy", "permanent", "delete", "to"} <= coverage.words
    assert {"dst", "lladdr", "state"} <= coverage.keys
    assert "vxlan" not in coverage.words
    assert coverage_of_files(["ip/nosuch.c"]) == Coverage()


def test_both_words_of_a_boolean_are_covered() -> None:
    """A boolean option covers `learning` and `nolearning`."""
    assert {"learning", "nolearning"} <= coverage_of_files(["ip/iplink_vxlan.c"]).words


def test_figures_name_missing_words(checkout: Path) -> None:
    """Synonyms of covered words, and excused words, are not missing."""
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

    figures, omitted = measure_files(Release.read(checkout), exceptions)

    assert figures == [
        Figure(
            name="ip/ipneigh.c",
            words=5,
            keys=6,
            missing_words=("down", "sideways"),
            missing_keys=("helped", "newkey"),
            excused=1,
        )
    ]

    assert ["ip/ipnothing.c"] == [source.name for source in omitted]


def test_all_words_of_a_file_can_be_excused(checkout: Path) -> None:
    """Of an object that is only read, keys count and words do not."""
    exceptions = attrs.evolve(NO_EXCEPTIONS, words={"ip/ipneigh.c": {"*": "only read"}})

    figures, _ = measure_files(Release.read(checkout), exceptions)

    assert 0 == figures[0].words
    assert () == figures[0].missing_words
    assert 7 == figures[0].keys


def test_every_file_counts_without_exceptions(checkout: Path) -> None:
    """All words of a C file without a module are missing."""
    figures, omitted = measure_files(Release.read(checkout), NO_EXCEPTIONS)

    assert [] == omitted
    assert ["ip/ipneigh.c", "ip/ipnothing.c"] == [figure.name for figure in figures]
    assert ("chg", "down", "sideways", "upside") == figures[0].missing_words
    assert ("new",) == figures[1].missing_words


def test_figure_is_formatted_with_numbers_and_missing_words() -> None:
    """A figure shows the covered and total numbers, and the missing words."""
    figure = Figure(name="ip/x.c", words=3, keys=4, missing_words=("a", "b"), excused=2)
    text = str(figure)

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
def test_words_of_a_usage_text(text: str, words: set[str]) -> None:
    """Placeholders and ranges are no words."""
    assert words == words_in_usage(text)


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
    """Remarks, examples, sentences, descriptions and units contain no words."""
    assert words == words_in_usage(text)


def test_grammar_stays_as_it_is() -> None:
    """A line without prose is unchanged, except for the label of a usage text."""
    text = (
        "ip route get [ to ] ADDRESS\n      [ from ADDRESS iif STRING ]\nACTION := "
        "{ End | End.X |\n   End.T }"
    )

    assert f" ... hsr [ version 0 ]\n{text}" == grammar(f"Usage: ... hsr [ version 0 ]\n{text}")


@pytest.mark.live
def test_grammar_keeps_every_option_word(session: Session) -> None:
    """No option word of the installed usage texts is dropped as prose.

    The reference contains the words that the C files accept.
    """
    release = Release.load_newest()
    lost: list[str] = []

    for command in usage_commands().values():
        text = read_usage_text(session, command.argv)
        dropped = set(text.split()) - set(grammar(text).split())

        # A kind without a usage text of its own prints the text of `ip link`, in ip/iplink.c.
        files = c_files_of(covering_modules()[command.module]) - {"ip/iplink.c"}
        lost += [word for word in dropped & release.words_of(files) if f"[ {word} " in text]

    assert [] == lost


@pytest.mark.parametrize(
    ("installed", "is_newer"),
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
def test_the_reference_is_of_one_release(installed: str | None, is_newer: bool) -> None:
    """A higher version number is newer than the reference; a version that is a date is older."""
    assert is_newer is Release("9.2", ()).is_older_than(installed)


def test_words_newer_than_the_reference_are_unknown_to_it() -> None:
    """A newer word is in no C file of the usage text's subject; a new object is in no C file."""
    sources = (
        SourceFile("ip/ipneigh.c", frozenset({"proxy", "nud"}), frozenset()),
        SourceFile("ip/iproute.c", frozenset({"newword"}), frozenset()),
    )
    release = Release("9.2", sources)
    missing = {"ip neigh": ["newword", "nud"], "ip route": ["newword"], "ip": ["newobject"]}

    assert {"ip neigh": ["newword"], "ip": ["newobject"]} == words_newer_than(release, missing)


def test_every_kind_and_object_has_a_usage_command() -> None:
    """Usage commands come from the modules and kinds, without a separate list."""
    commands = usage_commands()
    kinds = {f"link {kind}" for kind in KINDS}

    assert kinds <= commands.keys()
    assert {"ip link", "ip route", "bridge fdb"} <= commands.keys()
    assert ("ip", "link", "help", "vxlan") == commands["link vxlan"].argv


def test_exceptions_have_reasons() -> None:
    """Every exception has a reason, and no word is a synonym of itself."""
    exceptions = Exceptions.load()

    reasons = [*exceptions.objects.values(), *exceptions.files.values()]

    for section in (exceptions.help, exceptions.words, exceptions.keys):
        for excused in section.values():
            reasons.extend(excused.values())

    assert all(reasons)

    for word, synonyms in exceptions.synonyms.items():
        assert synonyms, word
        assert word not in synonyms


def test_exceptions_are_about_existing_usage_texts() -> None:
    """Every section of the `help` exceptions belongs to a usage command."""
    assert set() == Exceptions.load().help.keys() - usage_commands().keys() - {"*"}


def test_release_is_saved_and_loaded(checkout: Path, tmp_path: Path) -> None:
    """The facts of a checkout are written to a file and loaded again, the newest release first."""
    folder = tmp_path / "releases"
    folder.mkdir()
    release = Release.read(checkout)

    assert ["9.2", 2] == [release.name, len(release.sources)]
    assert folder / "iproute2-9.2.json" == release.save(folder)

    (folder / "iproute2-9.10.json").write_text(
        json.dumps({"release": "9.10", "source": "", "files": {}})
    )

    assert Release("9.10", ()) == Release.load_newest(folder)

    (folder / "iproute2-9.10.json").unlink()

    assert release == Release.load_newest(folder)


def test_keep_needs_a_checkout(capsys: pytest.CaptureFixture[str]) -> None:
    """`--keep` without `--source` is an error."""
    with pytest.raises(SystemExit):
        main(["--keep"])
    assert "--source" in capsys.readouterr().err


def test_script_saves_the_facts_of_a_checkout(
    checkout: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`--source DIR --keep` writes the facts and prints the path."""
    written = tmp_path / "iproute2-9.2.json"
    monkeypatch.setattr(Release, "save", lambda _: written)
    assert 0 == main(["--source", str(checkout), "--keep"])
    assert f"{written}\n" == capsys.readouterr().out


def test_saved_facts_are_words() -> None:
    """The saved words and keys are sorted, of all three programs, and contain no code or prose."""
    release = Release.load_newest()

    assert "7.1" == release.name

    data = json.loads((DATA_FOLDER / "iproute2-7.1.json").read_text())
    assert "iproute2 7.1" in data["source"]
    assert {"ip", "bridge", "tc"} == {name.split("/")[0] for name in data["files"]}

    for facts in data["files"].values():
        assert {"words", "keys"} == facts.keys()
        for words in facts.values():
            assert sorted(set(words)) == words
            assert all(len(word.split()) <= 2 for word in words)


def test_class_covers_the_c_files_of_its_docstring() -> None:
    """A class covers the C files of its docstring; the rest of the module does not."""
    assert {"bus_error", "restarts"} <= coverage_of_files(["ip/iplink_can.c"]).keys
    assert "length_errors" in coverage_of_files(["ip/ipaddress.c"]).keys  # used by what names it
    assert "length_errors" not in coverage_of_files(["ip/iplink_can.c"]).keys


def test_texts_count_by_how_they_are_used() -> None:
    """A JSON lookup is no word, a keyword is no key, and an error message is neither."""
    collector = TextCollector()
    code = """
def read(data):
    values = data["one"], data.get("two", "three"), f"six {data}"
    if not values:
        raise InvalidArgument("seven")
    return "eight", data[key("nine")], option(json_key="four", keyword="five", since="6.1")
"""

    collector.visit(ast.parse(code))

    assert {"three", "five", "eight", "nine"} == collector.words
    assert {"one", "two", "three", "four", "eight", "nine"} == collector.keys


@pytest.mark.live
def test_words_of_the_installed_iproute2_are_covered(session: Session) -> None:
    """Every word of `ip neigh` is covered; without exceptions, missing objects are reported."""
    exceptions = Exceptions.load()

    assert "ip neigh" not in find_missing_words(session, exceptions)

    missing = find_missing_words(session, NO_EXCEPTIONS)
    assert "fou" in missing["ip"]
    assert "del" in missing["ip neigh"]


@pytest.mark.live
@pytest.mark.parametrize(("goal", "is_met"), [("0", True), ("98", False)])
def test_exit_status_depends_on_the_goal(
    checkout: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    goal: str,
    is_met: bool,
) -> None:
    """The exit status is 0 if the goal is met, beside the missing words of the usage texts."""
    monkeypatch.setattr(report, "find_missing_words", lambda *_: {})

    try:
        status = main(["--source", str(checkout), "--goal", goal])
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")

    assert is_met is (status == 0)

    output = capsys.readouterr().out
    assert "nothing is missing" in output
    assert "ip: 2 files, 33.3 % of 6 option words" in output
    assert "missing words: down, sideways, upside" in output


@pytest.mark.live
@pytest.mark.parametrize(("installed", "status"), [("9.2.0", 1), ("9.3.0", 0)])
def test_words_of_a_newer_iproute2_are_a_report(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, installed: str, status: int
) -> None:
    """A new word is reported for a newer iproute2, and missing for the reference's release."""
    monkeypatch.setattr(report, "find_missing_words", lambda *_: {"ip neigh": ["newword"]})
    monkeypatch.setattr(Session, "iproute2", installed)
    monkeypatch.setattr(Release, "load_newest", lambda: Release("9.2", ()))

    try:
        assert status == main([])
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")

    output = capsys.readouterr().out

    assert "    ip neigh: newword\n" in output
    assert (status == 0) is ("newer than the reference 9.2: words of iproute2 9.3.0" in output)


@pytest.mark.live
def test_a_word_of_the_reference_is_missing_with_a_newer_iproute2_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A word of the reference stays missing with a newer iproute2; a newer word is reported."""
    source = SourceFile("ip/ipneigh.c", frozenset({"oldword"}), frozenset())
    monkeypatch.setattr(
        report, "find_missing_words", lambda *_: {"ip neigh": ["newword", "oldword"]}
    )
    monkeypatch.setattr(Session, "iproute2", "9.3.0")
    monkeypatch.setattr(Release, "load_newest", lambda: Release("9.2", (source,)))

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
    """A missing word is printed with its usage text, and the status is 1."""
    monkeypatch.setattr(report, "find_missing_words", lambda *_: {"ip neigh": ["nud"]})

    try:
        assert 1 == main([])
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")

    assert "ip neigh: nud" in capsys.readouterr().out


def test_the_file_of_exceptions_is_sorted_for_people() -> None:
    """The file of exceptions has one exception a line."""
    text = FILE.read_text()
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"

"""What is named of iproute2's words and keys is found without being registered, and what is missing is told."""

import json
from pathlib import Path

import pytest

from ipwrap import PlaceError, Session
from ipwrap.kinds import KINDS
from scripts import coverage
from scripts.coverage import Exceptions, Figure, Source, figures, help_words, main, missing_help, said_of

NONE = Exceptions(synonyms={}, objects={}, files={}, help={}, words={}, keys={})

CODE = """
/* if (matches(*argv, "commented") == 0) */
static int parse(int argc, char **argv)
{
	if (strcmp(*argv, "proxy") == 0 || matches(*argv, "chg") == 0) {
	} else if (!strcmp(argv[0], "sideways")) {
	} else if (strcmp(entry->d_name, "..") == 0) {
	}
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
    for program in ("ip", "bridge", "tc"):
        (tmp_path / program).mkdir()
    (tmp_path / "ip" / "ipneigh.c").write_text(CODE)
    (tmp_path / "ip" / "ipnothing.c").write_text('strcmp(*argv, "new")')
    (tmp_path / "ip" / "empty.c").write_text("int x;")
    return tmp_path


def test_a_file_says_which_words_it_takes_and_which_keys_it_prints(checkout: Path) -> None:
    """Comments, formats and what is printed as text only do not count."""
    source = Source.read(checkout, checkout / "ip" / "ipneigh.c")
    assert {"proxy", "chg", "sideways"} == source.words
    assert {"dst", "lladdr", "newkey", "within", "state"} == source.keys


def test_tables_models_and_code_name_words_and_keys() -> None:
    """Of every module whose docstrings name the C file, and of no other."""
    said = said_of(["ip/ipneigh.c"])
    assert {"lladdr", "nud", "proxy", "permanent", "delete", "to"} <= said.words
    assert {"dst", "lladdr", "state"} <= said.keys
    assert "vxlan" not in said.words
    assert said_of(["ip/nosuch.c"]) == coverage.Said()


def test_both_words_of_a_truth_are_named() -> None:
    """`learning` and `nolearning`."""
    assert {"learning", "nolearning"} <= said_of(["ip/iplink_vxlan.c"]).words


def test_figures_tell_what_is_missing(checkout: Path) -> None:
    """Other words for what is named are not missing, nor is what is excused."""
    exceptions = Exceptions(
        synonyms={"chg": ["change"]},
        objects={},
        files={"ip/ipnot*.c": "not wrapped", "ip/ipneigh.c": "has no effect: it is wrapped"},
        help={},
        words={},
        keys={"*": {"within": "for this test"}},
    )
    found, left = figures(checkout, exceptions)
    assert [Figure("ip/ipneigh.c", 3, 4, ("sideways",), ("newkey",))] == found
    assert ["ip/ipnothing.c"] == [each.name for each in left]


def test_without_exceptions_all_counts(checkout: Path) -> None:
    """A file that no module stands for is wholly missing."""
    found, left = figures(checkout, NONE)
    assert [] == left
    assert ["ip/ipneigh.c", "ip/ipnothing.c"] == [each.name for each in found]
    assert (("chg", "sideways"), ("new",)) == (found[0].lacking_words, found[1].lacking_words)


def test_a_figure_is_read_by_people(checkout: Path) -> None:
    """What is there, of how many, and what is not."""
    text = str(Figure("ip/x.c", 3, 4, ("a", "b"), ()))
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
    ],
)
def test_a_usage_text_is_taken_apart(text: str, words: set[str]) -> None:
    """Placeholders and ranges are no words."""
    assert words == help_words(text)


def test_every_kind_and_noun_is_asked_for_its_usage() -> None:
    """Without a list of them."""
    asked = coverage.helped()
    assert {f"link {kind}" for kind in KINDS} | {"ip link", "ip route", "bridge fdb"} <= asked.keys()
    assert ("ip", "link", "help", "vxlan") == asked["link vxlan"][0]


def test_exceptions_have_reasons() -> None:
    """Each of them, and none twice."""
    found = Exceptions.load()
    reasons = [*found.objects.values(), *found.files.values()]
    for each in (found.help, found.words, found.keys):
        reasons += [reason for excused in each.values() for reason in excused.values()]
    assert all(reasons)
    assert [] == sorted(word for word, others in found.synonyms.items() if not others or word in others)


def test_exceptions_are_about_what_there_is() -> None:
    """A usage text that nobody asks for has none."""
    assert set() == Exceptions.load().help.keys() - coverage.helped().keys() - {"*"}


@pytest.mark.live
def test_what_the_installed_iproute2_tells_of_is_named(session: Session) -> None:
    """Of `ip neigh` every word; what is not named at all is told."""
    exceptions = Exceptions.load()
    assert "ip neigh" not in missing_help(session, exceptions)
    without = missing_help(session, NONE)
    assert "help" in without["ip"]
    assert "del" in without["ip neigh"]


@pytest.mark.live
@pytest.mark.parametrize(("goal", "met"), [("0", True), ("98", False)])
def test_the_script_says_whether_the_goal_is_met(
    checkout: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, goal: str, met: bool
) -> None:
    """By its status, beside the usage texts' missing words."""
    monkeypatch.setattr(coverage, "missing_help", lambda *_: {})
    try:
        status = main(["--source", str(checkout), "--goal", goal])
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")
    assert met is (status == 0)
    out = capsys.readouterr().out
    assert "nothing is missing" in out
    assert "ip: 2 files, 50.0 % of 4 option words" in out
    assert "missing words: sideways" in out


@pytest.mark.live
def test_a_missing_word_of_a_usage_text_is_a_failure(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told where."""
    monkeypatch.setattr(coverage, "missing_help", lambda *_: {"ip neigh": ["newword"]})
    try:
        assert 1 == main([])
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")
    assert "ip neigh: newword" in capsys.readouterr().out


def test_the_file_of_exceptions_is_sorted_for_people() -> None:
    """One line an exception."""
    text = Path(coverage.__file__).with_suffix(".json").read_text()
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"

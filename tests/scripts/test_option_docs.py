"""The docstrings of verbs list the options of their tables."""

import inspect
import re
from pathlib import Path

import pytest

from ipwrap.ip import link
from ipwrap.ip.link import LinkVerbs
from scripts import option_docs
from scripts.option_docs import documented_verbs, main, rewrite, stale_files

SOURCE = Path(link.__file__).read_text(encoding="utf-8")
LINK_VERBS = [verb for verb in documented_verbs() if verb.cls is LinkVerbs]


def test_docstrings_are_those_of_the_tables() -> None:
    """`python -m scripts.option_docs` writes what a changed table needs."""
    assert {} == stale_files()


def test_help_lists_every_option_with_its_values() -> None:
    """The verbs of a link have all options; a second verb of the same table names the first."""
    for verb in (LinkVerbs.add, LinkVerbs.set):
        documented = inspect.getdoc(verb)
        assert documented is not None
        for usage in ("mtu=int bytes", "txqueuelen=int packets", "up=True|False", "master=LINK"):
            assert usage in documented
    assert "Options: those of `add`." in str(inspect.getdoc(LinkVerbs.set_group))


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (r"mtu=int bytes, ", ""),
        (r"\n\n        Options: those of `add`\.", ""),
        (r"\n\n        Options, from `LinkFilter`::\n\n(?: {12}.*\n)+", "\n"),
        (r"those of `add`", "those of `show`"),
    ],
)
def test_a_stale_docstring_is_written_again(pattern: str, replacement: str) -> None:
    """A list that is wrong, or missing, becomes that of the table; the rest stays as it is."""
    stale = re.sub(pattern, replacement, SOURCE)

    assert stale != SOURCE
    assert rewrite(stale, LINK_VERBS) == SOURCE


def test_check_lists_stale_files(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """With `--check` a stale file is listed, with status 1; without, it is written."""
    path = tmp_path / "link.py"
    path.write_text("old")
    monkeypatch.setattr(option_docs, "stale_files", lambda: {path: "new"})

    assert 1 == main(["--check"])
    assert "old" == path.read_text()
    assert 0 == main([])
    assert "new" == path.read_text()
    assert f"{path}\n{path}\n" == capsys.readouterr().out

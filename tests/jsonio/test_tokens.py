"""Any text has tokens, and the tokens have its text."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipwrap.errors import OutputError
from ipwrap.jsonio.reader import decode
from ipwrap.jsonio.tokens import to_text, tokenize

# What repairs are about: brackets, keys of rules, words, and what looks like them.
PIECES = (
    *("[", "]", "{", "}", ",", ":", " ", "\n", '"', "\\", "'"),
    *('"a":', '"options":', '"metrics":', '"vlans":', '"tunnel":', '"flags":', '"match":'),
    *('"kind":', '"ifname":', '"erspan_dir":', '"erspan_hwid":', '"name":', '"pid":'),
    *('"local"', '"x"', '" eat "', '"master"', "1", "0x1", "-1.5", "null", "true", "falsex"),
    *("word", "dev", "weight", "1:20", "UP", "a.o:[b]", "[Unknown qdisc, optlen=1]"),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a" : 1}', "{K0}"),
        ('["a", null, -1.5e3]', "[S,n,0]"),
        ("{fh 800::800 order 2048}", "{www0}"),
        ('{"state": ERROR-ACTIVE}', "{Kw}"),
        ('{"a:{b":"c\\":","d"}', "{KS,S}"),
        ("{prog.o:[classifier] id 7}", "{ww0}"),
        ('"unclosed', "ww"),
        ("01 1x 0x1", "www"),
        ("", ""),
    ],
)
def test_token_has_a_shape(text: str, expected: str) -> None:
    """White space and the content of strings make no difference."""
    assert expected == "".join(token.shape for token in tokenize(text))


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map("".join)))
def test_tokens_have_their_text(text: str) -> None:
    """Only white space at the end of the text is left out."""
    assert text.rstrip() == to_text(tokenize(text)).rstrip()


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_text_is_decoded_or_refused(text: str) -> None:
    """Whatever a repair is tried on, no other error leaves the decoder."""
    value: Any = None
    try:
        value = decode(f"[{text}]")
    except OutputError:
        return

    assert isinstance(value, list)


@pytest.mark.parametrize(
    "piece", ['{"a":[', '[["a",', '{"a":{', '"a":[],', '{"options":{a ', '["a":[1 ', '{"kind":1 a ']
)
def test_long_text_beyond_repair_is_refused_soon(piece: str) -> None:
    """No rule takes a time that grows faster than its text by much."""
    started = time.process_time()
    with pytest.raises(OutputError):
        decode("[" + piece * 5000)

    assert time.process_time() - started < 20

"""The XDP programs of a link: xdp_dump() in ip/iplink_xdp.c.

The mode is in the link's own line, `xdpgeneric`, where `ip address` adds the number of the program:
`xdp/id:5`. A line of its own has the program: `prog/xdp id 5 name drop tag 0a jited`.
"""

import re

from ipwrap.models.text.grammar import Data, LineGrammar, Unread, Word, Words, read_flag

__all__ = ["is_xdp", "read_xdp"]

MODE = re.compile(
    r"xdp(?P<name>drv|generic|offload|multi)?(?:\[(?P<number>\d+)\])?(?:/id:(?P<id>\d+))?", re.ASCII
)
# XDP_ATTACHED_… of linux/if_link.h; "" is the driver's
MODES = {"": 1, "drv": 1, "generic": 2, "offload": 3, "multi": 4}
PROGRAM = "prog/xdp"
PROGRAM_GRAMMAR = LineGrammar(
    {
        "id": ("id", int),
        "name": ("name", str),
        "tag": ("tag", str),
        "load_time": ("load_time", int),
        "created_by_uid": ("created_by_uid", int),
        "btf_id": ("btf_id", int),
    },
    special={"jited": read_flag("jited", 1)},
)


def is_xdp(word: str) -> bool:
    """Return whether a word is the mode of XDP, or begins a program."""
    if word.startswith(PROGRAM):
        return word.removeprefix(PROGRAM) in MODES
    return word.startswith("xdp") and MODE.fullmatch(word) is not None


def read_xdp(words: Words, data: Data) -> Unread:
    """Read the mode, or a program to the end of its line."""
    word = words.popleft()
    if not word.startswith(PROGRAM):
        _read_mode(word, data)
        return ()

    program: Data = {}
    unread = PROGRAM_GRAMMAR.read(words, program, stop=_starts_line)
    _add_program(word.removeprefix(PROGRAM), program, data=data)
    return unread


def _read_mode(word: Word, data: Data) -> None:
    """Read the mode, with the number of the program in `ip address`."""
    match = MODE.fullmatch(word)
    assert match is not None  # is_xdp() was asked
    number = match["number"]
    data["xdp"] = {"mode": int(number) if number else MODES[match["name"] or ""]}
    if match["id"]:
        _add_program("", {"id": int(match["id"])}, data=data)


def _add_program(mode_name: str, program: Data, *, data: Data) -> None:
    """Add a program: of the link, or of one of several modes."""
    xdp: Data = data.setdefault("xdp", {})
    mode = MODES[mode_name] if mode_name else xdp.get("mode", MODES[""])
    if not mode_name:
        xdp["prog"] = program
        xdp["attached"] = []  # `-d` tells again what `ip address` has said
    xdp.setdefault("attached", []).append({"mode": mode, "prog": program})


def _starts_line(word: Word) -> bool:
    """Return whether a word is the first of its line."""
    return word.starts_line

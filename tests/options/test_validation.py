"""The names that pass are those that the kernel and iproute2 take, and what they take keeps its meaning."""

import contextlib
import ipaddress
import json
import re
from collections.abc import Iterator

import pytest
from hypothesis import example, given

from ipwrap import InvalidArgument, PlaceError, Session
from ipwrap.command import Command
from ipwrap.options.validation import (
    check_address,
    check_altname,
    check_argument,
    check_device,
    check_link_name,
    check_mac,
    check_netns_name,
    check_prefix,
    looks_like_ifindex,
)
from tests.strategies import ANY_TEXT

NAMES = [
    *(
        "a",
        "é",
        "à",
        "中",
        "up",
        "help",
        "type",
        "-x",
        "--",
        "a@b",
        "'",
        '"',
        "$",
        "\\",
        "#",
        "*",
        "~",
        "a#b",
        "...",
    ),
    *(
        "all",
        "default",
        ".",
        "..",
        "a/b",
        "a:b",
        "a%b",
        "a b",
        "a\tb",
        "a\nb",
        "a\x0bb",
        "a\x0cb",
        "a\rb",
    ),
    *(
        "a\xa0b",
        "a\u2003b",
        "a\x85b",
        "a\x1cb",
        "a\x1fb",
        "a\x01b",
        "a\x7f",
        "x" * 15,
        "x" * 16,
        "é" * 7,
        "é" * 8,
    ),
    *("if7", "ifx", "1", "010", "0x1"),
]

TEMPLATE = "a%d"  # the kernel would take it, and number it
FREER = re.compile(r"[/ \t\n\v\f\r]")  # what iproute2 takes in an alternative name from 7.0 on


@pytest.fixture(scope="module")
def shared() -> Iterator[Session]:
    """One sandbox for all of this file, with a link `d` that is up: each test takes away what it makes."""
    try:
        opened = Session(sandbox=True).__enter__()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")
    with opened:
        opened.exec("ip", "link", "add", "name", "d", "type", "ifb")
        opened.exec("ip", "link", "set", "dev", "d", "up")
        yield opened


def _took(session: Session, made: tuple[str, ...], gone: tuple[str, ...]) -> bool:
    """Tell whether `ip` and the kernel took a command, and take away what it made."""
    took = session.run(Command(("ip", *made)), check=False).ok
    if took:
        session.run(Command(("ip", *gone)))
    return took


@pytest.mark.live
@pytest.mark.parametrize("name", NAMES)
def test_a_link_name_passes_if_the_kernel_takes_it(shared: Session, name: str) -> None:
    """What is refused before anything runs is what the kernel would refuse, no more and no less."""
    took = _took(
        shared, ("link", "add", "name", name, "type", "ifb"), ("link", "delete", "dev", name)
    )
    assert took is _passes(check_link_name, name)


@pytest.mark.live
def test_a_link_is_called_as_it_was_asked_for(shared: Session) -> None:
    """A name with `%d` would be numbered by the kernel, so it is refused before."""
    shared.run(Command(("ip", "link", "add", "name", TEMPLATE, "type", "ifb")))
    assert TEMPLATE not in shared.exec("ip", "-j", "link").stdout
    with pytest.raises(InvalidArgument, match="holds ':' or '%'"):
        check_link_name(TEMPLATE)


@pytest.mark.live
@pytest.mark.parametrize(
    "name", [*(n for n in NAMES if n not in (".", "..")), "x" * 127, "x" * 128, "a%d"]
)
def test_an_alternative_name_passes_if_the_kernel_takes_it(shared: Session, name: str) -> None:
    """Alternative names are longer and freer. Only those that no iproute2 before 7.0 takes are refused all the same.

    They hold a slash or white space, or are `.` and `..`.
    """
    if "unknown" in shared.run(Command(("ip", "link", "property", "add")), check=False).stderr:
        pytest.skip("this iproute2: 5.5 brought alternative names")
    words = ("dev", "lo", "altname", name)
    took = _took(shared, ("link", "property", "add", *words), ("link", "property", "del", *words))
    passes = _passes(check_altname, name)
    if took and FREER.search(name):
        assert not passes
    else:
        assert took is passes


@pytest.mark.live
@pytest.mark.parametrize(
    "name",
    [
        *(
            "a",
            "a b",
            "-x",
            "--",
            "-all",
            "help",
            "list",
            "1",
            "default",
            ".hidden",
            "a\nb",
            "x" * 255,
            "x" * 256,
        ),
        *("é", " ", "a%b", "a:b", ".", "..", "a/b", "/"),
    ],
)
def test_a_namespace_name_passes_if_iproute2_takes_it(shared: Session, name: str) -> None:
    """A namespace's name is a file's name."""
    assert _took(shared, ("netns", "add", name), ("netns", "delete", name)) is _passes(
        check_netns_name, name
    )


@pytest.mark.live
@pytest.mark.parametrize(
    "name",
    [
        *(
            "if1",
            "if01",
            "if+1",
            "if1x",
            "if4294967297",
            "if-1",
            "if0x1",
            "if 1",
            "if\t\v1",
            "if \n+1",
            "if\xa01",
        ),
        *("If1", "if", "if\u0661", "xif1"),
    ],
)
def test_a_name_that_means_an_index_is_known(shared: Session, name: str) -> None:
    """iproute2 takes `if1` for lo where no link is called so: each such name is known, or refused as a name."""
    took = shared.run(
        Command(("ip", "link", "set", "dev", name, "txqueuelen", "77")), check=False
    ).ok
    assert not took or looks_like_ifindex(name)


@pytest.mark.parametrize("name", ["lo", "eth0", "iface1", "xif1", "If1"])
def test_an_ordinary_name_means_no_index(name: str) -> None:
    """Nobody asks the kernel first for a name that is only a name."""
    assert not looks_like_ifindex(name)


@pytest.mark.live
@pytest.mark.parametrize(
    "text",
    [
        *(
            "10.0.0.0/8",
            "10/8",
            "10.9/16",
            "10.1.2/24",
            "9",
            "12.1",
            "10.0.0.1/32",
            "0.0.0.0/0",
            "default",
            "1.2.3.4",
        ),
        *("10.0.0.0/255.0.0.0", "fd00::/64", "fd00::1", "::/0", "FD00::1/128"),
        *(
            "010/8",
            "10.010/16",
            "10.0.0.0/024",
            "10/08",
            "fd00::/064",
            "10.0.0.0/0.0.0.255",
            "fe80::1%lo/64",
        ),
    ],
)
def test_a_prefix_that_passes_is_read_by_iproute2_as_by_python(shared: Session, text: str) -> None:
    """A leading zero is octal to iproute2 (`/024` is 20) and decimal to Python: what can be misread does not pass."""
    if not _passes(check_prefix, text):
        return
    family = "-6" if ":" in text else "-4"
    shared.exec("ip", family, "route", "add", text, "dev", "d", "table", "77")
    read = _routes(shared, family)
    shared.exec("ip", family, "route", "flush", "table", "77")
    assert [_meaning(text)] == read


@pytest.mark.live
@pytest.mark.parametrize(
    "text", ["1.2.3.4", "::1", "fd00::1", "::ffff:1.2.3.4", "010.0.0.1", "1", "fe80::1%lo"]
)
def test_an_address_that_passes_is_one_to_iproute2(shared: Session, text: str) -> None:
    """What passes as an address is never refused as no address, nor read as another one."""
    if not _passes(check_address, text):
        return
    shared.exec(
        "ip", "neigh", "add", text, "dev", "d", "lladdr", "02:00:00:00:00:01", "nud", "permanent"
    )
    shown = json.loads(
        shared.exec("ip", "-j", "neigh", "show", "dev", "d", "nud", "permanent").stdout
    )
    shared.exec("ip", "neigh", "delete", shown[0]["dst"], "dev", "d")
    assert [ipaddress.ip_address(text)] == [ipaddress.ip_address(each["dst"]) for each in shown]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "10.0.0.0/33",
            "10.0.0.256",
            "256/8",
            "10/33",
            "10.0.0.0.0",
            "fd00::/129",
            "fd00",
            "x",
            "10/",
            "/8",
            "10.0.",
        ),
        *("a b", "10.0.0.0/8\n", "-1", "10,0"),
    ],
)
def test_what_is_no_prefix_is_refused(text: str) -> None:
    """A prefix is refused with the word it was given for and an example."""
    with pytest.raises(InvalidArgument, match=r"^to: "):
        check_prefix(text, "to")


@pytest.mark.parametrize(
    "text", ["default", "any", "all", "10/8", "10.1/16", "10", "10.0.0.1", "fd00::1/64"]
)
def test_a_prefix_stays_as_it_was_given(text: str) -> None:
    """The words are the user's: they are checked, not rewritten."""
    assert text == check_prefix(text)


def test_a_prefix_may_be_pythons_own() -> None:
    """`ipaddress` objects are as good as text."""
    assert check_prefix(ipaddress.ip_network("10.0.0.0/8")) == "10.0.0.0/8"


def test_an_address_may_be_pythons_own() -> None:
    """`ipaddress` objects are as good as text."""
    assert check_address(ipaddress.ip_address("fd00::1")) == "fd00::1"


@pytest.mark.parametrize("text", ["", "10.0.0.0/8", "10", "fd00::g", "localhost", "10.0.0.256"])
def test_what_is_no_address_is_refused(text: str) -> None:
    """An address is complete and has no length."""
    with pytest.raises(InvalidArgument, match=r"^via: "):
        check_address(text, "via")


@pytest.mark.parametrize(
    "text", ["02:00:00:00:00:01", "2:0:0:0:0:1", "AA:bb:0C:dd:ee:ff", "00:11", "1.2.3.4", "fd00::1"]
)
def test_a_link_layer_address_passes(text: str) -> None:
    """Any length of bytes in hex, or the address of a tunnel's end."""
    assert text == check_mac(text)


@pytest.mark.parametrize(
    "text",
    ["", "02", "02-00-00-00-00-01", "0200.0000.0001", "zz:00", "020:00", "02:00:", "02:00\n"],
)
def test_what_is_no_link_layer_address_is_refused(text: str) -> None:
    """Other ways to write one are not iproute2's."""
    with pytest.raises(InvalidArgument, match=r"^address: "):
        check_mac(text)


@pytest.mark.parametrize("value", [None, True, 1.5, b"eth0", ["eth0"], object()])
def test_a_word_is_text(value: object) -> None:
    """What is no text is not made into one behind anyone's back."""
    with pytest.raises(InvalidArgument, match="give a str"):
        check_argument(value)


def test_a_number_is_a_word() -> None:
    """A group or a table may be given as a number."""
    assert check_argument(100) == "100"


@pytest.mark.parametrize(("text", "said"), [("", "an empty word"), ("a\0b", "NUL")])
def test_a_word_that_no_program_could_be_given_is_refused(text: str, said: str) -> None:
    """An empty word would shift the meaning of the next, a NUL would cut it."""
    with pytest.raises(InvalidArgument, match=rf"^dev: .*{said}"):
        check_argument(text, "dev")


@pytest.mark.parametrize("name", ["eth0", "x" * 15, "x" * 16, "x" * 127])
def test_a_device_is_asked_for_by_either_of_its_names(name: str) -> None:
    """A name of more than 15 bytes is an alternative one."""
    assert name == check_device(name)


@pytest.mark.parametrize("name", ["", "a b", "a/b", "x" * 128, "x" * 16 + " ", ".", ".."])
def test_what_names_no_device_is_refused(name: str) -> None:
    """No link can bear it, so nothing is run."""
    with pytest.raises(InvalidArgument, match=r"^master: "):
        check_device(name, "master")


@pytest.mark.parametrize(
    "check",
    [
        check_argument,
        check_link_name,
        check_device,
        check_altname,
        check_netns_name,
        check_address,
        check_prefix,
        check_mac,
    ],
)
@given(text=ANY_TEXT)
@example(text="\ud800")
@example(text="\udcff")
def test_any_text_passes_as_it_is_or_is_refused(check: type, text: str) -> None:
    """Whatever the text, the answer is the text itself or a `InvalidArgument`, never another error."""
    with contextlib.suppress(InvalidArgument):
        assert text == check(text)


def _passes(check: object, name: str) -> bool:
    """Tell whether a check lets a name pass."""
    assert callable(check)
    try:
        check(name)
    except InvalidArgument:
        return False
    return True


def _routes(session: Session, family: str) -> list[str]:
    """Return the destinations in a routing table of the test's own, as whole prefixes."""
    shown = json.loads(session.exec("ip", family, "-j", "route", "show", "table", "77").stdout)
    return [_meaning(each["dst"], family) for each in shown]


def _meaning(text: str, family: str = "-4") -> str:
    """Return the prefix that a text means, read as decimal numbers."""
    if text == "default":
        return "0.0.0.0/0" if family == "-4" else "::/0"
    if ":" in text:
        return str(ipaddress.ip_network(text, strict=False))
    head, slash, length = text.partition("/")
    octets = [*head.split("."), "0", "0", "0"][:4]
    return str(ipaddress.ip_network(f"{'.'.join(octets)}{slash}{length}", strict=False))
